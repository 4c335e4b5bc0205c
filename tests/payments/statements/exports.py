# ruff: noqa: RUF005, SIM905 (rows are easier to compare with a real export when they are short pieces)
"""Exports as the banks make them: headers, preambles, footers, encodings. Companies and accounts are invented."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.payments.statements.sheets import xls, xlsx

OWN_ACCOUNT = "44250100990000001234"
OWN_NAME = "深圳市测试精密制造有限公司"
OPENING = 1_000_000


@dataclass(frozen=True)
class Told:
    """A booking as a test tells it; ``balance`` is worked out."""

    at: datetime
    fen: int
    name: str = "东莞市样本电子有限公司"
    account: str = "6222000000001111"
    bank: str = "样本银行东莞分行"
    memo: str = "证书服务费"
    serial: str = ""


Rows = list[list[str]]


def yuan(fen: int, *, thousands: bool = False) -> str:
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:{',' if thousands else ''}}.{part:02d}"


def balances(told: Sequence[Told], opening: int = OPENING) -> list[int]:
    found = []
    for one in told:
        opening += one.fen
        found.append(opening)
    return found


def csv_bytes(rows: Rows, *, encoding: str = "gb18030", delimiter: str = ",", tab: bool = False) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        writer.writerow([f"{cell}\t" if tab and cell else cell for cell in row])
    return text.getvalue().encode(encoding)


# -- 建设银行 ---------------------------------------------------------------------------------------------------------

CCB_HEADER = (
    "账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,"
    "记账日期,摘要,备注,账户明细编号-交易流水号,企业流水号,凭证种类,凭证号"
).split(",")


def ccb(told: Sequence[Told]) -> Rows:
    """Header in the first row."""
    rows = [list(CCB_HEADER)]
    for number, (one, balance) in enumerate(zip(told, balances(told), strict=True), 1):
        out, into = (yuan(-one.fen), "0") if one.fen < 0 else ("0", yuan(one.fen))
        rows.append(
            [OWN_ACCOUNT, OWN_NAME, f"{one.at:%Y%m%d %H:%M:%S}", out, into, yuan(balance), "人民币元", one.name]
            + [one.account, one.bank, f"{one.at:%Y%m%d}", "", one.memo, one.serial or f"{number}-{one.at:%Y%m%d}"]
            + ["", "", ""]
        )
    return rows


def ccb_titled(told: Sequence[Told]) -> Rows:
    """Under a title, with full-width spaces, other names for the amounts, and a footer."""
    header = "序号,交易时间,借方发生额/元(支取),贷方发生额/元(收入),余额,币种,对方户名,对方账号,对方开户机构".split(",")
    header += ["记账日期", "摘要", "备注", "账户明细编号-交易流水号"]
    rows: Rows = [["中国建设银行账户明细信息"], ["账　　号", OWN_ACCOUNT, "", "账户名称", OWN_NAME], []]
    rows.append(header)
    for number, (one, balance) in enumerate(zip(told, balances(told), strict=True), 1):
        out, into = (yuan(-one.fen, thousands=True), "") if one.fen < 0 else ("", yuan(one.fen, thousands=True))
        rows.append(
            [str(number), f"{one.at:%Y-%m-%d %H:%M:%S}", out, into, yuan(balance, thousands=True), "人民币", one.name]
            + [one.account, one.bank, f"{one.at:%Y-%m-%d}", "", one.memo, one.serial or f"{number}-{one.at:%Y%m%d}"]
        )
    rows.append(["温馨提示：以上明细仅供参考。"])
    return rows


# -- 工商银行 ---------------------------------------------------------------------------------------------------------


def icbc_sides(told: Sequence[Told]) -> Rows:
    header = "凭证号,本方账号,对方账号,交易时间,借/贷,借方发生额,贷方发生额,对方行号,摘要,用途,对方单位名称,余额,附言"
    rows: Rows = [["[HISTORYDETAIL]"], header.split(",")]
    for one, balance in zip(told, balances(told), strict=True):
        out, into = (yuan(-one.fen), "") if one.fen < 0 else ("", yuan(one.fen))
        rows.append(
            ["000000000", OWN_ACCOUNT, one.account, f"{one.at:%Y-%m-%d %H:%M:%S}", "借" if one.fen < 0 else "贷", out]
            + [into, one.bank, "", "", one.name, yuan(balance), one.memo]
        )
    return rows


def icbc_flag(told: Sequence[Told]) -> Rows:
    rows: Rows = [["[HISTORYDETAIL]"]]
    rows.append("对方账号,交易时间,借贷标志,对方单位,对方行号,用途,摘要,附言,发生额,余额,币种".split(","))
    for one, balance in zip(told, balances(told), strict=True):
        rows.append(
            [one.account, f"{one.at:%Y-%m-%d %H:%M:%S}", "借" if one.fen < 0 else "贷", one.name, one.bank, "", ""]
            + [one.memo, yuan(abs(one.fen), thousands=True), yuan(balance, thousands=True), "人民币"]
        )
    return rows


def icbc_transfers(told: Sequence[Told], *, flag: bool) -> Rows:
    header = "凭证号,对方账号,交易时间,借贷标志,对方单位,对方行号,用途,摘要,附言,回单个性化信息,转入金额,转出金额"
    rows: Rows = [["[HISTORYDETAIL]"], [*header.split(","), "支付凭证种类", "余额"]]
    for one, balance in zip(told, balances(told), strict=True):
        out, into = (yuan(-one.fen), "") if one.fen < 0 else ("", yuan(one.fen))
        rows.append(
            ["V001", one.account, f"{one.at:%Y-%m-%d %H:%M:%S}", "借" if one.fen < 0 else "贷", one.name, one.bank]
            + [one.memo, "", "", "", into, out, "电汇", yuan(balance)]
        )
    return rows if flag else [row if len(row) < 4 else row[:3] + row[4:] for row in rows]


# -- 招商银行 ---------------------------------------------------------------------------------------------------------


def cmb(told: Sequence[Told], *, header_row: int) -> Rows:
    """Header in row 5 or 12 (counted from 0)."""
    rows: Rows = [["招商银行交易查询"], ["银行账号", OWN_ACCOUNT], ["账号名称", OWN_NAME], ["币种", "人民币"]]
    rows += [["", ""] for _ in range(header_row - len(rows))]
    header = "交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,流程实例号,业务名称,用途,业务参考号"
    rows.append([*header.split(","), "业务摘要", "其它摘要", "收(付)方分行名", "收(付)方名称", "收(付)方账号"])
    for number, (one, balance) in enumerate(zip(told, balances(told), strict=True), 1):
        out, into = (yuan(-one.fen), "") if one.fen < 0 else ("", yuan(one.fen))
        rows.append(
            [f"{one.at:%Y%m%d}", f"{one.at:%H:%M:%S}", f"{one.at:%Y%m%d}", "网银转账", out, into, yuan(balance)]
            + [one.memo, one.serial or f"C{number:015d}", "", "", "", "", "", "", one.bank, one.name, one.account]
        )
    return rows


# -- 中国银行 ---------------------------------------------------------------------------------------------------------

_BOC_HEADER = (
    "交易类型[ Transaction Type ],业务类型[ Business type ],"
    "付款人开户行号[ Account holding bank number of payer ],付款人开户行名[ Payer account bank ],"
    "付款人账号[ Debit Account No. ],付款人名称[ Payer's Name ],"
    "收款人开户行行号[ Account holding bank number of beneficiary ],收款人开户行名[ Beneficiary account bank ],"
    "收款人账号[ Payee's Account Number ],收款人名称[ Payee's Name ],交易日期[ Transaction Date ],"
    "交易时间[ Transaction time ],交易货币[ Trade Currency ],交易金额[ Trade Amount ],"
    "交易后余额[ After-transaction balance ],起息日期[ Value Date ],汇率[ Exchange rate ],"
    "交易流水号[ Transaction reference number ],摘要[ Reference ],用途[ Purpose ],交易附言[ Remark ],备注[ Remarks ]"
)


def boc(told: Sequence[Told], *, balance_column: bool = True) -> Rows:
    """Seven rows of counts and totals, bilingual names, signed amounts."""
    ins, outs = [one.fen for one in told if one.fen > 0], [one.fen for one in told if one.fen < 0]
    rows: Rows = [
        ["查询账号[ Inquirer account number ]", OWN_ACCOUNT],
        ["总笔数[ Total number ]", str(len(told))],
        ["借方发生总笔数[ Total Numbers of Debited Payments ]", str(len(outs))],
        ["借方发生总额[ Total Debit Amount of Payments ]", yuan(-sum(outs), thousands=True)],
        ["贷方发生总笔数[ Total Numbers of Credited Payments ]", str(len(ins))],
        ["贷方发生总额[ Total Credit Amount of Payments ]", yuan(sum(ins), thousands=True)],
        ["查询时间范围[ Time Range ]", "20261101-20261130"],
        _BOC_HEADER.split(","),
    ]
    for number, (one, balance) in enumerate(zip(told, balances(told), strict=True), 1):
        other, ours = ["10658", one.bank, one.account, one.name], ["10658", "样本银行", OWN_ACCOUNT, OWN_NAME]
        sides = other + ours if one.fen > 0 else ours + other
        rows.append(
            ["来账" if one.fen > 0 else "往账", "小额普通", *sides, f"{one.at:%Y%m%d}", f"{one.at:%H:%M:%S}", "CNY"]
            + [
                f"{'+' if one.fen > 0 else ''}{yuan(one.fen)}",
                f"{'+' if balance >= 0 else ''}{yuan(balance)}",
                f"{one.at:%Y%m%d}",
                "1.0",
            ]
            + [one.serial or f"{1095852370 + number}", "", "", one.memo, ""]
        )
    return rows if balance_column else [row if len(row) < 3 else row[:14] + row[15:] for row in rows]


# -- 中信银行 ---------------------------------------------------------------------------------------------------------


def citic(told: Sequence[Told], *, header_row: int) -> Rows:
    """Header in row 13 or 16 (counted from 0), a sum below."""
    rows: Rows = [["中信银行账户交易明细"], ["账号：" + OWN_ACCOUNT], ["账户名称：" + OWN_NAME], ["币种：人民币"]]
    rows += [["贷方总金额：", yuan(sum(one.fen for one in told if one.fen > 0), thousands=True)]]
    rows += [["借方总金额：", yuan(-sum(one.fen for one in told if one.fen < 0), thousands=True)]]
    rows += [[] for _ in range(header_row - len(rows))]
    header = "交易日期,交易时间,对方账号,对方账户名称,对方账号开户网点名称,借方发生额,贷方发生额,账户余额,摘要,退汇标识"
    rows.append([*header.split(","), "退汇日期", "柜员交易号", "附言"])
    for number, (one, balance) in enumerate(zip(told, balances(told), strict=True), 1):
        out, into = (yuan(-one.fen, thousands=True), "0.00") if one.fen < 0 else ("0.00", yuan(one.fen, thousands=True))
        rows.append(
            [f"{one.at:%Y-%m-%d}", f"{one.at:%H:%M:%S}", one.account, one.name, one.bank, out, into]
            + [yuan(balance, thousands=True), "", "", "", one.serial or f"ESB{number:011d}", one.memo]
        )
    rows.append(["合计", "", "", "", "", yuan(-sum(one.fen for one in told if one.fen < 0))])
    rows[-1].append(yuan(sum(one.fen for one in told if one.fen > 0)))
    return rows


Build = Callable[[Sequence[Told]], Rows]

#: every dialect: its bank's code, how its rows are made, whether the file names its account
DIALECTS: dict[str, tuple[str, Build, bool]] = {
    "ccb": ("ccb", ccb, True),
    "ccb titled": ("ccb", ccb_titled, True),
    "icbc two sides": ("icbc", icbc_sides, True),
    "icbc flag": ("icbc", icbc_flag, False),
    "icbc transfers and flag": ("icbc", lambda told: icbc_transfers(told, flag=True), False),
    "icbc transfers": ("icbc", lambda told: icbc_transfers(told, flag=False), False),
    "cmb header in 5": ("cmb", lambda told: cmb(told, header_row=5), True),
    "cmb header in 12": ("cmb", lambda told: cmb(told, header_row=12), True),
    "boc": ("boc", boc, True),
    "boc without balance": ("boc", lambda told: boc(told, balance_column=False), True),
    "citic header in 13": ("citic", lambda told: citic(told, header_row=13), True),
    "citic header in 16": ("citic", lambda told: citic(told, header_row=16), True),
}

#: every file that a table comes in
FILES: dict[str, Callable[[Rows], bytes]] = {
    "csv gb18030": csv_bytes,
    "csv gbk with tabs": lambda rows: csv_bytes(rows, encoding="gbk", tab=True),
    "csv utf-8": lambda rows: csv_bytes(rows, encoding="utf-8"),
    "csv utf-8 with bom": lambda rows: csv_bytes(rows, encoding="utf-8-sig"),
    "csv utf-16": lambda rows: csv_bytes(rows, encoding="utf-16"),
    "tab separated gbk": lambda rows: csv_bytes(rows, encoding="gbk", delimiter="\t"),
    "bars": lambda rows: csv_bytes(rows, encoding="gbk", delimiter="|"),
    "xlsx": xlsx,
    "xls": xls,
}
