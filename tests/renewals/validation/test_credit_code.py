"""GB 32100 and GB 11714. RULES C6, D4. Codes are invented, or the standards' own examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.validation import (
    InvalidValue,
    Problem,
    parse_credit_code,
    parse_holder_code,
    parse_organisation_code,
    same_holder,
)
from renewals.validation.credit_code import organisation_check_character

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def with_check(body: str) -> str:
    """GB 32100: weights are the powers of 3 modulo 31."""
    total = sum(CHARACTERS.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + CHARACTERS[-total % 31]


ORGANISATION = "D2143569X"  # GB 11714-1997, the worked example
CODE = with_check("91440300" + ORGANISATION)


def problem(parse: object, text: str) -> Problem:
    with pytest.raises(InvalidValue) as refused:
        parse(text)  # type: ignore[operator]
    return refused.value.problem


def test_a_right_code_in_any_dress() -> None:
    assert parse_credit_code(CODE) == CODE
    assert parse_credit_code(f" {CODE[:8].lower()}-{CODE[8:].lower()} ") == CODE


def test_registering_departments_may_be_letters() -> None:
    """N2: rural collectives; Y1: others."""
    for front in ("N2", "Y1", "A1"):
        assert parse_credit_code(with_check(f"{front}440300{ORGANISATION}"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", Problem.CREDIT_CODE_LENGTH),
        (CODE[:-1], Problem.CREDIT_CODE_LENGTH),
        (CODE + "0", Problem.CREDIT_CODE_LENGTH),
        ("91440300I2143569XX", Problem.CREDIT_CODE_CHARACTERS),
        ("9144030AD2143569XX", Problem.CREDIT_CODE_CHARACTERS),  # the region is digits
        ("9144030深D2143569XX"[:18], Problem.CREDIT_CODE_CHARACTERS),
        (CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), Problem.CREDIT_CODE_CHECK_DIGIT),
    ],
)
def test_what_is_wrong_is_named(text: str, what: Problem) -> None:
    assert problem(parse_credit_code, text) is what


@given(st.integers(0, 16), st.integers(0, 30))
def test_every_single_wrong_character_is_caught(place: int, other: int) -> None:
    wrong = CODE[:place] + CHARACTERS[other] + CODE[place + 1 :]
    if wrong != CODE:
        assert problem(parse_credit_code, wrong) in {Problem.CREDIT_CODE_CHECK_DIGIT, Problem.CREDIT_CODE_CHARACTERS}


class TestOrganisationCode:
    def test_the_standard_s_example(self) -> None:
        assert parse_organisation_code("D2143569-X") == ORGANISATION

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("D2143569", Problem.ORGANISATION_CODE_FORMAT),
            ("D2143569-XX", Problem.ORGANISATION_CODE_FORMAT),
            ("D2143569-A", Problem.ORGANISATION_CODE_FORMAT),
            ("D2143569-1", Problem.ORGANISATION_CODE_CHECK_DIGIT),
            ("D2143596-X", Problem.ORGANISATION_CODE_CHECK_DIGIT),
        ],
    )
    def test_what_is_wrong_is_named(self, text: str, what: Problem) -> None:
        assert problem(parse_organisation_code, text) is what

    @given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
    def test_exactly_one_check_character_fits(self, body: str) -> None:
        def fits(check: str) -> bool:
            try:
                return parse_organisation_code(body + check) == body + check
            except InvalidValue:
                return False

        assert sum(fits(check) for check in "0123456789X") == 1


class TestSameHolder:
    """C6: the same code, or the holder's old nine-digit code is its digits 9 to 17."""

    def test_the_same_code(self) -> None:
        assert same_holder(CODE, CODE)

    def test_the_old_code_inside(self) -> None:
        assert same_holder(CODE, ORGANISATION)

    def test_another_code_is_another_holder(self) -> None:
        other = with_check("91440300" + "12345678X")
        assert not same_holder(other, CODE)
        assert not same_holder(other, ORGANISATION)
        assert not same_holder(CODE, CODE[8:16])  # a part of it is not it
        assert not same_holder(CODE, "")

    def test_somebody_who_still_goes_by_the_old_code(self) -> None:
        assert same_holder(ORGANISATION, CODE)
        assert same_holder(ORGANISATION, ORGANISATION)
        assert not same_holder("12345678X", CODE)

    def test_nothing_is_nobodys_code(self) -> None:
        assert not same_holder("", ORGANISATION)
        assert not same_holder(ORGANISATION, "")
        assert not same_holder("", "")

    @given(st.text("0123456789", min_size=8, max_size=8))
    def test_the_old_code_fits_exactly_the_credit_codes_around_it(self, body: str) -> None:
        old = body + organisation_check_character(body)
        assert same_holder(with_check("91440300" + old), old)
        assert same_holder(CODE, old) is (old == ORGANISATION)


class TestHolderCode:
    """C6: eighteen characters, or the old nine."""

    @pytest.mark.parametrize(("typed", "code"), [(f" {CODE.lower()} ", CODE), ("d2143569-x", ORGANISATION)])
    def test_either(self, typed: str, code: str) -> None:
        assert parse_holder_code(typed) == code

    @pytest.mark.parametrize(
        ("typed", "what"),
        [
            ("D2143569-1", Problem.ORGANISATION_CODE_CHECK_DIGIT),
            (CODE[:-1], Problem.CREDIT_CODE_LENGTH),
            ("", Problem.CREDIT_CODE_LENGTH),
        ],
    )
    def test_a_slip_is_named_by_the_standard_that_it_breaks(self, typed: str, what: Problem) -> None:
        assert problem(parse_holder_code, typed) is what
