"""The number in a transfer's remark: what is certain, and what it may have been. RULES Across 1.

Certain is a number that stands alone: its digits side by side, or in groups with spaces, hyphens, dots or underscores
between them, beginning and ending where a group does, and valid by its check digit. Letters, Chinese characters and
other punctuation end a number; more digits glued to it make it doubtful, because a window of the right length among
other digits is valid by chance once in ten times.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from payments.matching.model import NumberRule, Reason

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_LOOK_ALIKE = re.compile(r"(?<=\d)[OoIl](?=[\dOoIl])|(?<![A-Za-z])[OoIl](?=\d)|(?<=\d)[OoIl](?![A-Za-z])", re.ASCII)
_DIGITS_FOR = str.maketrans("OoIl", "0011")
_CHAIN = re.compile(r"\d+(?:[\s\-‐‒–—―−_.·']{1,3}\d+)*", re.ASCII)
_TOKEN = re.compile(r"\d+", re.ASCII)
_MOST_TOKENS = 24  # of one chain: a remark isn't a table


@dataclass(frozen=True, slots=True)
class Reading:
    """``named``: certain numbers, each once, as they stand. ``doubtful``: digits that may have been meant as one."""

    named: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


_NOTHING = Reading()


def read(remark: str, rule: NumberRule) -> Reading:
    """What numbers a remark holds."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", remark))
    if len(text) < rule.length - 1:
        return _NOTHING
    named: dict[str, None] = {}
    doubtful: dict[str, None] = {}
    for chain in _CHAIN.findall(text):
        if len(chain) >= rule.length - 1:
            _read_chain(_TOKEN.findall(chain)[:_MOST_TOKENS], rule, named, doubtful)
    if not named and _LOOK_ALIKE.search(text):
        for chain in _CHAIN.findall(_LOOK_ALIKE.sub(lambda found: found[0].translate(_DIGITS_FOR), text)):
            digits = "".join(_TOKEN.findall(chain))
            if len(digits) == rule.length and rule.valid(digits):
                doubtful[digits] = None
    return Reading(tuple(named), tuple(doubtful)) if named or doubtful else _NOTHING


def _read_chain(tokens: list[str], rule: NumberRule, named: dict[str, None], doubtful: dict[str, None]) -> None:
    windows = list(_windows(tokens, rule.length))
    taken: set[int] = set()
    for start, end in windows:
        digits = "".join(tokens[start:end])
        if len(digits) == rule.length and rule.valid(digits):
            named[digits] = None
            taken.update(range(start, end))
    for start, end in windows:
        if taken.isdisjoint(range(start, end)):
            doubtful["".join(tokens[start:end])] = None


def _windows(tokens: list[str], length: int) -> list[tuple[int, int]]:
    """Neighbouring tokens with together one digit less than a number, as many, or one more; or a longer one alone."""
    found = []
    for start in range(len(tokens)):
        total = 0
        for end in range(start, len(tokens)):
            total += len(tokens[end])
            if total > length + 1:
                if end == start:
                    found.append((start, end + 1))
                break
            if total >= length - 1:
                found.append((start, end + 1))
    return found


def near(written: str, rule: NumberRule) -> dict[str, Reason]:
    """Valid numbers that one slip turns into what is written, and the slip. A check digit catches each of them."""
    found: dict[str, Reason] = {}
    if rule.valid(written) and len(written) == rule.length:
        return {written: Reason.ONE_WRONG_DIGIT}  # a letter stood for a digit
    for meant, slip in _slips(written, rule.length):
        if meant not in found and rule.valid(meant):
            found[meant] = slip
    return found


def _slips(written: str, length: int) -> list[tuple[str, Reason]]:
    if len(written) == length:
        swaps = [
            (written[:at] + right + left + written[at + 2 :], Reason.SWAPPED_DIGITS)
            for at, (left, right) in enumerate(pairwise(written))
            if left != right
        ]
        return swaps + [
            (written[:at] + digit + written[at + 1 :], Reason.ONE_WRONG_DIGIT)
            for at in range(length)
            for digit in "0123456789"
            if digit != written[at]
        ]
    if len(written) == length - 1:
        return [
            (written[:at] + digit + written[at:], Reason.LOST_DIGIT) for at in range(length) for digit in "0123456789"
        ]
    if len(written) == length + 1:
        ends = [(written[:-1], Reason.GLUED_NUMBER), (written[1:], Reason.GLUED_NUMBER)]
        return ends + [(written[:at] + written[at + 1 :], Reason.EXTRA_DIGIT) for at in range(1, length)]
    return [(written[at : at + length], Reason.GLUED_NUMBER) for at in range(len(written) - length + 1)]
