"""At which days left a certificate's people are reminded, and when they are told no more. Pure. RULES A3, Across 4."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SOON: Final = 90  # days; fewer than this, or expired, stands in pop-up and bell (RULES A3)
THRESHOLDS: Final = (90, 60, 30, 7, 0, -30)  # days left
LAST_CALL: Final = 7  # a certificate that is found later than this after the last threshold is history: no reminder


@dataclass(frozen=True, slots=True)
class Band:
    """Days left from ``most`` down to ``least``, both inclusive, in which this threshold is the one to tell."""

    threshold: int
    most: int
    least: int

    def moments(self, today: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The ends of validity that lie in the band today: from, and before."""
        return midnight(today + timedelta(days=self.least), zone), midnight(today + timedelta(days=self.most + 1), zone)


def bands() -> tuple[Band, ...]:
    """One a threshold: a certificate that comes late, or after a pause, gets the latest one alone."""
    following = (*(threshold + 1 for threshold in THRESHOLDS[1:]), THRESHOLDS[-1] - LAST_CALL)
    return tuple(Band(threshold, threshold, least) for threshold, least in zip(THRESHOLDS, following, strict=True))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def band_of(days_left: int) -> Band | None:
    """The band that a certificate with so many days left is in; None: too early, or history."""
    return next((band for band in bands() if band.least <= days_left <= band.most), None)
