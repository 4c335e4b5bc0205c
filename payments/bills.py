"""Channels' bills: which are due, what came of asking, and the comparison with our books.

A bill credits nothing. What it tells and we don't know is asked about at the channel, and only the channel's own
answer credits, through the one function; the rest is for finance to explain (``days``).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from payments.channels.bills import Bill, LineKind
from payments.channels.bills.comparing import Found, Key, Ours, compare
from payments.channels.bills.model import CHINA
from payments.models import (
    ONLINE,
    BillState,
    ChannelAccount,
    ChannelBill,
    ChannelBillLine,
    ChannelName,
    ChannelOrder,
    Difference,
    DifferenceKind,
    Payment,
    ReconciliationRun,
    Refund,
    RefundState,
)
from payments.models.bills import FINAL
from portal import audit, jobs
from portal.accounts.actor import Actor

ME = Actor.system("payments")
READY_AT = time(10)  # FACTS: WeChat's comes on the next day after 10:00; the others earlier
_PATIENCE = timedelta(days=3)  # then finance is told that there is none
_QUIET_PATIENCE = timedelta(days=1)  # nothing moved by our books either: the day was empty
LOOK_BACK = 31  # days; a hall that was switched off catches up with these
_STILL_USED = timedelta(days=35)  # a retired account may still see refunds
_SETTLEMENT_CUT = {ChannelName.UNIONPAY: time(23)}


def due(now: datetime) -> list[tuple[ChannelAccount, date]]:
    """Accounts and days whose bill should be asked for now; in a tenant_tx."""
    today = now.astimezone(CHINA)
    last = today.date() - timedelta(days=1 if today.time() >= READY_AT else 2)
    days = [last - timedelta(days=back) for back in range(LOOK_BACK)]
    done = set(ChannelBill.objects.filter(day__in=days, state__in=FINAL).values_list("account_id", "day"))
    return [
        (account, day)
        for account in accounts(now)
        for day in days
        if (account.pk, day) not in done and day >= account.created_at.astimezone(CHINA).date()
    ]


def not_ready(account: ChannelAccount, day: date, told: str, *, refused: bool = False) -> ChannelBill:
    """The channel has none yet, or one that doesn't add up, in a write tenant_tx; patience ends after some days."""
    bill = _bill(account, day)
    if bill.state in FINAL:
        return bill
    waited = timezone.now() - datetime.combine(day + timedelta(days=1), READY_AT, CHINA)
    if not refused and waited >= _QUIET_PATIENCE and not _expected(bill):
        bill.state = BillState.EMPTY
    elif waited >= _PATIENCE:
        bill.state = BillState.MISSING
        Difference.objects.get_or_create(bill=bill, kind=DifferenceKind.NO_BILL, of="", key="")
    else:
        bill.state = BillState.REFUSED if refused else BillState.WAITING
    bill.told = told[:64]
    bill.asked_at = timezone.now()
    bill.save()
    return bill


def store(account: ChannelAccount, day: date, told: Bill | None) -> ChannelBill:
    """The day's bill, None for an empty one; compared at once, in a write tenant_tx. A second one changes nothing."""
    bill = _bill(account, day)
    if bill.state in (BillState.READY, BillState.EMPTY):
        return bill
    bill.asked_at = bill.received_at = timezone.now()
    bill.state, bill.told = (BillState.EMPTY, "") if told is None else (BillState.READY, "")
    if told is not None:
        bill.line_count = len(told.lines)
        bill.received_fen, bill.refunded_fen = told.total(LineKind.PAYMENT), told.total(LineKind.REFUND)
        bill.fees_fen = told.fees_fen
        ChannelBillLine.objects.bulk_create(
            ChannelBillLine(
                bill=bill,
                kind=line.kind.value,
                key=line.key[1][:64],
                number=line.out_trade_no[:64],
                transaction_id=line.transaction_id[:64],
                amount_fen=line.amount_fen,
                is_done=line.is_done,
                at=line.at,
            )
            for line in told.lines
        )
    bill.save()
    audit.record(
        "bill.received",
        by=ME,
        subject=f"bill:{bill.public_id}",
        detail={"channel": bill.channel, "day": day.isoformat(), "lines": bill.line_count},
    )
    reconcile(bill, told or Bill((), None))
    return bill


def reconcile(bill: ChannelBill, told: Bill) -> ReconciliationRun:
    """Compare, note what differs, and ask the channel about what it could settle itself."""
    expected = _expected(bill)
    keys = {line.key for line in told.lines}
    ours = {one.key: one for one in [*_known(bill, keys), *expected]}
    elsewhere = _in_other_bills(bill, [one.key for one in expected if one.key not in keys])
    result = compare(told.lines, ours, [one.key for one in expected if one.key not in elsewhere])
    for found in result.differences:
        _note(bill, found)
    _found_at_last(bill, keys)
    Difference.objects.filter(bill=bill, kind=DifferenceKind.NO_BILL, explained_at=None).update(
        reason="账单已补到", explained_at=timezone.now(), explained_by=ME.label
    )
    run: ReconciliationRun = ReconciliationRun.objects.create(
        bill=bill, agreed=result.agreed, differing=len(result.differences)
    )
    return run


def explain_by_itself(difference: Difference, reason: str) -> None:
    """By the channel's own answer or a later bill, in a write tenant_tx; explained already stays as it is."""
    won = Difference.objects.filter(pk=difference.pk, explained_at=None).update(
        reason=reason, explained_at=timezone.now(), explained_by=ME.label
    )
    if won:
        audit.record(
            "difference.explained",
            by=ME,
            subject=f"difference:{difference.public_id}",
            detail={"kind": difference.kind, "reason": reason},
        )


def _note(bill: ChannelBill, found: Found) -> None:
    key = found.transaction_id if found.of is LineKind.PAYMENT else found.refund_number
    difference, made = Difference.objects.get_or_create(
        bill=bill,
        kind=found.kind.value,
        of=found.of.value,
        key=key[:64],
        defaults={
            "number": found.number[:64],
            "transaction_id": found.transaction_id[:64],
            "ours_fen": found.ours_fen,
            "theirs_fen": found.theirs_fen,
        },
    )
    can_ask = (found.kind, found.of) in (("missing_here", LineKind.PAYMENT), ("state", LineKind.REFUND))
    if made and can_ask:
        jobs.enqueue(
            "payments.ask_about_difference",
            {"difference": difference.public_id},
            key=f"difference:{difference.public_id}",
        )


def _found_at_last(bill: ChannelBill, keys: set[Key]) -> None:
    """What an earlier day's bill lacked stands in this one: midnight fell between their clock and ours."""
    waiting = Difference.objects.filter(
        bill__account=bill.account_id, kind=DifferenceKind.MISSING_THERE, explained_at=None
    ).exclude(bill=bill)
    for difference in waiting:
        if (difference.of, difference.key) in keys:
            explain_by_itself(difference, f"{bill.day:%Y-%m-%d} 的账单中有这一笔")


def _bill(account: ChannelAccount, day: date) -> ChannelBill:
    bill, _made = ChannelBill.objects.get_or_create(account=account, day=day, defaults={"channel": account.channel})
    found: ChannelBill = ChannelBill.objects.select_for_update().get(pk=bill.pk)
    return found


def accounts(now: datetime) -> list[ChannelAccount]:
    used = ChannelOrder.objects.filter(created_at__gte=now - _STILL_USED).values_list("account_id", flat=True)
    return list(ChannelAccount.objects.filter(Q(is_active=True) | Q(pk__in=set(used)), channel__in=ONLINE))


def _span(channel: str, day: date) -> tuple[datetime, datetime]:
    """The moments of a bill's day: China's midnight to midnight, UnionPay's settlement from 23:00 to 23:00."""
    cut = _SETTLEMENT_CUT.get(ChannelName(channel))
    end = datetime.combine(day, cut, CHINA) if cut else datetime.combine(day + timedelta(days=1), time(0), CHINA)
    return (end - timedelta(days=1)).astimezone(UTC), end.astimezone(UTC)


def _payments(bill: ChannelBill) -> QuerySet[Payment]:
    return Payment.objects.select_related("channel_order").filter(
        Q(channel_order__account=bill.account_id) | Q(channel_order=None), channel=bill.channel
    )


def _refunds(bill: ChannelBill) -> QuerySet[Refund]:
    return Refund.objects.select_related("payment__channel_order").filter(
        Q(payment__channel_order__account=bill.account_id) | Q(payment__channel_order=None),
        payment__channel=bill.channel,
    )


def _expected(bill: ChannelBill) -> list[Ours]:
    """What moved on that day by our books."""
    start, end = _span(bill.channel, bill.day)
    paid = _payments(bill).filter(paid_at__gte=start, paid_at__lt=end)
    back = _refunds(bill).filter(state=RefundState.SUCCEEDED, finished_at__gte=start, finished_at__lt=end)
    return [*_as_ours(paid, ()), *_as_ours((), back)]


def _known(bill: ChannelBill, keys: Iterable[Key]) -> list[Ours]:
    """What we have under a bill's keys, whenever it moved by our books."""
    wanted = list(keys)
    found: list[Ours] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        paid = [key for kind, key in part if kind == LineKind.PAYMENT]
        back = [key for kind, key in part if kind == LineKind.REFUND]
        found += _as_ours(
            _payments(bill).filter(transaction_id__in=paid), _refunds(bill).filter(refund_number__in=back)
        )
    return found


def _as_ours(payments: Iterable[Payment], refunds: Iterable[Refund]) -> list[Ours]:
    return [
        *(
            Ours(
                LineKind.PAYMENT,
                row.channel_order.out_trade_no if row.channel_order else "",
                row.transaction_id,
                "",
                row.amount_fen,
                is_done=True,
            )
            for row in payments
        ),
        *(
            Ours(
                LineKind.REFUND,
                row.payment.channel_order.out_trade_no if row.payment.channel_order else "",
                row.payment.transaction_id,
                row.refund_number,
                row.amount_fen,
                is_done=row.state == RefundState.SUCCEEDED,
            )
            for row in refunds
        ),
    ]


def _in_other_bills(bill: ChannelBill, keys: list[Key]) -> set[Key]:
    lines = ChannelBillLine.objects.filter(bill__account=bill.account_id, key__in=[key for _kind, key in keys])
    found = set(lines.exclude(bill=bill).values_list("kind", "key"))
    return found & set(keys)
