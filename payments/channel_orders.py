"""Orders at payment channels: started, placed, told about, closed. Jobs in ``tasks`` do the calling.

A transition is one conditional UPDATE. PAID wins over everything, whenever and from wherever it comes; a
CLOSED that comes later changes nothing.
"""

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from payments import accounts
from payments.bundle_shares import refuse_bundled
from payments.channels import unionpay_crypto
from payments.channels.base import OrderState, Placed, TradeStatus
from payments.crediting import close_order_later, credit, lock_charge
from payments.errors import ChargeNotFound, ChargeNotOpen, KeyReused
from payments.models import ChannelName, ChannelOrder, ChannelOrderState, Charge, PaymentSettings
from payments.models.channels import LIVE
from portal import audit, jobs
from portal.accounts.actor import Actor
from portal.tenants import current_tenant

# Seconds until the next question to the channel; the last one repeats until the order expires.
POLL_SECONDS = (5, 10, 15, 15, 30, 30, 60, 60, 120, 300)
SHORTEST_USE = timedelta(minutes=5)  # a code with less time left than that is replaced
LATE_CHECK = timedelta(minutes=1)  # after expiry: callbacks aren't promised, and a close may have come too late


def start_payment(charge_public_id: str, channel: str, *, by: Actor, key: str) -> ChannelOrder:
    """Fix and commit the order's number, in a write tenant_tx; a job places it at the channel.

    Same key → same order. A live order of that channel is given again while its code is good. Raises
    ChargeNotFound, ChargeNotOpen, ChannelNotOffered, KeyReused.
    """
    found = Charge.objects.filter(public_id=charge_public_id).values_list("pk", flat=True).first()
    if found is None:
        raise ChargeNotFound
    charge = lock_charge(found)
    known: ChannelOrder | None = ChannelOrder.objects.filter(key=key).first()
    if known is not None:
        if (known.charge_id, known.channel) != (charge.pk, channel):
            raise KeyReused
        return known
    if not charge.open_fen:
        raise ChargeNotOpen(state=charge.get_state_display())
    refuse_bundled(charge)
    account = accounts.active(channel)
    now = timezone.now()
    live: ChannelOrder | None = ChannelOrder.objects.filter(charge=charge, channel=channel, state__in=LIVE).first()
    if live is not None:
        if _still_good(live, charge, account.pk, now) or live.state == ChannelOrderState.PLACING:
            return live
        close_order_later(live)
    order = ChannelOrder.objects.create(
        charge=charge,
        account=account,
        channel=channel,
        out_trade_no=_new_number(channel, now),
        amount_fen=charge.open_fen,
        key=key,
        expires_at=now + timedelta(minutes=_minutes()),
    )
    audit.record(
        "payment.started",
        by=by,
        subject=f"charge:{charge.public_id}",
        detail={"channel": channel, "number": order.out_trade_no, "amount_fen": order.amount_fen},
    )
    jobs.enqueue("payments.place_order", {"order": order.public_id}, key=f"place:{order.public_id}")
    made: ChannelOrder = order
    return made


def placed(order_id: int, answer: Placed) -> None:
    """placing → open, in a write tenant_tx. If nobody needs it any more it is closed at once."""
    charge, order = _locked(order_id)
    now = timezone.now()
    moved = ChannelOrder.objects.filter(pk=order.pk, state=ChannelOrderState.PLACING).update(
        state=ChannelOrderState.OPEN,
        code_url=answer.code_url,
        pay_url=answer.pay_url,
        pay_form=dict(answer.form),
    )
    if not moved:
        return
    order.state = ChannelOrderState.OPEN
    if charge.open_fen != order.amount_fen:
        close_order_later(order)
        return
    schedule_poll(order, polls=0, now=now)


def failed(order_id: int, code: str) -> None:
    """placing → failed, in a write tenant_tx; the customer chooses again."""
    ChannelOrder.objects.filter(pk=order_id, state=ChannelOrderState.PLACING).update(
        state=ChannelOrderState.FAILED, failure=code[:64]
    )


def apply_state(order_id: int, state: OrderState, *, evidence: str, by: Actor) -> ChannelOrder:
    """What the channel says about an order, in a write tenant_tx. Any order and number of times, same end.

    A paid order is credited with what the channel says was paid: the amount in ``state`` comes from its own
    signed answer (callbacks with another amount than the order's don't get here).
    """
    charge, order = _locked(order_id)
    match state.status:
        case TradeStatus.PAID | TradeStatus.REFUNDED:
            paid_at = state.paid_at or timezone.now()
            won = (
                ChannelOrder.objects.filter(pk=order.pk)
                .exclude(state=ChannelOrderState.PAID)
                .update(state=ChannelOrderState.PAID, paid_at=paid_at)
            )
            if won and state.amount_fen != order.amount_fen:
                audit.record(
                    "payment.amount_differs",
                    by=by,
                    subject=f"charge:{charge.public_id}",
                    detail={"ordered_fen": order.amount_fen, "paid_fen": state.amount_fen},
                )
            credit(
                channel=order.channel,
                transaction_id=state.transaction_id,
                amount_fen=state.amount_fen,
                paid_at=paid_at,
                evidence=evidence,
                by=by,
                charge_id=charge.pk,
                channel_order=order,
            )
        case TradeStatus.CLOSED:
            ChannelOrder.objects.filter(pk=order.pk, state__in=[*LIVE, ChannelOrderState.CLOSING]).update(
                state=ChannelOrderState.CLOSED
            )
        case TradeStatus.OPEN | TradeStatus.NOT_FOUND:
            pass
    order.refresh_from_db()
    return order


def closed(order_id: int) -> None:
    """closing → closed after the channel agreed, in a write tenant_tx; asked once more after its time is up."""
    _charge, order = _locked(order_id)
    moved = ChannelOrder.objects.filter(pk=order.pk, state=ChannelOrderState.CLOSING).update(
        state=ChannelOrderState.CLOSED
    )
    if moved:
        jobs.enqueue(
            "payments.check_late",
            {"order": order.public_id},
            after=max(order.expires_at, timezone.now()) + LATE_CHECK,
            key=f"late:{order.public_id}",
        )


def poll_again(order_id: int, *, polls: int) -> None:
    """After a poll that told nothing new, in a write tenant_tx: the next one, or the end of its time."""
    _charge, order = _locked(order_id)
    if order.state != ChannelOrderState.OPEN or order.polls != polls:
        return  # another chain of polls went on meanwhile
    now = timezone.now()
    if now >= order.expires_at:
        close_order_later(order)
    else:
        schedule_poll(order, polls=polls + 1, now=now)


def schedule_poll(order: ChannelOrder, *, polls: int, now: datetime) -> None:
    """``polls``: how many there were; the key lets one chain go on, however many ask."""
    at = now + timedelta(seconds=POLL_SECONDS[min(polls, len(POLL_SECONDS) - 1)])
    ChannelOrder.objects.filter(pk=order.pk).update(polls=polls, next_poll_at=at)
    jobs.enqueue(
        "payments.poll_order",
        {"order": order.public_id, "polls": polls},
        after=at,
        key=f"poll:{order.public_id}:{polls}",
    )


def poll_now(order: ChannelOrder, *, why: str) -> None:
    """One extra question, in a write tenant_tx; beside the chain of polls, once per ``why``."""
    jobs.enqueue("payments.check_late", {"order": order.public_id}, key=f"check:{order.public_id}:{why}")


def _locked(order_id: int) -> tuple[Charge, ChannelOrder]:
    """Charge first, then the order: everybody locks in this order."""
    charge_id = ChannelOrder.objects.values_list("charge_id", flat=True).get(pk=order_id)
    charge = lock_charge(charge_id)
    return charge, ChannelOrder.objects.select_for_update().get(pk=order_id)


def _still_good(order: ChannelOrder, charge: Charge, account_id: int, now: datetime) -> bool:
    return (
        order.amount_fen == charge.open_fen and order.account_id == account_id and order.expires_at - now > SHORTEST_USE
    )


def _new_number(channel: str, now: datetime) -> str:
    """RULES E5: yyyymmdd and digits; 22 in all. UnionPay's carry the time, too, by which it asks to know them again."""
    if channel == ChannelName.UNIONPAY:
        return f"{unionpay_crypto.wire_time(now)}{secrets.randbelow(10**8):08d}"
    day = now.astimezone(ZoneInfo(current_tenant().timezone))
    return f"{day:%Y%m%d}{secrets.randbelow(10**14):014d}"


def _minutes() -> int:
    chosen: int | None = PaymentSettings.objects.values_list("order_minutes", flat=True).first()
    return chosen or int(PaymentSettings._meta.get_field("order_minutes").default)
