"""The sandbox's bills, derived from its ledger in each channel's own file format; and what can be wrong with them.

Faults, by operation "bill": bill_missing (the channel has none), bill_not_ready, bill_missing_line, bill_extra_line,
bill_changed_line (a fen more), bill_broken (it doesn't add up). The fee is 0.6 %.
"""

import base64
import hashlib
import io
import secrets
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from payments import money
from payments.channels.bills.model import CHINA, LineKind
from payments.channels.bills.unionpay import LAYOUT
from payments.channels.sandbox.keys import Merchant
from payments.channels.sandbox.state import Sandbox

_CUT = {"unionpay": timedelta(hours=23)}  # when a day of settlement ends; midnight elsewhere
_WECHAT_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)
_WECHAT_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
_ALIPAY_COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


class NoBill(Exception):
    """``args[0]``: missing, empty or not_ready."""


@dataclass(frozen=True, slots=True)
class Entry:
    kind: LineKind
    number: str
    transaction_id: str
    refund_number: str
    refund_id: str
    description: str
    amount_fen: int
    is_done: bool
    at: datetime

    @property
    def fee_fen(self) -> int:
        """Positive: kept by the channel."""
        fee = (self.amount_fen * 6 + 500) // 1000
        return fee if self.kind is LineKind.PAYMENT else -fee


def entries(sandbox: Sandbox, channel: str, merchant: Merchant, day: date) -> list[Entry]:
    """Of one day in China, faults applied. Raises NoBill."""

    def fault(kind: str) -> bool:
        return sandbox.faults.take(kind, channel=channel, operation="bill") is not None

    today = datetime.fromtimestamp(sandbox.now(), UTC).astimezone(CHINA).date()
    if day >= today or fault("bill_not_ready"):
        raise NoBill("not_ready")
    if fault("bill_missing"):
        raise NoBill("missing")
    found = _moved(sandbox, channel, merchant, day)
    if found and fault("bill_missing_line"):
        found.pop(0)
    if found and fault("bill_changed_line"):
        found[0] = replace(found[0], amount_fen=found[0].amount_fen + 1)
    if fault("bill_extra_line"):
        at = datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)
        number = f"{at:%Y%m%d%H%M%S}{secrets.randbelow(10**8):08d}"
        extra = Entry(LineKind.PAYMENT, number, "42" + number, "", "", "沙箱多出的一行", 100, True, at)  # noqa: FBT003
        found.append(extra)
    if not found:
        raise NoBill("empty")
    return found


def _moved(sandbox: Sandbox, channel: str, merchant: Merchant, day: date) -> list[Entry]:
    end = datetime(day.year, day.month, day.day, tzinfo=CHINA) + _CUT.get(channel, timedelta(days=1))
    span = ((end - timedelta(days=1)).timestamp(), end.timestamp())
    found = []
    for trade in sandbox.book.paid_between(channel, merchant.name, *span):
        at = datetime.fromtimestamp(trade.paid_at or 0, UTC).astimezone(CHINA)
        found.append(
            Entry(LineKind.PAYMENT, trade.out_trade_no, trade.transaction_id, "", "", trade.description,
                  trade.amount_fen, True, at)  # noqa: FBT003
        )  # fmt: skip
    for refund, trade in sandbox.book.refunds_between(channel, merchant.name, *span):
        at = datetime.fromtimestamp(refund.made_at, UTC).astimezone(CHINA)
        found.append(
            Entry(LineKind.REFUND, trade.out_trade_no, trade.transaction_id, refund.refund_number,
                  refund.channel_refund_id, trade.description, refund.amount_fen, refund.state == "succeeded", at)
        )  # fmt: skip
    return found


def broken(sandbox: Sandbox, channel: str) -> int:
    """Fen by which the totals are wrong."""
    return 1 if sandbox.faults.take("bill_broken", channel=channel, operation="bill") else 0


def wechat_file(merchant: Merchant, found: Sequence[Entry], wrong_fen: int = 0) -> bytes:
    rows = [_WECHAT_COLUMNS, *(_wechat_row(merchant, entry) for entry in found), _WECHAT_TOTALS]
    paid, back = _sum(found, LineKind.PAYMENT) + wrong_fen, _sum(found, LineKind.REFUND)
    fee = f"{sum(entry.fee_fen for entry in found) / 100:.5f}"
    rows.append(_ticked(str(len(found)), *_yuan(paid, back, 0), fee, *_yuan(paid, back)))
    return ("\ufeff" + "\r\n".join(rows) + "\r\n").encode()


def _wechat_row(merchant: Merchant, entry: Entry) -> str:
    is_refund = entry.kind is LineKind.REFUND
    paid, back = (0, entry.amount_fen) if is_refund else (entry.amount_fen, 0)
    return _ticked(
        f"{entry.at:%Y-%m-%d %H:%M:%S}", merchant.appid, merchant.mchid, "0", "", entry.transaction_id, entry.number,
        "sandbox-payer", "NATIVE", "REFUND" if is_refund else "SUCCESS", "OTHERS", "CNY", *_yuan(paid, 0),
        entry.refund_id or "0", entry.refund_number or "0", *_yuan(back, 0), "ORIGINAL" if is_refund else "",
        ("SUCCESS" if entry.is_done else "PROCESSING") if is_refund else "", entry.description, "",
        f"{entry.fee_fen / 100:.5f}", "0.60%", *_yuan(paid, back), "",
    )  # fmt: skip


def alipay_file(merchant: Merchant, found: Sequence[Entry], day: date, wrong_fen: int = 0) -> bytes:
    paid, back = _sum(found, LineKind.PAYMENT) + wrong_fen, _sum(found, LineKind.REFUND)
    counts = {kind: sum(entry.kind is kind for entry in found) for kind in LineKind}
    rule = "-" * 40
    rows = [
        "#支付宝业务明细查询",
        f"#账号：[{merchant.seller_id}0156]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{day + timedelta(days=1):%Y年%m月%d日} 00:00:00]",
        f"#{rule}业务明细列表{rule}",
        _ALIPAY_COLUMNS,
        *(_alipay_row(entry) for entry in found),
        f"#{rule}业务明细列表结束{rule}",
        f"#交易合计：{counts[LineKind.PAYMENT]}笔，商家实收共{money.yuan(paid)}元，商家优惠共0.00元",
        f"#退款合计：{counts[LineKind.REFUND]}笔，商家实收退款共{money.yuan(-back)}元，商家优惠退款共0.00元",
    ]
    name = f"{merchant.seller_id}0156_{day:%Y%m%d}_业务明细"
    details = ("\r\n".join(rows) + "\r\n").encode("gb18030")
    return _zip({f"{name}.csv": details, f"{name}(汇总).csv": "#支付宝业务汇总查询\r\n".encode("gb18030")})


def _alipay_row(entry: Entry) -> str:
    is_refund = entry.kind is LineKind.REFUND
    amount, fee = money.yuan(-entry.amount_fen if is_refund else entry.amount_fen), money.yuan(-entry.fee_fen)
    at = f"{entry.at:%Y-%m-%d %H:%M:%S}"
    cells = [
        entry.transaction_id, entry.number, "退款" if is_refund else "交易", entry.description.replace(",", "，"), at,
        at,
        "", "", "", "", "*测试(san***@example.com)", amount, amount, *["0.00"] * 5, "", "0.00", "0.00",
        entry.refund_number, fee, "0.00", "",
    ]  # fmt: skip
    return ",".join(f"{cell}\t" for cell in cells)


def unionpay_file(merchant: Merchant, found: Sequence[Entry], day: date, wrong_fen: int = 0) -> bytes:
    rows = [_unionpay_row(merchant, entry, wrong_fen if place == 0 else 0) for place, entry in enumerate(found)]
    return _zip({f"INN{day:%y%m%d}88ZM_{merchant.mer_id}": b"".join(row + b"\r\n" for row in rows)})


def _unionpay_row(merchant: Merchant, entry: Entry, wrong_fen: int) -> bytes:
    is_refund = entry.kind is LineKind.REFUND
    settled = (-entry.amount_fen if is_refund else entry.amount_fen) - entry.fee_fen + wrong_fen
    values = {
        "code": "S30" if is_refund else "S22",
        "trace": f"{int(entry.at.timestamp()) % 1_000_000:06d}",
        "at": f"{entry.at:%m%d%H%M%S}",
        "amount": f"{entry.amount_fen:012d}",
        "transaction": entry.refund_id if is_refund else entry.transaction_id,
        "number": entry.refund_number or entry.number,
        "fee": _signed(-entry.fee_fen),
        "settled": _signed(settled),
        "type": "04" if is_refund else "01",
        "original": entry.transaction_id if is_refund else "",
        "merchant": merchant.mer_id,
    }
    return b" ".join(values.get(name, "").encode("gb18030").ljust(width)[:width] for name, width in LAYOUT)


def file_content(data: bytes) -> str:
    """As UnionPay packs a file into an answer."""
    return base64.b64encode(zlib.compress(data)).decode("ascii")


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def keep(sandbox: Sandbox, data: bytes) -> str:
    """A token under which the file is fetched; the oldest goes when there are many."""
    token = secrets.token_urlsafe(16)
    sandbox.files[token] = data
    while len(sandbox.files) > 20:
        sandbox.files.pop(next(iter(sandbox.files)))
    return token


def _sum(found: Sequence[Entry], kind: LineKind) -> int:
    return sum(entry.amount_fen for entry in found if entry.kind is kind)


def _yuan(*amounts: int) -> list[str]:
    return [money.yuan(amount) for amount in amounts]


def _ticked(*cells: str) -> str:
    return ",".join(f"`{cell}" for cell in cells)


def _signed(fen: int) -> str:
    return f"{'C' if fen >= 0 else 'D'}{abs(fen):012d}"


class _GbkName(zipfile.ZipInfo):
    """A name in GBK and no mark that says so, as Alipay's files have it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  (zipfile's own)
        return self.filename.encode("gb18030"), self.flag_bits


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(_GbkName(name), data)
    return buffer.getvalue()
