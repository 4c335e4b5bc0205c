"""The jobs behind the bills: asking for each day's, and asking again about what only the channel knows."""

import logging
from datetime import date, timedelta

from django.utils import timezone

from payments import accounts, bills, channel_orders, refunds
from payments.channels.base import (
    BillNotReady,
    ChannelRefused,
    ChannelUnavailable,
    NotGenuine,
    OrderState,
    TradeStatus,
)
from payments.channels.base import RefundState as ToldRefund
from payments.channels.bills import BillRefused, LineKind
from payments.crediting import credit
from payments.models import ChannelAccount, ChannelOrder, Difference, Refund, RefundState
from portal import jobs
from portal.jobs import Backoff, Finish, JobContext
from portal.tenants import tenant_tx

logger = logging.getLogger(__name__)

_EVERY = timedelta(hours=1)


@jobs.handler("payments.fetch_bills", kind="local")
def fetch_bills(job: JobContext) -> None:
    """Every hour: a job for each account and day whose bill is due. Not ready yet is asked again in the next hour."""
    slot = job.payload.get("slot", job.id)
    for account, day in bills.due(timezone.now()):
        jobs.enqueue(
            "payments.fetch_bill",
            {"account": account.public_id, "day": day.isoformat()},
            key=f"bill:{account.public_id}:{day}:{slot}",
        )


jobs.recurring("payments.fetch_bills", every=_EVERY)


@jobs.handler("payments.fetch_bill", kind="outside", max_attempts=4, backoff=Backoff(base=30, factor=4, cap=900))
def fetch_bill(job: JobContext) -> Finish:
    """One account's bill of one day, read and checked before anything is written."""
    day = date.fromisoformat(job.payload["day"])
    with tenant_tx(job.tenant):
        account: ChannelAccount = ChannelAccount.objects.get(public_id=job.payload["account"])
        channel = accounts.connect(account)
    with accounts.disconnecting(channel):
        try:
            told = channel.bill(day)
        except (BillNotReady, ChannelRefused) as error:
            code = str(error.params["channel_code"])
            return Finish(lambda: bills.not_ready(account, day, code))
        except ChannelUnavailable:
            if not job.is_last_attempt:
                raise
            return Finish(lambda: bills.not_ready(account, day, "unavailable"))  # the next hour asks again
        except (BillRefused, NotGenuine) as error:
            logger.warning("bill of %s for %s refused: %s", account.public_id, day, error.params)
            what = str(error.params.get("what", error.code))
            return Finish(lambda: bills.not_ready(account, day, what, refused=True))
    return Finish(lambda: bills.store(account, day, told))


@jobs.handler("payments.ask_about_difference", kind="outside", max_attempts=6)
def ask_about_difference(job: JobContext) -> Finish | None:
    """The bill has a payment that we don't, or a refund that is done there: the channel's answer settles it, or not."""
    with tenant_tx(job.tenant):
        difference: Difference = Difference.objects.select_related("bill__account").get(
            public_id=job.payload["difference"]
        )
        account: ChannelAccount = difference.bill.account
        channel = accounts.connect(account)
    if difference.explained_at is not None:
        channel.disconnect()
        return None
    with accounts.disconnecting(channel):
        try:
            if difference.of == LineKind.REFUND:
                refund = channel.query_refund(difference.number, difference.key)
                return Finish(lambda: _refund_told(difference, refund))
            order = channel.query(difference.number)
        except (ChannelRefused, ValueError) as error:  # ValueError: no number of ours could look like this
            code = error.channel_code if isinstance(error, ChannelRefused) else "not_ours"
            return Finish(lambda: _told(difference, code))
    return Finish(lambda: _order_told(account, difference, order))


def _told(difference: Difference, word: str) -> None:
    Difference.objects.filter(pk=difference.pk).update(told=word[:24])


def _order_told(account: ChannelAccount, difference: Difference, state: OrderState) -> None:
    """Paid, and of this very transaction: credited with what the answer says. Anything else stays for finance."""
    _told(difference, state.status)
    paid = state.status in (TradeStatus.PAID, TradeStatus.REFUNDED)
    if not paid or state.transaction_id != difference.key:
        return
    order: ChannelOrder | None = ChannelOrder.objects.filter(account=account, out_trade_no=state.out_trade_no).first()
    if order is not None:
        channel_orders.apply_state(order.pk, state, evidence="bill", by=bills.ME)
    else:
        credit(
            channel=account.channel,
            transaction_id=state.transaction_id,
            amount_fen=state.amount_fen,
            paid_at=state.paid_at or timezone.now(),
            evidence="bill",
            by=bills.ME,
        )
    if state.amount_fen == difference.theirs_fen:
        bills.explain_by_itself(difference, "向渠道查询，确认已付款，已入账")


def _refund_told(difference: Difference, state: ToldRefund) -> None:
    _told(difference, state.status)
    refund: Refund | None = Refund.objects.filter(refund_number=difference.key).first()
    if refund is None or refund.amount_fen != state.amount_fen:
        return
    if refunds.apply_refund_state(refund.pk, state, by=bills.ME).state == RefundState.SUCCEEDED:
        bills.explain_by_itself(difference, "向渠道查询，确认已退款，已登记")
