"""Callbacks, from raw bytes to the channel's answer.

time window → known serial → signature → decrypt → merchant, app, currency        (the channel's client)
→ amount → event stored unique → charge and order row locked → transition → outbox → answer   (here)

Whatever doesn't pass gets the protocol's refusal, never a 500, and changes nothing.
"""

import hashlib
import logging
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from payments import accounts, channel_orders, refunds
from payments.channels.base import (
    Answer,
    ChannelError,
    Notice,
    NotOurs,
    OrderState,
    PaymentChannel,
    RefundState,
    TradeStatus,
    UnknownSerial,
)
from payments.crediting import credit
from payments.errors import AmountDiffers, CallbackTooLarge, ChannelNotKnownHere
from payments.models import ChannelAccount, ChannelEvent, ChannelOrder, Refund
from portal import audit, jobs
from portal.accounts.actor import Actor
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

logger = logging.getLogger(__name__)

ME = Actor.system("payments")
LARGEST = 64 * 1024  # bytes; real ones have two or three KiB
_AMOUNT_DIFFERS = "amount_differs"


def receive(tenant: Tenant, channel_name: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Take a callback for one tenant. Never raises for anything that a stranger can send."""
    with tenant_tx(tenant):
        found = list(ChannelAccount.objects.filter(channel=channel_name).order_by("-is_active", "-id")[:5])
        channels = [accounts.connect(account) for account in found]
    if not channels:
        return Answer(ChannelNotKnownHere.status, b"", "text/plain")
    try:
        first = channels[0]
        if len(body) > LARGEST:
            return first.refusal(CallbackTooLarge())
        try:
            account, channel, notice = _parsed(list(zip(found, channels, strict=True)), headers, body)
        except ChannelError as error:
            _refused(tenant, found[0], error)
            return first.refusal(error)
        error_or_none = _recorded(tenant, account, notice, hashlib.sha256(body).digest())
        return channel.refusal(error_or_none) if error_or_none else channel.acknowledgement()
    finally:
        for channel in channels:
            channel.disconnect()


def _parsed(
    candidates: list[tuple[ChannelAccount, PaymentChannel]], headers: Mapping[str, str], body: bytes
) -> tuple[ChannelAccount, PaymentChannel, Notice]:
    """By whichever of the tenant's accounts it is for; the active account's error if for none."""
    first_error: ChannelError | None = None
    for account, channel in candidates:
        try:
            return account, channel, channel.parse_callback(headers, body)
        except ChannelError as error:
            first_error = first_error or error
    if first_error is None:
        raise ChannelNotKnownHere
    raise first_error


def _refused(tenant: Tenant, account: ChannelAccount, error: ChannelError) -> None:
    """What is genuine but not for us goes to the security log; noise from strangers only to the log file."""
    logger.warning("callback %s of tenant %s refused: %s", account.channel, tenant.slug, error.code)
    if isinstance(error, NotOurs):
        audit.security("payments.callback_not_ours", tenant=tenant, by=ME, detail={"code": error.code})
    if isinstance(error, UnknownSerial):
        # Perhaps the platform rotated its key. Once in ten minutes at most: strangers can send this too.
        slot = int(timezone.now().timestamp()) // 600
        with tenant_tx(tenant, write=True):
            jobs.enqueue(
                "payments.refresh_platform_keys",
                {"account": account.public_id},
                key=f"platform_keys:{account.public_id}:{slot}",
            )


def _recorded(tenant: Tenant, account: ChannelAccount, notice: Notice, digest: bytes) -> PortalError | None:
    """One transaction: event, transition, outbox. Returns the refusal to answer with, or None."""
    number = _number(notice)
    with tenant_tx(tenant, write=True):
        known: str | None = (
            ChannelEvent.objects.filter(channel=account.channel, digest=digest)
            .values_list("outcome", flat=True)
            .first()
        )
        if known is not None:
            return AmountDiffers() if known == _AMOUNT_DIFFERS else None
        outcome = _applied(account, notice)
        event = ChannelEvent(
            channel=account.channel, digest=digest, event_id=notice.event_id, number=number, outcome=outcome
        )
        try:
            with transaction.atomic():
                event.save(force_insert=True)
        except IntegrityError:
            logger.info("callback %s came twice at once", number)  # the transition is idempotent as well
    return AmountDiffers() if outcome == _AMOUNT_DIFFERS else None


def _number(notice: Notice) -> str:
    if notice.order is not None:
        return notice.order.out_trade_no
    return notice.refund.refund_number if notice.refund is not None else ""


def _applied(account: ChannelAccount, notice: Notice) -> str:
    if notice.order is not None:
        return _order_notice(account, notice.order)
    if notice.refund is not None:
        return _refund_notice(account, notice.refund)
    return "nothing"


def _order_notice(account: ChannelAccount, state: OrderState) -> str:
    order: ChannelOrder | None = ChannelOrder.objects.filter(account=account, out_trade_no=state.out_trade_no).first()
    was_paid = state.status in (TradeStatus.PAID, TradeStatus.REFUNDED)
    if order is None:
        if was_paid:  # genuine money for an order that we don't know: suspense, for finance
            credit(
                channel=account.channel,
                transaction_id=state.transaction_id,
                amount_fen=state.amount_fen,
                paid_at=state.paid_at or timezone.now(),
                evidence="callback",
                by=ME,
            )
        return "unknown_order"
    if was_paid and state.amount_fen != order.amount_fen:
        # A callback is a message; the channel's own answer to a question decides.
        audit.security(
            "payments.amount_differs",
            tenant=order.tenant_id,
            by=ME,
            detail={"order": order.public_id, "ordered_fen": order.amount_fen, "told_fen": state.amount_fen},
        )
        channel_orders.poll_now(order, why=_AMOUNT_DIFFERS)
        return _AMOUNT_DIFFERS
    return str(channel_orders.apply_state(order.pk, state, evidence="callback", by=ME).state)


def _refund_notice(account: ChannelAccount, state: RefundState) -> str:
    refund: Refund | None = Refund.objects.filter(
        refund_number=state.refund_number, payment__channel_order__account=account
    ).first()
    if refund is None or refund.amount_fen != state.amount_fen:
        return "unknown_refund"
    return str(refunds.apply_refund_state(refund.pk, state, by=ME).state)
