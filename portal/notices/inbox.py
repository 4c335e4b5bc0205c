"""The development inbox: what would have been sent, sealed in the database, shown on /dev/inbox/."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from portal import vault
from portal.notices.errors import InboxRefusesProduction
from portal.notices.models import InboxMessage
from portal.notices.registry import Channel
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

SCOPE = "inbox"
INDEX = "inbox.to"


@dataclass(frozen=True, slots=True)
class Message:
    public_id: str
    channel: str
    kind: str
    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    created_at: datetime


def refuse_production() -> None:
    if settings.CERTHALL.is_production:
        raise InboxRefusesProduction


def put(tenant: Tenant, channel: Channel, *, kind: str, to: str, subject: str, body: str, request_id: str) -> None:
    """Keep one message, once per request id. Opens its own write ``tenant_tx``."""
    refuse_production()
    with tenant_tx(tenant, write=True):
        if InboxMessage.objects.filter(request_id=request_id).exists():
            return
        row = InboxMessage(tenant=tenant, channel=channel, kind=kind, request_id=request_id)
        row.to_index = vault.blind_index(tenant, INDEX, to)
        content = json.dumps({"to": to, "subject": subject, "body": body}, ensure_ascii=False)
        row.sealed = vault.seal_text(tenant.pk, SCOPE, _aad(row), content)
        row.save()


def latest(tenant: Tenant, *, to: str = "", limit: int = 100) -> list[Message]:
    """In a ``tenant_tx``: the newest first; `to`: this phone or address only, written exactly as it was sent to."""
    refuse_production()
    rows = InboxMessage.objects.order_by("-created_at", "-pk")
    if to:
        rows = rows.filter(to_index=vault.blind_index(tenant, INDEX, to))
    return [_opened(tenant, row) for row in rows[:limit]]


def _opened(tenant: Tenant, row: InboxMessage) -> Message:
    content = json.loads(vault.open_text(tenant.pk, SCOPE, _aad(row), bytes(row.sealed)))
    return Message(
        public_id=row.public_id,
        channel=row.channel,
        kind=row.kind,
        to=content["to"],
        subject=content["subject"],
        body=content["body"],
        created_at=row.created_at,
    )


def _aad(row: InboxMessage) -> str:
    return f"inbox|{row.public_id}|sealed"
