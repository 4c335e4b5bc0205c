"""Working days of mainland China, with public holidays and make-up days (`chinesecalendar`). Pure. RULES P21, D8.

The State Council publishes a year's calendar late in the year before, so next January may be unknown until December.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import chinese_calendar

from portal.errors import PortalError

_ONE = datetime.timedelta(days=1)


class CalendarYearMissing(PortalError):
    """The library has no calendar for ``year`` yet (or any more)."""

    code = "programme.calendar_year_missing"

    def __init__(self, year: int) -> None:
        super().__init__(year=year)
        self.year = year


def is_working_day(day: datetime.date) -> bool:
    """CalendarYearMissing where the year isn't known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise CalendarYearMissing(day.year) from None


def calendar_known(year: int) -> bool:
    """For the warning from 1 December on (RULES P21)."""
    try:
        is_working_day(datetime.date(year, 1, 1))
    except CalendarYearMissing:
        return False
    return True


def add_working_days(start: datetime.date, days: int) -> datetime.date:
    """The ``days``-th working day after ``start`` (which itself doesn't count); 0 → start. CalendarYearMissing."""
    return _add(start, days, is_working_day)


def next_working_day(day: datetime.date) -> datetime.date:
    """The first working day on or after ``day``: for the banner (RULES P21). CalendarYearMissing."""
    while not is_working_day(day):
        day += _ONE
    return day


def working_days_between(start: datetime.date, end: datetime.date) -> int:
    """Working days after ``start`` up to and with ``end``; negative when ``end`` is earlier. CalendarYearMissing."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + _ONE * n) for n in range(1, (end - start).days + 1))


@dataclass(frozen=True, slots=True)
class DueDate:
    """``certain`` False: it lies in a year without a published calendar, counted Monday to Friday for now."""

    day: datetime.date
    certain: bool


def due_date(start: datetime.date, days: int) -> DueDate:
    """`add_working_days` that never fails: for due dates that are shown now and computed again later."""
    try:
        return DueDate(add_working_days(start, days), certain=True)
    except CalendarYearMissing:
        return DueDate(_add(start, days, _probably_working), certain=False)


def _probably_working(day: datetime.date) -> bool:
    try:
        return is_working_day(day)
    except CalendarYearMissing:
        return day.weekday() < 5


def _add(start: datetime.date, days: int, working: Callable[[datetime.date], bool]) -> datetime.date:
    if days < 0:
        raise ValueError("a clock doesn't run backwards")
    day = start
    while days:
        day += _ONE
        days -= working(day)
    return day
