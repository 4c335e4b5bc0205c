"""Codes of organisations: unified social credit code (GB 32100-2015) and the old organisation code (GB 11714-1997).

RULES C6, D4.
"""

import re

from stdnum.cn import uscc

from renewals.validation.problems import InvalidValue, Problem, tidy

_CHARACTERS = "0-9A-HJ-NP-RTUWXY"  # without I, O, S, V, Z
# Registering department and kind of organisation may be letters (N2: rural collectives); the region is six digits.
_CREDIT_CODE = re.compile(rf"[{_CHARACTERS}]{{2}}\d{{6}}[{_CHARACTERS}]{{10}}", re.ASCII)
_ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]", re.ASCII)
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def parse_credit_code(text: str) -> str:
    """Eighteen characters, upper-case. InvalidValue."""
    code = tidy(text)
    if len(code) != 18:
        raise InvalidValue(Problem.CREDIT_CODE_LENGTH)
    if not _CREDIT_CODE.fullmatch(code):
        raise InvalidValue(Problem.CREDIT_CODE_CHARACTERS)
    if code[17] != uscc.calc_check_digit(code):
        raise InvalidValue(Problem.CREDIT_CODE_CHECK_DIGIT)
    return code


def parse_organisation_code(text: str) -> str:
    """Nine characters without the hyphen, upper-case. InvalidValue."""
    code = tidy(text)
    if not _ORGANISATION_CODE.fullmatch(code):
        raise InvalidValue(Problem.ORGANISATION_CODE_FORMAT)
    if code[8] != organisation_check_character(code[:8]):
        raise InvalidValue(Problem.ORGANISATION_CODE_CHECK_DIGIT)
    return code


def organisation_check_character(body: str) -> str:
    """GB 11714: of the first eight characters; a letter counts from A = 10."""
    total = sum(weight * int(character, 36) for weight, character in zip(_WEIGHTS, body, strict=True))
    return "0123456789X0"[11 - total % 11]


def parse_holder_code(text: str) -> str:
    """The credit code, or the old organisation code of whoever still goes by that: eighteen or nine. InvalidValue."""
    return parse_organisation_code(text) if len(tidy(text)) == 9 else parse_credit_code(text)


def same_holder(code: str, holder_code: str) -> bool:
    """Is a form's code the certificate holder's? The same code, or one of them is the old one: digits 9 to 17 of the
    other.

    RULES C6. Both as parsed, eighteen or nine characters; an old code stands in the newer one with its check character.
    """
    if not code or not holder_code:
        return False
    return code == holder_code or _old(code) == holder_code or code == _old(holder_code)


def _old(code: str) -> str:
    return code[8:17] if len(code) == 18 else ""
