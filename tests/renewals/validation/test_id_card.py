"""GB 11643: check digit, birth date, and what people type. RULES C5. All numbers are invented."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.validation import InvalidValue, Problem, parse_id_card

TODAY = datetime.date(2026, 11, 21)
BODY = "11010119900101999"  # region, birth date, serial: the check digit follows
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def with_check(body: str) -> str:
    """The standard's own table, apart from the library that the code uses."""
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


def problem(text: str) -> Problem:
    with pytest.raises(InvalidValue) as refused:
        parse_id_card(text, today=TODAY)
    return refused.value.problem


def test_number_and_birth_date() -> None:
    card = parse_id_card(with_check(BODY), today=TODAY)
    assert card.number == with_check(BODY)
    assert card.birth_date == datetime.date(1990, 1, 1)


def test_the_standard_s_own_example() -> None:
    """GB 11643-1999, annex A."""
    assert parse_id_card("11010519491231002X", today=TODAY).birth_date == datetime.date(1949, 12, 31)
    assert parse_id_card("440524188001010014", today=TODAY).birth_date == datetime.date(1880, 1, 1)


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_case_spaces_and_full_width_are_forgiven(typed: str) -> None:
    assert parse_id_card(typed, today=TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", Problem.ID_CARD_LENGTH),
        ("1101051949123100", Problem.ID_CARD_LENGTH),
        ("11010519491231002X1", Problem.ID_CARD_LENGTH),
        ("110105491231002", Problem.ID_CARD_OLD),
        ("11010519491231X02X", Problem.ID_CARD_CHARACTERS),
        ("11010519491231002A", Problem.ID_CARD_CHARACTERS),
        ("一二三四五六七八九十一二三四五六七八", Problem.ID_CARD_CHARACTERS),
        ("110105194912310021", Problem.ID_CARD_CHECK_DIGIT),
        (with_check("11010519900230999"), Problem.ID_CARD_BIRTH_DATE),  # 30 February
        (with_check("11010519001332999"), Problem.ID_CARD_BIRTH_DATE),
        (with_check("11010520270101999"), Problem.ID_CARD_BIRTH_DATE),  # not born yet
        (with_check("11010500000101999"), Problem.ID_CARD_BIRTH_DATE),
    ],
)
def test_what_is_wrong_is_named(text: str, what: Problem) -> None:
    assert problem(text) is what


def test_born_today_is_not_the_future() -> None:
    assert parse_id_card(with_check("11010120261121999"), today=TODAY).birth_date == TODAY
    assert problem(with_check("11010120261122999")) is Problem.ID_CARD_BIRTH_DATE


def test_residence_permits_of_hong_kong_macao_and_taiwan_pass() -> None:
    for region in ("810000", "820000", "830000"):
        assert parse_id_card(with_check(f"{region}19900101999"), today=TODAY)


@given(st.dates(datetime.date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(birth: datetime.date, serial: int, place: int, shift: int) -> None:
    number = with_check(f"110101{birth:%Y%m%d}{serial:03d}")
    assert parse_id_card(number, today=TODAY).birth_date == birth
    was = 10 if number[place] == "X" else int(number[place])
    wrong = number[:place] + str((was + shift) % 10) + number[place + 1 :]
    if wrong != number:
        assert problem(wrong) in {Problem.ID_CARD_CHECK_DIGIT, Problem.ID_CARD_BIRTH_DATE}


def test_the_refusal_carries_nothing_of_the_number() -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_id_card("110105194912310021", today=TODAY)
    assert "1949" not in str(refused.value) + repr(refused.value)
