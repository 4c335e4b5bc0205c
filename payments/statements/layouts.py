"""How banks lay out their corporate exports: data only. Names are as ``plain_header`` leaves them.

Seen in public importers and templates of these banks; docs/statements.md lists them with the dialects.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from payments.statements.model import plain

_ENGLISH = re.compile(r"\[.*?\]")


def plain_header(text: str) -> str:
    """ "交易日期[ Transaction Date ]\t" → "交易日期"; "账　　号：" → "账号"; full-width brackets → "(", ")"."""
    return _ENGLISH.sub("", plain(text)).rstrip(":*")


class Role(StrEnum):
    """What a column is."""

    DAY = "day"
    MOMENT = "moment"  # day and time in one
    TIME = "time"
    AMOUNT = "amount"  # with a sign, or beside a flag
    CREDIT = "credit"  # came in
    DEBIT = "debit"  # went out
    FLAG = "flag"
    BALANCE = "balance"
    NAME = "name"  # of the counterparty
    ACCOUNT = "account"
    BANK = "bank"
    PAYEE_NAME = "payee_name"  # where payer and payee have columns of their own: the counterparty of what went out
    PAYEE_ACCOUNT = "payee_account"
    PAYEE_BANK = "payee_bank"
    REMITTANCE = "remittance"
    SERIAL = "serial"
    CURRENCY = "currency"
    OWN_ACCOUNT = "own_account"
    OWN_NAME = "own_name"


@dataclass(frozen=True, slots=True)
class Layout:
    """``required`` names all stand in the header row. ``columns``: role → names, the first that stands there counts,
    except for REMITTANCE, where all of them do, in this order. ``labels``: words before the header or in a footer,
    with their value in the next cell → what they say (see tabular.LABELS)."""

    code: str
    bank: str
    required: frozenset[str]
    columns: Mapping[Role, tuple[str, ...]]
    labels: Mapping[str, str] = field(default_factory=dict)
    #: a cell that stands above the header
    mark: str = ""


_ACCOUNT_LABELS = {
    "账号": "account",
    "帐号": "account",
    "银行账号": "account",
    "查询账号": "account",
    "本方账号": "account",
    "账户账号": "account",
    "账户名称": "name",
    "账号名称": "name",
    "户名": "name",
    "公司名称": "name",
    "币种": "currency",
    "货币": "currency",
}
_TOTAL_LABELS = {
    "总笔数": "count",
    "交易笔数": "count",
    "借方发生总笔数": "debit_count",
    "借方总笔数": "debit_count",
    "借方笔数": "debit_count",
    "支出笔数": "debit_count",
    "借方发生总额": "debit_fen",
    "借方总金额": "debit_fen",
    "借方总额": "debit_fen",
    "借方金额合计": "debit_fen",
    "支出总额": "debit_fen",
    "贷方发生总笔数": "credit_count",
    "贷方总笔数": "credit_count",
    "贷方笔数": "credit_count",
    "收入笔数": "credit_count",
    "贷方发生总额": "credit_fen",
    "贷方总金额": "credit_fen",
    "贷方总额": "credit_fen",
    "贷方金额合计": "credit_fen",
    "收入总额": "credit_fen",
    "期初余额": "opening_fen",
    "上期余额": "opening_fen",
    "承前余额": "opening_fen",
    "期末余额": "closing_fen",
}
LABELS = _ACCOUNT_LABELS | _TOTAL_LABELS

CCB = Layout(
    code="ccb",
    bank="中国建设银行",
    required=frozenset({"账户明细编号-交易流水号", "交易时间", "余额", "对方户名"}),
    columns={
        Role.DAY: ("记账日期",),
        Role.MOMENT: ("交易时间",),
        Role.CREDIT: ("贷方发生额(收入)", "贷方发生额/元(收入)"),
        Role.DEBIT: ("借方发生额(支取)", "借方发生额/元(支取)"),
        Role.BALANCE: ("余额", "余额/元"),
        Role.NAME: ("对方户名",),
        Role.ACCOUNT: ("对方账号",),
        Role.BANK: ("对方开户机构",),
        Role.REMITTANCE: ("备注", "摘要"),
        Role.SERIAL: ("账户明细编号-交易流水号",),
        Role.CURRENCY: ("币种",),
        Role.OWN_ACCOUNT: ("账号", "本方账号"),
        Role.OWN_NAME: ("账户名称", "本方账户名称"),
    },
    labels=LABELS,
)

_ICBC_COLUMNS = {
    Role.MOMENT: ("交易时间",),
    Role.FLAG: ("借贷标志", "借/贷", "借贷"),
    Role.BALANCE: ("余额",),
    Role.NAME: ("对方单位", "对方单位名称"),
    Role.ACCOUNT: ("对方账号",),
    Role.BANK: ("对方行号",),
    Role.REMITTANCE: ("附言", "用途", "摘要"),
    Role.CURRENCY: ("币种",),
    Role.OWN_ACCOUNT: ("本方账号",),
}
#: 凭证号 isn't a serial: it is 000000000 for fees
ICBC_SIDES = Layout(
    code="icbc",
    bank="中国工商银行",
    required=frozenset({"交易时间", "对方账号", "对方单位名称", "借方发生额", "贷方发生额"}),
    columns=_ICBC_COLUMNS | {Role.CREDIT: ("贷方发生额",), Role.DEBIT: ("借方发生额",)},
    labels=LABELS,
)
ICBC_FLAG = Layout(
    code="icbc",
    bank="中国工商银行",
    required=frozenset({"交易时间", "对方账号", "对方单位", "借贷标志", "发生额"}),
    columns=_ICBC_COLUMNS | {Role.AMOUNT: ("发生额",)},
    labels=LABELS,
)
#: with 借贷标志 or without: two dialects
ICBC_TRANSFERS = Layout(
    code="icbc",
    bank="中国工商银行",
    required=frozenset({"交易时间", "对方账号", "对方单位", "转入金额", "转出金额"}),
    columns=_ICBC_COLUMNS | {Role.CREDIT: ("转入金额",), Role.DEBIT: ("转出金额",)},
    labels=LABELS,
)

CMB = Layout(
    code="cmb",
    bank="招商银行",
    required=frozenset({"交易日", "借方金额", "贷方金额", "收(付)方名称"}),
    columns={
        Role.DAY: ("交易日",),
        Role.TIME: ("交易时间",),
        Role.CREDIT: ("贷方金额",),
        Role.DEBIT: ("借方金额",),
        Role.BALANCE: ("余额",),
        Role.NAME: ("收(付)方名称",),
        Role.ACCOUNT: ("收(付)方账号", "收(付)方帐号"),
        Role.BANK: ("收(付)方开户行名", "收(付)方分行名"),
        Role.REMITTANCE: ("摘要", "用途", "业务摘要", "其它摘要"),
        Role.SERIAL: ("流水号",),
        Role.CURRENCY: ("币种",),
        Role.OWN_ACCOUNT: ("账号",),
        Role.OWN_NAME: ("账号名称",),
    },
    labels=LABELS,
)

BOC = Layout(
    code="boc",
    bank="中国银行",
    required=frozenset({"交易类型", "付款人名称", "收款人名称", "交易日期", "交易金额"}),
    columns={
        Role.DAY: ("交易日期",),
        Role.TIME: ("交易时间",),
        Role.AMOUNT: ("交易金额",),
        Role.BALANCE: ("交易后余额",),
        Role.NAME: ("付款人名称",),
        Role.ACCOUNT: ("付款人账号",),
        Role.BANK: ("付款人开户行名", "付款人开户行名称"),
        Role.PAYEE_NAME: ("收款人名称",),
        Role.PAYEE_ACCOUNT: ("收款人账号",),
        Role.PAYEE_BANK: ("收款人开户行名", "收款人开户行名称"),
        Role.REMITTANCE: ("交易附言", "用途", "备注", "摘要"),
        Role.SERIAL: ("交易流水号",),
        Role.CURRENCY: ("交易货币",),
    },
    labels=LABELS,
)

CITIC = Layout(
    code="citic",
    bank="中信银行",
    required=frozenset({"交易日期", "柜员交易号", "借方发生额", "贷方发生额", "账户余额"}),
    columns={
        Role.DAY: ("交易日期",),
        Role.TIME: ("交易时间",),
        Role.CREDIT: ("贷方发生额",),
        Role.DEBIT: ("借方发生额",),
        Role.BALANCE: ("账户余额",),
        Role.NAME: ("对方账户名称", "对方账号名称"),
        Role.ACCOUNT: ("对方账号",),
        Role.BANK: ("对方账号开户网点名称", "对方开户网点名称"),
        Role.REMITTANCE: ("附言", "摘要"),
        Role.SERIAL: ("柜员交易号",),
        Role.CURRENCY: ("币种",),
        Role.OWN_ACCOUNT: ("交易账号",),
    },
    labels=LABELS,
)

LAYOUTS = (CCB, ICBC_SIDES, ICBC_FLAG, ICBC_TRANSFERS, CMB, BOC, CITIC)
