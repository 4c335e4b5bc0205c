"""From when to when a renewed certificate is valid. Pure. RULES Across 7, A9, C5."""

import calendar
import datetime
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class ValidityStart(StrEnum):
    OLD_END = "old_end"  # the paid term counts from the old certificate's end: nothing that was paid is lost
    ISSUE = "issue"  # the paid term counts from the moment of issue
    KEEP_END = "keep_end"  # no new term: the new certificate ends when the old one would have (D5)


@dataclass(frozen=True, slots=True)
class Validity:
    """``counts_from``: where the paid term begins. All aware, UTC, whole seconds (X.509 has no fractions).

    ``not_before`` is the moment of issue on both paths. On ``old_end`` the old certificate is revoked as soon as the
    new one is verified (`revoke_old: on_verified`): a new one that only begins at the old end would leave the
    customer without any valid certificate until then. See docs/decisions/validity-start.md.
    """

    not_before: datetime.datetime
    not_after: datetime.datetime
    counts_from: datetime.datetime


def new_validity(
    start: ValidityStart,
    *,
    months: int,
    old_not_after: datetime.datetime,
    issued_at: datetime.datetime,
    tz: ZoneInfo,
) -> Validity:
    """The validity of the new certificate.

    ``months`` > 0 (keep_end ignores it), counted on the calendar of the tenant's zone: 29 February + 12 months is
    28 February; the time of day stays. A term that counts from an old end may end before it is issued only by mistake:
    ValueError.
    """
    if months <= 0 and start is not ValidityStart.KEEP_END:
        raise ValueError("a term has at least one month")
    issued_at = issued_at.astimezone(datetime.UTC).replace(microsecond=0)
    old_not_after = old_not_after.astimezone(datetime.UTC).replace(microsecond=0)
    counts_from = old_not_after if start is ValidityStart.OLD_END else issued_at
    if start is ValidityStart.KEEP_END:
        not_after = old_not_after
    else:
        not_after = add_months(counts_from.astimezone(tz), months).astimezone(datetime.UTC)
    if not_after <= issued_at:
        raise ValueError("the term is over before the certificate is issued")
    return Validity(issued_at, not_after, counts_from)


def add_months(moment: datetime.datetime, months: int) -> datetime.datetime:
    """Same day and time ``months`` later in the moment's own zone; the month's last day where that day is missing."""
    years, month0 = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month0 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)
