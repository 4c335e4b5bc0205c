"""How many certificates expire when, and how far their renewals are: what a hall plans its weeks by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from portal.accounts.selectors import today
from portal.tenants import current_tenant
from renewals.certificate_selectors import OVER
from renewals.models import Certificate, OrderItem
from renewals.reminders import midnight

MONTHS: Final = 12
PAST_DAYS: Final = 90  # longest that a programme renews online (RULES A4)


@dataclass(frozen=True, slots=True)
class Forecast:
    """``first``: the month's first day, None for what has expired within the last 90 days.

    ``total`` = renewed + under_way + unwanted + open.
    """

    first: date | None
    total: int
    renewed: int
    under_way: int
    unwanted: int

    @property
    def open(self) -> int:
        """Nobody has begun with these."""
        return self.total - self.renewed - self.under_way - self.unwanted


def forecast(programme: str = "") -> list[Forecast]:
    """What has just expired, this month's rest, and the twelve months after, also those without any. Two queries.

    Certificates that the CA has revoked don't count; those replaced by a renewal do, as renewed.
    """
    zone = ZoneInfo(current_tenant().timezone)
    day, now = today(), timezone.now()
    past = _counted(programme).filter(not_after__gte=midnight(day - timedelta(days=PAST_DAYS), zone), not_after__lt=now)
    first = day.replace(day=1)
    months = [_later(first, n) for n in range(MONTHS + 1)]
    ahead = _counted(programme).filter(not_after__gte=now, not_after__lt=midnight(_later(first, MONTHS + 1), zone))
    rows = ahead.annotate(month=TruncMonth("not_after", tzinfo=zone)).values("month").annotate(**_COUNTS).order_by()
    by_month = {row["month"].date(): row for row in rows}
    return [_made(None, past.aggregate(**_COUNTS)), *(_made(month, by_month.get(month, {})) for month in months)]


def total_of(found: Sequence[Forecast]) -> Forecast:
    names = ("total", "renewed", "under_way", "unwanted")
    return Forecast(None, *(sum(getattr(one, name) for one in found) for name in names))


_RENEWED: Final = Q(successor__isnull=False)
_COUNTS: Final = {
    "total": Count("pk"),
    "renewed": Count("pk", filter=_RENEWED),
    "under_way": Count("pk", filter=Q(taken=True) & ~_RENEWED),
    "unwanted": Count("pk", filter=Q(unwanted_at__isnull=False, taken=False) & ~_RENEWED),
}


def _counted(programme: str) -> "QuerySet[Any]":
    taken = OrderItem.objects.filter(certificate=OuterRef("pk"), reserves=True, order__closed_at__isnull=True)
    standing = Q(successor__isnull=False) | ~Q(ca_status__in=OVER)
    found = Certificate.objects.filter(standing).annotate(taken=Exists(taken.exclude(effect="pin_unblock")))
    return found.filter(programme_slug=programme) if programme else found


def _made(month: date | None, row: dict[str, int]) -> Forecast:
    return Forecast(month, *(row.get(name) or 0 for name in ("total", "renewed", "under_way", "unwanted")))


def _later(first: date, months: int) -> date:
    year, month = divmod(first.month - 1 + months, 12)
    return date(first.year + year, month + 1, 1)
