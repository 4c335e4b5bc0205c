"""UnionPay 5.1.0: what is signed, by openssl's account; whose certificate counts; the form that browsers bring."""

import base64
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from payments.channels import rsa, unionpay, unionpay_crypto
from payments.channels.base import ChannelError, Malformed, SignatureInvalid, TradeStatus, UnknownSerial, WrongMerchant
from payments.channels.sandbox import keys, pay_page
from payments.channels.sandbox import unionpay as sandbox_unionpay
from payments.channels.sandbox.faults import Fault
from tests.payments.conftest import SandboxForTests, an_order, now


def openssl(*arguments: str, given: bytes) -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def signed_by_hand(fields: dict[str, str], key_pem: str, tmp_path: Path) -> str:
    """The protocol's text: sort, join, SHA-256 in lower-case hex, RSA-SHA256 over that hex, base64."""
    (tmp_path / "key.pem").write_text(key_pem)
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    digest = openssl("dgst", "-sha256", "-hex", given=text.encode()).split()[-1]
    signature = openssl("dgst", "-sha256", "-sign", str(tmp_path / "key.pem"), given=digest)
    return base64.b64encode(signature).decode()


def test_the_digest_of_a_known_message() -> None:
    # printf 'a=1&b=中' | openssl dgst -sha256
    known = b"d4e212b1d806482e231b8dcb2756a7e3b4be011a97ad094f48fbfba66371f26c"
    assert unionpay_crypto.digest({"b": "中", "signature": "x", "a": "1"}) == known


def test_our_requests_carry_the_signature_that_openssl_makes(pay_sandbox: SandboxForTests, tmp_path: Path) -> None:
    form = dict(pay_sandbox.unionpay().place(an_order(return_url="http://127.0.0.1:9/back")).form)
    signature = form.pop("signature")
    assert signature == signed_by_hand(form, pay_sandbox.merchant.unionpay_key, tmp_path)
    assert (form["version"], form["signMethod"], form["txnType"], form["currencyCode"]) == ("5.1.0", "01", "01", "156")
    assert form["txnTime"] == form["orderId"][1:15]
    assert (form["txnAmt"], form["merId"]) == ("20000", pay_sandbox.merchant.mer_id)
    assert "" not in form.values()


def told(box: SandboxForTests, **changes: str) -> dict[str, str]:
    return {
        "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "txnType": "01", "txnSubType": "01",
        "bizType": "000201", "accessType": "0", "merId": box.merchant.mer_id, "orderId": "2026112110000000000001",
        "txnTime": "20261121100000", "txnAmt": "22100", "currencyCode": "156", "queryId": "682026112110000512345",
        "respCode": "00", "respMsg": "成功[0000000]", "settleAmt": "22100", "settleDate": "1121", "empty": "",
        "traceTime": "1121100005", "signPubKeyCert": box.platform.unionpay_certificate,
    } | changes  # fmt: skip


def notice(fields: dict[str, str], key_pem: str, tmp_path: Path) -> bytes:
    return urlencode({**fields, "signature": signed_by_hand(fields, key_pem, tmp_path)}).encode()


def test_a_notification_signed_by_openssl_is_believed(pay_sandbox: SandboxForTests, tmp_path: Path) -> None:
    body = notice(told(pay_sandbox), pay_sandbox.platform.unionpay_key, tmp_path)
    found = pay_sandbox.unionpay().parse_callback({}, body)
    assert found.event_id == "682026112110000512345"
    order = found.order
    assert order is not None
    assert (order.status, order.amount_fen, order.out_trade_no) == (TradeStatus.PAID, 22_100, "2026112110000000000001")
    assert order.paid_at == datetime(2026, 11, 21, 2, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"merId": "777290000000000"}, WrongMerchant),
        ({"currencyCode": "840"}, ChannelError),
        ({"version": "5.0.0"}, Malformed),
        ({"signMethod": "11"}, Malformed),
        ({"txnAmt": "221.00"}, Malformed),
        ({"txnAmt": "-1"}, Malformed),
        ({"txnAmt": "２２１００"}, Malformed),
        ({"queryId": ""}, Malformed),
        ({"traceTime": "1399000000"}, Malformed),
        ({"txnType": "99"}, Malformed),
        ({"signPubKeyCert": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, Malformed),
        ({"signPubKeyCert": ""}, Malformed),
    ],
)
def test_signed_nonsense_is_refused(
    pay_sandbox: SandboxForTests, tmp_path: Path, changes: dict[str, str], error: type[Exception]
) -> None:
    body = notice(told(pay_sandbox, **changes), pay_sandbox.platform.unionpay_key, tmp_path)
    with pytest.raises(error):
        pay_sandbox.unionpay().parse_callback({}, body)


def test_a_failed_payment_leaves_the_order_open(pay_sandbox: SandboxForTests, tmp_path: Path) -> None:
    body = notice(told(pay_sandbox, respCode="61"), pay_sandbox.platform.unionpay_key, tmp_path)
    order = pay_sandbox.unionpay().parse_callback({}, body).order
    assert order is not None
    assert (order.status, order.amount_fen) == (TradeStatus.OPEN, 0)


def test_only_unionpays_own_certificate_counts(pay_sandbox: SandboxForTests, tmp_path: Path) -> None:
    channel = pay_sandbox.unionpay()
    # Its next one, by the same issuer: believed without anybody's help.
    key = pay_sandbox.platform.unionpay_next_key
    fields = told(pay_sandbox, signPubKeyCert=pay_sandbox.platform.unionpay_next_certificate)
    assert channel.parse_callback({}, notice(fields, key, tmp_path)).order is not None
    # The same name by an issuer of the attacker's own.
    forged_key, forged, _serial = keys._certified("041@Z12@中国银联股份有限公司@00040000:SIGN")
    with pytest.raises(UnknownSerial):
        channel.parse_callback({}, notice(told(pay_sandbox, signPubKeyCert=forged), forged_key, tmp_path))
    # A genuine certificate by another key.
    with pytest.raises(SignatureInvalid):
        channel.parse_callback({}, notice(told(pay_sandbox), forged_key, tmp_path))


def test_a_merchants_certificate_by_the_same_issuer_does_not_count(tmp_path: Path) -> None:
    issuer_key, issuer, _serial = keys._certified("issuer")
    key, certificate, _serial = keys._certified("041@8@某商户@1:SIGN", by=(issuer, issuer_key))
    known = unionpay_crypto.issuers_of(issuer)
    fields = {"version": "5.1.0", "signMethod": "01", "signPubKeyCert": certificate}
    whole = {**fields, "signature": rsa.sign(rsa.private_key(key), unionpay_crypto.digest(fields))}
    with pytest.raises(UnknownSerial):
        unionpay_crypto.verify(whole, known, unionpay_crypto.SIGNER, now())
    unionpay_crypto.verify(whole, known, "某商户", now())
    with pytest.raises(UnknownSerial):  # and not before or after its time
        unionpay_crypto.verify(whole, known, "某商户", datetime(2046, 1, 1, tzinfo=UTC))


def test_answers_come_without_escaping() -> None:
    assert unionpay_crypto.answer_fields("a=1&b={c=2&d=3}&e=x==") == {"a": "1", "b": "{c=2&d=3}", "e": "x=="}
    for broken in ("", "a", "a=1&a=2", "=1", "a=1&&b=2"):
        with pytest.raises(Malformed):
            unionpay_crypto.answer_fields(broken)


def test_what_the_browser_brings_leads_to_the_cashier_and_says_so_when_it_is_refused(
    pay_sandbox: SandboxForTests,
) -> None:
    channel, order = pay_sandbox.unionpay(), an_order(return_url="http://127.0.0.1:9/back")
    placed = channel.place(order)
    assert channel.query(order.out_trade_no).status is TradeStatus.NOT_FOUND, "nobody has brought the form"
    altered = httpx.post(placed.pay_url, data={**placed.form, "txnAmt": "1"}, trust_env=False)
    assert (altered.status_code, "11" in altered.text) == (400, True)
    page = pay_sandbox.page_of(placed)
    assert channel.query(order.out_trade_no).status is TradeStatus.OPEN
    done = httpx.post(page, data={"decision": "pay"}, trust_env=False)
    assert "支付成功" in done.text
    assert 'action="http://127.0.0.1:9/back"' in done.text
    assert "form-action 'self' http://127.0.0.1:9;" in done.headers["Content-Security-Policy"]
    assert channel.query(order.out_trade_no).status is TradeStatus.PAID
    again = httpx.post(placed.pay_url, data=dict(placed.form), trust_env=False)
    assert (again.status_code, "12" in again.text) == (400, True)


def test_a_refund_is_told_of_by_notification(pay_sandbox: SandboxForTests) -> None:
    channel, order = pay_sandbox.unionpay(), an_order()
    paid = pay_sandbox.pay(pay_sandbox.page_of(channel.place(order)))
    book, number = pay_sandbox.sandbox.book, "R" + order.out_trade_no[1:]
    trade = book.find("unionpay", "demo-ca", order.out_trade_no, now=0)
    assert trade is not None
    refund, _made = book.refund(
        trade,
        refund_number=number,
        amount_fen=5_000,
        reason="",
        notify_url="",
        now=now().timestamp(),
        state="succeeded",
    )
    callback = sandbox_unionpay.refund_callback(pay_sandbox.sandbox, pay_sandbox.merchant, trade, refund)
    state = channel.parse_callback({}, callback.build({}).body).refund
    assert state is not None
    assert (state.refund_number, state.status, state.amount_fen) == (number, "succeeded", 5_000)
    wrong = callback.build({"wrong_amount": Fault("wrong_amount")}).body
    assert channel.parse_callback({}, wrong).refund.amount_fen == 5_001  # type: ignore[union-attr]
    assert paid["paid"] is True
    assert pay_page.payment_callback(pay_sandbox.sandbox, pay_sandbox.merchant, trade).channel == "unionpay"


def test_numbers_carry_their_time() -> None:
    assert unionpay.time_in("2026112110000012345678") == "20261121100000"
    assert unionpay.time_in("R2026112110000012345678") == "20261121100000"
    for number in ("", "R", "2026139910000012345678", "T000000000000", "RR20261121100000"):
        with pytest.raises(ValueError, match="no time in"):
            unionpay.time_in(number)


def test_the_form_leads_to_the_gateway_and_its_cashier() -> None:
    assert unionpay.form_targets(unionpay.PRODUCTION_URL) == ("https://*.95516.com",)
    assert unionpay.form_targets("http://127.0.0.1:8101") == ("http://127.0.0.1:8101",)
    assert unionpay.form_targets("https://95516.com.example") == ("https://95516.com.example",)
