"""What production has to make: remakes first, then by due date, overdue ones on top (RULES D8, P18, P20)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from django.db.models import QuerySet

from renewals.models import ProductionBatch, ProductionTask
from renewals.staff_selectors.keyset import CappedCount, by_day, capped_count, slice_of
from renewals.staff_selectors.orders import today

PER_PAGE: Final = 50
NEXT_DUE: Final = by_day("due_on")
Whose = Literal["", "mine", "free"]
_FIELDS: Final = (
    "public_id",
    "order__public_id",
    "order__number",
    "order__organisation__name",
    "order__programme_id",
    "order__path",
    "item__certificate__number",
    "item__certificate__serial",
    "item__certificate__medium_number",
    "makes",
    "state",
    "remake_reason",
    "taken_by__username",
    "taken_by_id",
    "batch__number",
    "batch__public_id",
)


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What is wanted; empty means everything that is open. ``me``: whose "mine" is."""

    whose: Whose = ""
    overdue: bool = False
    makes: str = ""
    me: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """``certificate``: 证书号 as the holder knows it. ``taken_by`` "" while nobody makes it."""

    due_on: date
    public_id: str
    order: str
    number: str
    organisation: str
    programme_id: int
    path: str
    certificate: str
    medium: str
    makes: str
    state: str
    remake_reason: str
    taken_by: str
    taken_by_id: int | None
    batch: str
    batch_id: str
    late: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    rows: list[TaskRow]
    newer: str
    older: str


def open_tasks() -> "QuerySet[ProductionTask]":
    """Tasks that production acts on: of orders that run."""
    return ProductionTask.objects.filter(is_open=True, order__closed_at=None)


def matching(wanted: TaskFilter) -> "QuerySet[ProductionTask]":
    """In no order; remakes apart (``urgent``)."""
    found = open_tasks().filter(first_in_line=False)
    if wanted.whose == "mine":
        found = found.filter(taken_by_id=wanted.me)
    elif wanted.whose == "free":
        found = found.filter(state=ProductionTask.State.QUEUED)
    if wanted.overdue:
        found = found.filter(due_on__lt=today())
    if wanted.makes:
        found = found.filter(makes=wanted.makes)
    return found


def page_of(wanted: TaskFilter, *, after: str = "", before: str = "", size: int = PER_PAGE) -> TaskPage:
    """The next to be due first, so overdue ones come on top. One query, however many wait."""
    found = slice_of(matching(wanted), NEXT_DUE, _FIELDS, after=after, before=before, size=size)
    return TaskPage(_rows(found.rows), found.newer, found.older)


def urgent() -> list[TaskRow]:
    """Remakes: few, and never behind anything else (P18)."""
    found = open_tasks().filter(first_in_line=True).order_by("due_on", "pk")
    return _rows(list(found.values_list("due_on", "pk", *_FIELDS)[:PER_PAGE]))


def of_batch(batch: ProductionBatch) -> list[TaskRow]:
    """Everything in it, also what is made by now, in the order in which it was put in."""
    return _rows(list(batch.tasks.order_by("pk").values_list("due_on", "pk", *_FIELDS)))


def _rows(found: Any) -> list[TaskRow]:
    day = today()
    return [_row(row, day) for row in found]


def _row(row: tuple[Any, ...], day: date) -> TaskRow:
    due, _pk, task, order, number, organisation, programme, path, own, serial, medium, *rest = row
    makes, state, remake, taken_by, taken_by_id, batch, batch_id = rest
    return TaskRow(
        due,
        task,
        order,
        number,
        organisation,
        programme,
        path,
        own or serial,
        medium,
        makes,
        state,
        remake,
        taken_by or "",
        taken_by_id,
        batch or "",
        batch_id or "",
        late=due < day,
    )


def count(wanted: TaskFilter) -> CappedCount:
    return capped_count(matching(wanted))


def count_open() -> int:
    """For the navigation."""
    return capped_count(open_tasks()).number


def task(public_id: str) -> ProductionTask | None:
    """Any task, with what its page shows."""
    found = ProductionTask.objects.select_related(
        "order__programme",
        "order__organisation",
        "item__certificate",
        "item__issued",
        "taken_by",
        "made_by",
        "batch",
        "remake_of",
    )
    return found.filter(public_id=public_id).first()


def recent_batches(limit: int = 20) -> list[ProductionBatch]:
    return list(ProductionBatch.objects.select_related("opened_by").order_by("-id")[:limit])
