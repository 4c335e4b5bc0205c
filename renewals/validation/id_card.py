"""The number of a resident identity card: GB 11643-1999, eighteen digits. RULES C5, C6."""

import datetime
from dataclasses import dataclass

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from renewals.validation.problems import InvalidValue, Problem, tidy


@dataclass(frozen=True, slots=True)
class IdCard:
    """``number``: 18 characters, X upper-case."""

    number: str
    birth_date: datetime.date


def parse_id_card(text: str, *, today: datetime.date) -> IdCard:
    """The card's number and birth date. InvalidValue names the first thing that is wrong.

    The region (digits 1 to 6) isn't looked up: districts are renamed, and residence permits of Hong Kong, Macao and
    Taiwan carry codes of their own. The three-factor check has the last word.
    """
    number = tidy(text)
    if len(number) == 15 and _digits(number):
        raise InvalidValue(Problem.ID_CARD_OLD)
    if len(number) != 18:
        raise InvalidValue(Problem.ID_CARD_LENGTH)
    if not _digits(number[:17]) or not (_digits(number[17]) or number[17] == "X"):
        raise InvalidValue(Problem.ID_CARD_CHARACTERS)
    try:
        birth_date = ric.get_birth_date(number)
    except ValidationError:
        raise InvalidValue(Problem.ID_CARD_BIRTH_DATE) from None
    if birth_date > today:
        raise InvalidValue(Problem.ID_CARD_BIRTH_DATE)
    if number[17] != ric.calc_check_digit(number):
        raise InvalidValue(Problem.ID_CARD_CHECK_DIGIT)
    return IdCard(number, birth_date)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
