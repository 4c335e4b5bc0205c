"""Locking a staff sign-in after five failures in a row, for 30 minutes or until an administrator unlocks it.

Counted per tenant and user name, whether or not there is such an account, so that a lock tells nothing.
"""

from datetime import timedelta

from portal.accounts.actor import Actor
from portal.accounts.errors import AccountLocked
from portal.audit import attempts, security
from portal.errors import RateLimited
from portal.tenants.models import Tenant

PASSWORD = "staff.password"  # noqa: S105  (the name of a counter)
SECOND_FACTOR = "staff.second_factor"

FAILURES = 5
LOCKED_FOR = timedelta(minutes=30)


def reserve(tenant: Tenant, kind: str, username: str, *, by: Actor) -> None:
    """Take one try, committed before the check. Raises AccountLocked(retry_after) when five were wrong."""
    try:
        attempts.reserve(tenant, kind, username, limit=FAILURES, window=LOCKED_FOR, since_last=True)
    except RateLimited as refusal:
        security("staff.locked", tenant=tenant, by=by, detail={"username": username[:32], "factor": kind})
        raise AccountLocked(refusal.retry_after) from None


def clear(tenant: Tenant, kind: str, username: str) -> None:
    """It was right, or an administrator unlocks: count anew. Inside a write tenant_tx."""
    attempts.forget(tenant, kind, username)
