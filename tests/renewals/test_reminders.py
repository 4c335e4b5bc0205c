"""At which days left somebody is reminded: 90, 60, 30, 7, 0 and 30 days past (RULES A3). Pure."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from renewals.reminders import band_of, bands


@pytest.mark.parametrize(
    ("days_left", "threshold"),
    [
        (365, None),
        (91, None),
        (90, 90),
        (61, 90),
        (60, 60),
        (31, 60),
        (30, 30),
        (8, 30),
        (7, 7),
        (1, 7),
        (0, 0),
        (-1, 0),
        (-29, 0),
        (-30, -30),
        (-37, -30),
        (-38, None),  # history: an import of old certificates tells nobody
        (-90, None),
    ],
)
def test_each_day_left_has_one_threshold_or_none(days_left: int, threshold: int | None) -> None:
    band = band_of(days_left)
    assert (band.threshold if band else None) == threshold


def test_the_bands_leave_no_day_out_and_none_twice() -> None:
    days = [day for band in bands() for day in range(band.least, band.most + 1)]
    assert sorted(days) == list(range(-37, 91))


def test_days_are_the_tenants_own_and_last_until_midnight() -> None:
    """DESIGN §5: 0 on the last day, however late; over the end of February in a leap year."""
    last = next(band for band in bands() if band.threshold == 0)
    since, before = last.moments(date(2028, 3, 1), ZoneInfo("Asia/Shanghai"))
    assert since == datetime(2028, 1, 31, 16, tzinfo=UTC)  # 29 days past
    assert before == datetime(2028, 3, 1, 16, tzinfo=UTC)
