"""The renewal code (更新码): shown before the key is touched, written down, typed in to resume. RULES A8, P6. Pure.

Twenty characters in five groups, K7RM-4PXA-…: nineteen at random (85 bits) and one check character, from an
alphabet without look-alikes. Kept only as a hash of `canonical_renewal_code`; this module stores nothing.
"""

import secrets

from renewals.validation.problems import InvalidValue, Problem, tidy

# 23 characters: digits without 0 and 1, letters without those that read like a digit or like one another
# (B D G I L O Q S U V Z). A prime number of them, so that one weighted check character catches every wrong
# character and every swap of two.
ALPHABET = "23456789ACEFHJKMNPRTWXY"
_MEANT = str.maketrans("ZSGB", "2568")  # what people read into the characters that are left
_LENGTH, _GROUP = 20, 4


def new_renewal_code() -> str:
    """A fresh code in groups, from the system's random source."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH - 1))
    return format_renewal_code(body + _check_character(body))


def canonical_renewal_code(text: str) -> str:
    """What was typed, as the twenty characters to hash: any case, with or without hyphens. InvalidValue."""
    code = tidy(text).translate(_MEANT)
    if len(code) != _LENGTH or not set(code) <= set(ALPHABET):
        raise InvalidValue(Problem.RENEWAL_CODE_FORMAT)
    if code[-1] != _check_character(code[:-1]):
        raise InvalidValue(Problem.RENEWAL_CODE_CHECK)
    return code


def format_renewal_code(code: str) -> str:
    """Twenty characters in groups of four."""
    return "-".join(code[i : i + _GROUP] for i in range(0, _LENGTH, _GROUP))


def _check_character(body: str) -> str:
    """ISO 7064 in spirit: weights 2 … 20 differ and aren't 0 mod 23, the check character weighs 1."""
    total = sum((position + 2) * ALPHABET.index(character) for position, character in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]
