"""Callbacks end to end: real signatures through the pipeline, hostile bodies, faults, one effect."""

import itertools
import json
from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import callbacks
from payments.channels import alipay_crypto, rsa, wechat_crypto
from payments.channels.sandbox import pay_page
from payments.channels.sandbox import wechat as sandbox_wechat
from payments.channels.sandbox.book import Trade
from payments.channels.sandbox.faults import Fault
from payments.models import ChannelEvent, ChannelOrder, Payment
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests, now
from tests.payments.hall import SYSTEM, Hall

ALL = pytest.mark.parametrize("channel", ["wechat", "alipay", "unionpay"])


def page_of(box: SandboxForTests, order: ChannelOrder) -> str:
    return order.code_url or box.cashier(order.pay_url, order.pay_form)


class Sender:
    """Makes the sandbox's callbacks for a paid order, without sending them."""

    def __init__(self, hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> None:
        self.hall, self.box, self.channel = hall, pay_sandbox, channel
        self.charge = hall.open_charge()
        self.order: ChannelOrder = hall.start(self.charge, channel)
        pay_sandbox.fault("drop", channel=channel)
        pay_sandbox.pay(page_of(pay_sandbox, self.order))
        book = pay_sandbox.sandbox.book
        trade = book.find(channel, "demo-ca", self.order.out_trade_no, now=0)
        assert trade is not None
        self.trade: Trade = trade
        self.callback = pay_page.payment_callback(pay_sandbox.sandbox, pay_sandbox.merchant, trade)

    def message(self, *faults: str, **params: object) -> tuple[dict[str, str], bytes]:
        out = self.callback.build({kind: Fault(kind, params=params) for kind in faults})
        return dict(out.headers), out.body

    def send(self, message: tuple[dict[str, str], bytes]) -> "callbacks.Answer":
        return callbacks.receive(self.hall.tenant, self.channel, *message)

    @property
    def accepted(self) -> bytes:
        return {"wechat": b'{"code":"SUCCESS"}', "alipay": b"success", "unionpay": b"ok"}[self.channel]

    def refused(self, answer: "callbacks.Answer") -> bool:
        return answer.body == b"failure" if self.channel == "alipay" else answer.status >= 400

    def state(self) -> tuple[str, int]:
        with tenant_tx(self.hall.tenant):
            return self.hall.fresh(self.charge).state, Payment.objects.count()


@pytest.fixture
def sender(hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> Sender:
    return Sender(hall, pay_sandbox, channel)


@ALL
def test_a_genuine_callback_settles_once_however_often_it_comes(sender: Sender) -> None:
    same, fresh = sender.message(), sender.message()
    for message in (same, same, fresh, same):
        assert sender.send(message).body == sender.accepted
    assert sender.state() == ("settled", 1)
    assert len(sender.hall.waiting("charge_settled")) == 1
    sender.hall.check_books()


@pytest.mark.parametrize(
    ("channel", "fault"),
    [
        *itertools.product(["wechat", "alipay"], ["stale_time", "wrong_merchant", "bad_signature", "rotated_serial"]),
        # UnionPay tells no time of sending, and its next certificate is from the issuer that we know.
        *itertools.product(["unionpay"], ["wrong_merchant", "bad_signature"]),
    ],
)
def test_what_does_not_prove_itself_changes_nothing(sender: Sender, fault: str) -> None:
    assert sender.refused(sender.send(sender.message(fault)))
    assert sender.state() == ("open", 0)
    with tenant_tx(sender.hall.tenant):
        assert not ChannelEvent.objects.exists()


@ALL
def test_every_changed_byte_is_noticed(sender: Sender) -> None:
    headers, body = sender.message()
    for position in range(0, len(body), max(1, len(body) // 40)):
        altered = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        assert sender.refused(sender.send((headers, altered)))
    assert sender.state() == ("open", 0)


@ALL
@pytest.mark.parametrize("told_fen", [1, 19_999, 20_001])
def test_another_amount_is_not_believed_but_asked_about(sender: Sender, told_fen: int) -> None:
    message = sender.message("wrong_amount", amount_fen=told_fen)
    assert sender.refused(sender.send(message))
    assert sender.refused(sender.send(message)), "the same bytes get the same answer"
    assert sender.state() == ("open", 0)
    sender.hall.run("payments.check_late")
    assert sender.state() == ("settled", 1), "the channel's own answer tells the truth"
    with tenant_tx(sender.hall.tenant):
        assert Payment.objects.get().amount_fen == 20_000


@pytest.mark.parametrize("channel", ["wechat"])
def test_an_unknown_serial_makes_us_fetch_the_platforms_keys_once(sender: Sender) -> None:
    message = sender.message("rotated_serial")
    for _ in range(3):
        assert sender.send(message).status == 401
    with tenant_tx(sender.hall.tenant):
        assert Job.objects.filter(handler="payments.refresh_platform_keys").count() == 1
    sender.hall.run("payments.refresh_platform_keys")
    assert sender.send(sender.message("rotated_serial")).body == sender.accepted
    assert sender.state() == ("settled", 1)


@ALL
def test_genuine_money_for_an_order_that_we_lost_is_kept_for_finance(sender: Sender) -> None:
    with tenant_tx(sender.hall.tenant, write=True):
        ChannelOrder.objects.filter(pk=sender.order.pk).update(out_trade_no="0" * 22)
    assert sender.send(sender.message()).body == sender.accepted
    assert sender.state() == ("open", 1)
    sender.hall.check_books()


HOSTILE_HEADERS: list[dict[str, str]] = [
    {},
    {"Wechatpay-Timestamp": "١٢٣", "Wechatpay-Nonce": "n", "Wechatpay-Serial": "s", "Wechatpay-Signature": "é"},
]
HOSTILE = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"\x00",
    b"\xff\xfe",
    b"[" * 50_000,
    b'{"resource": {"ciphertext": "AAAA"}}',
    b'{"a":' + b"9" * 5_000 + b"}",
    b"a=1&a=2",
    b"sign=x&sign_type=RSA2",
    b"&" * 2_000,
    "金额=1".encode(),
    b"%00=%00",
]


@ALL
def test_hostile_bodies_get_the_protocols_refusal(hall: Hall, channel: str) -> None:
    for body, headers in itertools.product(HOSTILE, HOSTILE_HEADERS):
        answer = callbacks.receive(hall.tenant, channel, headers, body)
        refused = (
            (answer.status, answer.body) == (200, b"failure") if channel == "alipay" else (400 <= answer.status < 500)
        )
        assert refused, (body[:40], headers)
    with tenant_tx(hall.tenant):
        assert not Payment.objects.exists()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    channel=st.sampled_from(["wechat", "alipay", "unionpay"]), body=st.binary(max_size=400), header=st.text(max_size=20)
)
def test_no_bytes_make_it_fall_over(hall: Hall, channel: str, body: bytes, header: str) -> None:
    names = ("Timestamp", "Nonce", "Serial", "Signature")
    headers = {f"Wechatpay-{name}": header for name in names}
    assert callbacks.receive(hall.tenant, channel, headers, body).status in (200, 400, 401)


def signed_by_the_platform(box: SandboxForTests, data: object, *, event: str = "TRANSACTION.SUCCESS") -> tuple[
    dict[str, str], bytes
]:  # fmt: skip
    """Genuine in every way but for what it says: as if the platform itself went mad."""
    resource = wechat_crypto.seal_resource(
        box.merchant.apiv3_key.encode(), json.dumps(data).encode(), associated_data="x", original_type="x"
    )
    body = json.dumps({"id": "e", "event_type": event, "resource": resource}).encode()
    return sandbox_wechat.signed_headers(box.sandbox, body), body


NONSENSE: list[dict[str, object]] = [
    {"amount": None},
    {"amount": {"total": "20000", "currency": "CNY"}},
    {"amount": {"total": True, "currency": "CNY"}},
    {"amount": {"total": -1, "currency": "CNY"}},
    {"amount": {"total": 20_000, "currency": "USD"}},
    {"appid": "wx0"},
    {"mchid": None},
    {"out_trade_no": 7},
    {"transaction_id": ""},
    {"transaction_id": "x\n"},
    {"trade_state": "MAYBE"},
    {"success_time": "yesterday"},
    {"success_time": "2026-11-21T10:00:00"},
]


def test_signed_nonsense_is_refused(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    sender = Sender(hall, pay_sandbox, "wechat")
    for change in NONSENSE:
        data = sandbox_wechat._transaction(pay_sandbox.merchant, sender.trade) | change
        answer = sender.send(signed_by_the_platform(pay_sandbox, data))
        assert 400 <= answer.status < 500, change
        assert sender.state() == ("open", 0), change


def test_the_wrong_apiv3_key_opens_nothing(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    sender = Sender(hall, pay_sandbox, "wechat")
    data = sandbox_wechat._transaction(pay_sandbox.merchant, sender.trade)
    resource = wechat_crypto.seal_resource(b"k" * 32, json.dumps(data).encode(), associated_data="x", original_type="x")
    body = json.dumps({"id": "e", "event_type": "TRANSACTION.SUCCESS", "resource": resource}).encode()
    assert sender.send((sandbox_wechat.signed_headers(pay_sandbox.sandbox, body), body)).status == 401
    assert sender.state() == ("open", 0)


@pytest.mark.parametrize(("seconds", "accepted"), [(-290, True), (290, True), (-310, False), (310, False)])
def test_the_window_is_five_minutes(
    hall: Hall, pay_sandbox: SandboxForTests, seconds: int, accepted: bool
) -> None:  # FACTS: ±5 min
    sender = Sender(hall, pay_sandbox, "wechat")
    _headers, body = sender.message()
    headers = sandbox_wechat.signed_headers(pay_sandbox.sandbox, body, age=seconds)
    assert (sender.send((headers, body)).status == 200) is accepted


def test_alipay_for_another_seller_is_refused(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    sender = Sender(hall, pay_sandbox, "alipay")
    fields = alipay_crypto.form(sender.message()[1]) | {"seller_id": "2088000000000000"}
    key = rsa.private_key(pay_sandbox.platform.alipay_key)
    fields["sign"] = rsa.sign(key, alipay_crypto.notify_message(fields))
    assert sender.send(({}, urlencode(fields).encode())).body == b"failure"
    fields = alipay_crypto.form(sender.message()[1]) | {"sign_type": "RSA"}
    assert sender.send(({}, urlencode(fields).encode())).body == b"failure"
    fields = alipay_crypto.form(sender.message()[1]) | {"sign": b64encode(b"x" * 256).decode()}
    assert sender.send(({}, urlencode(fields).encode())).body == b"failure"
    assert sender.state() == ("open", 0)


@ALL
def test_over_http_without_a_session_or_a_csrf_token(sender: Sender) -> None:
    client = Client(enforce_csrf_checks=True)
    headers, body = sender.message()
    path = f"/demo-ca/pay/callback/{sender.channel}/"
    answer = client.post(path, body, content_type=headers.pop("Content-Type"), headers=headers)
    assert (answer.status_code, answer.content) == (200, sender.accepted)
    assert sender.state() == ("settled", 1)
    assert client.get(path).status_code == 405
    too_large = client.post(path, b"x" * (callbacks.LARGEST + 1), content_type="text/plain")
    assert too_large.status_code == (200 if sender.channel == "alipay" else 413)
    assert client.post(f"/nobody/pay/callback/{sender.channel}/", b"", content_type="text/plain").status_code == 404


def test_every_order_of_arrival_ends_the_same(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    """Callback, query, close and a stale CLOSED in all 24 orders."""
    from payments import channel_orders
    from payments.channels.base import OrderState, TradeStatus

    for number, order_of_events in enumerate(itertools.permutations(["callback", "query", "closed", "close_job"])):
        sender = Sender.__new__(Sender)
        sender.hall, sender.box, sender.channel = hall, pay_sandbox, "wechat"
        charge = hall.open_charge(f"order-{number}")
        order = hall.start(charge, "wechat", key=f"k{number}")
        pay_sandbox.fault("drop", channel="wechat")
        pay_sandbox.pay(order.code_url)
        trade = pay_sandbox.sandbox.book.find("wechat", "demo-ca", order.out_trade_no, now=0)
        assert trade is not None
        sender.callback = sandbox_wechat.payment_callback(pay_sandbox.sandbox, pay_sandbox.merchant, trade)
        for event in order_of_events:
            match event:
                case "callback":
                    assert sender.send(sender.message()).status == 200
                case "query":
                    hall.run("payments.poll_order")
                case "closed":
                    with tenant_tx(hall.tenant, write=True):
                        stale = OrderState(order.out_trade_no, TradeStatus.CLOSED)
                        channel_orders.apply_state(order.pk, stale, evidence="query", by=SYSTEM)
                case _:
                    hall.run("payments.close_order")
        assert hall.fresh(order).state == "paid"
        assert hall.fresh(charge).credited_fen == 20_000
    assert len(hall.waiting("charge_settled")) == 24
    hall.check_books()


def test_a_notify_of_last_week_is_a_replay(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    sender = Sender(hall, pay_sandbox, "alipay")
    assert sender.send(sender.message("stale_time", seconds=25 * 3600)).body == b"success"
    assert alipay_crypto.read_time(alipay_crypto.wire_time(now())) > now() - timedelta(seconds=2)
