"""Fees (RULES D5, E5): integer fen, multiply before dividing."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import fees
from payments.fees import FeeError, Price, QuoteLine, Rounding, Tariff, Wanted

TODAY = date(2026, 11, 21)
YEARLY = Price("certificate_year", "数字证书服务费", 10_000, "元/年")
SEAL = Price("seal", "电子签章", 45_000, "元/年", per=365, rounding=Rounding.FLOOR_YUAN)


def test_lines_as_the_customer_sees_them() -> None:  # RULES E5: 100.00 元/年 × 2 = 200.00
    lines = fees.quote(Tariff((YEARLY, SEAL)), [Wanted("certificate_year", 2), Wanted("seal", 180)], on=TODAY)
    assert lines == (
        QuoteLine("数字证书服务费", 10_000, "元/年", 2, 20_000),
        QuoteLine("电子签章", 45_000, "元/年", 180, 22_100),
    )
    assert fees.total(lines) == 42_100


def test_multiply_before_dividing() -> None:  # RULES D5: 180/365×450 = 221, not 180//365×450 = 0
    assert SEAL.subtotal(180) == 22_100
    assert SEAL.subtotal(365) == 45_000
    assert SEAL.subtotal(0) == 0


def test_rounding_is_named_or_there_is_nothing_to_round() -> None:
    with pytest.raises(FeeError, match="isn't whole"):
        Price("x", "x", 100, "元", per=3).subtotal(1)
    assert Price("x", "x", 100, "元", per=3, rounding=Rounding.FLOOR_FEN).subtotal(2) == 66
    assert Price("x", "x", 100, "元", per=3, rounding=Rounding.HALF_UP_FEN).subtotal(2) == 67


def test_nothing_wanted_makes_no_line() -> None:
    assert fees.quote(Tariff((YEARLY,)), [Wanted("certificate_year", 0)], on=TODAY) == ()


def test_prices_hold_between_dates() -> None:
    old = Price("year", "服务费", 9_000, "元/年", valid_until=date(2026, 12, 31))
    new = Price("year", "服务费", 10_000, "元/年", valid_from=date(2027, 1, 1))
    tariff = Tariff((old, new))
    assert tariff.price("year", date(2026, 12, 31)) is old
    assert tariff.price("year", date(2027, 1, 1)) is new


@pytest.mark.parametrize(
    "prices",
    [
        (YEARLY, YEARLY),
        (Price("a", "a", 1, "元", valid_until=TODAY), Price("a", "a", 2, "元", valid_from=TODAY)),
    ],
)
def test_two_prices_on_one_day_are_refused(prices: tuple[Price, ...]) -> None:
    with pytest.raises(FeeError, match="two prices"):
        Tariff(prices)


@pytest.mark.parametrize(("code", "quantity"), [("unknown", 1), ("certificate_year", -1)])
def test_what_the_tariff_does_not_have_is_an_error(code: str, quantity: int) -> None:
    with pytest.raises(FeeError):
        fees.quote(Tariff((YEARLY,)), [Wanted(code, quantity)], on=TODAY)


@given(
    price=st.integers(0, 10**9),
    per=st.integers(1, 400),
    quantity=st.integers(0, 10_000),
    rounding=st.sampled_from([Rounding.FLOOR_FEN, Rounding.FLOOR_YUAN, Rounding.HALF_UP_FEN]),
)
def test_rounding_never_moves_further_than_its_unit(price: int, per: int, quantity: int, rounding: Rounding) -> None:
    exact = Fraction(price * quantity, per)
    off = exact - Price("x", "x", price, "元", per=per, rounding=rounding).subtotal(quantity)
    match rounding:
        case Rounding.FLOOR_FEN:
            assert 0 <= off < 1
        case Rounding.FLOOR_YUAN:
            assert 0 <= off < 100
        case _:
            assert -Fraction(1, 2) <= off < Fraction(1, 2) or off == -Fraction(1, 2)


@given(st.integers(0, 10**12), st.integers(0, 10**6))
def test_a_line_survives_json(price: int, quantity: int) -> None:
    line = QuoteLine("服务费", price, "元/年", quantity, price * quantity)
    assert QuoteLine.from_json(line.as_json()) == line
