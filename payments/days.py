"""Day close: what came and went on a day by channel, and the lock behind it.

Days are closed in order. A closed day keeps its figures; money that becomes known later, but was paid on a closed day,
counts on the first day that was still open when it came. Times are the tenant's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from payments import bills
from payments.errors import (
    DayIsClosed,
    DayNeedsSecondPerson,
    DayNotClosed,
    DayNotOver,
    DayNotReady,
    LaterDayIsClosed,
    NotTheirDay,
)
from payments.models import (
    Allocation,
    AllocationTarget,
    ChannelBill,
    ChannelName,
    DayClose,
    Difference,
    Payment,
    Refund,
    RefundState,
)
from payments.models.bills import FINAL
from portal import audit
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.tenants import current_tenant

PERMISSION = "payments.close_days"


@dataclass(slots=True)
class ChannelDay:
    """One channel on one day; fen. ``fees_fen``: None when the channel tells of none."""

    channel: str
    received: int = 0
    received_fen: int = 0
    refunded: int = 0
    refunded_fen: int = 0
    fees_fen: int | None = None
    bills: tuple[ChannelBill, ...] = ()
    open: int = 0
    explained: int = 0

    def as_json(self) -> dict[str, int | None]:
        return {
            "received": self.received,
            "received_fen": self.received_fen,
            "refunded": self.refunded,
            "refunded_fen": self.refunded_fen,
            "fees_fen": self.fees_fen,
        }


@dataclass(frozen=True, slots=True)
class Day:
    """``late``: how many of its movements were paid on days that had been closed already."""

    day: date
    channels: tuple[ChannelDay, ...]
    closed: DayClose | None
    late: int = 0
    awaited: tuple[str, ...] = field(default=())

    @property
    def open(self) -> int:
        return sum(one.open for one in self.channels)

    @property
    def explained(self) -> int:
        return sum(one.explained for one in self.channels)

    @property
    def received_fen(self) -> int:
        return sum(one.received_fen for one in self.channels)

    @property
    def refunded_fen(self) -> int:
        return sum(one.refunded_fen for one in self.channels)

    @property
    def is_quiet(self) -> bool:
        return not any(one.received or one.refunded or one.open for one in self.channels) and not self.awaited


def today() -> date:
    return timezone.now().astimezone(_zone()).date()


def day_view(day: date) -> Day:
    """In a tenant_tx. A closed day shows the figures as they were when it was closed."""
    closed = closing_of(day)
    channels = {name: ChannelDay(name) for name in ChannelName.values}
    for bill in ChannelBill.objects.select_related("account").filter(day=day).order_by("id"):
        one = channels[bill.channel]
        one.bills = (*one.bills, bill)
        if bill.fees_fen is not None:
            one.fees_fen = (one.fees_fen or 0) + bill.fees_fen
    counted = Difference.objects.filter(bill__day=day).values_list("bill__channel").annotate(
        open=Count("id", filter=Q(explained_at=None)), explained=Count("id", filter=Q(explained_at__isnull=False))
    )  # fmt: skip
    for channel, still_open, explained in counted:
        channels[channel].open, channels[channel].explained = still_open, explained
    late = _count_money(day, closed, channels)
    if closed is not None:
        for channel, told in closed.totals.items():
            for name, value in told.items():
                setattr(channels[channel], name, value)
    return Day(
        day,
        tuple(one for one in channels.values() if one.received or one.refunded or one.bills),
        closed,
        late,
        () if closed else _awaited(day),
    )


def recent(last: date, count: int) -> list[Day]:
    """The latest first. Closed days answer from their kept figures; only the open ones are counted."""
    wanted = [last - timedelta(days=back) for back in range(count)]
    closed = {row.day: row for row in DayClose.objects.filter(day__in=wanted, reopened_at=None)}
    explained = dict(
        Difference.objects.filter(bill__day__in=closed).values_list("bill__day").annotate(Count("id")).order_by()
    )
    return [_kept(closed[day], explained.get(day, 0)) if day in closed else day_view(day) for day in wanted]


def _kept(closed: DayClose, explained: int) -> Day:
    channels = tuple(ChannelDay(name, **told) for name, told in closed.totals.items())
    if explained:  # by which channel isn't told here
        channels = (*channels, ChannelDay("", explained=explained))
    return Day(closed.day, channels, closed)


def closing_of(day: date) -> DayClose | None:
    found: DayClose | None = DayClose.objects.filter(day=day, reopened_at=None).first()
    return found


def closed_through() -> date | None:
    """The last closed day: everything up to it is locked."""
    found: date | None = DayClose.objects.filter(reopened_at=None).aggregate(day=Max("day"))["day"]
    return found


def ensure_open(day: date) -> None:
    """For whoever changes a row of that day by hand. Raises DayIsClosed."""
    last = closed_through()
    if last is not None and day <= last:
        raise DayIsClosed(day=f"{day:%Y-%m-%d}")


def close(day: date, *, by: Actor) -> DayClose:
    """In a write tenant_tx; closes quiet days before it along. The same again is fine.

    Raises NotTheirDay, DayNotOver, DayNotReady (also for an earlier day with something in it).
    """
    _allowed(by)
    known = closing_of(day)
    if known is not None:
        return known
    if day >= today():
        raise DayNotOver
    last = closed_through()
    if last is not None and day < last:
        raise DayIsClosed(day=f"{day:%Y-%m-%d}")
    for earlier in _days_between(last, day):
        view = day_view(earlier)
        if not view.is_quiet:
            raise DayNotReady(day=f"{day:%Y-%m-%d}", what=f"{earlier:%Y-%m-%d} 还没有日结")
        _closed(view, by=by)
    view = day_view(day)
    if view.awaited:
        raise DayNotReady(day=f"{day:%Y-%m-%d}", what=f"{'、'.join(view.awaited)}的账单还没有取到")
    if view.open:
        raise DayNotReady(day=f"{day:%Y-%m-%d}", what=f"还有 {view.open} 笔差异没有说明")
    return _closed(view, by=by)


def reopen(day: date, *, by: Actor, reason: str) -> DayClose:
    """Undo, by another person than who closed it, in a write tenant_tx. From the last closed day backwards.

    Raises NotTheirDay, DayNotClosed, LaterDayIsClosed, DayNeedsSecondPerson.
    """
    _allowed(by)
    found: DayClose | None = DayClose.objects.select_for_update().filter(day=day, reopened_at=None).first()
    if found is None:
        raise DayNotClosed
    last = closed_through()
    if last is not None and last > day:
        raise LaterDayIsClosed(day=f"{last:%Y-%m-%d}")
    if by.user_id is None or by.user_id == found.closed_by_id:
        raise DayNeedsSecondPerson
    found.reopened_at, found.reopened_by, found.reopen_reason = timezone.now(), by.label, reason[:200]
    found.save(update_fields=["reopened_at", "reopened_by", "reopen_reason"])
    audit.record("day.reopened", by=by, subject=f"day:{day}", detail={"reason": reason[:200]})
    return found


def explain(day: date, differences: Iterable[str], *, reason: str, by: Actor) -> int:
    """Finance explains differences of a day, by public ids, in a write tenant_tx; how many there were still open.

    Raises NotTheirDay, DayIsClosed. What a colleague has explained meanwhile stays as they put it.
    """
    _allowed(by)
    ensure_open(day)
    rows = Difference.objects.filter(bill__day=day, public_id__in=list(differences), explained_at=None)
    explained = 0
    for row in rows:
        explained += 1
        Difference.objects.filter(pk=row.pk, explained_at=None).update(
            reason=reason[:200], explained_at=timezone.now(), explained_by=by.label
        )
        audit.record(
            "difference.explained",
            by=by,
            subject=f"difference:{row.public_id}",
            detail={"kind": row.kind, "reason": reason[:200]},
        )
    return explained


def _closed(view: Day, *, by: Actor) -> DayClose:
    totals = {one.channel: one.as_json() for one in view.channels}
    try:
        with transaction.atomic():
            made: DayClose = DayClose.objects.create(
                day=view.day, totals=totals, closed_by=by.label, closed_by_id=by.user_id
            )
    except IntegrityError:
        known = closing_of(view.day)
        if known is None:
            raise
        return known
    audit.record("day.closed", by=by, subject=f"day:{view.day}", detail={"totals": totals})
    return made


def _allowed(by: Actor) -> None:
    if not policy.allows(by, PERMISSION):
        raise NotTheirDay


def _days_between(last: date | None, day: date) -> list[date]:
    """The days after the last closed one, before this one; the first close of all begins wherever it likes."""
    if last is None:
        return []
    return [last + timedelta(days=one) for one in range(1, (day - last).days)]


def _awaited(day: date) -> tuple[str, ...]:
    """Accounts whose bill of that day hasn't come yet, in words; nothing is awaited for days that nobody asks for."""
    last = closed_through()
    if (last is not None and day <= last) or day < today() - timedelta(days=bills.LOOK_BACK):
        return ()
    final = set(ChannelBill.objects.filter(day=day, state__in=FINAL).values_list("account_id", flat=True))
    begins = {account: account.created_at.astimezone(_zone()).date() for account in bills.accounts(timezone.now())}
    return tuple(str(account.label) for account, first in begins.items() if first <= day and account.pk not in final)


def _count_money(day: date, closed: DayClose | None, channels: dict[str, ChannelDay]) -> int:
    """Fills in what moved; how many of it belong to days that had been closed before we knew."""
    before: DayClose | None = DayClose.objects.filter(day=day - timedelta(days=1), reopened_at=None).first()
    payments = Payment.objects.annotate(moved=F("paid_at"), known=F("recorded_at"), by=F("channel"))
    known = Allocation.objects.filter(
        payment=OuterRef("payment"), target=AllocationTarget.REFUND, why=OuterRef("refund_number")
    ).values("recorded_at")[:1]
    refunds = Refund.objects.filter(state=RefundState.SUCCEEDED).annotate(
        moved=F("finished_at"), known=Subquery(known), by=F("payment__channel")
    )
    late = 0
    for rows, count_name, fen_name in (
        (payments, "received", "received_fen"),
        (refunds, "refunded", "refunded_fen"),
    ):
        found, of_those_late = _of_day(rows, day, closed, before)
        late += of_those_late
        for channel, count, fen in found.values_list("by").annotate(Count("id"), Sum("amount_fen")).order_by():
            setattr(channels[channel], count_name, count)
            setattr(channels[channel], fen_name, fen)
    return late


def _of_day(
    rows: QuerySet[Any], day: date, closed: DayClose | None, before: DayClose | None
) -> tuple[QuerySet[Any], int]:
    """Moved on that day; and, on the day right after the last closed one, whatever became known since."""
    start, end = _span(day)
    if closed is not None:
        rows = rows.filter(known__lte=closed.closed_at)
    on_it = Q(moved__gte=start, moved__lt=end)
    if before is None:
        return rows.filter(on_it), 0
    late = Q(moved__lt=start, known__gt=before.closed_at)
    return rows.filter(on_it | late), rows.filter(late).count()


def _span(day: date) -> tuple[datetime, datetime]:
    zone = _zone()
    start = datetime.combine(day, time(0), zone)
    return start.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def _zone() -> ZoneInfo:
    return ZoneInfo(current_tenant().timezone)
