"""The review queue: orders whose review step is open, by due date, with who works on them (RULES C10).

A turn of the review has the clock and the lease (models/reviews.py); what the customer took back meanwhile is told
by the step itself.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from renewals.lifecycle import Kind, StepState
from renewals.models import OrderItem, ReviewTurn, StepRecord
from renewals.reviewing.leases import free_at
from renewals.staff_selectors.keyset import CappedCount, by_day, capped_count, slice_of
from renewals.staff_selectors.orders import today

PER_PAGE: Final = 50
Whose = Literal["", "mine", "free"]
NEXT_DUE: Final = by_day("due_on")
_FIELDS: Final = (
    "order__public_id",
    "order__number",
    "order__organisation__name",
    "order__programme_id",
    "order__path",
    "order__claim",
    "medium",
    "opened_at",
    "returned_before",
    "holder_id",
    "holder__username",
    "held_until",
)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What is wanted; empty means everything. ``me``: whose "mine" is."""

    whose: Whose = ""
    overdue: bool = False
    returned: bool = False
    programme: str = ""
    me: int | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """``holder`` "" while nobody works on it."""

    due_on: date
    public_id: str
    number: str
    organisation: str
    programme_id: int
    path: str
    claim: str
    medium: str
    opened_at: datetime
    returned_before: bool
    holder_id: int | None
    holder: str
    held_until: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: list[QueueRow]
    newer: str
    older: str


def waiting() -> "QuerySet[ReviewTurn]":
    """Turns that a reviewer can take: the step itself is open, the order runs."""
    step = StepRecord.objects.filter(order=OuterRef("order_id"), kind=Kind.REVIEW, state=StepState.OPEN)
    return ReviewTurn.objects.filter(Exists(step), is_open=True, order__closed_at=None)


def matching(wanted: QueueFilter) -> "QuerySet[ReviewTurn]":
    """In no order."""
    found, now = waiting(), timezone.now()
    if wanted.whose == "mine":
        found = found.filter(holder_id=wanted.me, held_until__gt=now)
    elif wanted.whose == "free":
        found = found.filter(free_at(now))
    if wanted.overdue:
        found = found.filter(due_on__lt=today())
    if wanted.returned:
        found = found.filter(returned_before=True)
    if wanted.programme:
        found = found.filter(order__programme__slug=wanted.programme)
    return found


def page_of(wanted: QueueFilter, *, after: str = "", before: str = "", size: int = PER_PAGE) -> QueuePage:
    """The next to be due first. One query, however many wait."""
    first = OrderItem.objects.filter(order=OuterRef("order_id")).order_by("id")
    rows: QuerySet[Any] = matching(wanted).annotate(medium=Subquery(first.values("certificate__medium_number")[:1]))
    found = slice_of(rows, NEXT_DUE, _FIELDS, after=after, before=before, size=size)
    day, now = today(), timezone.now()
    return QueuePage([_row(row, day, now) for row in found.rows], found.newer, found.older)


def _row(row: tuple[Any, ...], day: date, now: datetime) -> QueueRow:
    due, _pk, public_id, number, organisation, programme, path, claim, medium, opened, returned, *lease = row
    holder_id, holder, until = lease
    held = until is not None and until > now
    return QueueRow(
        due,
        public_id,
        number,
        organisation,
        programme,
        path,
        claim,
        medium,
        opened,
        returned,
        holder_id=holder_id if held else None,
        holder=(holder or "") if held else "",
        held_until=until if held else None,
        late=due < day,
    )


def count(wanted: QueueFilter) -> CappedCount:
    return capped_count(matching(wanted))


def next_free(wanted: QueueFilter, *, but: set[int]) -> ReviewTurn | None:
    """The first that nobody works on, in the queue's order; ``but`` turns that were just lost to a colleague."""
    found = matching(wanted).filter(free_at(timezone.now()))
    return found.exclude(pk__in=but).select_related("order__programme").order_by("due_on", "pk").first()


def turn_of_order(public_id: str) -> ReviewTurn | None:
    """The order's open turn, if the review waits for somebody."""
    return waiting().select_related("order__programme", "holder").filter(order__public_id=public_id).first()
