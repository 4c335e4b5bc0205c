"""WeChat Pay's tradebill, type ALL: a backtick before every field, amounts in yuan, totals in the last row.

The order of columns differs between merchants, so they are found by their names.
"""

from decimal import Decimal

from payments.channels.bills.model import (
    Bill,
    BillLine,
    BillRefused,
    LineKind,
    columns,
    decimal,
    fen,
    in_fen,
    moment,
    text,
)

_WANTED = {
    "at": ["交易时间"],
    "merchant": ["商户号"],
    "transaction": ["微信订单号"],
    "number": ["商户订单号"],
    "state": ["交易状态"],
    "currency": ["货币种类"],
    "refund": ["商户退款单号"],
    "refund_state": ["退款状态"],
    "fee": ["手续费"],
    "amount": ["订单金额", "应结订单金额"],
    "refunded": ["申请退款金额", "退款金额"],
}
_TOTALS = {
    "count": ["总交易单数"],
    "amount": ["订单总金额", "应结订单总金额"],
    "refunded": ["申请退款总金额", "退款总金额"],
    "fee": ["手续费总金额"],
}


def read(data: bytes, *, mchid: str) -> Bill:
    """Raises BillRefused."""
    rows = text(data, "utf-8-sig").replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(rows) < 3:
        raise BillRefused("header")
    at = columns(rows[0].split(","), _WANTED)
    width = rows[0].count(",") + 1
    lines: list[BillLine] = []
    fees = Decimal(0)
    for number, row in enumerate(rows[1:-2], start=2):
        cells = _cells(row, number, width)
        line, fee = _line({name: cells[place] for name, place in at.items()}, mchid, number)
        fees += fee
        lines.append(line)
    bill = Bill(tuple(lines), in_fen(fees))
    _check(bill, fees, rows[-2].split(","), _cells(rows[-1], len(rows), rows[-2].count(",") + 1))
    return bill


def _cells(row: str, number: int, width: int) -> list[str]:
    """The backtick parts the fields: a comma may stand inside a product's name."""
    if not row.startswith("`"):
        raise BillRefused("cells", number)
    cells = [cell.strip() for cell in row[1:].split(",`")]
    if len(cells) != width:
        raise BillRefused("cells", number)
    return cells


def _line(cells: dict[str, str], mchid: str, row: int) -> tuple[BillLine, Decimal]:
    if cells["merchant"] != mchid:
        raise BillRefused("merchant", row)
    if cells["currency"] != "CNY":
        raise BillRefused("currency", row)
    is_refund = cells["state"] in ("REFUND", "REVOKED")
    if not is_refund and cells["state"] != "SUCCESS":
        raise BillRefused("state", row)
    line = BillLine(
        kind=LineKind.REFUND if is_refund else LineKind.PAYMENT,
        out_trade_no=cells["number"],
        transaction_id=cells["transaction"],
        refund_number=cells["refund"] if is_refund else "",
        amount_fen=fen(cells["refunded" if is_refund else "amount"], "amount", row),
        is_done=not is_refund or cells["refund_state"] == "SUCCESS",
        at=moment(cells["at"], "%Y-%m-%d %H:%M:%S", row),
    )
    if line.amount_fen <= 0 or not line.key[1]:
        raise BillRefused("amount", row)
    return line, decimal(cells["fee"], "fee", row)


def _check(bill: Bill, fees: Decimal, header: list[str], cells: list[str]) -> None:
    at = columns(header, _TOTALS)
    row = len(bill.lines) + 3
    if cells[at["count"]] != str(len(bill.lines)):
        raise BillRefused("count", row)
    for name, kind in (("amount", LineKind.PAYMENT), ("refunded", LineKind.REFUND)):
        if fen(cells[at[name]], "total", row) != bill.total(kind):
            raise BillRefused("total", row)
    if in_fen(decimal(cells[at["fee"]], "fee", row)) != in_fen(fees):
        raise BillRefused("fee", row)
