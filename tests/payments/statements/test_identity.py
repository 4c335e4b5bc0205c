# ruff: noqa: DTZ001 (a bank's own clock: its zone comes with the reading)
"""The same booking has the same identity in every file; genuine twins have two."""

from datetime import datetime

from payments.statements import StatementLine, line_identity, read
from tests.payments.statements.exports import (
    OWN_ACCOUNT,
    Rows,
    Told,
    ccb,
    cmb,
    csv_bytes,
    icbc_flag,
    icbc_transfers,
)
from tests.payments.statements.sheets import xlsx

AT = datetime(2026, 11, 3, 9, 0, 1)


def lines(rows: Rows) -> tuple[StatementLine, ...]:
    return read(csv_bytes(rows), expected_account=OWN_ACCOUNT)[0].lines


def without_balance(rows: Rows) -> Rows:
    return [row[:9] + row[10:] if len(row) > 9 else row for row in rows]


def test_twins_stay_two() -> None:
    """Same day, amount, payer and remark, and no balance or serial to tell them by."""
    twins = lines(without_balance(icbc_flag([Told(AT, 22_100), Told(AT, 22_100), Told(AT, 22_100, memo="另一笔")])))
    assert [line.occurrence for line in twins] == [1, 2, 1]
    assert len({line_identity(line) for line in twins}) == 3


def test_a_balance_tells_them_apart() -> None:
    twins = lines(icbc_flag([Told(AT, 22_100), Told(AT, 22_100)]))
    assert [line.occurrence for line in twins] == [1, 1]
    assert len({line_identity(line) for line in twins}) == 2


def test_a_serial_tells_them_apart_and_nothing_else_then_matters() -> None:
    one, other = lines(cmb([Told(AT, 22_100, serial="A1"), Told(AT, 22_100, serial="A2")], header_row=5))
    assert line_identity(one) != line_identity(other)
    assert line_identity(one) == line_identity(one._replace(remittance_information="", balance_fen=None, row=99))


def test_a_fee_may_share_its_transfers_serial() -> None:
    shared = [Told(AT, -22_100, serial="A1"), Told(AT, -500, serial="A1"), Told(AT, -500, serial="A1")]
    found = lines(cmb(shared, header_row=5))
    assert [line.occurrence for line in found] == [1, 1, 2]
    assert len({line_identity(line) for line in found}) == 3


def test_the_same_in_an_overlapping_file_and_in_any_order_and_kind_of_file() -> None:
    told = [Told(AT, fen, serial=f"S{fen}") for fen in (100, 200, 300)]
    first = [line_identity(line) for line in lines(ccb(told))]
    rows = ccb(told)
    overlapping = [line_identity(line) for line in lines([rows[0], *rows[2:]])]
    newest_first = [line_identity(line) for line in lines([rows[0], *reversed(rows[1:])])]
    (sheet,) = read(xlsx(rows))
    assert overlapping == first[1:]
    assert newest_first == first[::-1]
    assert [line_identity(line) for line in sheet.lines] == first


def test_the_same_in_another_dialect() -> None:
    told = [Told(AT, 22_100, name="广州（样本）有限公司"), Told(AT, -500)]
    one = [line_identity(line) for line in lines(icbc_flag(told))]
    assert one == [line_identity(line) for line in lines(icbc_transfers(told, flag=False))]
    half_width = [Told(AT, 22_100, name="广州(样本) 有限公司"), Told(AT, -500)]
    assert one == [line_identity(line) for line in lines(icbc_flag(half_width))]


def test_another_account_is_another_booking() -> None:
    (line,) = lines(icbc_flag([Told(AT, 22_100)]))
    assert line_identity(line) != line_identity(line._replace(account="1"))
    assert line_identity(line) != line_identity(line._replace(amount_fen=-22_100))
