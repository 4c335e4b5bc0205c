"""The clients against the sandbox over loopback: the same story for each channel, then each fault."""

import httpx
import pytest

from payments.channels.base import (
    Answer,
    CallbackStale,
    ChannelRefused,
    ChannelUnavailable,
    NotGenuine,
    PaymentChannel,
    PlaceOrder,
    RefundOrder,
    RefundStatus,
    SignatureInvalid,
    TradeStatus,
    UnknownSerial,
    WrongMerchant,
)
from tests.payments.conftest import SandboxForTests, an_order, now
from tests.payments.receiver import receiving

ALL = pytest.mark.parametrize("name", ["wechat", "alipay", "unionpay"])
BOTH = pytest.mark.parametrize("name", ["wechat", "alipay"])


def _done(channel: PaymentChannel, refund: RefundOrder) -> bool:
    """Sent, and through: UnionPay's answer says no more than that it was taken."""
    sent = channel.refund(refund).status
    assert sent is (RefundStatus.PROCESSING if channel.name == "unionpay" else RefundStatus.SUCCEEDED)
    return channel.query_refund(refund.out_trade_no, refund.refund_number).status is RefundStatus.SUCCEEDED


def _numbered(letter: str, order: PlaceOrder) -> str:
    return letter + order.out_trade_no[1:]


def _refund_of(number: str, transaction_id: str, amount_fen: int, total_fen: int) -> RefundOrder:
    return RefundOrder(number, "T" + number[1:], transaction_id, amount_fen, total_fen, "取消订单")


@ALL
def test_place_pay_query_refund(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, order = pay_sandbox.channel(name), an_order()
    placed = channel.place(order)
    page = pay_sandbox.page_of(placed)
    assert page.startswith(f"{pay_sandbox.base_url}/pay/")
    assert channel.place(order) == placed, "the same order again is the same order"
    assert pay_sandbox.page_of(placed) == page
    assert channel.query(order.out_trade_no).status in (TradeStatus.OPEN, TradeStatus.NOT_FOUND)

    paid = pay_sandbox.pay(page)
    state = channel.query(order.out_trade_no)
    assert (state.status, state.amount_fen) == (TradeStatus.PAID, 20_000)
    assert state.transaction_id == paid["transaction_id"]
    assert state.paid_at is not None
    assert abs((now() - state.paid_at).total_seconds()) < 10

    part = _refund_of(_numbered("R", order), state.transaction_id, 5_000, 20_000)
    assert channel.query_refund(order.out_trade_no, part.refund_number).status is RefundStatus.NOT_FOUND
    assert _done(channel, part)
    again = channel.refund(part)
    assert (again.status, again.amount_fen) == (RefundStatus.SUCCEEDED, 5_000)
    assert pay_sandbox.sandbox.book.find(name, "demo-ca", order.out_trade_no, now=0).refunded_fen == 5_000  # type: ignore[union-attr]

    rest = _refund_of(_numbered("S", order), state.transaction_id, 15_000, 20_000)
    assert _done(channel, rest)
    # UnionPay tells of refunds only when asked for them by their own numbers.
    after = TradeStatus.PAID if name == "unionpay" else TradeStatus.REFUNDED
    assert channel.query(order.out_trade_no).status is after
    with pytest.raises(ChannelRefused):
        channel.refund(_refund_of(_numbered("X", order), state.transaction_id, 1, 20_000))


@BOTH
def test_close(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, order = pay_sandbox.channel(name), an_order()
    placed = channel.place(order)
    httpx.get(placed.code_url, trust_env=False)  # the scan: Alipay has no trade before it
    channel.close(order.out_trade_no)
    channel.close(order.out_trade_no)
    assert channel.query(order.out_trade_no).status is TradeStatus.CLOSED
    assert pay_sandbox.pay(pay_sandbox.page_of(placed))["paid"] is False
    channel.close("T2026112110000000000001")  # unknown is fine too


@ALL
def test_closing_what_is_paid_is_refused(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, order = pay_sandbox.channel(name), an_order()
    pay_sandbox.pay(pay_sandbox.page_of(channel.place(order)))
    with pytest.raises(ChannelRefused):
        channel.close(order.out_trade_no)
    assert channel.query(order.out_trade_no).status is TradeStatus.PAID


@BOTH
def test_another_order_under_the_same_number_is_refused(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, order = pay_sandbox.channel(name), an_order()
    channel.place(order)
    with pytest.raises(ChannelRefused):
        channel.place(type(order)(order.out_trade_no, order.description, 1, order.notify_url, order.expires_at))


@ALL
def test_a_pending_refund_is_followed_by_query(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, order = pay_sandbox.channel(name), an_order()
    pay_sandbox.pay(pay_sandbox.page_of(channel.place(order)))
    pay_sandbox.fault("pending_refund", channel=name)
    refund = _refund_of(_numbered("R", order), channel.query(order.out_trade_no).transaction_id, 20_000, 20_000)
    assert channel.refund(refund).status is not RefundStatus.SUCCEEDED
    states = [channel.query_refund(order.out_trade_no, refund.refund_number).status for _ in range(2)]
    assert states[-1] is RefundStatus.SUCCEEDED


@BOTH
@pytest.mark.parametrize("fault", ["error_after_commit", "timeout_after_commit"])
def test_place_that_died_after_the_commit_is_no_second_order(
    pay_sandbox: SandboxForTests, name: str, fault: str
) -> None:
    channel, order = pay_sandbox.channel(name, timeout=0.4), an_order()
    pay_sandbox.fault(fault, channel=name, operation="place", params={"seconds": 1})
    with pytest.raises(ChannelUnavailable):
        channel.place(order)
    placed = channel.place(order)
    pay_sandbox.pay(pay_sandbox.page_of(placed))
    assert channel.query(order.out_trade_no).status is TradeStatus.PAID
    trades = [trade for trade in pay_sandbox.sandbox.book.trades() if trade["out_trade_no"] == order.out_trade_no]
    assert len(trades) == 1


@ALL
def test_refund_that_died_after_the_commit_moves_money_once(pay_sandbox: SandboxForTests, name: str) -> None:
    channel, order = pay_sandbox.channel(name), an_order()
    pay_sandbox.pay(pay_sandbox.page_of(channel.place(order)))
    refund = _refund_of(_numbered("R", order), channel.query(order.out_trade_no).transaction_id, 8_000, 20_000)
    pay_sandbox.fault("error_after_commit", channel=name, operation="refund")
    with pytest.raises(ChannelUnavailable):
        channel.refund(refund)
    assert channel.query_refund(order.out_trade_no, refund.refund_number).status is RefundStatus.SUCCEEDED
    assert channel.refund(refund).status is RefundStatus.SUCCEEDED
    assert pay_sandbox.sandbox.book.find(name, "demo-ca", order.out_trade_no, now=0).refunded_fen == 8_000  # type: ignore[union-attr]


@BOTH
@pytest.mark.parametrize("operation", ["place", "query"])
def test_answers_that_do_not_verify_are_not_believed(pay_sandbox: SandboxForTests, name: str, operation: str) -> None:
    channel, order = pay_sandbox.channel(name), an_order()
    if operation == "query":
        pay_sandbox.pay(pay_sandbox.page_of(channel.place(order)))
    pay_sandbox.fault("bad_answer_signature", channel=name, operation=operation)
    with pytest.raises(SignatureInvalid):
        channel.place(order) if operation == "place" else channel.query(order.out_trade_no)


@ALL
def test_nobody_there_is_unavailable(pay_sandbox: SandboxForTests, name: str) -> None:
    channel = pay_sandbox.channel(name)
    channel.disconnect()
    channel._client = httpx.Client(base_url="http://127.0.0.1:9", trust_env=False)  # type: ignore[attr-defined]
    with pytest.raises(ChannelUnavailable):
        channel.query("T2026112110000000000001")


@BOTH
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("stale_time", CallbackStale),
        ("wrong_merchant", WrongMerchant),
        ("bad_signature", SignatureInvalid),
        ("rotated_serial", NotGenuine),
    ],
)
def test_a_bad_callback_is_refused_and_the_repeat_believed(
    pay_sandbox: SandboxForTests, name: str, fault: str, error: type[Exception]
) -> None:
    channel = pay_sandbox.channel(name)
    seen: list[object] = []

    def answer(headers: dict[str, str], body: bytes) -> Answer:
        try:
            seen.append(channel.parse_callback(headers, body))
        except Exception as refused:  # noqa: BLE001
            seen.append(refused)
            return channel.refusal(refused)  # type: ignore[arg-type]
        return channel.acknowledgement()

    with receiving(answer) as receiver:
        order = an_order(notify_url=receiver.url)
        placed = channel.place(order)
        pay_sandbox.fault(fault, channel=name)
        pay_sandbox.pay(pay_sandbox.page_of(placed))
        receiver.wait_for(2)
    assert isinstance(seen[0], error)
    state = seen[1].order  # type: ignore[attr-defined]
    assert (state.out_trade_no, state.status, state.amount_fen) == (order.out_trade_no, TradeStatus.PAID, 20_000)


def test_a_rotated_platform_key_is_learnt_from_the_certificates(pay_sandbox: SandboxForTests) -> None:
    channel = pay_sandbox.wechat()
    seen: list[str] = []

    def answer(headers: dict[str, str], body: bytes) -> Answer:
        nonlocal channel
        try:
            notice = channel.parse_callback(headers, body)
        except UnknownSerial as unknown:
            seen.append("unknown")
            account = pay_sandbox.merchant.wechat_account(pay_sandbox.platform)
            fresh = channel.platform_certificates()
            assert headers["Wechatpay-Serial"] in fresh
            channel = type(channel)(
                type(account)(
                    account.mchid,
                    account.appid,
                    account.merchant_serial,
                    account.merchant_key,
                    account.apiv3_key,
                    fresh,
                ),
                client=channel._client,
                clock=now,
            )
            return channel.refusal(unknown)
        seen.append(notice.order.status if notice.order else "")
        return channel.acknowledgement()

    with receiving(answer) as receiver:
        placed = channel.place(an_order(notify_url=receiver.url))
        pay_sandbox.fault("rotated_serial", channel="wechat", params={"always": True})
        pay_sandbox.pay(pay_sandbox.page_of(placed))
        receiver.wait_for(2)
    assert seen == ["unknown", "paid"]


@ALL
def test_duplicate_delay_reorder_and_drop(pay_sandbox: SandboxForTests, name: str) -> None:
    channel: PaymentChannel = pay_sandbox.channel(name)
    with receiving(lambda _headers, _body: channel.acknowledgement()) as receiver:

        def paid(fault: str, **params: object) -> str:
            order = an_order(notify_url=receiver.url)
            placed = channel.place(order)
            if fault:
                pay_sandbox.fault(fault, channel=name, params=params)
            pay_sandbox.pay(pay_sandbox.page_of(placed))
            return order.out_trade_no

        first = paid("duplicate", times=2)
        receiver.wait_for(3)
        numbers = [channel.parse_callback(*message).order.out_trade_no for message in receiver.received]  # type: ignore[union-attr]
        assert numbers == [first] * 3

        receiver.received.clear()
        held, overtaking = paid("reorder"), paid("")
        receiver.wait_for(2)
        numbers = [channel.parse_callback(*message).order.out_trade_no for message in receiver.received]  # type: ignore[union-attr]
        assert numbers == [overtaking, held]

        receiver.received.clear()
        dropped, delayed = paid("drop"), paid("delay", seconds=0.2)
        receiver.wait_for(1)
        assert channel.parse_callback(*receiver.received[0]).order.out_trade_no == delayed  # type: ignore[union-attr]
        assert channel.query(dropped).status is TradeStatus.PAID, "callbacks aren't promised: the query tells"


def test_page_pay_goes_through_the_gateway(pay_sandbox: SandboxForTests) -> None:
    channel = pay_sandbox.alipay(product="page")
    order = an_order(return_url="http://127.0.0.1:9/back")
    placed = channel.place(order)
    assert placed.code_url == ""
    page = httpx.get(placed.pay_url, follow_redirects=True, trust_env=False)
    assert "确认支付" in page.text
    assert "200.00" in page.text
    assert channel.query(order.out_trade_no).status is TradeStatus.OPEN
    done = httpx.post(str(page.url), data={"decision": "pay"}, trust_env=False)
    assert "支付成功" in done.text
    assert "http://127.0.0.1:9/back" in done.text
    assert channel.query(order.out_trade_no).status is TradeStatus.PAID


def test_cancelling_on_the_pay_page_leaves_the_order_open(pay_sandbox: SandboxForTests) -> None:
    channel, order = pay_sandbox.wechat(), an_order()
    page = channel.place(order).code_url
    assert "已取消" in httpx.post(page, data={"decision": "cancel"}, trust_env=False).text
    assert channel.query(order.out_trade_no).status is TradeStatus.OPEN
