# ruff: noqa: DTZ001 (a bank's own clock: its zone comes with the reading)
"""Every bank, every dialect, every kind of file: what was booked is what is read."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.statements import Control, Direction, Proof, Statement, StatementRefused, read
from payments.statements.model import BANK_ZONE
from tests.payments.statements.exports import (
    DIALECTS,
    FILES,
    OPENING,
    OWN_ACCOUNT,
    OWN_NAME,
    Told,
    balances,
    boc,
    ccb,
    csv_bytes,
    yuan,
)
from tests.payments.statements.sheets import xls

TOLD = [
    Told(datetime(2026, 11, 2, 9, 0, 1), 12_345),
    Told(datetime(2026, 11, 3, 9, 0, 1), -500, memo="手续费"),
    Told(datetime(2026, 11, 3, 17, 30, 59), 122_100, name="广州（样本）有限公司", memo="证书 订单8840"),
]


def read_one(data: bytes, *, named: bool = True) -> Statement:
    (statement,) = read(data, expected_account=None if named else OWN_ACCOUNT)
    return statement


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("file", FILES)
def test_what_was_booked_is_read(dialect: str, file: str) -> None:
    code, build, named = DIALECTS[dialect]
    statement = read_one(FILES[file](build(TOLD)), named=named)
    assert (statement.format, statement.account, statement.account_named) == (code, OWN_ACCOUNT, named)
    assert [
        (line.booked_at, line.booked_on, line.amount_fen, line.counterparty_name, line.counterparty_account)
        for line in statement.lines
    ] == [(one.at.replace(tzinfo=BANK_ZONE), one.at.date(), one.fen, one.name, one.account) for one in TOLD]
    assert [(line.counterparty_bank, line.remittance_information) for line in statement.lines] == [
        (one.bank, one.memo) for one in TOLD
    ]
    if dialect != "boc without balance":
        assert [line.balance_fen for line in statement.lines] == balances(TOLD)
        assert (statement.opening_fen, statement.closing_fen) == (OPENING, OPENING + 133_945)
        assert Proof.BALANCE in statement.proofs


def test_a_line_says_where_it_stood() -> None:
    line = read_one(csv_bytes(ccb(TOLD))).lines[1]
    assert line.row == 3
    assert line.direction is Direction.DEBIT
    assert line.bank_serial == "2-20261103"
    assert line.occurrence == 1
    assert list(line.cells) == ccb(TOLD)[2]


def test_counts_and_totals_of_the_bank_of_china() -> None:
    statement = read_one(csv_bytes(boc(TOLD), tab=True))
    assert statement.control == Control(3, 2, 134_445, 1, 500)
    assert statement.proofs == {Proof.TOTALS, Proof.BALANCE}
    assert statement.account_name == ""
    assert read_one(csv_bytes(ccb(TOLD))).account_name == OWN_NAME


def test_newest_first() -> None:
    rows = ccb(TOLD)
    statement = read_one(csv_bytes([rows[0], *reversed(rows[1:])]))
    assert statement.newest_first
    assert [line.amount_fen for line in statement.lines] == [122_100, -500, 12_345]
    assert (statement.opening_fen, statement.closing_fen) == (OPENING, OPENING + 133_945)


def test_icbc_gives_an_xls_the_name_csv() -> None:
    """By content, never by extension: there is no parameter for a name."""
    _code, build, _named = DIALECTS["icbc two sides"]
    assert len(read_one(xls(build(TOLD))).lines) == 3


def test_amounts_as_numbers_in_a_sheet() -> None:
    rows: list[list[str | float]] = [list(row) for row in ccb(TOLD)]
    for row in rows[1:]:
        row[3:6] = [float(str(cell)) for cell in row[3:6]]
    assert [line.amount_fen for line in read_one(xls(rows)).lines] == [12_345, -500, 122_100]


@pytest.mark.parametrize("above", [0, 7, 28])
def test_a_header_anywhere_in_the_first_thirty_rows(above: int) -> None:
    assert len(read_one(csv_bytes([["说明"]] * above + ccb(TOLD))).lines) == 3


def test_full_width_digits_and_spaces() -> None:
    rows = ccb(TOLD)
    rows[0] = [f"　{cell}　" for cell in rows[0]]
    rows[1][4] = "１２３．４５"
    rows[1][7] = "　东莞市样本电子有限公司　"
    line = read_one(csv_bytes(rows)).lines[0]
    assert (line.amount_fen, line.counterparty_name) == (12_345, "东莞市样本电子有限公司")


def test_long_numbers_written_as_formulas() -> None:
    data = csv_bytes(ccb(TOLD))
    for number in (OWN_ACCOUNT, TOLD[0].account):
        data = data.replace(number.encode(), f'="{number}"'.encode())
    statement = read_one(data)
    assert (statement.account, statement.lines[0].counterparty_account) == (OWN_ACCOUNT, TOLD[0].account)


def test_footers_and_blank_rows_are_no_bookings() -> None:
    rows = [*ccb(TOLD), [], ["合计", "", "", "5.00", "1344.45"], ["打印时间：2026-11-30"]]
    statement = read_one(csv_bytes(rows))
    assert len(statement.lines) == 3
    assert Proof.TOTALS in statement.proofs


def test_a_reversal_is_a_minus_in_its_own_column() -> None:
    """红冲: a debit of minus five yuan came back in."""
    rows = ccb([TOLD[0], Told(datetime(2026, 11, 3), 500)])
    rows[2][3:5] = ["-5.00", ""]
    assert read_one(csv_bytes(rows)).lines[1].amount_fen == 500


def test_another_day_than_the_time_of_the_order() -> None:
    """CCB: 记账日期 is the day it counts for, 交易时间 when somebody pressed the button."""
    rows = ccb(TOLD)
    rows[3][10] = "20261104"
    line = read_one(csv_bytes(rows)).lines[2]
    assert line.booked_on == date(2026, 11, 4)
    assert line.booked_at == datetime(2026, 11, 3, 17, 30, 59, tzinfo=BANK_ZONE)


# -- any lines --------------------------------------------------------------------------------------------------------

names = st.text(st.sampled_from("深圳市测试（样本）有限公司分店ABC123·"), min_size=1, max_size=20)
tellings = st.lists(
    st.builds(
        Told,
        at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)).map(lambda at: at.replace(microsecond=0)),
        fen=st.integers(-(10**13), 10**13).filter(bool),
        name=names,
        account=st.text("0123456789", min_size=8, max_size=20),
        memo=names,
    ),
    min_size=1,
    max_size=8,
).map(lambda told: sorted(told, key=lambda one: one.at))


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(told=tellings, file=st.sampled_from(sorted(FILES)))
def test_any_lines_read_back(dialect: str, told: list[Told], file: str) -> None:
    code, build, named = DIALECTS[dialect]
    statement = read_one(FILES[file](build(told)), named=named)
    assert statement.format == code
    assert [(line.amount_fen, line.booked_on) for line in statement.lines] == [(one.fen, one.at.date()) for one in told]
    assert [
        (line.counterparty_name, line.counterparty_account, line.remittance_information) for line in statement.lines
    ] == [(one.name, one.account, one.memo) for one in told]


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=25, deadline=None)
@given(told=tellings.filter(lambda told: len(told) > 1), data=st.data())
def test_any_changed_digit_of_an_amount_is_refused(dialect: str, told: list[Told], data: st.DataObject) -> None:
    """Where the file has totals every amount is covered; a running balance alone says nothing of the oldest line's."""
    _code, build, named = DIALECTS[dialect]
    told = [replace(one, at=datetime(2026, 11, 1, 9, minute)) for minute, one in enumerate(told)]
    rows = build(told)
    line = data.draw(st.integers(0 if dialect.startswith(("boc", "citic")) else 1, len(told) - 1))
    first = next(index for index, row in enumerate(rows) if len(row) > 8) + 1
    row = rows[first + line]
    cells = {yuan(abs(told[line].fen)), yuan(abs(told[line].fen), thousands=True)}
    place = next(index for index, cell in enumerate(row) if cell.lstrip("+-") in cells)
    amount = row[place]
    at = data.draw(st.sampled_from([index for index, letter in enumerate(amount) if letter.isdigit()]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != amount[at]]))
    row[place] = amount[:at] + other + amount[at + 1 :]
    with pytest.raises(StatementRefused):
        read_one(csv_bytes(rows), named=named)
