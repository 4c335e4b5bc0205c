"""Alipay's open platform, RSA2 over gateway.do: QR (precreate) or page pay, query, close, refund, notify."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import httpx

from payments import money
from payments.channels import alipay_crypto, fields, http, rsa
from payments.channels.base import (
    Answer,
    BillNotReady,
    CallbackStale,
    ChannelRefused,
    ChannelUnavailable,
    Clock,
    Malformed,
    Notice,
    OrderState,
    Placed,
    PlaceOrder,
    RefundOrder,
    RefundState,
    RefundStatus,
    SignatureInvalid,
    TradeStatus,
    WrongMerchant,
)
from payments.channels.bills import Bill
from payments.channels.bills import alipay as alipay_bill
from portal.errors import PortalError

PRODUCTION_URL = "https://openapi.alipay.com"

# The last repeat of a notify comes some 25 hours after the first (FACTS: 4m … 15h); older ones are replays.
_NOTIFY_MAX_AGE = timedelta(hours=26)
_NOTIFY_MAX_AHEAD = timedelta(minutes=5)

_TRADE = {
    "WAIT_BUYER_PAY": TradeStatus.OPEN,
    "TRADE_SUCCESS": TradeStatus.PAID,
    "TRADE_FINISHED": TradeStatus.PAID,
}
_NO_SUCH_TRADE = "ACQ.TRADE_NOT_EXIST"
_TRY_AGAIN = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error", "isp.service-unavailable"}
# The gateway can't sign for an app whose signature it couldn't check: these refusals come unsigned.
_UNSIGNED_REFUSALS = {"20001", "40001", "40002", "40003", "40006"}

Product = Literal["qr", "page"]


@dataclass(frozen=True, slots=True)
class AlipayAccount:
    """An app of one seller. ``alipay_key`` is the platform's public key (PEM), ``app_key`` ours, private."""

    app_id: str
    seller_id: str
    app_key: str = field(repr=False)
    alipay_key: str = field(repr=False)
    product: Product = "qr"


class AlipayChannel:
    """A PaymentChannel (see base.py)."""

    name = "alipay"

    def __init__(self, account: AlipayAccount, *, client: httpx.Client, clock: Clock) -> None:
        """``client`` carries base URL (without /gateway.do) and time limits."""
        self._account = account
        self._client = client
        self._clock = clock
        self._key = rsa.stored_private_key(account.app_key)
        self._alipay = rsa.public_key(account.alipay_key)

    def place(self, order: PlaceOrder) -> Placed:
        content: dict[str, Any] = {
            "out_trade_no": order.out_trade_no,
            "total_amount": money.yuan(order.amount_fen),
            "subject": order.description[:256],
            "time_expire": alipay_crypto.wire_time(order.expires_at),
        }
        if self._account.product == "page":
            content["product_code"] = "FAST_INSTANT_TRADE_PAY"
            return Placed(pay_url=self._page_url(content, order))
        answer = self._call("alipay.trade.precreate", content, notify_url=order.notify_url)
        self._same_order(answer, order.out_trade_no)
        return Placed(code_url=fields.text(answer, "qr_code", limit=512))

    def query(self, out_trade_no: str) -> OrderState:
        """NOT_FOUND also while nobody has scanned a precreated code: Alipay makes the trade on the scan."""
        try:
            answer = self._call("alipay.trade.query", {"out_trade_no": out_trade_no})
        except ChannelRefused as refused:
            if refused.channel_code == _NO_SUCH_TRADE:
                return OrderState(out_trade_no, TradeStatus.NOT_FOUND)
            raise
        self._same_order(answer, out_trade_no)
        return self._order_state(answer, paid_at_field="send_pay_date", payer_field="buyer_user_id")

    def close(self, out_trade_no: str) -> None:
        """A code that nobody scanned has no trade to close; it dies at its ``time_expire``."""
        try:
            self._call("alipay.trade.close", {"out_trade_no": out_trade_no})
        except ChannelRefused as refused:
            if refused.channel_code == _NO_SUCH_TRADE:
                return
            if refused.channel_code == "ACQ.TRADE_STATUS_ERROR" and self._is_closed(out_trade_no):
                return
            raise

    def refund(self, order: RefundOrder) -> RefundState:
        answer = self._call(
            "alipay.trade.refund",
            {
                "out_trade_no": order.out_trade_no,
                "refund_amount": money.yuan(order.amount_fen),
                "out_request_no": order.refund_number,
                "refund_reason": order.reason[:256],
            },
        )
        self._same_order(answer, order.out_trade_no)
        # fund_change=N says "no money moved in this call": a repeat, or nothing yet. Only the query tells.
        if answer.get("fund_change") != "Y":
            return self.query_refund(order.out_trade_no, order.refund_number)
        return RefundState(
            order.refund_number,
            RefundStatus.SUCCEEDED,
            order.out_trade_no,
            fields.optional_text(answer, "trade_no"),
            order.amount_fen,
            self._clock(),
        )

    def query_refund(self, out_trade_no: str, refund_number: str) -> RefundState:
        try:
            answer = self._call(
                "alipay.trade.fastpay.refund.query",
                {"out_trade_no": out_trade_no, "out_request_no": refund_number, "query_options": ["gmt_refund_pay"]},
            )
        except ChannelRefused as refused:
            if refused.channel_code == _NO_SUCH_TRADE:
                return RefundState(refund_number, RefundStatus.NOT_FOUND, out_trade_no)
            raise
        if answer.get("refund_status") != "REFUND_SUCCESS":
            return RefundState(refund_number, RefundStatus.NOT_FOUND, out_trade_no)
        if answer.get("out_request_no") != refund_number:
            raise Malformed(what="out_request_no")
        finished = fields.optional_text(answer, "gmt_refund_pay")
        return RefundState(
            refund_number,
            RefundStatus.SUCCEEDED,
            out_trade_no,
            fields.optional_text(answer, "trade_no"),
            self._fen(answer, "refund_amount"),
            alipay_crypto.read_time(finished) if finished else self._clock(),
        )

    def bill(self, day: date) -> Bill | None:
        """Alipay says bill_not_exist both of a bill to come and of a day without any business."""
        content = {"bill_type": "trade", "bill_date": f"{day:%Y-%m-%d}"}
        try:
            told = self._call("alipay.data.dataservice.bill.downloadurl.query", content)
        except ChannelRefused as refused:
            if "bill_not_exist" in refused.channel_code.lower():
                raise BillNotReady(channel_code=refused.channel_code) from refused
            raise
        url = httpx.URL(fields.text(told, "bill_download_url", limit=2048))
        base = httpx.URL(str(self._client.base_url))
        theirs = url.scheme == "https" and url.host.endswith(".alipay.com")
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port) and not theirs:
            raise Malformed(what="bill_download_url")
        try:
            answer = self._client.get(url)
        except httpx.TransportError as error:
            raise ChannelUnavailable(channel=self.name, reason=type(error).__name__) from error
        if answer.status_code != 200:
            raise ChannelUnavailable(channel=self.name, reason=str(answer.status_code))
        return alipay_bill.read(answer.content, seller_id=self._account.seller_id)

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:  # noqa: ARG002  (nothing is in them)
        data = alipay_crypto.form(body)
        alipay_crypto.verify_notify(data, self._alipay)
        age = self._clock() - alipay_crypto.read_time(fields.text(data, "notify_time"))
        if not -_NOTIFY_MAX_AHEAD <= age <= _NOTIFY_MAX_AGE:
            raise CallbackStale()
        if data.get("app_id") != self._account.app_id or data.get("seller_id") != self._account.seller_id:
            raise WrongMerchant()
        state = self._order_state(data, paid_at_field="gmt_payment", payer_field="buyer_id")
        return Notice(fields.text(data, "notify_id"), order=state)

    def disconnect(self) -> None:
        self._client.close()

    def acknowledgement(self) -> Answer:
        return Answer(200, b"success", "text/plain")

    def refusal(self, error: PortalError) -> Answer:  # noqa: ARG002  (Alipay reads one word)
        return Answer(200, b"failure", "text/plain")

    def _order_state(self, data: Mapping[str, Any], *, paid_at_field: str, payer_field: str) -> OrderState:
        number, word = fields.text(data, "out_trade_no"), fields.text(data, "trade_status")
        paid_at = fields.optional_text(data, paid_at_field)
        if word == "TRADE_CLOSED":
            # Two meanings: never paid, or paid and refunded in full. The time of payment tells them apart.
            status = TradeStatus.REFUNDED if paid_at else TradeStatus.CLOSED
        elif data.get("gmt_refund"):
            status = TradeStatus.REFUNDED
        elif word in _TRADE:
            status = _TRADE[word]
        else:
            raise Malformed(what="trade_status")
        if status not in (TradeStatus.PAID, TradeStatus.REFUNDED):
            return OrderState(number, status)
        return OrderState(
            out_trade_no=number,
            status=status,
            transaction_id=fields.text(data, "trade_no"),
            amount_fen=self._fen(data, "total_amount"),
            payer=fields.optional_text(data, payer_field),
            paid_at=alipay_crypto.read_time(paid_at) if paid_at else None,
        )

    def _is_closed(self, out_trade_no: str) -> bool:
        return self.query(out_trade_no).status is TradeStatus.CLOSED

    @staticmethod
    def _same_order(answer: Mapping[str, Any], out_trade_no: str) -> None:
        if answer.get("out_trade_no") != out_trade_no:
            raise Malformed(what="out_trade_no")

    @staticmethod
    def _fen(data: Mapping[str, Any], name: str) -> int:
        try:
            amount = money.parse_yuan(fields.text(data, name, limit=20))
        except money.NotAnAmount:
            raise Malformed(what=name) from None
        if amount < 0:
            raise Malformed(what=name)
        return amount

    def _parameters(self, method: str, content: Mapping[str, Any], **more: str) -> dict[str, str]:
        return alipay_crypto.sign_request(
            {
                "app_id": self._account.app_id,
                "method": method,
                "format": "JSON",
                "charset": "utf-8",
                "sign_type": "RSA2",
                "timestamp": alipay_crypto.wire_time(self._clock()),
                "version": "1.0",
                "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
                **{name: value for name, value in more.items() if value},
            },
            self._key,
        )

    def _page_url(self, content: Mapping[str, Any], order: PlaceOrder) -> str:
        signed = self._parameters(
            "alipay.trade.page.pay", content, notify_url=order.notify_url, return_url=order.return_url
        )
        return f"{str(self._client.base_url).rstrip('/')}/gateway.do?{urlencode(signed)}"

    def _call(self, method: str, content: Mapping[str, Any], *, notify_url: str = "") -> dict[str, Any]:
        """One signed request; the verified member of the answer, if its code is 10000."""
        parameters = self._parameters(method, content, notify_url=notify_url)
        biz_content = parameters.pop("biz_content")
        try:
            answer = self._client.post("/gateway.do", params=parameters, data={"biz_content": biz_content})
        except httpx.TransportError as error:
            raise ChannelUnavailable(channel=self.name, reason=type(error).__name__) from error
        if answer.status_code != 200:
            raise ChannelUnavailable(channel=self.name, reason=str(answer.status_code))
        try:
            text = answer.content.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed(what="answer") from None
        return self._verified(text, method.replace(".", "_") + "_response")

    def _verified(self, text: str, member: str) -> dict[str, Any]:
        whole = fields.json_object(text)
        if member not in whole and "error_response" in whole:
            member = "error_response"
        part = alipay_crypto.signed_part(text, member)
        data = fields.json_object(part)
        code, signature = fields.text(data, "code"), whole.get("sign")
        reason = str(data.get("sub_code") or code)
        if not signature and code in _UNSIGNED_REFUSALS:
            raise ChannelRefused(reason, str(data.get("sub_msg", "")))
        if not isinstance(signature, str) or not rsa.verifies(self._alipay, part.encode(), signature):
            raise SignatureInvalid()
        if code == "20000" or reason in _TRY_AGAIN:
            raise ChannelUnavailable(channel=self.name, reason=reason)
        if code != "10000":
            raise ChannelRefused(reason, str(data.get("sub_msg", "")))
        return data


def connect(account: AlipayAccount, *, base_url: str, clock: Clock, timeout: float = 10.0) -> AlipayChannel:
    """A channel with its own connection pool."""
    client = http.client(base_url, timeout)
    return AlipayChannel(account, client=client, clock=clock)
