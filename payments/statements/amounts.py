"""Amounts as banks write them → signed fen, exactly, or NotAnAmount: never a guess, never 0 for what isn't one.

Taken: "1234.5", "1,234.50", "１，２３４．５０", "¥12.00", "12.00元", "+12.00", "-12.00", "12.00-", "(12.00)", any
kind of minus, "CNY 12.00". Refused: three decimals (even zeros: what stands there isn't yuan with two), thousands that
aren't three digits, a comma as the decimal point (the MT940 reader has its own), two signs, a space among the digits,
"12.", ".5", "1e3", words.
"""

import re
import unicodedata
from collections.abc import Sequence

#: no account holds 10¹⁵ yuan; it is a serial number in the wrong column
_WHOLE_DIGITS = 15
_AMOUNT = re.compile(
    r"""
    (?P<open>\()?+ (?P<sign>[+-])?+ (?:(?:¥|CNY|RMB|人民币)\s*+)?+ (?P<second>[+-])?+
    (?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+) (?:\.(?P<part>[0-9]{1,2}))?
    (?:\s*+(?:元|CNY))?+ (?P<behind>[+-])?+ (?P<close>\))?+
    """,
    re.VERBOSE,
)
_MINUSES = str.maketrans({"−": "-", "–": "-", "－": "-", "﹣": "-"})

#: a column of amounts with two decimals, or 0, or nothing, one a line
_COLUMN = re.compile(r"(?:(?:[+-]?+(?:[0-9]{1,15}+|[0-9]{1,3}+(?:,[0-9]{3})++)\.[0-9][0-9]|0|)\n)*+")


class NotAnAmount(ValueError):
    """``args[0]``: what stood there."""


def parse_amount(text: str) -> int:
    """Signed fen. Raises NotAnAmount."""
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip().translate(_MINUSES))
    if found is None or bool(found["open"]) != bool(found["close"]):
        raise NotAnAmount(text)
    signs = [sign for sign in (found["sign"], found["second"], found["behind"]) if sign]
    whole = found["whole"].replace(",", "")
    if len(signs) > 1 or (signs and found["open"]) or len(whole) > _WHOLE_DIGITS:
        raise NotAnAmount(text)
    fen = int(whole) * 100 + int((found["part"] or "0").ljust(2, "0"))
    return -fen if found["open"] or "-" in signs else fen


def parse_column(cells: Sequence[str]) -> list[int | None] | None:
    """Fen of a whole column at once, None for an empty cell; None where a cell is written in another way.

    The same as parse_amount on each, only faster: one match and one replace in C instead of a hundred thousand calls.
    """
    joined = "\n".join(cells) + "\n"
    if len(cells) != joined.count("\n") or _COLUMN.fullmatch(joined) is None:
        return None
    digits = joined.replace(",", "").replace(".", "").split("\n")
    digits.pop()
    if "" not in digits:
        return list(map(int, digits))
    return [int(fen) if fen else None for fen in digits]
