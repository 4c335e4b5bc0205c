"""A new master key: the tenants' secrets are wrapped anew; no sealed value changes."""

from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings

from portal.audit import log
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.vault import keys
from portal.vault.models import TenantKey

if TYPE_CHECKING:
    from portal.audit.log import By


class Outcome(StrEnum):
    REWRAPPED = "rewrapped"
    ALREADY = "already"
    NO_KEY = "no_key"


def rewrap(tenant: Tenant, *, old_master_key: bytes, by: "By") -> Outcome:
    """Wrap the tenant's secret with ``settings.CERTHALL.master_key``. Doing it again does nothing.

    Raises SealedValueBroken when neither key wraps it.
    """
    new = settings.CERTHALL.master_key
    with tenant_tx(tenant, write=True):
        row = TenantKey.objects.first()
        if row is None:
            return Outcome.NO_KEY
        if row.kek_id == keys.kek_id(new):
            keys.unwrap_secret(new, row)
            return Outcome.ALREADY
        secret = keys.unwrap_secret(old_master_key, row)
        detail = {"from": row.kek_id, "to": keys.kek_id(new)}
        row.wrapped, row.kek_id = keys.wrap_secret(new, tenant.pk, secret), keys.kek_id(new)
        row.save()
        log.record("vault.rewrapped", by=by, subject=f"tenant:{tenant.slug}", detail=detail)
    return Outcome.REWRAPPED
