"""Order numbers: 17 digits, as printed on forms and asked for in a transfer's remark. RULES Across 1, E5.

    01 20261121 000042 7
    kind  day   serial check

The check digit is Damm's: it catches every single wrong digit and every swap of two neighbours.
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass

from renewals.validation.problems import InvalidValue, Problem, tidy

# A totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004): row = interim digit, column = next digit.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_NEXT = {f"{row}{column}": digit for row, digits in enumerate(_DAMM) for column, digit in enumerate(digits)}
_RUN = re.compile(r"(?<!\d)\d{17}(?!\d)", re.ASCII)
MAX_SERIAL = 999_999


@dataclass(frozen=True, slots=True)
class OrderNumber:
    kind: str  # two digits
    day: datetime.date  # in the tenant's zone
    serial: int  # 1 … MAX_SERIAL, per tenant, kind and day

    def __str__(self) -> str:
        body = f"{self.kind}{self.day:%Y%m%d}{self.serial:06d}"
        return body + check_digit(body)


def make_order_number(kind: str, day: datetime.date, serial: int) -> str:
    """Seventeen digits. ValueError for a kind or serial that doesn't fit."""
    if not re.fullmatch(r"\d{2}", kind, re.ASCII) or not 1 <= serial <= MAX_SERIAL:
        raise ValueError(f"no order number for kind {kind!r}, serial {serial}")
    return str(OrderNumber(kind, day, serial))


def parse_order_number(text: str) -> OrderNumber:
    """What an order number says. Spaces and hyphens are forgiven. InvalidValue."""
    digits = tidy(text)
    if len(digits) != 17 or not (digits.isascii() and digits.isdigit()):
        raise InvalidValue(Problem.ORDER_NUMBER_FORMAT)
    if check_digit(digits[:16]) != digits[16]:
        raise InvalidValue(Problem.ORDER_NUMBER_CHECK_DIGIT)
    try:
        day = datetime.date(int(digits[2:6]), int(digits[6:8]), int(digits[8:10]))
    except ValueError:
        raise InvalidValue(Problem.ORDER_NUMBER_DATE) from None
    return OrderNumber(digits[:2], day, int(digits[10:16]))


def is_order_number(digits: str) -> bool:
    """Seventeen ASCII digits with their check digit and a real day; quick, for looking at many."""
    if len(digits) != 17 or not (digits.isascii() and digits.isdigit()) or check_digit(digits) != "0":
        return False
    try:
        datetime.date(int(digits[2:6]), int(digits[6:8]), int(digits[8:10]))
    except ValueError:
        return False
    return True


def find_order_numbers(remark: str) -> tuple[str, ...]:
    """Every order number in a transfer's remark, each once: runs of exactly 17 digits whose check digit holds."""
    found = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", remark)):
        try:
            found.append(str(parse_order_number(run)))
        except InvalidValue:
            continue
    return tuple(dict.fromkeys(found))


def check_digit(digits: str) -> str:
    """Damm's check digit of a string of digits; appended to them, the whole checks to "0"."""
    interim = "0"
    for digit in digits:
        interim = _NEXT[interim + digit]
    return interim
