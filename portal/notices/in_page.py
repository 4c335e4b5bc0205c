"""The bell: notices that wait for a user on the pages."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from portal import vault
from portal.accounts.models import User
from portal.notices.models import InPageNotice
from portal.tenants import current_tenant


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as its reader sees it."""

    public_id: str
    kind: str
    body: str
    link: str
    created_at: datetime
    is_read: bool


def put(user: User, *, kind: str, body: str, link: str = "") -> InPageNotice:
    """In a write ``tenant_tx``: one more line for `user`. `link`: a path, or ""."""
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError("an in-page notice links inside the site")
    row = InPageNotice(user=user, kind=kind, link=link)
    row.sealed = vault.seal_text(current_tenant().pk, _scope(user), _aad(row), body)
    row.save()
    return row


def unread_count(user: User) -> int:
    """At most 100, which a bell shows as 99+."""
    return InPageNotice.objects.filter(user=user, read_at=None)[:100].count()


def latest(user: User, limit: int = 50) -> list[Line]:
    """The user's own lines, the newest first; for that user's eyes only."""
    tenant_id = current_tenant().pk
    rows = InPageNotice.objects.filter(user=user).order_by("-pk")[:limit]
    return [
        Line(
            row.public_id,
            row.kind,
            vault.open_text(tenant_id, _scope(user), _aad(row), bytes(row.sealed)),
            row.link,
            row.created_at,
            row.read_at is not None,
        )
        for row in rows
    ]


def mark_read(user: User) -> int:
    """In a write ``tenant_tx``: everything that is there now; answers how many lines were new."""
    return InPageNotice.objects.filter(user=user, read_at=None).update(read_at=timezone.now())


def _scope(user: User) -> str:
    return f"user:{user.public_id}"


def _aad(row: InPageNotice) -> str:
    return f"in_page|{row.public_id}|sealed"
