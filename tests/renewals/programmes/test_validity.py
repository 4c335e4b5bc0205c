"""From when to when the new certificate is valid. RULES Across 7; leap days exact."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.programmes import Validity, ValidityStart, new_validity
from renewals.programmes.validity import add_months

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)


def renewed(start: ValidityStart, months: int, old: str, issued: str) -> Validity:
    return new_validity(start, months=months, old_not_after=utc(old), issued_at=utc(issued), tz=SHANGHAI)


def test_from_the_old_end_nothing_that_was_paid_is_lost() -> None:
    """C unexpired: usable at once, the year counts from the old end."""
    got = renewed(ValidityStart.OLD_END, 12, "2026-12-31T23:59:59+08:00", "2026-11-21T10:00:00.5+08:00")
    assert got == Validity(
        not_before=utc("2026-11-21T10:00:00+08:00"),
        not_after=utc("2027-12-31T23:59:59+08:00"),
        counts_from=utc("2026-12-31T23:59:59+08:00"),
    )


def test_from_issue() -> None:
    """C expired."""
    got = renewed(ValidityStart.ISSUE, 24, "2026-06-30T23:59:59+08:00", "2026-11-21T10:00:00+08:00")
    assert got.not_after == utc("2028-11-21T10:00:00+08:00")
    assert got.counts_from == got.not_before == utc("2026-11-21T10:00:00+08:00")


def test_paid_in_time_installed_after_the_end() -> None:
    """P12: the path was fixed at submission, so the year still counts from the old end."""
    got = renewed(ValidityStart.OLD_END, 12, "2026-11-20T23:59:59+08:00", "2026-11-23T09:00:00+08:00")
    assert got.not_after == utc("2027-11-20T23:59:59+08:00")


@pytest.mark.parametrize(
    ("old", "months", "new"),
    [
        ("2028-02-29T23:59:59+08:00", 12, "2029-02-28T23:59:59+08:00"),
        ("2028-02-29T23:59:59+08:00", 48, "2032-02-29T23:59:59+08:00"),
        ("2027-02-28T23:59:59+08:00", 12, "2028-02-28T23:59:59+08:00"),
        ("2027-01-31T12:00:00+08:00", 1, "2027-02-28T12:00:00+08:00"),
        ("2026-12-31T23:59:59+08:00", 2, "2027-02-28T23:59:59+08:00"),
        ("2028-02-29T23:59:59+08:00", 60, "2033-02-28T23:59:59+08:00"),  # A9: five years
        ("2026-11-21T23:59:59+08:00", 60, "2031-11-21T23:59:59+08:00"),
        # 29 February in Shanghai is still the 28th in UTC: the calendar is the tenant's
        ("2028-02-29T07:59:59+08:00", 12, "2029-02-28T07:59:59+08:00"),
    ],
)
def test_months_on_the_tenant_s_calendar(old: str, months: int, new: str) -> None:
    assert renewed(ValidityStart.OLD_END, months, old, "2026-11-21T00:00:00+08:00").not_after == utc(new)


def test_the_old_end_is_kept() -> None:
    """RULES D5: an upgrade gives no day more and none less, over a leap day too."""
    got = renewed(ValidityStart.KEEP_END, 0, "2028-02-29T23:59:59+08:00", "2026-11-21T10:00:00+08:00")
    assert got.not_before == utc("2026-11-21T10:00:00+08:00")
    assert got.not_after == utc("2028-02-29T23:59:59+08:00")


def test_what_is_over_already_keeps_nothing() -> None:
    with pytest.raises(ValueError, match="over before"):
        renewed(ValidityStart.KEEP_END, 0, "2026-11-20T23:59:59+08:00", "2026-11-21T10:00:00+08:00")


@pytest.mark.parametrize("months", [0, -12])
def test_a_term_has_months(months: int) -> None:
    with pytest.raises(ValueError, match="at least one month"):
        renewed(ValidityStart.ISSUE, months, "2026-12-31T23:59:59+08:00", "2026-11-21T00:00:00+08:00")


def test_a_term_that_is_over_before_it_begins() -> None:
    with pytest.raises(ValueError, match="over before"):
        renewed(ValidityStart.OLD_END, 12, "2020-12-31T23:59:59+08:00", "2026-11-21T00:00:00+08:00")


days = st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2100, 1, 1))  # noqa: DTZ001


@given(days, st.integers(1, 120))
def test_a_month_more_is_the_next_month_same_day_or_its_last(moment: datetime.datetime, months: int) -> None:
    later = add_months(moment, months)
    assert (later.year * 12 + later.month) - (moment.year * 12 + moment.month) == months
    assert later.time() == moment.time()
    assert later.day == moment.day or (later.day < moment.day and (later + datetime.timedelta(days=1)).day == 1)


@given(days, st.integers(1, 60), st.integers(1, 60))
def test_longer_terms_end_later(moment: datetime.datetime, some: int, more: int) -> None:
    assert add_months(moment, some) < add_months(moment, some + more)
