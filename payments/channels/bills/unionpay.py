"""UnionPay's merchant file (…ZM_…): a ZIP with lines of fixed width in GBK, columns parted by a blank, amounts in fen.

It has no totals; each line must add up in itself: what is settled is the amount, less the fee.
"""

import io
import re
import zipfile
import zlib
from datetime import date

from payments.channels.bills.model import LARGEST, Bill, BillLine, BillRefused, LineKind, moment, text

# Widths in bytes, in order; the names are ours, "" is of no use here.
LAYOUT: tuple[tuple[str, int], ...] = (
    ("code", 3), ("", 11), ("", 11), ("trace", 6), ("at", 10), ("", 19), ("amount", 12), ("", 4), ("", 2),
    ("transaction", 21), ("", 2), ("number", 32), ("", 2), ("", 6), ("", 10), ("fee", 13), ("settled", 13), ("", 4),
    ("", 15), ("type", 2), ("", 2), ("", 6), ("", 2), ("", 4), ("", 32), ("", 1), ("original", 21), ("merchant", 15),
    ("", 1), ("", 15), ("", 32), ("", 13), ("", 13), ("", 8), ("", 32), ("", 13), ("", 13), ("", 12), ("", 2),
    ("", 1), ("", 32), ("", 98),
)  # fmt: skip
_WIDTH = sum(width for _name, width in LAYOUT) + len(LAYOUT) - 1
_SIGNED = re.compile(r"[CD]\d{12}", re.ASCII)
_KINDS = {"01": LineKind.PAYMENT, "04": LineKind.REFUND, "31": LineKind.REFUND}


def read(data: bytes, *, mer_id: str, day: date) -> Bill:
    """``day``: of settlement; the lines tell month and day only. Raises BillRefused."""
    lines: list[BillLine] = []
    fees = 0
    for number, raw in enumerate(_details(data).replace(b"\r\n", b"\n").split(b"\n"), start=1):
        if raw.strip():
            line, fee = _line(_columns(raw, number), mer_id, day, number)
            fees += fee
            lines.append(line)
    return Bill(tuple(lines), fees)


def _details(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if "ZM_" in info.filename]
            if len(members) != 1:
                raise BillRefused("member")
            if members[0].file_size > LARGEST:
                raise BillRefused("size")
            with archive.open(members[0]) as member:
                return member.read(LARGEST + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise BillRefused("zip") from None


def _columns(raw: bytes, row: int) -> dict[str, str]:
    if len(raw) != _WIDTH:
        raise BillRefused("cells", row)
    found: dict[str, str] = {}
    start = 0
    for name, width in LAYOUT:
        if start and raw[start - 1 : start] != b" ":
            raise BillRefused("cells", row)
        if name:
            found[name] = text(raw[start : start + width], "gb18030").strip()
        start += width + 1
    return found


def _line(cells: dict[str, str], mer_id: str, day: date, row: int) -> tuple[BillLine, int]:
    """The line, and its fee in fen: positive where it is taken from us."""
    if cells["merchant"] != mer_id:
        raise BillRefused("merchant", row)
    kind = _KINDS.get(cells["type"])
    if kind is None:
        raise BillRefused("state", row)
    amount, fee, settled = _fen(cells["amount"], row), -_signed(cells["fee"], row), _signed(cells["settled"], row)
    is_refund = kind is LineKind.REFUND
    if settled != (-amount if is_refund else amount) - fee:
        raise BillRefused("total", row)
    year = day.year - (cells["at"][:2] == "12" and day.month == 1)
    line = BillLine(
        kind=kind,
        out_trade_no="" if is_refund else cells["number"],
        transaction_id=cells["transaction"],
        refund_number=cells["number"] if is_refund else "",
        amount_fen=amount,
        is_done=True,
        at=moment(f"{year}{cells['at']}", "%Y%m%d%H%M%S", row),
    )
    if amount <= 0 or not line.key[1]:
        raise BillRefused("amount", row)
    return line, fee


def _fen(cell: str, row: int) -> int:
    if not (cell.isascii() and cell.isdigit()):
        raise BillRefused("amount", row)
    return int(cell)


def _signed(cell: str, row: int) -> int:
    """C: to us, D: from us."""
    if not _SIGNED.fullmatch(cell):
        raise BillRefused("amount", row)
    return int(cell[1:]) * (1 if cell[0] == "C" else -1)
