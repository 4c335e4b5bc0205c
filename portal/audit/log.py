"""Writing the audit chain and the security log."""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from django.db import connection
from django.utils import timezone

from portal.audit.canonical import canonical, plain
from portal.audit.chain import GENESIS, link
from portal.audit.models import AuditHead, AuditRow, SecurityEvent
from portal.tenants import after_tx, on_before_commit, require_tx, tenant_tx
from portal.tenants.transaction import LAST

if TYPE_CHECKING:
    from portal.tenants.models import Tenant

logger = logging.getLogger(__name__)


class By(Protocol):
    """Who acts; portal.accounts.Actor fits."""

    @property
    def kind(self) -> Any: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def label(self) -> str: ...
    @property
    def roles(self) -> Any: ...
    @property
    def ip(self) -> str: ...
    @property
    def session_hash(self) -> str: ...


def record(action: str, *, by: By, subject: str, detail: Mapping[str, object] | None = None) -> None:
    """Add one row to the open tenant's chain, in the open write tenant_tx, just before it commits.

    action: "order.submitted"; subject: "order:<public_id>"; detail: what has a canonical form, no secrets.
    Raises TenantTxError outside a write tenant_tx, TypeError for a detail without a canonical form.
    """
    tx = require_tx(write=True)
    at = timezone.now()
    body: dict[str, object] = {
        "v": 1,
        "tenant": tx.tenant_id,
        "at": at,
        "action": action,
        "subject": subject,
        "by": {
            "kind": by.kind,
            "user": by.user_id,
            "label": by.label,
            "roles": by.roles,
            "ip": by.ip,
            "session": by.session_hash,
        },
        "detail": detail or {},
    }
    on_before_commit(_append, (at, action, subject, canonical(body)), order=LAST)


def _append(waiting: list[tuple[dt.datetime, str, str, bytes]]) -> None:
    head = _locked_head()
    rows: list[AuditRow] = []
    seq, last = head.seq, bytes(head.hash)
    for at, action, subject, body in waiting:
        seq += 1
        row = AuditRow(seq=seq, recorded_at=at, action=action, subject=subject, body=body, prev_hash=last)
        row.hash = last = link(last, seq, body)
        rows.append(row)
    AuditRow.objects.bulk_create(rows)
    AuditHead.objects.filter(pk=head.pk).update(seq=seq, hash=last)


def _locked_head() -> AuditHead:
    """The head, locked until the commit; made when this is the tenant's first act."""
    heads = AuditHead.objects.all()
    if connection.features.has_select_for_update:
        heads = heads.select_for_update()
    head = heads.first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(seq=0, hash=GENESIS)], ignore_conflicts=True)
        head = heads.get()
    return head


def security(event: str, *, tenant: "Tenant | int", by: By | None, detail: Mapping[str, object] | None = None) -> None:
    """Write one line of the security log in a transaction of its own: a refusal doesn't undo it.

    Inside a tenant_tx it is written when that has ended, committed or not (one connection can't
    commit twice at once; docs/decisions/0002-attempts-and-security-log.md).
    """
    content = plain(detail or {})
    at = timezone.now()

    def write() -> None:
        with tenant_tx(tenant, write=True):
            SecurityEvent.objects.create(
                at=at,
                event=event,
                label=by.label[:100] if by else "",
                ip=by.ip if by else "",
                detail=content,
            )

    after_tx(write)
