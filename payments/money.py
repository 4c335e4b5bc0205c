"""Money as people write it, and back. Inside Certhall money is always an integer number of fen."""

import re
from decimal import Decimal

_YUAN = re.compile(r"(?P<sign>-?)(?P<whole>0|[1-9]\d{0,15})(?:\.(?P<part>\d{1,2}))?", re.ASCII)


class NotAnAmount(ValueError):
    """The text isn't an amount in yuan with at most two decimals."""


def yuan(fen: int) -> str:
    """22100 → "221.00", as the channels' protocols and the tax bureau write it."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"


def display(fen: int) -> str:
    """122100 → "1,221.00 元", as the pages show it."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{part:02d} 元"


def parse_yuan(text: str) -> int:
    """ "221.00" → 22100 fen.

    Strict, because a guess here is somebody's money: plain ASCII digits, a point, at most two decimals.
    Raises NotAnAmount for everything else; never answers 0 for what it couldn't read.
    """
    found = _YUAN.fullmatch(text)
    if found is None:
        raise NotAnAmount(text[:40])
    fen = int(Decimal(f"{found['whole']}.{found['part'] or '0'}") * 100)
    return -fen if found["sign"] else fen
