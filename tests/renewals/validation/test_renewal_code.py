"""The renewal code: random enough, readable, and a slip of the pen is caught. RULES A8, P6."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.validation import (
    InvalidValue,
    Problem,
    canonical_renewal_code,
    format_renewal_code,
    new_renewal_code,
)
from renewals.validation.renewal_code import ALPHABET, _check_character

codes = st.text(ALPHABET, min_size=19, max_size=19).map(lambda body: body + _check_character(body))


def problem(text: str) -> Problem:
    with pytest.raises(InvalidValue) as refused:
        canonical_renewal_code(text)
    return refused.value.problem


def test_five_groups_of_four() -> None:
    code = new_renewal_code()
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4, 4]
    assert format_renewal_code(canonical_renewal_code(code)) == code


def test_at_least_eighty_bits() -> None:
    assert 19 * math.log2(len(ALPHABET)) >= 80
    assert len({new_renewal_code() for _ in range(200)}) == 200


def test_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 23
    for alike in ("0OQD", "1IL", "2Z", "5S", "6G", "8B", "UV"):
        assert len(set(alike) & set(ALPHABET)) <= 1


@given(codes)
def test_what_people_type_is_forgiven(code: str) -> None:
    spaced = " ".join(format_renewal_code(code).lower().split("-"))
    assert canonical_renewal_code(spaced) == code
    assert canonical_renewal_code(format_renewal_code(code).replace("-", "—")) == code
    assert canonical_renewal_code(code.translate(str.maketrans("2568", "ZSGB"))) == code
    assert canonical_renewal_code("".join(chr(ord(c) + 0xFEE0) for c in code)) == code  # full-width


@given(codes, st.integers(0, 19), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_caught(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        assert problem(wrong) is Problem.RENEWAL_CODE_CHECK


@given(codes, st.integers(0, 19), st.integers(0, 19))
def test_every_swap_of_two_is_caught(code: str, one: int, other: int) -> None:
    swapped = list(code)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    if "".join(swapped) != code:
        assert problem("".join(swapped)) is Problem.RENEWAL_CODE_CHECK


@pytest.mark.parametrize("text", ["", "ABCD", "22222222222222222220", "2" * 21, "更新码", "2222-2222-2222-2222-222!"])
def test_what_is_no_code_at_all(text: str) -> None:
    assert problem(text) is Problem.RENEWAL_CODE_FORMAT
