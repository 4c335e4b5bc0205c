"""The body of a table as columns: what is a booking, what a footer, and each cell read by its role.

Each column is first tried as a whole in C (``parse_column``, ``parse_moments``); only a column with something unusual
is read cell by cell, and only there is it found out which row is wrong.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import cast

from payments.statements.amounts import NotAnAmount, parse_amount, parse_column
from payments.statements.days import Days, NotADay, parse_day, parse_moment, parse_moments, parse_time
from payments.statements.header import Header
from payments.statements.layouts import Role, plain_header
from payments.statements.model import BANK_ZONE, RowError, RowErrorCode
from payments.statements.table import Table

#: how a footer begins, as ``plain_header`` leaves it
_FOOTER = re.compile(r"(?:本页|累计|合计|总计|小计|总笔数|期初|期末|说明|温馨提示|注|打印|制表|共\d|\[|<|-{3})")
_MONEY = (Role.AMOUNT, Role.CREDIT, Role.DEBIT)
_NOTHING = frozenset({"", "-", "--", "—", "/"})
_DIGITS_LOST = re.compile(r"\d(?:\.\d+)?e\+\d+", re.IGNORECASE)
#: footers are a handful of rows
_PEELED = 20
_PLACEHOLDER = date(1970, 1, 1)


class Body:
    """``rows`` are the bookings, all as long as the header; ``numbers`` their rows as a person counts."""

    def __init__(self, table: Table, header: Header) -> None:
        self.header = header
        self.sheet = table.sheet
        self.errors: list[RowError] = []
        self.footers: list[list[str]] = []
        self.rows: list[list[str]] = table.rows[header.row + 1 :]
        self.numbers: list[int] = list(range(header.row + 2, header.row + 2 + len(self.rows)))
        self.columns: dict[int, Sequence[str]] = {}
        self._peel()
        self._transpose_if_even()
        self.moments: list[datetime | None] = []
        self.days = self._days_at_once()
        if self.days is None:
            self._sort_rows()
            self.columns = self._columns() if self.rows else {}
            self.days = self._days_at_once() or self._days_one_by_one()

    def error(self, index: int, role: Role, code: RowErrorCode, read: object) -> None:
        self.errors.append(RowError.at(self.numbers[index], self.header.column(role), code, read))

    # -- rows ----------------------------------------------------------------------------------------------------

    def _peel(self) -> None:
        """Take footers off the end, where most of them are, so that the rest can be read at once."""
        day_at = self.header.places[_day_role(self.header)]
        is_day = Days()
        for _ in range(_PEELED):
            row = self.rows[-1] if self.rows else None
            if row is None or (len(row) > day_at and is_day[row[day_at]] is not None):
                break
            if any(map(str.strip, row)):
                if not self._is_footer(row):
                    break
                self.footers.append(row)
            self.rows.pop()
            self.numbers.pop()

    def _transpose_if_even(self) -> None:
        lengths = set(map(len, self.rows))
        width = len(self.header.names)
        if len(lengths) == 1 and (length := lengths.pop()) >= width:
            if any(row[place].strip() for place in range(width, length) for row in self.rows):
                return
            self.columns = self._columns()

    def _columns(self) -> dict[int, Sequence[str]]:
        """Only those with a role: a bank has thirty."""
        wanted = {*self.header.places.values(), *self.header.remittance}
        return {place: [row[place] for row in self.rows] for place in wanted}

    def _sort_rows(self) -> None:
        """Take blank rows and footers out, and make every row as long as the header."""
        width = len(self.header.names)
        day_at = self.header.places[_day_role(self.header)]
        rows, numbers = [], []
        is_day = Days()
        for number, row in zip(self.numbers, self.rows, strict=True):
            if not any(map(str.strip, row)):
                continue
            dated = len(row) > day_at and is_day[row[day_at].strip()] is not None
            if not dated and self._is_footer(row):
                self.footers.append(row)
                continue
            rows.append((row + [""] * (width - len(row)))[:width])
            numbers.append(number)
            if any(map(str.strip, row[width:])) or len(row) <= self._last_needed():
                self.errors.append(RowError.at(number, "", RowErrorCode.CELLS, f"{len(row)} / {width}"))
        self.rows, self.numbers = rows, numbers

    def _last_needed(self) -> int:
        return max(place for role, place in self.header.places.items() if role in (*_MONEY, Role.BALANCE, Role.FLAG))

    def _is_footer(self, row: Sequence[str]) -> bool:
        said = [cell for cell in map(str.strip, row) if cell]
        if _FOOTER.match(plain_header(said[0])):
            return True
        has_money = any(
            self.header.places[role] < len(row) and row[self.header.places[role]].strip() not in _NOTHING
            for role in _MONEY
            if role in self.header.places
        )
        return not has_money and len(said) <= 3

    # -- columns -------------------------------------------------------------------------------------------------

    def cells(self, role: Role) -> Sequence[str]:
        """As they stand there; "" everywhere when the table has no such column."""
        place = self.header.places.get(role)
        return self.columns[place] if place is not None and self.columns else [""] * len(self.rows)

    def texts(self, role: Role) -> Sequence[str]:
        return list(map(str.strip, self.cells(role)))

    def numbers_as_text(self, role: Role) -> Sequence[str]:
        """Account numbers and serials: a spreadsheet's number cell keeps 15 digits of them."""
        found = self.texts(role)
        if self.sheet:
            for index, text in enumerate(found):
                if _DIGITS_LOST.fullmatch(text):
                    self.error(index, role, RowErrorCode.DIGITS_LOST, text)
        return found

    def remittance(self) -> Sequence[str]:
        parts = [list(map(str.strip, self.columns[place])) for place in self.header.remittance if self.columns]
        if not parts:
            return [""] * len(self.rows)
        if len(parts) == 1:
            return parts[0]
        if len(parts) == 2:
            return [
                one if not two or one == two else f"{one} {two}" if one else two
                for one, two in zip(*parts, strict=True)
            ]
        return [" ".join(dict.fromkeys(filter(None, cells))) for cells in zip(*parts, strict=True)]

    def fen(self, role: Role) -> list[int | None]:
        """None for a cell that says nothing."""
        if (at_once := parse_column(self.cells(role))) is not None:
            return at_once
        texts = self.texts(role)
        if (at_once := parse_column(texts)) is not None:
            return at_once
        sides = role in (Role.CREDIT, Role.DEBIT)
        known: dict[str, int | None] = {}
        found: list[int | None] = []
        for index, text in enumerate(texts):
            if text not in known:
                if not text or (sides and text in _NOTHING):
                    known[text] = None
                else:
                    try:
                        known[text] = parse_amount(text)
                    except NotAnAmount:
                        self.error(index, role, RowErrorCode.AMOUNT, text)
                        found.append(None)
                        continue
            found.append(known[text])
        return found

    # -- days and times ------------------------------------------------------------------------------------------

    def _days_at_once(self) -> list[date] | None:
        """None when one of them isn't a day, or the rows aren't even."""
        if not self.columns:
            return None if self.rows else []
        day_role = _day_role(self.header)
        if day_role is Role.MOMENT:
            moments = parse_moments(self.cells(Role.MOMENT)) or parse_moments(self.texts(Role.MOMENT))
            if moments is None:
                return None
            self.moments = list(moments)
            return list(map(datetime.date, moments))
        known = Days()
        days = list(map(known.__getitem__, self.cells(Role.DAY)))
        return None if None in days else cast("list[date]", days)

    def _days_one_by_one(self) -> list[date]:
        role = _day_role(self.header)
        days = []
        for index, text in enumerate(self.texts(role)):
            try:
                days.append(parse_day(text))
            except NotADay:
                self.error(index, role, RowErrorCode.DATE, text)
                days.append(_PLACEHOLDER)
        return days

    def times(self) -> Sequence[datetime | None]:
        """When it was booked, where the bank says so to the second."""
        if self.moments or not self.rows:
            return self.moments
        if Role.MOMENT in self.header.places:
            return self._moments()
        if Role.TIME in self.header.places:
            return self._times()
        return [None] * len(self.rows)

    def _moments(self) -> Sequence[datetime | None]:
        if (at_once := parse_moments(self.cells(Role.MOMENT))) is not None:
            return list(at_once)
        texts = self.texts(Role.MOMENT)
        if (at_once := parse_moments(texts)) is not None:
            return list(at_once)
        found: list[datetime | None] = []
        for index, text in enumerate(texts):
            try:
                found.append(parse_moment(text))
            except NotADay:
                found.append(None)
                if text and Days()[text] is None:
                    self.error(index, Role.MOMENT, RowErrorCode.TIME, text)
        return found

    def _times(self) -> Sequence[datetime | None]:
        texts = self.texts(Role.TIME)
        days = self.texts(Role.DAY)
        if (at_once := parse_moments([f"{day} {at}" for day, at in zip(days, texts, strict=True)])) is not None:
            return list(at_once)
        found: list[datetime | None] = []
        for index, (day, text) in enumerate(zip(self.days or (), texts, strict=True)):
            found.append(self._combined(index, day, text))
        return found

    def _combined(self, index: int, day: date, text: str) -> datetime | None:
        if not text:
            return None
        try:
            at = parse_time(text) if len(text) <= 8 else parse_moment(text).timetz()
        except NotADay:
            self.error(index, Role.TIME, RowErrorCode.TIME, text)
            return None
        return datetime.combine(day, time(at.hour, at.minute, at.second), BANK_ZONE)


def _day_role(header: Header) -> Role:
    return Role.DAY if Role.DAY in header.places else Role.MOMENT


def total_rows(footers: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    """Footers that add up the whole file, not a page of it."""
    for row in footers:
        first = plain_header(next((cell for cell in row if cell.strip()), ""))
        if first.startswith(("合计", "总计", "累计")):
            yield row
