"""Alipay's trade bill: a ZIP with names in GBK; preamble lines, cells that end in TAB, totals behind the lines."""

import csv
import io
import re
import zipfile
import zlib

from payments import money
from payments.channels.bills.model import LARGEST, Bill, BillLine, BillRefused, LineKind, columns, fen, moment, text

_DETAILS, _SUMMARY = "业务明细", "汇总"
_WANTED = {
    "transaction": ["支付宝交易号"],
    "number": ["商户订单号"],
    "type": ["业务类型"],
    "at": ["完成时间"],
    "amount": ["订单金额（元）"],
    "request": ["退款批次号/请求号"],
    "fee": ["服务费（元）"],
}
_ACCOUNT = re.compile(r"#账号：\[(\d+)\]")
_TOTALS = {
    LineKind.PAYMENT: re.compile(r"#交易合计：(\d+)笔，商家实收共(-?[\d.]+)元"),
    LineKind.REFUND: re.compile(r"#退款合计：(\d+)笔，商家实收退款共(-?[\d.]+)元"),
}


def read(data: bytes, *, seller_id: str) -> Bill:
    """Raises BillRefused."""
    rows = text(_details(data), "gb18030").replace("\r\n", "\n").split("\n")
    remarks = [row for row in rows if row.startswith("#")]
    account = next((found[1] for row in remarks if (found := _ACCOUNT.match(row))), "")
    if not account.startswith(seller_id):
        raise BillRefused("merchant")
    body = [(number, row) for number, row in enumerate(rows, start=1) if row.strip() and not row.startswith("#")]
    if not body:
        raise BillRefused("header")
    header = _cells(body[0][1])
    at = columns(header, _WANTED)
    lines: list[BillLine] = []
    fees = 0
    for number, row in body[1:]:
        cells = _cells(row)
        if len(cells) != len(header):
            raise BillRefused("cells", number)
        line, fee = _line({name: cells[place] for name, place in at.items()}, number)
        fees += fee
        lines.append(line)
    bill = Bill(tuple(lines), -fees)
    _check(bill, remarks)
    return bill


def _details(data: bytes) -> bytes:
    """The one file of details. Python reads names that aren't marked as UTF-8 as cp437."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if _is_details(info)]
            if len(members) != 1:
                raise BillRefused("member")
            if members[0].file_size > LARGEST:
                raise BillRefused("size")
            with archive.open(members[0]) as member:
                return member.read(LARGEST + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise BillRefused("zip") from None


def _is_details(info: zipfile.ZipInfo) -> bool:
    name = info.filename
    if not info.flag_bits & 0x800:
        name = name.encode("cp437", "replace").decode("gb18030", "replace")
    return _DETAILS in name and _SUMMARY not in name


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([row]), [])]


def _line(cells: dict[str, str], row: int) -> tuple[BillLine, int]:
    """The line, and its fee in fen as the bill has it: negative, given back with a refund."""
    kinds = {"交易": LineKind.PAYMENT, "退款": LineKind.REFUND}
    kind = kinds.get(cells["type"])
    if kind is None:
        raise BillRefused("state", row)
    is_refund = kind is LineKind.REFUND
    amount = fen(cells["amount"], "amount", row) * (-1 if is_refund else 1)
    line = BillLine(
        kind=kind,
        out_trade_no=cells["number"],
        transaction_id=cells["transaction"],
        refund_number=cells["request"] if is_refund else "",
        amount_fen=amount,
        is_done=True,
        at=moment(cells["at"], "%Y-%m-%d %H:%M:%S", row),
    )
    if amount <= 0 or not line.key[1]:
        raise BillRefused("amount", row)
    return line, fen(cells["fee"], "fee", row)


def _check(bill: Bill, remarks: list[str]) -> None:
    for kind, pattern in _TOTALS.items():
        found = next((found for row in remarks if (found := pattern.match(row))), None)
        if found is None:
            raise BillRefused("total")
        count = sum(line.kind is kind for line in bill.lines)
        try:
            total = abs(money.parse_yuan(found[2]))
        except money.NotAnAmount:
            raise BillRefused("total") from None
        if int(found[1]) != count or total != bill.total(kind):
            raise BillRefused("total")
