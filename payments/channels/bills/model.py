"""What a bill says, in our words, and what its readers share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from payments import money
from portal.errors import PortalError

CHINA = timezone(timedelta(hours=8))
LARGEST = 64 * 1024 * 1024  # bytes, unpacked
_CENT = Decimal("0.01")


class BillRefused(PortalError):
    """Not such a bill, somebody else's, or it doesn't add up. ``params``: what, row (0: the file as a whole)."""

    code = "payments.bill_refused"
    status = 409

    def __init__(self, what: str, row: int = 0) -> None:
        super().__init__(what=what, row=row)
        self.what, self.row = what, row


class LineKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class BillLine:
    """``amount_fen`` is positive, also of a refund. ``is_done``: the channel has moved the money."""

    kind: LineKind
    out_trade_no: str
    transaction_id: str
    refund_number: str
    amount_fen: int
    is_done: bool
    at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What makes the movement unique, here and there."""
        return self.kind, self.transaction_id if self.kind is LineKind.PAYMENT else self.refund_number


@dataclass(frozen=True, slots=True)
class Bill:
    """``fees_fen``: what the channel kept, None when it doesn't tell."""

    lines: tuple[BillLine, ...]
    fees_fen: int | None

    def total(self, kind: LineKind) -> int:
        """Fen."""
        return sum(line.amount_fen for line in self.lines if line.kind is kind)


def text(data: bytes, encoding: str) -> str:
    if len(data) > LARGEST:
        raise BillRefused("size")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise BillRefused("encoding") from None


def fen(cell: str, what: str, row: int) -> int:
    """Yuan in a cell; an empty or strange one is refused, never 0."""
    try:
        return money.parse_yuan(cell)
    except money.NotAnAmount:
        raise BillRefused(what, row) from None


def decimal(cell: str, what: str, row: int) -> Decimal:
    """Fees come with up to five decimals."""
    try:
        found = Decimal(cell) if cell.isascii() and len(cell) < 20 else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise BillRefused(what, row)
    return found


def in_fen(yuan: Decimal) -> int:
    return int(yuan.quantize(_CENT) * 100)


def moment(cell: str, pattern: str, row: int) -> datetime:
    """China's time → aware UTC."""
    try:
        return datetime.strptime(cell, pattern).replace(tzinfo=CHINA).astimezone(UTC)
    except ValueError:
        raise BillRefused("time", row) from None


def columns(header: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Where each wanted column stands, by the first of its names that the header has. Order doesn't matter."""
    if len(set(header)) != len(header):
        raise BillRefused("header")
    found: dict[str, int] = {}
    for name, labels in wanted.items():
        places = [header.index(label) for label in labels if label in header]
        if not places:
            raise BillRefused(labels[0])
        found[name] = places[0]
    return found
