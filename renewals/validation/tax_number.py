"""What an invoice is made out to: title and tax number (纳税人识别号). RULES C5, P5."""

import re
import unicodedata

from stdnum.cn import uscc

from renewals.validation.problems import InvalidValue, Problem, tidy

_TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}", re.ASCII)


def parse_tax_number(text: str, *, required: bool) -> str:
    """15 to 20 digits and letters, upper-case; "" where it may be left out. InvalidValue.

    Of 18 characters it is the organisation's credit code (its check digit must hold) or, for a sole trader, a
    resident's ID number.
    """
    number = tidy(text)
    if not number:
        if required:
            raise InvalidValue(Problem.TAX_NUMBER_MISSING)
        return ""
    if not _TAX_NUMBER.fullmatch(number):
        raise InvalidValue(Problem.TAX_NUMBER_FORMAT)
    if len(number) == 18 and not _checks(number):
        raise InvalidValue(Problem.TAX_NUMBER_CHECK_DIGIT)
    return number


def parse_invoice_title(text: str) -> str:
    """2 to 100 characters; spaces at the ends dropped, inner ones made one. InvalidValue."""
    title = " ".join(text.split())
    if not 2 <= len(title) <= 100:
        raise InvalidValue(Problem.INVOICE_TITLE_LENGTH)
    if any(unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn"} for character in title) or set(
        title
    ) & set("<>\"'&|\\"):
        raise InvalidValue(Problem.INVOICE_TITLE_CHARACTERS)
    return title


def _checks(number: str) -> bool:
    """Of a credit code, or of an ID number (tax numbers of sole traders)."""
    if not re.search(r"[IOSVZ]", number) and uscc.calc_check_digit(number) == number[17]:
        return True
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, number[:17], strict=True)) % 11] == number[17]
