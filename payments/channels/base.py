"""What Certhall asks of a payment channel, in its own words.

Clients behind this protocol know their channel's wire format and nothing of Django, tenants or the ledger.
Amounts are integer fen, times are aware UTC. Base URL, keys and clock are injected.

ChannelError
├── ChannelUnavailable   no answer, 5xx, throttled: what happened is UNKNOWN, so query before trying again
├── ChannelRefused       the channel's own signed or protocol-level "no", with its code
├── BillNotReady         the day's bill isn't there (yet); the channel doesn't tell which
├── NotGenuine           a message that doesn't prove where it comes from; nothing in it may be believed
│   ├── Malformed
│   ├── CallbackStale    outside the time window
│   ├── UnknownSerial    signed with a platform key that we don't hold
│   ├── SignatureInvalid
│   └── DecryptionFailed
└── NotOurs              genuine, but for somebody else
    ├── WrongMerchant    other merchant, app or seller
    └── WrongCurrency
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from payments.channels.bills.model import Bill
from portal.errors import OutsideUnavailable, PortalError

Clock = Callable[[], datetime]


class ChannelError(PortalError):
    code = "payments.channel_error"


class ChannelUnavailable(ChannelError, OutsideUnavailable):
    code = "payments.channel_unavailable"
    status = 503


class ChannelRefused(ChannelError):
    """``params``: ``channel_code`` (the channel's own, e.g. ORDERPAID) and ``message``."""

    code = "payments.channel_refused"
    status = 409

    def __init__(self, channel_code: str, message: str = "") -> None:
        super().__init__(channel_code=channel_code, message=message[:200])
        self.channel_code = channel_code


class BillNotReady(ChannelError):
    """``params``: ``channel_code``, the channel's own word for it."""

    code = "payments.bill_not_ready"
    status = 409


class NotGenuine(ChannelError):
    code = "payments.not_genuine"
    status = 401


class Malformed(NotGenuine):
    code = "payments.callback_malformed"
    status = 400


class CallbackStale(NotGenuine):
    code = "payments.callback_stale"


class UnknownSerial(NotGenuine):
    code = "payments.callback_unknown_serial"


class SignatureInvalid(NotGenuine):
    code = "payments.callback_signature_invalid"


class DecryptionFailed(NotGenuine):
    code = "payments.callback_decryption_failed"


class NotOurs(ChannelError):
    code = "payments.callback_not_ours"
    status = 400


class WrongMerchant(NotOurs):
    code = "payments.callback_wrong_merchant"


class WrongCurrency(NotOurs):
    code = "payments.callback_wrong_currency"


class TradeStatus(StrEnum):
    """Where an order stands at the channel; the comment says who acts next."""

    NOT_FOUND = "not_found"  # us: place it (Alipay: or the customer, who hasn't scanned the code yet)
    OPEN = "open"  # the customer pays
    PAID = "paid"  # nobody
    CLOSED = "closed"  # nobody: never paid, can't be paid any more
    REFUNDED = "refunded"  # nobody: was paid, some or all went back


class RefundStatus(StrEnum):
    NOT_FOUND = "not_found"  # us: ask again with the same number
    PROCESSING = "processing"  # the channel
    SUCCEEDED = "succeeded"  # nobody
    FAILED = "failed"  # finance: the channel gave it up for good


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """An order to be placed. ``out_trade_no`` was committed before the first call and never changes."""

    out_trade_no: str
    description: str
    amount_fen: int
    notify_url: str
    expires_at: datetime
    return_url: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """``code_url`` is shown as a QR code; ``pay_url`` is a page to go to. One of them is set.

    ``form``: the fields that the browser posts to ``pay_url`` (UnionPay); empty means: a link will do.
    """

    code_url: str = ""
    pay_url: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderState:
    """``amount_fen`` is the order's total; ``payer`` the channel's opaque id of who paid, if it tells."""

    out_trade_no: str
    status: TradeStatus
    transaction_id: str = ""
    amount_fen: int = 0
    payer: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """``refund_number`` was committed before the first call; ``total_fen`` is the paid amount."""

    refund_number: str
    out_trade_no: str
    transaction_id: str
    amount_fen: int
    total_fen: int
    reason: str
    notify_url: str = ""


@dataclass(frozen=True, slots=True)
class RefundState:
    refund_number: str
    status: RefundStatus
    out_trade_no: str = ""
    channel_refund_id: str = ""
    amount_fen: int = 0
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A genuine callback for this merchant: either ``order`` or ``refund`` is set."""

    event_id: str
    order: OrderState | None = None
    refund: RefundState | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the channel expects back on a callback, byte for byte."""

    status: int
    body: bytes
    content_type: str


class PaymentChannel(Protocol):
    """One merchant account at one channel. Every method but ``parse_callback`` calls out (10 s limit).

    Raises ChannelUnavailable when the outcome is unknown, ChannelRefused when the channel said no,
    NotGenuine when its answer doesn't verify.
    """

    name: str

    def place(self, order: PlaceOrder) -> Placed:
        """Idempotent by out_trade_no: the same order again gives a code for the same order."""
        ...

    def query(self, out_trade_no: str) -> OrderState: ...

    def close(self, out_trade_no: str) -> None:
        """After it the order can't be paid. Already closed or unknown is fine; paid is ChannelRefused."""
        ...

    def refund(self, order: RefundOrder) -> RefundState:
        """Idempotent by refund_number."""
        ...

    def query_refund(self, out_trade_no: str, refund_number: str) -> RefundState: ...

    def bill(self, day: date) -> Bill | None:
        """What moved on that day (China's; UnionPay: of settlement). None: the channel says that nothing did.

        Raises BillNotReady, or BillRefused for a file that doesn't add up.
        """
        ...

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Raw bytes → verified notice. Raises NotGenuine or NotOurs; never anything else, whatever the bytes."""
        ...

    def acknowledgement(self) -> Answer: ...

    def disconnect(self) -> None:
        """Gives the connections back; the channel isn't used after it."""
        ...

    def refusal(self, error: PortalError) -> Answer:
        """Makes the channel send again later. Tells a stranger nothing but the class of the failure."""
        ...
