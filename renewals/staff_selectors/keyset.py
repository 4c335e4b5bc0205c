"""Pages by keyset: a row-value comparison on (column, id), as quick on page 10,000 as on the first (FACTS, Web).

The cursor is the last row that was seen, so that rows which come or go meanwhile neither repeat nor hide others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, Value
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

COUNT_CAP: Final = 1000
_SEPARATOR = "~"


class Beyond(Func):
    """``(column, id) < (value, id)`` in SQL. Django's own tuple lookups fall back to OR on SQLite: 200 times slower."""

    output_field = BooleanField()

    def __init__(self, column: str, field: "Field[Any, Any]", value: Any, pk: int, *, greater: bool) -> None:
        super().__init__(F(column), F("pk"), Value(value, output_field=field), Value(pk))
        self.operator = ">" if greater else "<"

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_extra: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002
        parts: list[str] = []
        params: list[Any] = []
        for source in self.get_source_expressions():
            sql, found = compiler.compile(source)
            parts.append(sql)
            params.extend(found)
        return f"({parts[0]}, {parts[1]}) {self.operator} ({parts[2]}, {parts[3]})", tuple(params)


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of rows: ``column``, then the id, both in the same direction. The column is never NULL."""

    column: str
    descending: bool
    read: Callable[[str], Any]
    write: Callable[[Any], str]

    def cursor(self, row: Sequence[Any]) -> str:
        """What stands in the address for this row; rows begin with (column, id)."""
        return f"{self.write(row[0])}{_SEPARATOR}{row[1]}"

    def parse(self, text: str) -> tuple[Any, int] | None:
        """None for what isn't a cursor of this order: somebody has been at the address; the first page then."""
        value, _, pk = text.rpartition(_SEPARATOR)
        if not (pk.isascii() and pk.isdigit() and len(pk) <= 18):
            return None
        try:
            found = self.read(value)
        except ValueError:
            return None
        return None if found is None else (found, int(pk))


def _moment(text: str) -> datetime | None:
    found = parse_datetime(text)
    return found if found is not None and timezone.is_aware(found) else None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def by_moment(column: str, *, descending: bool = True) -> Keyset:
    """The latest first, or the earliest."""
    return Keyset(column, descending=descending, read=_moment, write=_iso)


def by_day(column: str) -> Keyset:
    """The earliest day first."""
    return Keyset(column, descending=False, read=parse_date, write=date.isoformat)


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of rows; ``newer`` and ``older`` are cursors for the pages before and behind it, "" where there is none.

    ``rows`` begin with (column, id); ``names`` says what the columns are.
    """

    names: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    newer: str
    older: str


def slice_of(
    found: "QuerySet[Any]", keyset: Keyset, fields: Sequence[str], *, after: str = "", before: str = "", size: int
) -> Slice:
    """``size`` rows of ``fields`` behind the cursor ``after``, or just before the cursor ``before``. One query."""
    model: type[Model] = found.model
    cursor = keyset.parse(after or before)
    backwards = bool(before) and not after and cursor is not None
    if cursor is not None:
        field = model._meta.get_field(keyset.column)
        found = found.filter(
            Beyond(keyset.column, field, cursor[0], cursor[1], greater=keyset.descending == backwards)  # type: ignore[arg-type]
        )
    sign = "-" if keyset.descending != backwards else ""
    ordered = found.order_by(f"{sign}{keyset.column}", f"{sign}pk")
    names = [keyset.column, "pk", *(name for name in fields if name != keyset.column)]
    rows = list(ordered.values_list(*names)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_older, has_newer = (True, more) if backwards else (more, cursor is not None)
    return Slice(
        names=names,
        rows=rows,
        newer=keyset.cursor(rows[0]) if rows and has_newer else "",
        older=keyset.cursor(rows[-1]) if rows and has_older else "",
    )


@dataclass(frozen=True, slots=True)
class CappedCount:
    """``shown`` is exact up to the cap, and "1000+" beyond."""

    number: int
    capped: bool

    def __str__(self) -> str:
        return f"{self.number}+" if self.capped else str(self.number)


def capped_count(found: "QuerySet[Any]", cap: int = COUNT_CAP) -> CappedCount:
    """At most ``cap`` rows are counted, however many there are."""
    number = found.order_by().values("pk")[: cap + 1].count()
    return CappedCount(min(number, cap), number > cap)
