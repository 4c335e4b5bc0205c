"""Order numbers: seventeen digits; the check digit catches every wrong digit and every swap. RULES Across 1."""

import datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.validation import (
    InvalidValue,
    OrderNumber,
    Problem,
    find_order_numbers,
    make_order_number,
    parse_order_number,
)
from renewals.validation.order_number import MAX_SERIAL, check_digit, is_order_number

DAY = datetime.date(2026, 11, 21)
NUMBER = make_order_number("01", DAY, 42)

numbers = st.builds(
    make_order_number,
    st.from_regex(r"[0-9]{2}", fullmatch=True),
    st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)),
    st.integers(1, MAX_SERIAL),
)


def problem(text: str) -> Problem:
    with pytest.raises(InvalidValue) as refused:
        parse_order_number(text)
    return refused.value.problem


def test_its_parts() -> None:
    assert NUMBER == "01" + "20261121" + "000042" + "4"
    assert parse_order_number(NUMBER) == OrderNumber("01", DAY, 42)


def test_spaces_and_full_width_digits_are_forgiven() -> None:
    assert str(parse_order_number("01 20261121 000042 ４")) == NUMBER


@pytest.mark.parametrize(("kind", "serial"), [("1", 1), ("001", 1), ("ab", 1), ("01", 0), ("01", MAX_SERIAL + 1)])
def test_what_makes_no_number(kind: str, serial: int) -> None:
    with pytest.raises(ValueError, match="no order number"):
        make_order_number(kind, DAY, serial)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", Problem.ORDER_NUMBER_FORMAT),
        (NUMBER[:-1], Problem.ORDER_NUMBER_FORMAT),
        (NUMBER + "0", Problem.ORDER_NUMBER_FORMAT),
        ("O" + NUMBER[1:], Problem.ORDER_NUMBER_FORMAT),
        (NUMBER[:-1] + "5", Problem.ORDER_NUMBER_CHECK_DIGIT),
        ("0120261321000042" + check_digit("0120261321000042"), Problem.ORDER_NUMBER_DATE),
    ],
)
def test_what_is_wrong_is_named(text: str, what: Problem) -> None:
    assert problem(text) is what


class TestCheckDigit:
    """Exhaustive where it can be: by Damm's construction the digits before and after don't matter."""

    def test_the_table_is_a_quasigroup(self) -> None:
        """One wrong digit gives another interim digit, which never comes back: rows and columns are permutations."""
        table = [[check_digit_from(row, digit) for digit in range(10)] for row in range(10)]
        assert all(sorted(row) == list(range(10)) for row in table)
        assert all(sorted(column) == list(range(10)) for column in zip(*table, strict=True))

    def test_every_swap_of_neighbours_changes_the_interim_digit(self) -> None:
        """Totally anti-symmetric, from every interim digit, for every pair: 900 cases."""
        for interim, left, right in product(range(10), repeat=3):
            if left != right:
                one = check_digit_from(check_digit_from(interim, left), right)
                other = check_digit_from(check_digit_from(interim, right), left)
                assert one != other

    def test_a_swap_with_the_check_digit_itself_is_caught(self) -> None:
        for interim, last in product(range(10), repeat=2):
            check = check_digit_from(interim, last)
            if check != last:
                assert check_digit_from(check_digit_from(interim, check), last) != 0

    @given(numbers, st.integers(0, 16), st.integers(1, 9))
    def test_every_single_wrong_digit_is_refused(self, number: str, place: int, shift: int) -> None:
        wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
        assert problem(wrong) is Problem.ORDER_NUMBER_CHECK_DIGIT

    @given(numbers, st.integers(0, 15))
    def test_every_swap_of_neighbours_is_refused(self, number: str, place: int) -> None:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if swapped != number:
            assert problem(swapped) is Problem.ORDER_NUMBER_CHECK_DIGIT

    @given(numbers)
    def test_the_whole_checks_to_zero(self, number: str) -> None:
        assert check_digit(number) == "0"
        assert str(parse_order_number(number)) == number


def check_digit_from(interim: int, digit: int) -> int:
    """One step of the table, reached through the public function: find a prefix that ends in ``interim``."""
    prefix = next(str(first) for first in range(10) if check_digit(str(first)) == str(interim))
    return int(check_digit(prefix + str(digit)))


@given(st.text(alphabet="0123456789", min_size=15, max_size=18))
def test_the_quick_look_agrees_with_the_parser(digits: str) -> None:
    for text in (digits, digits[:16] + check_digit(digits[:16])):
        try:
            parse_order_number(text)
        except InvalidValue:
            assert not is_order_number(text)
        else:
            assert is_order_number(text)


@pytest.mark.parametrize("text", ["", NUMBER + " ", NUMBER.replace("0", "０", 1), NUMBER[:-1] + "x"])
def test_the_quick_look_forgives_nothing(text: str) -> None:
    assert is_order_number(NUMBER)
    assert not is_order_number(text)


class TestFindInRemark:
    def test_in_the_middle_of_words(self) -> None:
        assert find_order_numbers(f"续费 订单{NUMBER}，谢谢") == (NUMBER,)

    def test_several_each_once(self) -> None:
        other = make_order_number("01", DAY, 43)
        assert find_order_numbers(f"{NUMBER}/{other};{NUMBER}") == (NUMBER, other)

    def test_full_width(self) -> None:
        wide = NUMBER.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)})
        assert find_order_numbers(wide) == (NUMBER,)

    @pytest.mark.parametrize(
        "remark", ["", "证书费", NUMBER[:-1], NUMBER + "7", "9" + NUMBER, NUMBER[:-1] + "5", "6222020000000000000"]
    )
    def test_longer_shorter_or_wrong_runs_are_not_numbers(self, remark: str) -> None:
        assert find_order_numbers(remark) == ()
