"""Independent implementations as second opinion: they drive our sandbox, read its callbacks, and make vectors for us.

wechatpayv3 and python-alipay-sdk are test-only: as a trust boundary they lack checks (FACTS).
"""

import json
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

import pytest
from alipay import AliPay
from alipay.utils import AliPayConfig
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import load_private_key, rsa_sign

from payments.channels import rsa, wechat_crypto
from payments.channels.base import TradeStatus
from payments.channels.sandbox import alipay as sandbox_alipay
from payments.channels.sandbox import wechat as sandbox_wechat
from tests.payments.conftest import SandboxForTests, an_order, now


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return


@pytest.fixture
def wechat_oracle(pay_sandbox: SandboxForTests, tmp_path) -> WeChatPay:  # type: ignore[no-untyped-def]
    (tmp_path / "platform.pem").write_text(pay_sandbox.platform.wechat_certificate)
    merchant = pay_sandbox.merchant
    oracle = WeChatPay(
        WeChatPayType.NATIVE,
        mchid=merchant.mchid,
        private_key=merchant.merchant_key,
        cert_serial_no=merchant.merchant_serial,
        appid=merchant.appid,
        apiv3_key=merchant.apiv3_key,
        notify_url="http://127.0.0.1:9/none",
        cert_dir=str(tmp_path),
    )
    oracle._core._gate_way = pay_sandbox.base_url
    return oracle


@pytest.fixture
def alipay_oracle(pay_sandbox: SandboxForTests) -> AliPay:
    oracle = AliPay(
        appid=pay_sandbox.merchant.app_id,
        app_private_key_string=pay_sandbox.merchant.app_key,
        alipay_public_key_string=pay_sandbox.platform.alipay_public,
        config=AliPayConfig(timeout=5),
    )
    oracle._gateway = f"{pay_sandbox.base_url}/gateway.do"
    return oracle


def test_wechatpayv3_takes_an_order_through_our_sandbox(wechat_oracle: WeChatPay, pay_sandbox: SandboxForTests) -> None:
    number = an_order().out_trade_no
    status, answer = wechat_oracle.pay(description="数字证书续期", out_trade_no=number, amount={"total": 20_000})
    assert status == 200
    code_url = json.loads(answer)["code_url"]
    assert json.loads(wechat_oracle.query(out_trade_no=number)[1])["trade_state"] == "NOTPAY"
    pay_sandbox.pay(code_url)
    told = json.loads(wechat_oracle.query(out_trade_no=number)[1])
    assert (told["trade_state"], told["amount"]["total"]) == ("SUCCESS", 20_000)
    status, answer = wechat_oracle.refund(
        out_refund_no="R" + number,
        transaction_id=told["transaction_id"],
        amount={"refund": 5_000, "total": 20_000, "currency": "CNY"},
    )
    assert (status, json.loads(answer)["status"]) == (200, "SUCCESS")
    assert json.loads(wechat_oracle.query_refund("R" + number)[1])["amount"]["refund"] == 5_000
    assert pay_sandbox.wechat().query(number).status is TradeStatus.REFUNDED
    closing = an_order().out_trade_no
    wechat_oracle.pay(description="x", out_trade_no=closing, amount={"total": 1})
    assert wechat_oracle.close(closing)[0] == 204
    wechat_oracle._core._update_certificates()
    serials = {f"{certificate.serial_number:X}" for certificate in wechat_oracle._core._certificates}
    assert pay_sandbox.platform.wechat_serial in serials


def test_wechatpayv3_reads_our_sandboxs_callback(wechat_oracle: WeChatPay, pay_sandbox: SandboxForTests) -> None:
    channel, order = pay_sandbox.wechat(), an_order()
    pay_sandbox.pay(channel.place(order).code_url)
    trade = pay_sandbox.sandbox.book.find("wechat", "demo-ca", order.out_trade_no, now=0)
    assert trade is not None
    message = sandbox_wechat.payment_callback(pay_sandbox.sandbox, pay_sandbox.merchant, trade).build({})
    told = wechat_oracle.callback(dict(message.headers), message.body)
    assert told["resource"]["out_trade_no"] == order.out_trade_no
    notice = channel.parse_callback(message.headers, message.body)
    assert notice.order is not None
    assert notice.order.transaction_id == told["resource"]["transaction_id"]


def test_a_callback_signed_by_wechatpayv3_is_believed(pay_sandbox: SandboxForTests) -> None:
    merchant = pay_sandbox.merchant
    told = {
        "mchid": merchant.mchid, "appid": merchant.appid, "out_trade_no": "T20261121000001", "trade_state": "SUCCESS",
        "transaction_id": "4200001234", "success_time": "2026-11-21T10:00:00+08:00",
        "amount": {"total": 22_100, "currency": "CNY"}, "payer": {"openid": "o-1"},
    }  # fmt: skip
    resource = wechat_crypto.seal_resource(
        merchant.apiv3_key.encode(), json.dumps(told).encode(), associated_data="transaction", original_type="x"
    )
    body = json.dumps({"id": "E", "event_type": "TRANSACTION.SUCCESS", "resource": resource})
    timestamp = str(int(time.time()))
    headers = {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": "vector",
        "Wechatpay-Serial": pay_sandbox.platform.wechat_serial,
        "Wechatpay-Signature": rsa_sign(
            load_private_key(pay_sandbox.platform.wechat_key), f"{timestamp}\nvector\n{body}\n"
        ),
    }
    order = pay_sandbox.wechat().parse_callback(headers, body.encode()).order
    assert order is not None
    assert (order.amount_fen, order.transaction_id) == (22_100, "4200001234")


def test_alipay_sdk_takes_an_order_through_our_sandbox(alipay_oracle: AliPay, pay_sandbox: SandboxForTests) -> None:
    number = an_order().out_trade_no
    made = alipay_oracle.api_alipay_trade_precreate("数字证书续期", number, "200.00")
    assert made["code"] == "10000"
    assert alipay_oracle.api_alipay_trade_query(out_trade_no=number)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    pay_sandbox.pay(made["qr_code"])
    told = alipay_oracle.api_alipay_trade_query(out_trade_no=number)
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_SUCCESS", "200.00")
    assert (
        alipay_oracle.api_alipay_trade_refund("50.00", out_trade_no=number, out_request_no="R1")["fund_change"] == "Y"
    )
    assert (
        alipay_oracle.api_alipay_trade_refund("50.00", out_trade_no=number, out_request_no="R1")["fund_change"] == "N"
    )
    refund = alipay_oracle.api_alipay_trade_fastpay_refund_query("R1", out_trade_no=number)
    assert refund["refund_amount"] == "50.00"
    state = pay_sandbox.alipay().query(number)
    assert (state.amount_fen, state.transaction_id) == (20_000, told["trade_no"])


def test_alipay_sdk_verifies_our_sandboxs_notify(alipay_oracle: AliPay, pay_sandbox: SandboxForTests) -> None:
    channel, order = pay_sandbox.alipay(), an_order()
    pay_sandbox.pay(channel.place(order).code_url)
    trade = pay_sandbox.sandbox.book.find("alipay", "demo-ca", order.out_trade_no, now=0)
    assert trade is not None
    message = sandbox_alipay.payment_callback(pay_sandbox.sandbox, pay_sandbox.merchant, trade).build({})
    fields = dict(parse_qsl(message.body.decode(), keep_blank_values=True))
    assert alipay_oracle.verify({name: v for name, v in fields.items() if name != "sign"}, fields["sign"])


def test_a_notify_signed_by_alipay_sdk_is_believed(pay_sandbox: SandboxForTests) -> None:
    platform = AliPay(
        appid="platform",
        app_private_key_string=pay_sandbox.platform.alipay_key,
        alipay_public_key_string=pay_sandbox.platform.alipay_public,
    )
    from payments.channels.alipay_crypto import wire_time

    fields = {
        "app_id": pay_sandbox.merchant.app_id, "seller_id": pay_sandbox.merchant.seller_id, "notify_id": "N",
        "notify_time": wire_time(now()), "out_trade_no": "T20261121000001", "trade_no": "2026112122001",
        "trade_status": "TRADE_SUCCESS", "total_amount": "221.00", "subject": "证书 & 续期", "empty": "",
        "gmt_payment": wire_time(now()),
    }  # fmt: skip
    message = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    body = urlencode({**fields, "sign_type": "RSA2", "sign": platform._sign(message)}).encode()
    order = pay_sandbox.alipay().parse_callback({}, body).order
    assert order is not None
    assert (order.amount_fen, order.status) == (22_100, TradeStatus.PAID)


def test_our_requests_verify_for_alipay_sdk(alipay_oracle: AliPay, pay_sandbox: SandboxForTests) -> None:
    """The page's signed address, checked by the oracle with our app's public key."""
    placed = pay_sandbox.alipay(product="page").place(an_order())
    fields = dict(parse_qsl(placed.pay_url.partition("?")[2]))
    ours = AliPay(
        appid="x",
        app_private_key_string=pay_sandbox.merchant.app_key,
        alipay_public_key_string=rsa.private_key(pay_sandbox.merchant.app_key)
        .public_key()
        .public_bytes(*_PEM)
        .decode(),
    )
    signature = fields.pop("sign")
    message = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    assert ours._verify(message, signature)
    assert not ours._verify(message + "0", signature)


def _pem() -> tuple[object, object]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Encoding.PEM, PublicFormat.SubjectPublicKeyInfo


_PEM = _pem()
