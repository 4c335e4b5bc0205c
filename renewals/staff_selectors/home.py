"""What waits, counted: for the first page of every member of staff."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Q
from django.utils import timezone

from payments.models import ChannelName, ClaimState, Refund, RefundState, Suspense, SuspenseState, TransferClaim
from portal.jobs.models import Job, JobState
from renewals.lifecycle import NextActor, Status
from renewals.models import Certificate, DualControl, Order, PinReset, PinUnblock
from renewals.models.certificates import CaStatus
from renewals.programmes.working_days import CalendarYearMissing, calendar_known, is_working_day, next_working_day
from renewals.staff_selectors.keyset import CappedCount, capped_count
from renewals.staff_selectors.orders import awaits_person, overdue

SOON: Final = (30, 60, 90)  # days


@dataclass(frozen=True, slots=True)
class StatusCount:
    status: str
    number: int
    late: int


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation that one certificate administrator has asked for and another has to confirm (RULES P20)."""

    operation: str
    order: str
    number: str
    organisation: str
    asked_by_id: int
    asked_by: str | None
    asked_at: datetime


def waiting_for(actor: NextActor) -> CappedCount:
    """Orders whose next step is this actor's; what is owed after an ending counts too."""
    return capped_count(Order.objects.filter(next_actor=actor))


def refunds_of_ended_orders() -> CappedCount:
    """Ended orders for which finance is next: to decide a refund (P19), or to send a transfer back by hand."""
    return capped_count(Order.objects.filter(next_actor=NextActor.FINANCE, closed_at__isnull=False))


def transfers_to_find() -> CappedCount:
    return capped_count(TransferClaim.objects.filter(state=ClaimState.WAITING))


def held_with_an_answer() -> CappedCount:
    """Money of somebody else about which the customer has said what is to become of it (RULES P10)."""
    return capped_count(Suspense.objects.filter(state=SuspenseState.HELD).exclude(wish=""))


def bank_refunds_to_make() -> CappedCount:
    """Agreed, and to be sent by hand in the online bank."""
    return capped_count(Refund.objects.filter(state=RefundState.APPROVED, payment__channel=ChannelName.BANK_TRANSFER))


def identities_to_confirm() -> CappedCount:
    """Orders that wait for staff to look at the handler (RULES P4), also while their customer can go on elsewhere."""
    return capped_count(Order.objects.filter(awaits_person()))


def unfinished_by_status(day: date) -> list[StatusCount]:
    """Open orders, the statuses with most late ones first. One query."""
    found = (
        Order.objects.filter(status__in=[status for status in Status if not status.terminal])
        .order_by()
        .values_list("status")
        .annotate(number=Count("pk"), late=Count("pk", filter=overdue(day)))
    )
    return sorted((StatusCount(*row) for row in found), key=lambda row: (-row.late, -row.number, row.status))


def late_orders(day: date) -> CappedCount:
    return capped_count(Order.objects.filter(overdue(day)))


def pending_controls() -> list[Pending]:
    """The oldest first. One query."""
    found = (
        DualControl.objects.filter(confirmed_at__isnull=True)
        .order_by("asked_at", "pk")
        .values_list(
            "operation",
            "order__public_id",
            "order__number",
            "order__organisation__name",
            "asked_by_id",
            "asked_by__username",
            "asked_at",
        )[:50]
    )
    return [Pending(*row) for row in found]


def resets_to_release(me: int | None) -> CappedCount:
    """Mailed-in keys whose new PIN somebody else has asked for (RULES P14, P20)."""
    asked = PinReset.objects.filter(released_at=None, used_at=None, item__order__closed_at=None)
    return capped_count(asked.exclude(asked_by_id=me))


def unblocks_to_release() -> CappedCount:
    """Locked keys whose holder is to be checked (RULES P1)."""
    return capped_count(PinUnblock.objects.filter(state=PinUnblock.State.ASKED, item__order__closed_at=None))


def dead_jobs() -> CappedCount:
    return capped_count(Job.objects.filter(state=JobState.DEAD))


def refunds_to_confirm() -> CappedCount:
    """Above the tenant's limit: a second person of finance decides."""
    return capped_count(Refund.objects.filter(state=RefundState.REQUESTED))


def refunds_failed() -> CappedCount:
    return capped_count(Refund.objects.filter(state=RefundState.FAILED))


def expiring() -> dict[int, int]:
    """Days → how many current certificates expire within them. One query."""
    now = timezone.now()
    current = Certificate.objects.filter(
        not_after__gte=now,
        not_after__lt=now + timedelta(days=max(SOON)),
        ca_status=CaStatus.VALID,
        successor__isnull=True,
    )
    counts = {f"d{days}": Count("pk", filter=Q(not_after__lt=now + timedelta(days=days))) for days in SOON}
    found = current.aggregate(**counts)
    return {days: found[f"d{days}"] for days in SOON}


@dataclass(frozen=True, slots=True)
class CalendarNews:
    """RULES P21. ``next_day``: the next working day, None on a working day. ``missing``: a year without a calendar."""

    next_day: date | None
    missing: int | None


def calendar_news(day: date) -> CalendarNews:
    """What the banner says: today is no working day; from 1 December on, next year's calendar isn't there yet."""
    missing = None
    if not calendar_known(day.year):
        missing = day.year
    elif day.month == 12 and not calendar_known(day.year + 1):
        missing = day.year + 1
    try:
        return CalendarNews(None if is_working_day(day) else next_working_day(day), missing)
    except CalendarYearMissing:
        return CalendarNews(None, missing or day.year + 1)
