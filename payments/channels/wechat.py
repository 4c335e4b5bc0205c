"""WeChat Pay API v3, Native: QR order, query, close, refund, callback.

Every request is signed with the merchant's key, every answer that we act on is verified with the platform's
(time window, serial, signature), and every order in it must be this merchant's and app's.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from typing import Any
from urllib.parse import quote

import httpx

from payments.channels import fields, http, rsa, wechat_crypto
from payments.channels.base import (
    Answer,
    BillNotReady,
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
    WrongCurrency,
    WrongMerchant,
)
from payments.channels.bills import Bill
from payments.channels.bills import wechat as wechat_bill
from portal.errors import PortalError

PRODUCTION_URL = "https://api.mch.weixin.qq.com"
_CHINA = timezone(timedelta(hours=8))

_TRADE = {
    "SUCCESS": TradeStatus.PAID,
    "REFUND": TradeStatus.REFUNDED,
    "NOTPAY": TradeStatus.OPEN,
    "USERPAYING": TradeStatus.OPEN,
    "PAYERROR": TradeStatus.OPEN,
    "CLOSED": TradeStatus.CLOSED,
    "REVOKED": TradeStatus.CLOSED,
}
_REFUND = {
    "SUCCESS": RefundStatus.SUCCEEDED,
    "PROCESSING": RefundStatus.PROCESSING,
    "CLOSED": RefundStatus.FAILED,
    "ABNORMAL": RefundStatus.FAILED,  # the payer's card is gone: finance moves the money by hand
}
_NO_SUCH_ORDER = {"ORDER_NOT_EXIST", "ORDERNOTEXIST"}
_ALREADY_CLOSED = {"ORDER_CLOSED", "ORDERCLOSED"}
_BILL_NOT_READY = {"STATEMENT_CREATING"}
_NO_SUCH_REFUND = {"RESOURCE_NOT_EXISTS"}


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """A merchant account. ``platform_keys``: serial (or PUB_KEY_ID_…) → PEM of key or certificate."""

    mchid: str
    appid: str
    merchant_serial: str
    merchant_key: str = field(repr=False)
    apiv3_key: bytes = field(repr=False)
    platform_keys: Mapping[str, str] = field(default_factory=dict)


class WeChatChannel:
    """A PaymentChannel (see base.py)."""

    name = "wechat"

    def __init__(self, account: WeChatAccount, *, client: httpx.Client, clock: Clock) -> None:
        """``client`` carries base URL and time limits."""
        self._account = account
        self._client = client
        self._clock = clock
        self._key = rsa.stored_private_key(account.merchant_key)
        self._platform = {serial: rsa.public_key(pem) for serial, pem in account.platform_keys.items()}

    def place(self, order: PlaceOrder) -> Placed:
        answer = self._call(
            "POST",
            "/v3/pay/transactions/native",
            {
                "appid": self._account.appid,
                "mchid": self._account.mchid,
                "description": order.description[:127],
                "out_trade_no": order.out_trade_no,
                "time_expire": order.expires_at.astimezone(_CHINA).isoformat(timespec="seconds"),
                "notify_url": order.notify_url,
                "amount": {"total": order.amount_fen, "currency": "CNY"},
            },
        )
        return Placed(code_url=fields.text(answer, "code_url", limit=512))

    def query(self, out_trade_no: str) -> OrderState:
        target = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}?mchid={self._account.mchid}"
        try:
            answer = self._call("GET", target)
        except ChannelRefused as refused:
            if refused.channel_code in _NO_SUCH_ORDER:
                return OrderState(out_trade_no, TradeStatus.NOT_FOUND)
            raise
        state = self._order_state(answer)
        if state.out_trade_no != out_trade_no:
            raise Malformed(what="out_trade_no")
        return state

    def close(self, out_trade_no: str) -> None:
        target = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}/close"
        try:
            self._call("POST", target, {"mchid": self._account.mchid})
        except ChannelRefused as refused:
            if refused.channel_code not in _NO_SUCH_ORDER | _ALREADY_CLOSED:
                raise

    def refund(self, order: RefundOrder) -> RefundState:
        body: dict[str, Any] = {
            "transaction_id": order.transaction_id,
            "out_refund_no": order.refund_number,
            "reason": order.reason[:80],
            "amount": {"refund": order.amount_fen, "total": order.total_fen, "currency": "CNY"},
        }
        if order.notify_url:
            body["notify_url"] = order.notify_url
        return self._refund_state(self._call("POST", "/v3/refund/domestic/refunds", body), "status")

    def query_refund(self, out_trade_no: str, refund_number: str) -> RefundState:
        try:
            answer = self._call("GET", f"/v3/refund/domestic/refunds/{quote(refund_number, safe='')}")
        except ChannelRefused as refused:
            if refused.channel_code in _NO_SUCH_REFUND:
                return RefundState(refund_number, RefundStatus.NOT_FOUND, out_trade_no)
            raise
        return self._refund_state(answer, "status")

    def bill(self, day: date) -> Bill | None:
        """There is one from 10:00 on the next day; NO_STATEMENT_EXIST says that the day was empty."""
        try:
            told = self._call("GET", f"/v3/bill/tradebill?bill_date={day:%Y-%m-%d}&bill_type=ALL")
        except ChannelRefused as refused:
            if refused.channel_code == "NO_STATEMENT_EXIST":
                return None
            if refused.channel_code in _BILL_NOT_READY:
                raise BillNotReady(channel_code=refused.channel_code) from refused
            raise
        url = httpx.URL(fields.text(told, "download_url", limit=2048))
        base = httpx.URL(str(self._client.base_url))
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
            raise Malformed(what="download_url")
        answer = self._send("GET", url.raw_path.decode("ascii"), b"")
        if answer.status_code != 200:
            self._refuse(answer)
        # The file comes unsigned; its hash stood in the signed answer.
        digest = hashlib.sha1(answer.content, usedforsecurity=False).hexdigest()
        if told.get("hash_type") != "SHA1" or not hmac.compare_digest(digest, str(told.get("hash_value", "")).lower()):
            raise SignatureInvalid()
        return wechat_bill.read(answer.content, mchid=self._account.mchid)

    def platform_certificates(self) -> dict[str, str]:
        """Serial → PEM, freshly downloaded: how a rotated platform key becomes known.

        What makes them trustworthy is the APIv3 key, which only the platform and we hold, not the answer's
        signature: that may already be by the new key.
        """
        answer = self._send("GET", "/v3/certificates", b"")
        if answer.status_code != 200:
            self._refuse(answer)
        found: dict[str, str] = {}
        entries = fields.json_object(answer.content).get("data")
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict):
                raise Malformed(what="data")
            opened = wechat_crypto.open_resource(self._account.apiv3_key, fields.mapping(entry, "encrypt_certificate"))
            found[fields.text(entry, "serial_no")] = opened.decode("ascii")
        keys = {serial: rsa.public_key(pem) for serial, pem in found.items()}
        wechat_crypto.verify_platform(answer.headers, answer.content, keys, self._clock())
        return found

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:
        wechat_crypto.verify_platform(headers, body, self._platform, self._clock())
        event = fields.json_object(body)
        resource = wechat_crypto.open_resource(self._account.apiv3_key, fields.mapping(event, "resource"))
        data = fields.json_object(resource)
        event_id, kind = fields.text(event, "id"), fields.text(event, "event_type")
        if kind == "TRANSACTION.SUCCESS":
            return Notice(event_id, order=self._order_state(data))
        if kind.startswith("REFUND."):
            if data.get("mchid") != self._account.mchid:
                raise WrongMerchant()
            return Notice(event_id, refund=self._refund_state(data, "refund_status"))
        raise Malformed(what="event_type")

    def disconnect(self) -> None:
        self._client.close()

    def acknowledgement(self) -> Answer:
        return Answer(200, b'{"code":"SUCCESS"}', "application/json")

    def refusal(self, error: PortalError) -> Answer:
        body = json.dumps({"code": "FAIL", "message": error.code.rpartition(".")[2]}).encode()
        return Answer(error.status if error.status >= 400 else 500, body, "application/json")

    def _order_state(self, data: Mapping[str, Any]) -> OrderState:
        if data.get("mchid") != self._account.mchid or data.get("appid") != self._account.appid:
            raise WrongMerchant()
        status = _TRADE.get(fields.text(data, "trade_state"))
        if status is None:
            raise Malformed(what="trade_state")
        if status not in (TradeStatus.PAID, TradeStatus.REFUNDED):
            return OrderState(fields.text(data, "out_trade_no"), status)
        amount = fields.mapping(data, "amount")
        if amount.get("currency", "CNY") != "CNY":
            raise WrongCurrency()
        payer = data.get("payer")
        return OrderState(
            out_trade_no=fields.text(data, "out_trade_no"),
            status=status,
            transaction_id=fields.text(data, "transaction_id"),
            amount_fen=fields.fen(amount, "total"),
            payer=fields.optional_text(payer, "openid") if isinstance(payer, dict) else "",
            paid_at=fields.moment(data, "success_time"),
        )

    def _refund_state(self, data: Mapping[str, Any], status_field: str) -> RefundState:
        amount = fields.mapping(data, "amount")
        if amount.get("currency", "CNY") != "CNY":
            raise WrongCurrency()
        status = _REFUND.get(fields.text(data, status_field))
        if status is None:
            raise Malformed(what=status_field)
        return RefundState(
            refund_number=fields.text(data, "out_refund_no"),
            status=status,
            out_trade_no=fields.text(data, "out_trade_no"),
            channel_refund_id=fields.text(data, "refund_id"),
            amount_fen=fields.fen(amount, "refund"),
            finished_at=fields.moment(data, "success_time"),
        )

    def _call(self, method: str, target: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One signed request; the verified answer's object, {} for 204."""
        body = b"" if data is None else json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        answer = self._send(method, target, body)
        if answer.status_code in (200, 204):
            wechat_crypto.verify_platform(answer.headers, answer.content, self._platform, self._clock())
            return fields.json_object(answer.content) if answer.content else {}
        return self._refuse(answer)

    def _send(self, method: str, target: str, body: bytes) -> httpx.Response:
        account = self._account
        # httpx would re-encode a target it took apart; what is signed must be what is sent.
        url = httpx.URL(str(self._client.base_url).rstrip("/") + target)
        signed = wechat_crypto.authorization(
            method,
            url.raw_path.decode("ascii"),
            body,
            mchid=account.mchid,
            serial=account.merchant_serial,
            key=self._key,
            now=self._clock(),
        )
        headers = {"Authorization": signed, "Accept": "application/json", "Content-Type": "application/json"}
        try:
            return self._client.request(method, url, content=body or None, headers=headers)
        except httpx.TransportError as error:
            raise ChannelUnavailable(channel=self.name, reason=type(error).__name__) from error

    def _refuse(self, answer: httpx.Response) -> dict[str, Any]:
        """Always raises. A refusal steers what we do next, so it must be genuine too; 401 can't be signed for us."""
        if answer.status_code >= 500 or answer.status_code == 429:
            raise ChannelUnavailable(channel=self.name, reason=str(answer.status_code))
        if answer.status_code != 401:
            wechat_crypto.verify_platform(answer.headers, answer.content, self._platform, self._clock())
        data = fields.json_object(answer.content)
        raise ChannelRefused(fields.text(data, "code"), str(data.get("message", "")))


def connect(account: WeChatAccount, *, base_url: str, clock: Clock, timeout: float = 10.0) -> WeChatChannel:
    """A channel with its own connection pool."""
    return WeChatChannel(account, client=http.client(base_url, timeout), clock=clock)
