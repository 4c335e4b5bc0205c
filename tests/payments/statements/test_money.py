# ruff: noqa: RUF005 (long lists read better in pieces)
"""Amounts and days: what each writing means, decided one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.statements.amounts import NotAnAmount, parse_amount, parse_column
from payments.statements.days import NotADay, parse_day, parse_moment, parse_moments, parse_time


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1234.5", 123_450),
        ("1,234.50", 123_450),
        ("1,234", 123_400),
        ("１２３．００", 12_300),
        ("１，２３４．５０", 123_450),
        ("(12.00)", -1_200),
        ("（12.00）", -1_200),
        ("-12.00", -1_200),
        ("12.00-", -1_200),
        ("−12.00", -1_200),
        ("－12.00", -1_200),
        ("+12.00", 1_200),
        ("¥12.00", 1_200),
        ("￥12.00", 1_200),
        ("-¥12.00", -1_200),
        ("¥-12.00", -1_200),
        ("CNY 12.00", 1_200),
        ("12.00元", 1_200),
        (" 12.00\t", 1_200),
        ("　12.00　", 1_200),
        ("0", 0),
        ("0.00", 0),
        ("00012.00", 1_200),
        ("999999999999999.99", 99_999_999_999_999_999),
    ],
)
def test_an_amount(text: str, fen: int) -> None:
    assert parse_amount(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "abc", "12.345", "12.000", "12.", ".5", "1e3", "12,00", "1,23.00", "1,2345.00", "1 234.00", "--1.00"]
    + ["(-1.00)", "-1.00-", "(12.00", "12.00)", "'12.00", "$12.00", "12.00美元", "0x10", "1_000.00", "١٢.٠٠", "NaN"]
    + ["Infinity", "1000000000000000.00", "1.2.3", "１２3．4５6", "12.00贷"],
)
def test_no_amount(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text)


def written(fen: int, how: str) -> str:
    sign, whole, part = "-" if fen < 0 else "", abs(fen) // 100, abs(fen) % 100
    return f"{sign}{whole:{how}}.{part:02d}"


@given(fen=st.integers(-(10**17) + 1, 10**17 - 1), how=st.sampled_from(["", ","]))
def test_any_amount_reads_back(fen: int, how: str) -> None:
    assert parse_amount(written(fen, how)) == fen
    assert parse_column([written(fen, how)]) == [fen]


@given(st.lists(st.text("0123456789.,+-() \n１元", max_size=8), max_size=6))
def test_a_column_at_once_says_the_same_as_cell_by_cell(cells: list[str]) -> None:
    at_once = parse_column(cells)
    if at_once is not None:
        assert at_once == [parse_amount(cell) if cell else None for cell in cells]


def test_a_column_with_another_writing_is_left_to_the_cells() -> None:
    assert parse_column(["1,234.50", "", "0", "-0.01", "+12.00"]) == [123_450, None, 0, -1, 1_200]
    assert parse_column(["12.5"]) is None
    assert parse_column(["12.00\n13.00"]) is None


@pytest.mark.parametrize(
    "text", ["20261102", "2026-11-02", "2026/11/2", "2026.11.02", "2026年11月2日", "２０２６－１１－０２", " 20261102 "]
)
def test_a_day(text: str) -> None:
    assert parse_day(text).isoformat() == "2026-11-02"


@pytest.mark.parametrize(
    "text",
    ["20261131", "2026-02-29", "20260000", "02/11/2026", "11/02/2026", "261102", "2026-11", "2026-11/02", "46328", ""],
)
def test_no_day(text: str) -> None:
    with pytest.raises(NotADay):
        parse_day(text)


@pytest.mark.parametrize(
    "text",
    ["20261102 17:07:09", "2026-11-02 17:07:09", "20261102170709", "2026-11-02T17:07:09", "2026/11/2  17:07:09"]
    + ["2026-11-02 17.07.09", "2026-11-02 17:07:09.123456"],
)
def test_a_moment(text: str) -> None:
    assert parse_moment(text).isoformat() == "2026-11-02T17:07:09+08:00"


def test_a_time() -> None:
    assert [parse_time(text).isoformat() for text in ("17:07:09", "170709", "17:07")] == ["17:07:09"] * 2 + ["17:07:00"]
    with pytest.raises(NotADay):
        parse_time("24:00:00")


def test_moments_at_once() -> None:
    assert parse_moments(["20261102 17:07:09"]) == [parse_moment("20261102 17:07:09")]
    assert parse_moments(["2026-11-02 17:07:09"]) == [parse_moment("20261102 17:07:09")]
    assert parse_moments(["2026-W01-1 17:07:09"]) is None
    assert parse_moments(["20261131 17:07:09"]) is None
