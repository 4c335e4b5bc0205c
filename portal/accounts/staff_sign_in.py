"""The first factor of staff: user name and password. The second is in second_factor.py."""

import secrets
from dataclasses import replace

from django.contrib.auth.hashers import check_password, make_password

from portal.accounts import lockouts
from portal.accounts.actor import Actor
from portal.accounts.errors import SignInRefused
from portal.accounts.models import User, UserKind
from portal.accounts.sign_in import count_sign_in
from portal.audit import record, security
from portal.tenants.models import Tenant
from portal.tenants.transaction import require_tx, tenant_tx


def check_first_factor(tenant: Tenant, *, username: str, password: str, by: Actor) -> User:
    """The member of staff, who isn't signed in by this alone.

    A try is reserved and committed before the password is looked at; five wrong in a row lock the name
    for 30 minutes, whether or not there is such an account. Wrong name, wrong password, disabled and
    not yet invited give one answer, after the same work. Raises SignInRefused, AccountLocked(retry_after).
    """
    username = username.strip().lower()
    lockouts.reserve(tenant, lockouts.PASSWORD, username, by=by)
    with tenant_tx(tenant):
        user: User | None = (
            User.objects.exclude(kind=UserKind.CUSTOMER).filter(username=username, is_active=True).first()
        )
    encoded = user.password if user is not None and user.has_usable_password() else _nobodys_password()
    if not check_password(password, encoded) or user is None or not user.has_usable_password():
        security("password.wrong", tenant=tenant, by=by, detail={"username": username[:32]})
        raise SignInRefused
    with tenant_tx(tenant, write=True):
        lockouts.clear(tenant, lockouts.PASSWORD, username)
    return user


def complete(tenant: Tenant, user: User, *, by: Actor) -> User:
    """Both factors were right: count the sign-in. Inside a write tenant_tx; returns the fresh row."""
    require_tx(write=True)
    fresh: User = User.objects.select_for_update().get(pk=user.pk, is_active=True)
    count_sign_in(fresh, tenant)
    fresh.save()
    actor = replace(by, kind="staff", user_id=fresh.pk, label=fresh.masked_label)
    record("user.signed_in", by=actor, subject=f"user:{fresh.public_id}", detail={"count": fresh.sign_in_count})
    return fresh


_nobody: list[str] = []


def _nobodys_password() -> str:
    """A hash that no password fits, as dear to check as a real one."""
    if not _nobody:
        _nobody.append(make_password(secrets.token_urlsafe(32)))
    return _nobody[0]
