"""Audit: the hash-chained log of every act, and the security log beside it.

``from portal import audit`` then ``audit.record(...)`` inside a write tenant_tx.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.audit.log import By
    from portal.tenants.models import Tenant


def record(action: str, *, by: "By", subject: str, detail: Mapping[str, object] | None = None) -> None:
    """See ``portal.audit.log.record``."""
    from portal.audit import log  # noqa: PLC0415  models: only once the apps are ready

    log.record(action, by=by, subject=subject, detail=detail)


def security(
    event: str, *, tenant: "Tenant | int", by: "By | None", detail: Mapping[str, object] | None = None
) -> None:
    """See ``portal.audit.log.security``."""
    from portal.audit import log  # noqa: PLC0415

    log.security(event, tenant=tenant, by=by, detail=detail)
