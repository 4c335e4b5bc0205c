"""UnionPay's gateway payment, version 5.1.0: a form page, query, refund, back notification.

UnionPay knows a transaction by (merId, orderId, txnTime). Our numbers carry their txnTime: fourteen digits of China's
time behind at most one letter (``channel_orders`` and ``refunds`` make them so), hence every question can be asked
with the number alone, and a retry is the same transaction.

The customer's browser brings the form; what it brings back is never believed, only the back notification and the
query are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlsplit

import httpx

from payments.channels import alipay_crypto, fields, http, rsa, unionpay_crypto
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
    TradeStatus,
    WrongCurrency,
    WrongMerchant,
)
from payments.channels.bills import Bill
from payments.channels.bills import unionpay as unionpay_bill
from portal.errors import PortalError

PRODUCTION_URL = "https://gateway.95516.com"

_GATEWAY = "/gateway/api/"
_CNY = "156"
_PAYMENT, _REFUND, _QUERY = "01", "04", "00"  # txnType
_DONE = {"00", "A6"}  # A6: done, with something amiss on the issuer's side; the money has moved
_UNKNOWN = {"03", "04", "05"}  # timed out, not clear, accepted: ask
_TRY_AGAIN = {"02", "06", "37"}  # closed, busy, asked too often
_DUPLICATE, _NO_SUCH_TRADE, _NO_FILE = "12", "34", "98"
_NO_NOTICE = "http://www.specialUrl.com"  # the protocol's own way to say: no notification


@dataclass(frozen=True, slots=True)
class UnionPayAccount:
    """A merchant. ``cert_id``: decimal serial number of the certificate to ``sign_key``.

    ``issuers``: PEM of those who certify UnionPay's signing keys; ``signer``: who these keys must belong to.
    ``file_url``: where bills are, in production https://filedownload.95516.com/.
    """

    mer_id: str
    cert_id: str
    sign_key: str = field(repr=False)
    issuers: str = field(repr=False)
    signer: str = unionpay_crypto.SIGNER
    file_url: str = ""


class UnionPayChannel:
    """A PaymentChannel (see base.py)."""

    name = "unionpay"

    def __init__(self, account: UnionPayAccount, *, client: httpx.Client, clock: Clock) -> None:
        """``client`` carries base URL (without /gateway/api) and time limits."""
        self._account = account
        self._client = client
        self._clock = clock
        self._key = rsa.stored_private_key(account.sign_key)
        self._issuers = unionpay_crypto.issuers_of(account.issuers)

    def place(self, order: PlaceOrder) -> Placed:
        """Calls nobody: UnionPay hears of the order when the customer's browser brings the form."""
        form = self._signed(
            order.out_trade_no,
            txnType=_PAYMENT,
            txnSubType="01",
            channelType="07",
            txnAmt=str(order.amount_fen),
            currencyCode=_CNY,
            orderDesc=order.description[:32],
            payTimeout=unionpay_crypto.wire_time(order.expires_at),
            frontUrl=order.return_url,
            backUrl=order.notify_url,
        )
        return Placed(pay_url=f"{self._base_url}{_GATEWAY}frontTransReq.do", form=form)

    def query(self, out_trade_no: str) -> OrderState:
        """NOT_FOUND also while the customer hasn't brought the form."""
        told = self._query(out_trade_no)
        return self._order_state(told, told.get("origRespCode", "")) if told else _nothing(out_trade_no)

    def close(self, out_trade_no: str) -> None:
        """There is nothing to close an order with: it dies at its payTimeout. Paid is refused, as everywhere."""
        if self.query(out_trade_no).status is TradeStatus.PAID:
            raise ChannelRefused("PAID")

    def refund(self, order: RefundOrder) -> RefundState:
        """Taken is not done: only query or notification tell that."""
        try:
            self._call(
                f"{_GATEWAY}backTransReq.do",
                self._signed(
                    order.refund_number,
                    txnType=_REFUND,
                    txnSubType="00",
                    channelType="07",
                    txnAmt=str(order.amount_fen),
                    currencyCode=_CNY,
                    origQryId=order.transaction_id,
                    backUrl=order.notify_url or _NO_NOTICE,
                ),
            )
        except ChannelRefused as refused:
            if refused.channel_code != _DUPLICATE:
                raise
            known = self.query_refund(order.out_trade_no, order.refund_number)
            if known.status is not RefundStatus.NOT_FOUND and known.amount_fen != order.amount_fen:
                raise
            return known
        return RefundState(
            order.refund_number, RefundStatus.PROCESSING, order.out_trade_no, amount_fen=order.amount_fen
        )

    def query_refund(self, out_trade_no: str, refund_number: str) -> RefundState:
        told = self._query(refund_number)
        if not told:
            return RefundState(refund_number, RefundStatus.NOT_FOUND, out_trade_no)
        return self._refund_state(told, told.get("origRespCode", ""), out_trade_no)

    def bill(self, day: date) -> Bill | None:
        """``day`` is the day of settlement, which ends at 23:00. 98: no file, be it not yet or not at all."""
        asked = unionpay_crypto.sign(
            {
                "version": unionpay_crypto.VERSION,
                "encoding": "UTF-8",
                "signMethod": unionpay_crypto.RSA_METHOD,
                "txnType": "76",
                "txnSubType": "01",
                "bizType": "000000",
                "accessType": "0",
                "merId": self._account.mer_id,
                "certId": self._account.cert_id,
                "settleDate": f"{day:%m%d}",
                "txnTime": unionpay_crypto.wire_time(self._clock()),
                "fileType": "00",
            },
            self._key,
        )
        try:
            told = self._call(self._account.file_url or f"{self._base_url}/", asked)
        except ChannelRefused as refused:
            if refused.channel_code == _NO_FILE:
                raise BillNotReady(channel_code=_NO_FILE) from refused
            raise
        return unionpay_bill.read(
            unionpay_crypto.inflated(told.get("fileContent", "")), mer_id=self._account.mer_id, day=day
        )

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:  # noqa: ARG002  (nothing is in them)
        """The protocol tells no time of sending, so there is no window: a replay is the same event again."""
        data = alipay_crypto.form(body)
        unionpay_crypto.verify(data, self._issuers, self._account.signer, self._clock())
        self._ours(data)
        word, event = fields.text(data, "respCode"), fields.text(data, "queryId")
        match data.get("txnType"):
            case "01":
                return Notice(event, order=self._order_state(data, word))
            case "04":
                return Notice(event, refund=self._refund_state(data, word, ""))
            case _:
                raise Malformed(what="txnType")

    def disconnect(self) -> None:
        self._client.close()

    def acknowledgement(self) -> Answer:
        return Answer(200, b"ok", "text/plain")

    def refusal(self, error: PortalError) -> Answer:
        return Answer(error.status if error.status >= 400 else 500, b"fail", "text/plain")

    @property
    def _base_url(self) -> str:
        return str(self._client.base_url).rstrip("/")

    def _order_state(self, data: Mapping[str, str], word: str) -> OrderState:
        """A payment that failed can be tried again until its time is up, so it is still open."""
        number = fields.text(data, "orderId")
        if word not in _DONE:
            return OrderState(number, TradeStatus.OPEN)
        return OrderState(
            out_trade_no=number,
            status=TradeStatus.PAID,
            transaction_id=fields.text(data, "queryId", limit=64),
            amount_fen=_fen(data),
            payer=fields.optional_text(data, "accNo"),
            paid_at=_trace_time(data),
        )

    def _refund_state(self, data: Mapping[str, str], word: str, out_trade_no: str) -> RefundState:
        status = RefundStatus.FAILED
        if word in _DONE:
            status = RefundStatus.SUCCEEDED
        elif word in _UNKNOWN or not word:
            status = RefundStatus.PROCESSING
        return RefundState(
            refund_number=fields.text(data, "orderId"),
            status=status,
            out_trade_no=out_trade_no,
            channel_refund_id=fields.optional_text(data, "queryId", limit=64),
            amount_fen=_fen(data),
            finished_at=_trace_time(data) if status is RefundStatus.SUCCEEDED else None,
        )

    def _query(self, number: str) -> dict[str, str]:
        """{} when UnionPay doesn't know the number."""
        asked = self._signed(number, txnType=_QUERY, txnSubType="00")
        try:
            told = self._call(f"{_GATEWAY}queryTrans.do", asked)
        except ChannelRefused as refused:
            if refused.channel_code == _NO_SUCH_TRADE:
                return {}
            raise
        if told.get("orderId") != number or told.get("txnTime") != asked["txnTime"]:
            raise Malformed(what="orderId")
        return told

    def _signed(self, number: str, **more: str) -> dict[str, str]:
        return unionpay_crypto.sign(
            {
                "version": unionpay_crypto.VERSION,
                "encoding": "UTF-8",
                "signMethod": unionpay_crypto.RSA_METHOD,
                "bizType": "000201",
                "accessType": "0",
                "merId": self._account.mer_id,
                "certId": self._account.cert_id,
                "orderId": number,
                "txnTime": time_in(number),
                **more,
            },
            self._key,
        )

    def _call(self, operation: str, form: Mapping[str, str]) -> dict[str, str]:
        """One request; the verified answer's fields, if its respCode says that it was taken."""
        try:
            answer = self._client.post(operation, data=dict(form))
        except httpx.TransportError as error:
            raise ChannelUnavailable(channel=self.name, reason=type(error).__name__) from error
        if answer.status_code != 200:
            raise ChannelUnavailable(channel=self.name, reason=str(answer.status_code))
        try:
            data = unionpay_crypto.answer_fields(answer.content.decode("utf-8"))
        except UnicodeDecodeError:
            raise Malformed(what="answer") from None
        unionpay_crypto.verify(data, self._issuers, self._account.signer, self._clock())
        self._ours(data)
        code = fields.text(data, "respCode")
        if code in _TRY_AGAIN | _UNKNOWN:
            raise ChannelUnavailable(channel=self.name, reason=code)
        if code != "00":
            raise ChannelRefused(code, data.get("respMsg", ""))
        return data

    def _ours(self, data: Mapping[str, str]) -> None:
        if data.get("merId") != self._account.mer_id:
            raise WrongMerchant()
        if data.get("currencyCode", _CNY) != _CNY:
            raise WrongCurrency()


def time_in(number: str) -> str:
    """The txnTime that one of our numbers carries. Raises ValueError: such a number can't be UnionPay's."""
    digits = number[1:15] if number[:1].isalpha() else number[:14]
    try:
        unionpay_crypto.read_time(digits)
    except Malformed:
        raise ValueError(f"no time in {number[:40]!r}") from None
    return digits


def form_targets(base_url: str) -> tuple[str, ...]:
    """Where the customer's browser may bring the form, for the page's policy: the gateway leads on to a cashier."""
    parts = urlsplit(base_url)
    if (parts.hostname or "").endswith(".95516.com"):
        return ("https://*.95516.com",)
    return (f"{parts.scheme}://{parts.netloc}",)


def connect(account: UnionPayAccount, *, base_url: str, clock: Clock, timeout: float = 10.0) -> UnionPayChannel:
    """A channel with its own connection pool."""
    client = http.client(base_url, timeout)
    return UnionPayChannel(account, client=client, clock=clock)


def _nothing(out_trade_no: str) -> OrderState:
    return OrderState(out_trade_no, TradeStatus.NOT_FOUND)


def _fen(data: Mapping[str, str]) -> int:
    amount = fields.text(data, "txnAmt", limit=12)
    if not (amount.isascii() and amount.isdigit()):
        raise Malformed(what="txnAmt")
    return int(amount)


def _trace_time(data: Mapping[str, str]) -> datetime | None:
    """``traceTime`` is MMDDhhmmss: its year is that of txnTime, or the next."""
    trace, started = fields.optional_text(data, "traceTime"), fields.text(data, "txnTime")
    if not trace:
        return None
    year = int(started[:4]) if started[:4].isdigit() else 0
    moment = unionpay_crypto.read_time(f"{year:04d}{trace}")
    if (unionpay_crypto.read_time(started) - moment).days > 180:
        moment = unionpay_crypto.read_time(f"{year + 1:04d}{trace}")
    return moment
