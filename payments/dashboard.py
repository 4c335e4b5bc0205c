"""What came in, how it found its charge, what waits: by day and channel. Sums in fen; reads inside a tenant_tx.

A bank payment counts as matched by machine where its statement line says so; one that a person confirmed, or moved
out of suspense, is matched by hand. Online payments match by themselves: the order's number came back with the money.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from payments.models import (
    WAITING_LINES,
    BankTransaction,
    ChannelName,
    ClaimState,
    Invoice,
    InvoiceState,
    MatchedBy,
    Payment,
    Refund,
    RefundState,
    Suspense,
    SuspenseState,
    TransferClaim,
)
from portal.tenants import current_tenant

DAYS: Final = 30
AGES: Final = ((0, 1), (2, 3), (4, 7), (8, 30), (31, None))  # days a thing has waited, from and to
BY_MACHINE: Final = (MatchedBy.NUMBER, MatchedBy.CLAIM)
HELD: Final = (SuspenseState.HELD, SuspenseState.RETURNING)


@dataclass(slots=True)
class Day:
    """``received``: channel → fen. ``refunded_fen`` arrived at the payer on that day."""

    day: date
    received: dict[str, int] = field(default_factory=dict)
    refunded_fen: int = 0

    @property
    def received_fen(self) -> int:
        return sum(self.received.values())


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the whole period; ``suspense_fen`` as it is now."""

    received_fen: int
    online_fen: int
    by_machine_fen: int
    by_hand_fen: int
    unplaced_fen: int
    suspense_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class Late:
    """Things that wait for finance: how many by age (AGES), and since when the oldest."""

    name: str
    counts: tuple[int, ...]
    oldest: datetime | None

    @property
    def total(self) -> int:
        return sum(self.counts)


def zone() -> ZoneInfo:
    return ZoneInfo(current_tenant().timezone)


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment of the first day to the first after the last, in the tenant's zone."""
    start = datetime.combine(first, time(), zone())
    return start, datetime.combine(last + timedelta(days=1), time(), zone())


def period(days: int = DAYS) -> tuple[date, date]:
    today = timezone.now().astimezone(zone()).date()
    return today - timedelta(days=days - 1), today


def by_day(first: date, last: date) -> list[Day]:
    """Every day of the period, oldest first; two queries."""
    start, end = bounds(first, last)
    days = {first + timedelta(days=at): Day(first + timedelta(days=at)) for at in range((last - first).days + 1)}
    paid = (
        Payment.objects.filter(paid_at__gte=start, paid_at__lt=end)
        .order_by()
        .annotate(day=TruncDate("paid_at", tzinfo=zone()))
        .values_list("day", "channel")
        .annotate(fen=Sum("amount_fen"))
    )
    for day, channel, fen in paid:
        days[day].received[channel] = fen
    back = (
        Refund.objects.filter(state=RefundState.SUCCEEDED, finished_at__gte=start, finished_at__lt=end)
        .order_by()
        .annotate(day=TruncDate("finished_at", tzinfo=zone()))
        .values_list("day")
        .annotate(fen=Sum("amount_fen"))
    )
    for day, fen in back:
        days[day].refunded_fen = fen
    return list(days.values())


def totals(first: date, last: date, days: Iterable[Day]) -> Totals:
    start, end = bounds(first, last)
    found = list(days)
    received = sum(day.received_fen for day in found)
    bank = Payment.objects.filter(channel=ChannelName.BANK_TRANSFER, paid_at__gte=start, paid_at__lt=end)
    held = bank.filter(suspense__state__in=HELD)
    unplaced = bank.filter(allocations__isnull=True, suspense__isnull=True)
    by_machine = bank.filter(bank_lines__matched_by__in=BY_MACHINE).exclude(suspense__state__in=HELD)
    bank_fen, held_fen, unplaced_fen, machine_fen = (_fen(rows) for rows in (bank, held, unplaced, by_machine))
    return Totals(
        received_fen=received,
        online_fen=received - bank_fen,
        by_machine_fen=machine_fen,
        by_hand_fen=bank_fen - held_fen - unplaced_fen - machine_fen,
        unplaced_fen=unplaced_fen,
        suspense_fen=int(Suspense.objects.filter(state__in=HELD).aggregate(fen=Sum("payment__amount_fen"))["fen"] or 0),
        refunded_fen=sum(day.refunded_fen for day in found),
    )


def late() -> list[Late]:
    """What waits for finance, one query each; names are keys of the page's words."""
    by_bank = Q(state=RefundState.APPROVED, payment__channel=ChannelName.BANK_TRANSFER)
    return [
        _aged("claims", TransferClaim.objects.filter(state=ClaimState.WAITING), "claimed_at"),
        _aged("held", Suspense.objects.filter(state=SuspenseState.HELD), "created_at"),
        _aged("lines", BankTransaction.objects.filter(state__in=WAITING_LINES), "statement__created_at"),
        _aged("refunds", Refund.objects.filter(Q(state=RefundState.REQUESTED) | by_bank), "created_at"),
        _aged("failed_refunds", Refund.objects.filter(state=RefundState.FAILED), "finished_at"),
        _aged("failed_invoices", Invoice.objects.filter(state=InvoiceState.FAILED), "created_at"),
    ]


def _aged(name: str, rows, since: str) -> Late:  # type: ignore[no-untyped-def]
    now = timezone.now()
    counts = {}
    for at, (first, last) in enumerate(AGES):
        younger = {f"{since}__lte": now - timedelta(days=first)} if first else {}
        older = {} if last is None else {f"{since}__gt": now - timedelta(days=last + 1)}
        counts[f"c{at}"] = Count("pk", filter=Q(**younger, **older))
    found = rows.order_by().aggregate(oldest=Min(since), **counts)
    return Late(name, tuple(found[f"c{at}"] for at in range(len(AGES))), found["oldest"])


def _fen(rows) -> int:  # type: ignore[no-untyped-def]
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)
