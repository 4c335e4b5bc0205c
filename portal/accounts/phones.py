"""Mobile numbers as people type them. Pure."""

import re
import unicodedata

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SEPARATORS = re.compile(r"[\s\-()·.]+")


def normalise_mobile(typed: str) -> str | None:
    """The eleven digits of a mainland mobile number, or None.

    Full-width digits, blanks, hyphens and the country code (+86, 0086, 86) are taken as meant:
    numbers are pasted from address books.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 11:
            digits = digits.removeprefix(prefix)
            break
    return digits if _MOBILE.fullmatch(digits) else None


def normalise_code(typed: str) -> str:
    """Digits of a one-time code: full-width digits and blanks are taken as meant."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", typed))
