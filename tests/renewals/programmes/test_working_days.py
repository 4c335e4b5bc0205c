"""Working days of the Chinese calendar, with make-up days. RULES P21, D8. The dates are those of the 2026 calendar."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.programmes import (
    CalendarYearMissing,
    DueDate,
    add_working_days,
    calendar_known,
    due_date,
    is_working_day,
    next_working_day,
    working_days_between,
)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("date", "works"),
    [
        ("2026-02-13", True),  # Friday before Spring Festival
        ("2026-02-14", True),  # Saturday, made up for
        ("2026-02-15", False),
        ("2026-02-23", False),  # the last of nine days off
        ("2026-02-24", True),
        ("2026-02-28", True),  # Saturday, made up for
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-10", True),  # Saturday, made up for
        ("2026-11-21", False),  # an ordinary Saturday
        ("2026-11-23", True),
    ],
)
def test_2026(date: str, works: bool) -> None:
    assert is_working_day(day(date)) is works


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-13", 6, "2026-02-28"),  # over both make-up Saturdays
        ("2026-09-30", 3, "2026-10-10"),  # 8, 9, 10 October
        ("2026-11-20", 5, "2026-11-27"),
        # RULES D8: five working days for a new medium
        ("2026-02-13", 5, "2026-02-27"),  # over Spring Festival: the 14th is made up for, then 24 to 27
        ("2026-09-25", 5, "2026-10-09"),  # over National Day: 28, 29, 30 September, 8, 9 October
        ("2026-04-30", 5, "2026-05-11"),  # over Labour Day: the 9th, a Saturday, is made up for
        ("2026-11-21", 1, "2026-11-23"),
        ("2026-11-21", 0, "2026-11-21"),
    ],
)
def test_adding(start: str, days: int, end: str) -> None:
    assert add_working_days(day(start), days) == day(end)


def test_between() -> None:
    assert working_days_between(day("2026-02-13"), day("2026-02-28")) == 6
    assert working_days_between(day("2026-02-28"), day("2026-02-13")) == -6
    assert working_days_between(day("2026-02-13"), day("2026-02-13")) == 0


def test_the_banner_s_next_working_day() -> None:
    assert next_working_day(day("2026-02-15")) == day("2026-02-24")
    assert next_working_day(day("2026-02-14")) == day("2026-02-14")


class TestMissingYear:
    """A year far ahead, which no library release knows."""

    def test_is_a_typed_error_that_names_the_year(self) -> None:
        assert calendar_known(2026)
        assert not calendar_known(2099)
        for ask in (
            lambda: is_working_day(day("2099-01-02")),
            lambda: next_working_day(day("2099-01-02")),
            lambda: add_working_days(day("2098-12-30"), 3),
            lambda: working_days_between(day("2099-01-01"), day("2099-01-09")),
        ):
            with pytest.raises(CalendarYearMissing) as missing:
                ask()
            assert missing.value.year in {2098, 2099}

    def test_a_due_date_is_shown_all_the_same_and_says_that_it_may_move(self) -> None:
        assert due_date(day("2099-01-01"), 3) == DueDate(day("2099-01-06"), certain=False)  # Thursday + Fri, Mon, Tue
        assert due_date(day("2026-09-30"), 3) == DueDate(day("2026-10-10"), certain=True)


def test_clocks_don_t_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        add_working_days(day("2026-11-20"), -1)


@given(st.dates(day("2010-01-01"), day("2026-06-01")), st.integers(0, 60))
def test_adding_and_counting_agree(start: datetime.date, days: int) -> None:
    end = add_working_days(start, days)
    assert working_days_between(start, end) == days
    assert days == 0 or is_working_day(end)
