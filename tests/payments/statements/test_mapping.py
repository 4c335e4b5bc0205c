"""A bank without a reader: columns named once, looked at before they count."""

from datetime import datetime

import pytest

from payments.statements import Mapping, RowErrorCode, errors, first_rows, preview, read
from payments.statements.model import BANK_ZONE
from tests.payments.statements.exports import OWN_ACCOUNT, Rows, csv_bytes
from tests.payments.statements.sheets import xls, xlsx

ROWS: Rows = [
    ["农村商业银行", "", "", ""],
    ["账号：", OWN_ACCOUNT],
    ["日期", "时间", "金额", "余额", "付款单位", "账户", "用途", "附言", "号"],
    ["2026-11-02", "09:00:01", "(5.00)", "95.00", "", "", "手续费", "", "1"],
    ["2026-11-03", "", "¥1,221.00", "1,316.00", "东莞市样本电子有限公司", "6222", "服务费", "R1", "2"],
    ["合计", "", "", ""],
]
MAPPING = Mapping(
    "农商行",
    {
        "day": "日期",
        "time": "时间",
        "amount": "金额",
        "balance": "余额",
        "name": "付款单位",
        "account": "账户",
        "remittance": "附言+用途",
        "serial": "号",
    },
)


@pytest.mark.parametrize("data", [csv_bytes(ROWS), csv_bytes(ROWS, delimiter=";"), xls(ROWS), xlsx(ROWS)])
def test_a_mapping_reads(data: bytes) -> None:
    (statement,) = read(data, mapping=MAPPING)
    assert (statement.format, statement.bank, statement.account) == ("mapping", "农商行", OWN_ACCOUNT)
    assert [(line.amount_fen, line.booked_at, line.remittance_information) for line in statement.lines] == [
        (-500, datetime(2026, 11, 2, 9, 0, 1, tzinfo=BANK_ZONE), "手续费"),
        (122_100, None, "R1 服务费"),
    ]
    assert Mapping.from_json(MAPPING.as_json()) == MAPPING


def test_without_it_nobody_knows_the_file() -> None:
    with pytest.raises(errors.UnknownFormat):
        read(csv_bytes(ROWS))


def test_flags_and_two_columns() -> None:
    said = {"收入": "1.00", "支出": "2.00", "C": "3", "D": "4", "贷": "5", "借": "-6"}
    flagged: Rows = [["日", "收支", "数"], *(["20261102", flag, amount] for flag, amount in said.items())]
    mapping = Mapping("甲", {"day": "日", "flag": "收支", "amount": "数"})
    (statement,) = read(csv_bytes(flagged), mapping=mapping, expected_account="1")
    assert [line.amount_fen for line in statement.lines] == [100, -200, 300, -400, 500, 600]
    sides: Rows = [["日", "收", "支"], ["20261102", "1.00", "--"], ["20261102", "", "2.00"]]
    mapping = Mapping("甲", {"day": "日", "credit": "收", "debit": "支"})
    (statement,) = read(csv_bytes(sides), mapping=mapping, expected_account="1")
    assert [line.amount_fen for line in statement.lines] == [100, -200]


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"amount": "金额"}, "day"),
        ({"day": "日期"}, "amount"),
        ({"day": "日期", "amount": " "}, "amount"),
        ({"day": "日期", "amount": "金额", "credit": "收入"}, "amount"),
        ({"day": "日期", "amount": "金额", "colour": "颜色"}, "colour"),
    ],
)
def test_a_mapping_that_leaves_money_open_is_none(columns: dict[str, str], missing: str) -> None:
    with pytest.raises(errors.MappingDoesNotFit) as refused:
        Mapping("甲", columns)
    assert refused.value.params == {"column": missing}


def test_preview_shows_lines() -> None:
    found = preview(csv_bytes(ROWS), MAPPING)
    assert found.statement is not None
    assert (found.header_row, len(found.statement.lines), found.errors, found.refusal) == (3, 2, (), None)
    assert found.head[2][:3] == ("日期", "时间", "金额")


def test_preview_shows_wrong_rows() -> None:
    rows = [list(row) for row in ROWS]
    rows[4][2] = "壹仟"
    found = preview(csv_bytes(rows), MAPPING)
    assert found.statement is None
    assert [(error.row, error.column, error.code) for error in found.errors] == [(5, "金额", RowErrorCode.AMOUNT)]


def test_preview_shows_the_rows_even_when_the_columns_are_not_there() -> None:
    found = preview(csv_bytes(ROWS), Mapping("甲", {"day": "天", "amount": "金额"}))
    assert (found.header_row, found.statement) == (None, None)
    assert isinstance(found.refusal, errors.UnknownFormat)
    assert len(found.head) == 6


def test_preview_of_another_account() -> None:
    found = preview(csv_bytes(ROWS), MAPPING, expected_account="6222")
    assert (found.header_row, found.statement) == (3, None)
    assert isinstance(found.refusal, errors.WrongAccount)


def test_the_first_rows_of_any_file() -> None:
    for data in (csv_bytes(ROWS), csv_bytes(ROWS, delimiter="\t"), xlsx(ROWS), xls(ROWS)):
        assert first_rows(data)[2][:9] == tuple(ROWS[2])
