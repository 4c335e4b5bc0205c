"""The list of orders: filters, pages by keyset, rows as tuples (FACTS: rows are where the time goes)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from portal.tenants import current_tenant
from renewals.lifecycle import Kind, NextActor, Phase, Status, StepState
from renewals.models import Order, OrderItem, ProgrammeVersion, StepRecord
from renewals.programmes.schema import RulePack
from renewals.publishing import pack_of
from renewals.staff_selectors.keyset import Keyset, Slice, by_day, by_moment, slice_of
from renewals.staff_selectors.search import orders_named

PER_PAGE: Final = 50
UNFINISHED: Final = "open"  # among the statuses of the filter: everything that hasn't ended
ENDED: Final = "ended"  # and everything that has
Sort = Literal["newest", "due"]
KEYSETS: Final[dict[str, Keyset]] = {"newest": by_moment("opened_at"), "due": by_day("due_on")}
_FIELDS: Final = (
    "opened_at",
    "public_id",
    "number",
    "status",
    "next_actor",
    "due_on",
    "closed_at",
    "organisation__name",
    "programme_id",
    "path",
    "medium",
    "serial",
)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What is wanted; empty means everything. Days are the tenant's, both included."""

    status: str = ""  # a Status, "open" or "ended"
    actor: str = ""
    programme: str = ""  # slug
    path: str = ""
    overdue: bool = False
    in_person: bool = False  # staff are to look at the handler (RULES P4)
    opened_from: date | None = None
    opened_to: date | None = None
    sought: str = ""
    sort: Sort = "newest"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A row of the list. ``late``: its day has passed."""

    opened_at: datetime
    public_id: str
    number: str
    status: str
    next_actor: str
    due_on: date | None
    closed_at: datetime | None
    organisation: str
    programme_id: int
    path: str
    medium: str
    serial: str
    late: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    rows: list[OrderRow]
    newer: str
    older: str


def today() -> date:
    return timezone.now().astimezone(ZoneInfo(current_tenant().timezone)).date()


def matching(wanted: OrderFilter) -> "QuerySet[Order]":
    """The orders that the filter lets through, in no order."""
    found: QuerySet[Order] = Order.objects.filter(orders_named(wanted.sought))
    if wanted.status == UNFINISHED:
        found = found.filter(closed_at__isnull=True)
    elif wanted.status == ENDED:
        found = found.filter(closed_at__isnull=False)
    elif wanted.status in set(Status):
        found = found.filter(status=wanted.status)
    if wanted.actor in set(NextActor):
        found = found.filter(next_actor=wanted.actor)
    if wanted.programme:
        found = found.filter(programme__slug=wanted.programme)
    if wanted.path:
        found = found.filter(path=wanted.path)
    if wanted.overdue:
        found = found.filter(overdue(today()))
    if wanted.in_person:
        found = found.filter(awaits_person())
    if wanted.opened_from:
        found = found.filter(opened_at__gte=_midnight(wanted.opened_from))
    if wanted.opened_to:
        found = found.filter(opened_at__lt=_midnight(wanted.opened_to + timedelta(days=1)))
    if wanted.sort == "due":
        found = found.filter(due_on__isnull=False)  # what has no day isn't waited for by anybody
    return found


def overdue(day: date) -> Q:
    """Ended orders have no day, so that they are never late."""
    return Q(due_on__lt=day)


def awaits_person() -> Q:
    """A look at the handler is awaited; whether or not the customer, too, can go on with something else (P4)."""
    step = StepRecord.objects.filter(
        order=OuterRef("pk"), kind=Kind.IDENTITY, phase=Phase.COUNTER, state=StepState.SUBMITTED
    )
    return Q(Exists(step), closed_at__isnull=True)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(current_tenant().timezone))


def page_of(wanted: OrderFilter, *, after: str = "", before: str = "", size: int = PER_PAGE) -> OrderPage:
    """One query, however deep."""
    found = slice_of(
        _with_certificate(matching(wanted)), KEYSETS[wanted.sort], _FIELDS, after=after, before=before, size=size
    )
    return OrderPage(_rows(found), found.newer, found.older)


def every(wanted: OrderFilter, *, limit: int, batch: int = 500) -> Iterator[OrderRow]:
    """Up to ``limit`` rows, batch by batch."""
    after, left = "", limit
    while left > 0:
        page = page_of(wanted, after=after, size=min(batch, left))
        yield from page.rows
        left -= len(page.rows)
        after = page.older
        if not after:
            return


def _with_certificate(found: "QuerySet[Order]") -> "QuerySet[Any]":
    """The first item's certificate; orders of this programme have one item."""
    first = OrderItem.objects.filter(order=OuterRef("pk")).order_by("id")
    return found.annotate(
        medium=Subquery(first.values("certificate__medium_number")[:1]),
        serial=Subquery(first.values("certificate__serial")[:1]),
    )


def _rows(found: Slice) -> list[OrderRow]:
    day = today()
    names = [_ATTRIBUTES.get(name, name) for name in found.names]
    due, pk = names.index("due_on"), names.index("pk")
    names.pop(pk)
    return [
        OrderRow(
            **dict(zip(names, row[:pk] + row[pk + 1 :], strict=True)), late=row[due] is not None and row[due] < day
        )
        for row in found.rows
    ]


_ATTRIBUTES: Final = {"organisation__name": "organisation"}


# -- programmes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Programmes:
    """Every version that the tenant has, parsed once per process."""

    by_id: dict[int, RulePack]

    @property
    def newest(self) -> dict[str, RulePack]:
        """Slug → its newest version."""
        found: dict[str, RulePack] = {}
        for pack in sorted(self.by_id.values(), key=lambda pack: pack.version):
            found[pack.slug] = pack
        return found

    def title(self, programme_id: int) -> str:
        return self.by_id[programme_id].title

    def path_title(self, programme_id: int, path: str) -> str:
        return self.by_id[programme_id].path(path).title

    @property
    def paths(self) -> dict[str, str]:
        """Name → title of every path of the newest versions."""
        return {path.name: path.title for pack in self.newest.values() for path in pack.paths}


def programmes() -> Programmes:
    """One query."""
    return Programmes({version.pk: pack_of(version) for version in ProgrammeVersion.objects.all()})
