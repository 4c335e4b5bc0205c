"""Checking a tenant's chain from the first row to the head, in constant memory."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.audit.canonical import plain
from portal.audit.chain import GENESIS, link
from portal.audit.models import AuditHead, AuditRow
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

BATCH = 500  # rows in memory at once


@dataclass(frozen=True, slots=True)
class Head:
    """A point of a chain, to compare with later: kept off the database it can't be changed with it."""

    tenant: str
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """The first row that isn't as it was written. seq 0: there is no row, the head itself is wrong."""

    tenant: str
    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class Result:
    rows: int
    head: Head
    finding: Finding | None


def verify(tenant: Tenant, *, known: Sequence[Head] = ()) -> Result:
    """Every row's hash, number and columns, then the head. known: exported heads that must lie on the chain.

    Rows that others add meanwhile are checked up to the head that stood when the check began.
    """
    head = read_head(tenant)
    last = GENESIS
    count = 0
    exported = {point.seq: point.hash for point in known}
    for row in _rows(tenant, up_to=head.seq):
        count += 1
        problem = _problem(row, seq=count, prev_hash=last)
        last = _bytes(row.hash)
        if not problem and exported.get(row.seq, last) != last:
            problem = _("导出的链头为这一条记下的是另一个摘要")
        if problem:
            return Result(count, head, Finding(tenant.slug, count, problem))
    return Result(
        count, head, _head_finding(tenant, head, count=count, last=last, newest_known=max(exported, default=0))
    )


def read_head(tenant: Tenant) -> Head:
    """Where the chain ends now; seq 0 for a tenant without any act."""
    with tenant_tx(tenant):
        row = AuditHead.objects.first()
        return Head(tenant.slug, row.seq, _bytes(row.hash)) if row else Head(tenant.slug, 0, GENESIS)


def _rows(tenant: Tenant, *, up_to: int) -> Iterator[AuditRow]:
    after = -(2**62)
    while True:
        with tenant_tx(tenant):
            batch = AuditRow.objects.filter(seq__gt=after, seq__lte=up_to).order_by("seq")
            try:
                rows = list(batch[:BATCH])
            except ValueError:  # SQLite keeps any text as a time
                rows = [_row(batch, seq) for seq in batch.values_list("seq", flat=True)[:BATCH]]
        if not rows:
            return
        yield from rows
        after = rows[-1].seq


def _row(rows: QuerySet[AuditRow], seq: int) -> AuditRow:
    """One row, without its time where that is none: verify then names it."""
    try:
        return rows.get(seq=seq)
    except ValueError:
        row = rows.defer("recorded_at").get(seq=seq)
        row.__dict__["recorded_at"] = None
        return row


def _problem(row: AuditRow, *, seq: int, prev_hash: bytes) -> str:
    """What is wrong with the row that should be number ``seq``, or ""."""
    if row.seq != seq:
        return _("这一条不见了，下一条是第 %(next)s 条") % {"next": row.seq}
    if _bytes(row.prev_hash) != prev_hash:
        return _("它与前一条接不上")
    if _bytes(row.hash) != link(prev_hash, seq, _bytes(row.body)):
        return _("内容与当时的摘要不符")
    try:
        body = json.loads(_bytes(row.body))
    except ValueError:
        return _("内容无法读取")
    columns = {"action": row.action, "subject": row.subject, "at": plain(row.recorded_at), "tenant": row.tenant_id}
    wrong = [name for name, value in columns.items() if body.get(name) != value]
    if wrong:
        return _("这些列与内容不一致：%(columns)s") % {"columns": ", ".join(wrong)}
    return ""


def _bytes(value: bytes | memoryview | str) -> bytes:
    """A column of bytes as it stands there: SQLite lets anyone who edits the file put text in its place."""
    return value.encode() if isinstance(value, str) else bytes(value)


def _head_finding(tenant: Tenant, head: Head, *, count: int, last: bytes, newest_known: int) -> Finding | None:
    if count != head.seq:
        return Finding(tenant.slug, count + 1, _("记录到此为止，而链头是第 %(head)s 条") % {"head": head.seq})
    if last != head.hash:
        return Finding(tenant.slug, count, _("链头记下的是另一个摘要"))
    with tenant_tx(tenant):
        newest = AuditRow.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    if newest > read_head(tenant).seq:  # read in this order: a head is never older than its rows
        return Finding(tenant.slug, head.seq + 1, _("链头之后还有记录"))
    if newest_known > head.seq:
        return Finding(tenant.slug, head.seq + 1, _("链被截短了：导出的链头是第 %(head)s 条") % {"head": newest_known})
    return None
