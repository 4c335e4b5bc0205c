"""Counting attempts that a refusal must not undo: codes, passwords, PIN authorisations (DESIGN §3).

An attempt is *reserved*, in a committed transaction of its own, before the check is made: whoever
breaks off, or tries a hundred times at once, has used his attempts all the same.
"""

import datetime as dt
import hmac
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from portal.audit.models import AttemptCounter
from portal.errors import RateLimited
from portal.tenants import TenantTxError, current_tx, tenant_tx

if TYPE_CHECKING:
    from portal.tenants.models import Tenant


def reserve(
    tenant: "Tenant | int", purpose: str, subject: str, *, limit: int, window: dt.timedelta, since_last: bool = False
) -> int:
    """Use one of ``limit`` attempts in ``window``, which the first attempt opens. Returns how many are left.

    since_last: the window counts from the latest attempt instead, so that a lock lasts all of it.

    purpose: "sign_in.code"; subject: what is limited (a phone, an address, a code's id), kept as a keyed hash.
    Raises RateLimited(retry_after seconds) when none is left, TenantTxError inside an open tenant_tx.
    """
    if limit < 1:
        raise ValueError("limit: at least 1")
    if current_tx() is not None:
        raise TenantTxError("reserve the attempt before opening the transaction that it must outlive")
    now = timezone.now()
    key = {"purpose": purpose, "subject_hash": _hash(purpose, subject)}
    lapsed = Q(window_started__lte=now - window)
    with tenant_tx(tenant, write=True):
        counters = AttemptCounter.objects.filter(**key)
        free = counters.filter(lapsed | Q(used__lt=limit))
        used = Case(When(lapsed, then=Value(1)), default=F("used") + 1)
        started = Value(now) if since_last else Case(When(lapsed, then=Value(now)), default=F("window_started"))
        while not free.update(used=used, window_started=started):
            fresh = AttemptCounter(**key, window_started=now, used=0)
            AttemptCounter.objects.bulk_create([fresh], ignore_conflicts=True)
            if free.update(used=used, window_started=started):
                break
            opened = counters.values_list("window_started", flat=True).first()
            if opened is not None:  # None: a success elsewhere has just forgotten the counter, so count anew
                raise RateLimited(retry_after=max(1, int((opened + window - now).total_seconds() + 0.999)))
        return limit - counters.values_list("used", flat=True).get()


def forget(tenant: "Tenant | int", purpose: str, subject: str) -> None:
    """Start anew, after a success. May stand inside the write tenant_tx of that success."""
    with tenant_tx(tenant, write=True):
        AttemptCounter.objects.filter(purpose=purpose, subject_hash=_hash(purpose, subject)).delete()


def forget_lapsed(tenant: "Tenant | int", *, older_than: dt.timedelta) -> int:
    """Delete counters nobody has opened for so long. Returns how many."""
    with tenant_tx(tenant, write=True):
        return AttemptCounter.objects.filter(window_started__lt=timezone.now() - older_than).delete()[0]


def _hash(purpose: str, subject: str) -> bytes:
    return hmac.new(settings.CERTHALL.master_key, f"attempts\0{purpose}\0{subject}".encode(), "sm3").digest()
