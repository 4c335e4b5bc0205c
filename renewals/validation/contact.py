"""How to reach somebody: landlines and postal addresses. RULES A14, D4, E2."""

import re
import unicodedata

from renewals.validation.problems import InvalidValue, Problem, tidy

_LANDLINE = re.compile(r"(?:0\d{9,11}|1[3-9]\d{9}|[48]00\d{7})(?:[*#转]\d{1,6})?", re.ASCII)
_UNSHOWN = {"Cc", "Cf", "Co", "Cs", "Cn"}


def parse_phone(text: str) -> str:
    """A landline with its area code (0755-83990000 转 8001), a service number or a mobile; tidy. InvalidValue."""
    number = tidy(text).replace("(", "").replace(")", "")
    if _LANDLINE.fullmatch(number) is None:
        raise InvalidValue(Problem.PHONE_FORMAT)
    return number


def parse_address(text: str) -> str:
    """6 to 120 characters, so that a carrier finds the place; inner spaces made one. InvalidValue."""
    address = " ".join(text.split())
    if not 6 <= len(address) <= 120:
        raise InvalidValue(Problem.ADDRESS_LENGTH)
    if any(unicodedata.category(character) in _UNSHOWN for character in address) or set(address) & set("<>\\|"):
        raise InvalidValue(Problem.ADDRESS_CHARACTERS)
    return address
