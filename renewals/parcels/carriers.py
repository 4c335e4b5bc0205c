"""Carriers, and what a tracking number of each looks like (RULES A14, P15: a wrong number is found when it is typed).

Patterns are what the carriers print today, kept wide enough for their older series; a number that fits none of them
was mistyped, or is another carrier's. Adding a carrier is a line here.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 30  # characters


@dataclass(frozen=True, slots=True)
class Carrier:
    """``pattern``: of the number in capitals, without spaces and hyphens. ``example``: shown beside the field."""

    code: str
    title: str
    pattern: str
    example: str
    check: Callable[[str], bool] | None = None

    def takes(self, number: str) -> bool:
        """Whether a normal number may be one of this carrier's."""
        fits = re.fullmatch(self.pattern, number, re.ASCII) is not None
        return fits and (self.check is None or self.check(number))


def _s10(number: str) -> bool:
    """The check digit of the Universal Postal Union's S10; EMS' domestic numbers of digits alone have none."""
    if number.isdigit():
        return True
    digits = [int(digit) for digit in number[2:11]]
    total = sum(weight * digit for weight, digit in zip((8, 6, 4, 2, 3, 5, 9, 7), digits, strict=False))
    wanted = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return digits[8] == wanted


CARRIERS: tuple[Carrier, ...] = (
    Carrier("ems", "邮政 EMS", r"[A-Z]{2}\d{9}CN|\d{13}", "1012345678901", _s10),
    Carrier("sf", "顺丰速运", r"SF\d{10,13}|\d{12}", "SF1234567890123"),
    Carrier("jd", "京东快递", r"JD[A-Z]{0,2}\d{10,15}", "JDVA12345678901"),
    Carrier("zto", "中通快递", r"7\d{11}|7\d{13}|ZTO?\d{10,13}", "75123456789012"),
    Carrier("yto", "圆通速递", r"YT\d{13}", "YT1234567890123"),
    Carrier("sto", "申通快递", r"77\d{11,13}|STO?\d{10,13}", "773123456789012"),
    Carrier("yunda", "韵达快递", r"\d{13}|\d{15}", "4312345678901"),
    Carrier("jt", "极兔速递", r"JT\d{13}", "JT1234567890123"),
    Carrier("deppon", "德邦快递", r"DPK\d{12}|\d{10}", "DPK212345678901"),
    Carrier("other", "其他快递", r"[A-Z0-9]{6,30}", "按面单填写"),
)
BY_CODE = {carrier.code: carrier for carrier in CARRIERS}


class TrackingNumberWrong(ValueError):
    """``why``: unknown_carrier, missing, or shape. ``carrier``: the one named; ``others``: titles it would fit."""

    def __init__(self, why: str, *, carrier: Carrier | None = None, others: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.why, self.carrier, self.others = why, carrier, others


def normal(number: str) -> str:
    """Full-width and small letters, spaces and hyphens as people copy them → the number itself."""
    folded = unicodedata.normalize("NFKC", number).upper()
    return re.sub(r"[\s\-—–]+", "", folded)


def parse(carrier: str, number: str) -> str:
    """The number as it is kept. TrackingNumberWrong when it can't be one of this carrier's."""
    named = BY_CODE.get(carrier)
    if named is None:
        raise TrackingNumberWrong("unknown_carrier")
    kept = normal(number)
    if not kept:
        raise TrackingNumberWrong("missing", carrier=named)
    if len(kept) > LONGEST or not named.takes(kept):
        raise TrackingNumberWrong("shape", carrier=named, others=tuple(c.title for c in guess(kept)))
    return kept


def guess(number: str) -> tuple[Carrier, ...]:
    """The carriers whose numbers look so, without the one that takes any."""
    kept = normal(number)
    return tuple(carrier for carrier in CARRIERS if carrier.code != "other" and carrier.takes(kept))


def title_of(code: str) -> str:
    return BY_CODE[code].title if code in BY_CODE else code
