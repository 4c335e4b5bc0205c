"""What the application says against what the certificate says, sign by sign. Pure (RULES C6, P11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from renewals.validation.credit_code import same_holder
from renewals.validation.organisation_name import same_name


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of signs; ``differs`` from the other side."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """``same``: nothing to look at. Else the pieces of both sides."""

    same: bool
    left: Sequence[Piece]
    right: Sequence[Piece]


def compare_names(left: str, right: str) -> Compared:
    return _compared(left, right, same=same_name(left, right))


def compare_codes(left: str, right: str) -> Compared:
    """Credit codes, or an old organisation code against the credit code that holds it (RULES C6)."""
    return _compared(left, right, same=same_holder(left.strip().upper(), right.strip().upper()))


def _compared(left: str, right: str, *, same: bool) -> Compared:
    if same:
        return Compared(same=True, left=[Piece(left, differs=False)], right=[Piece(right, differs=False)])
    ours: list[Piece] = []
    theirs: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        differs = what != "equal"
        if left[a:b]:
            ours.append(Piece(left[a:b], differs))
        if right[c:d]:
            theirs.append(Piece(right[c:d], differs))
    return Compared(same=False, left=ours, right=theirs)
