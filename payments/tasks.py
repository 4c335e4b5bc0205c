"""The jobs that talk to channels and issuers. Each reads, calls out with no transaction open, and returns what
to write; every call is idempotent by a number that was committed before.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from payments import accounts, channel_orders, refunds
from payments.channels.base import (
    ChannelRefused,
    ChannelUnavailable,
    NotGenuine,
    OrderState,
    PaymentChannel,
    PlaceOrder,
    RefundOrder,
    RefundStatus,
    TradeStatus,
)
from payments.channels.wechat import WeChatChannel
from payments.invoicing import client as issuer_client
from payments.invoicing import requests as invoices
from payments.invoicing.base import InvoiceLine, IssueRequest, IssuerRefused, RedRequest
from payments.models import (
    ChannelAccount,
    ChannelName,
    ChannelOrder,
    ChannelOrderState,
    Invoice,
    InvoiceState,
    IssuerAccount,
    Refund,
    RefundState,
)
from portal import jobs, tenants
from portal.accounts.actor import Actor
from portal.jobs import Backoff, Finish, JobContext
from portal.tenants import tenant_tx

logger = logging.getLogger(__name__)

ME = Actor.system("payments")
_PAID_ALREADY = {"ORDERPAID", "ACQ.TRADE_HAS_SUCCESS"}  # UnionPay says it to the customer: place calls nobody
_NOT_ENOUGH_MONEY = {"NOT_ENOUGH", "NOTENOUGH", "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
_WATCH_EVERY = timedelta(minutes=10)


@jobs.handler("payments.place_order", kind="outside", max_attempts=5, backoff=Backoff(base=1, factor=2, cap=20))
def place_order(job: JobContext) -> Finish | None:
    """placing → open. The channel's own "paid already" is a question for the query, not an error."""
    with _order(job) as (order, channel):
        if order.state != ChannelOrderState.PLACING:
            return None
        wanted = PlaceOrder(
            out_trade_no=order.out_trade_no,
            description=order.charge.description,
            amount_fen=order.amount_fen,
            notify_url=tenants.url(job.tenant, f"payments:callback-{order.channel}"),
            expires_at=order.expires_at,
            return_url=tenants.url(job.tenant, "payments:pay-back", order.charge.public_id),
        )
        try:
            answer = channel.place(wanted)
        except ChannelRefused as refused:
            if refused.channel_code in _PAID_ALREADY:
                return _apply(order, channel.query(order.out_trade_no))
            code = refused.channel_code
            return Finish(lambda: channel_orders.failed(order.pk, code))
        except ChannelUnavailable:
            if not job.is_last_attempt:
                raise
            return Finish(lambda: channel_orders.failed(order.pk, "UNAVAILABLE"))
        return Finish(lambda: channel_orders.placed(order.pk, answer))


@jobs.handler("payments.poll_order", kind="outside")
def poll_order(job: JobContext) -> Finish | None:
    """Ask; then ask again later. A channel that doesn't answer must not end the chain of questions."""
    polls = int(job.payload["polls"])
    with _order(job) as (order, channel):
        if order.state != ChannelOrderState.OPEN or order.polls != polls:
            return None
        try:
            state = channel.query(order.out_trade_no)
        except (ChannelUnavailable, NotGenuine) as error:
            logger.warning("poll of %s: %s", order.public_id, error.code)
            state = OrderState(order.out_trade_no, TradeStatus.OPEN)

    def write() -> None:
        channel_orders.apply_state(order.pk, state, evidence="query", by=ME)
        channel_orders.poll_again(order.pk, polls=polls)

    return Finish(write)


@jobs.handler("payments.check_late", kind="outside", max_attempts=12)
def check_late(job: JobContext) -> Finish | None:
    """One question out of turn: after a strange callback, and once after an order's time is up."""
    with _order(job) as (order, channel):
        return _apply(order, channel.query(order.out_trade_no))


@jobs.handler("payments.close_order", kind="outside", max_attempts=10)
def close_order(job: JobContext) -> Finish | None:
    """closing → closed, unless the customer was faster: then it is paid, and the money finds its place."""
    with _order(job) as (order, channel):
        if order.state != ChannelOrderState.CLOSING:
            return None
        try:
            channel.close(order.out_trade_no)
        except ChannelRefused:
            state = channel.query(order.out_trade_no)
            if state.status in (TradeStatus.OPEN, TradeStatus.NOT_FOUND):
                raise
            return _apply(order, state)
        return Finish(lambda: channel_orders.closed(order.pk))


@jobs.handler("payments.send_refund", kind="outside", max_attempts=12)
def send_refund(job: JobContext) -> Finish | None:
    """approved → sent or succeeded. Asked before it is asked again; the number never changes."""
    return _refund(job, lambda refund, _channel: refund.state == RefundState.APPROVED)


@jobs.handler("payments.follow_refund", kind="outside", max_attempts=12)
def follow_refund(job: JobContext) -> Finish | None:
    polls = int(job.payload["polls"])
    return _refund(job, lambda refund, _channel: refund.state == RefundState.SENT and refund.polls == polls)


@jobs.handler("payments.issue_invoice", kind="outside", max_attempts=12)
def issue_invoice(job: JobContext) -> Finish | None:
    """requested → issued. A red one waits for its blue one's number."""
    with tenant_tx(job.tenant):
        invoice: Invoice = Invoice.objects.select_related("charge", "red_of").get(public_id=job.payload["invoice"])
        account: IssuerAccount | None = IssuerAccount.objects.filter(is_active=True).first()
        key = bytes.fromhex(accounts.open_secrets(account)["key"]) if account else b""
    if invoice.state != InvoiceState.REQUESTED:
        return None
    if account is None:
        return Finish(lambda: invoices.failed(invoice.pk, "NO_ISSUER"))
    issuer = issuer_client.connect(app=account.params["app"], key=key, base_url=account.base_url, clock=accounts.clock)
    try:
        if invoice.red_of is None:
            answer = issuer.issue(_issue_request(invoice))
        else:
            blue: Invoice = invoice.red_of
            if blue.state == InvoiceState.FAILED:
                return Finish(lambda: invoices.failed(invoice.pk, "NOTHING_TO_REVERSE"))
            if not blue.number:
                raise jobs.Retry(30)
            answer = issuer.issue_red(
                RedRequest(invoice.request_number, blue.number, invoice.amount_fen, "开票有误或退款")
            )
    except IssuerRefused as refused:
        code = refused.issuer_code
        return Finish(lambda: invoices.failed(invoice.pk, code))
    finally:
        issuer.disconnect()
    return Finish(lambda: invoices.issued(invoice.pk, answer))


@jobs.handler("payments.refresh_platform_keys", kind="outside", max_attempts=3)
def refresh_platform_keys(job: JobContext) -> Finish | None:
    """After a callback with an unknown serial: WeChat has rotated its keys, or somebody plays with us."""
    with tenant_tx(job.tenant):
        account: ChannelAccount = ChannelAccount.objects.get(public_id=job.payload["account"])
        channel = accounts.connect(account)
    with accounts.disconnecting(channel):
        if not isinstance(channel, WeChatChannel):
            return None
        keys = channel.platform_certificates()
    return Finish(lambda: accounts.update_platform_keys(account, keys, by=ME))


@jobs.handler("payments.watch_orders", kind="local")
def watch_orders(job: JobContext) -> None:
    """Whatever ended a chain of questions (a dead job, a restored backup): it goes on."""
    since = timezone.now() - _WATCH_EVERY
    slot = job.payload.get("slot", job.id)
    for order in ChannelOrder.objects.filter(state=ChannelOrderState.OPEN, next_poll_at__lt=since)[:500]:
        channel_orders.poll_now(order, why=f"watch{slot}")
        channel_orders.schedule_poll(order, polls=order.polls + 1, now=timezone.now())
    for order in ChannelOrder.objects.filter(state=ChannelOrderState.CLOSING, expires_at__lt=since)[:500]:
        jobs.enqueue("payments.close_order", {"order": order.public_id}, key=f"close:{order.public_id}:{slot}")
    for order in ChannelOrder.objects.filter(state=ChannelOrderState.PLACING, created_at__lt=since)[:500]:
        channel_orders.failed(order.pk, "UNAVAILABLE")


jobs.recurring("payments.watch_orders", every=_WATCH_EVERY)


@contextmanager
def _order(job: JobContext) -> Iterator[tuple[ChannelOrder, PaymentChannel]]:
    """The job's order and its account's client; no transaction is open inside."""
    with tenant_tx(job.tenant):
        order: ChannelOrder = ChannelOrder.objects.select_related("charge", "account").get(
            public_id=job.payload["order"]
        )
        channel = accounts.connect(order.account)
    with accounts.disconnecting(channel):
        yield order, channel


def _apply(order: ChannelOrder, state: OrderState) -> Finish:
    return Finish(lambda: channel_orders.apply_state(order.pk, state, evidence="query", by=ME))


def _refund(job: JobContext, is_due: Callable[[Refund, PaymentChannel], bool]) -> Finish | None:
    """Query, and send if the channel doesn't know the number yet. An unknown outcome is retried by the job."""
    with tenant_tx(job.tenant):
        refund: Refund = Refund.objects.select_related("payment__channel_order__account", "charge").get(
            public_id=job.payload["refund"]
        )
        order: ChannelOrder | None = refund.payment.channel_order
        if order is None:
            return Finish(lambda: refunds.fail_refund(refund.pk, "NO_CHANNEL", by=ME))
        channel = accounts.connect(order.account)
    with accounts.disconnecting(channel):
        if not is_due(refund, channel):
            return None
        wanted = RefundOrder(
            refund_number=refund.refund_number,
            out_trade_no=order.out_trade_no,
            transaction_id=refund.payment.transaction_id,
            amount_fen=refund.amount_fen,
            total_fen=refund.payment.amount_fen,
            # The payer reads it in the app they paid with: words, not our codes.
            reason="订单退款" if refund.reason.isascii() else refund.reason,
            notify_url=_refund_notices(job, order),
        )
        try:
            state = channel.query_refund(order.out_trade_no, refund.refund_number)
            if state.status is RefundStatus.NOT_FOUND:
                state = channel.refund(wanted)
        except ChannelRefused as refused:
            code = refused.channel_code
            if code in _NOT_ENOUGH_MONEY and not job.is_last_attempt:
                raise
            return Finish(lambda: refunds.fail_refund(refund.pk, code, by=ME))

    def write() -> None:
        after = refunds.apply_refund_state(refund.pk, state, by=ME)
        if refund.state == RefundState.SENT and after.state == RefundState.SENT:
            refunds.follow_refund(after, polls=refund.polls + 1)

    return Finish(write)


def _refund_notices(job: JobContext, order: ChannelOrder) -> str:
    """UnionPay wants an address in every refund; elsewhere the query alone tells."""
    if order.channel != ChannelName.UNIONPAY:
        return ""
    return tenants.url(job.tenant, f"payments:callback-{order.channel}")


def _issue_request(invoice: Invoice) -> IssueRequest:
    """The charge's lines; one line instead when some of the money has gone back already."""
    lines = tuple(InvoiceLine(line.name, line.quantity, line.subtotal_fen) for line in invoice.charge.quote)
    if sum(line.amount_fen for line in lines) != invoice.amount_fen:
        lines = (InvoiceLine(invoice.charge.description, 1, invoice.amount_fen),)
    return IssueRequest(
        request_number=invoice.request_number,
        kind=invoice.kind,
        title=invoice.title,
        tax_number=invoice.tax_number,
        amount_fen=invoice.amount_fen,
        lines=lines,
    )
