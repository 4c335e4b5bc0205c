"""Reading the audit chain: rows with filters, each checked against the link that it claims to be."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from portal.audit.chain import link
from portal.audit.models import AuditHead, AuditRow
from portal.tenants import current_tenant

PER_PAGE: Final = 50
SCAN: Final = 5_000  # rows that one page looks through for somebody's name: the name stands in the body alone
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """``actor``: a part of the masked label. ``subject`` exact ("order:…"); ``action`` its beginning."""

    subject: str = ""
    action: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row as staff read it. ``sound``: its hash is what its content and the row before give."""

    seq: int
    at: datetime
    action: str
    subject: str
    kind: str
    label: str
    roles: Sequence[str]
    ip: str
    detail: dict[str, Any]
    sound: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    """``older``: the number to go on from, None at the end. ``given_up``: SCAN rows were looked through, not all."""

    rows: list[AuditEntry]
    older: int | None
    given_up: bool


@dataclass(frozen=True, slots=True)
class ChainState:
    """The end of the chain, and whether the newest row is the one that the head names."""

    seq: int
    head: str
    agrees: bool


def page_of(wanted: AuditFilter, *, before: int | None = None, size: int = PER_PAGE) -> AuditPage:
    """The newest first."""
    found: list[AuditEntry] = []
    seen, last = 0, None
    for row in _newest_first(_matching(wanted), before, _BATCH if wanted.actor else size + 1):
        seen += 1
        entry = _entry(row)
        if wanted.actor and wanted.actor not in entry.label:
            last = row.seq
            if seen >= SCAN:
                return AuditPage(found, last, given_up=True)
            continue
        if len(found) == size:
            return AuditPage(found, found[-1].seq, given_up=False)
        found.append(entry)
    return AuditPage(found, None, given_up=False)


def trail_of(subjects: Sequence[str], *, limit: int = 200) -> list[AuditEntry]:
    """What was done to these, the newest first. One query."""
    return [_entry(row) for row in AuditRow.objects.filter(subject__in=subjects).order_by("-seq")[:limit]]


def chain_state() -> ChainState:
    """Two queries; the whole chain is `manage.py audit verify`'s."""
    head = AuditHead.objects.first()
    newest = AuditRow.objects.order_by("-seq").first()
    if head is None or newest is None:
        return ChainState(0, "", agrees=head is None and newest is None)
    agrees = newest.seq == head.seq and bytes(newest.hash) == bytes(head.hash) and _sound(newest)
    return ChainState(head.seq, bytes(head.hash).hex(), agrees)


def _matching(wanted: AuditFilter) -> "QuerySet[AuditRow]":
    found: QuerySet[AuditRow] = AuditRow.objects.all()
    if wanted.subject:
        found = found.filter(subject=wanted.subject)
    if wanted.action:
        found = found.filter(action__startswith=wanted.action)
    if wanted.since:
        found = found.filter(recorded_at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(recorded_at__lt=_midnight(wanted.until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(current_tenant().timezone))


def _newest_first(found: "QuerySet[AuditRow]", before: int | None, batch: int) -> Iterator[AuditRow]:
    while True:
        rows = list((found if before is None else found.filter(seq__lt=before)).order_by("-seq")[:batch])
        yield from rows
        if len(rows) < batch:
            return
        before = rows[-1].seq


def _sound(row: AuditRow) -> bool:
    return link(bytes(row.prev_hash), row.seq, bytes(row.body)) == bytes(row.hash)


def _entry(row: AuditRow) -> AuditEntry:
    try:
        body = json.loads(bytes(row.body))
    except ValueError:
        body = {}
    by = body.get("by", {})
    return AuditEntry(
        seq=row.seq,
        at=row.recorded_at,
        action=row.action,
        subject=row.subject,
        kind=by.get("kind", ""),
        label=by.get("label", ""),
        roles=by.get("roles", []),
        ip=by.get("ip", ""),
        detail=body.get("detail", {}),
        sound=_sound(row) and body.get("action") == row.action and body.get("subject") == row.subject,
    )
