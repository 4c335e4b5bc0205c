"""Tenants: who a request or job is for, and the only way to that tenant's rows.

``from portal import tenants`` then ``tenants.tenant_tx(...)``, ``tenants.url(...)``.
"""

from typing import TYPE_CHECKING

from portal.tenants.errors import ForeignTenantError, TenantTxError
from portal.tenants.transaction import (
    after_tx,
    current_tenant,
    current_tenant_id,
    current_tx,
    on_before_commit,
    require_tx,
    tenant_tx,
)

if TYPE_CHECKING:
    from portal.tenants.models import Tenant


def url(tenant: "Tenant", viewname: str, *args: object, **kwargs: object) -> str:
    """See ``portal.tenants.links.url``."""
    from portal.tenants import links  # noqa: PLC0415  models: only once the apps are ready

    return links.url(tenant, viewname, *args, **kwargs)


__all__ = (
    "ForeignTenantError",
    "TenantTxError",
    "after_tx",
    "current_tenant",
    "current_tenant_id",
    "current_tx",
    "on_before_commit",
    "require_tx",
    "tenant_tx",
    "url",
)
