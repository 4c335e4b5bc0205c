"""A day's bill against our own books: pure. What agrees is counted, what doesn't is named by kind."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from payments.channels.bills.model import BillLine, LineKind

Key = tuple[str, str]


class Kind(StrEnum):
    MISSING_HERE = "missing_here"  # they have it, we don't
    MISSING_THERE = "missing_there"  # we have it, they don't
    AMOUNT = "amount"
    STATE = "state"  # done there, not here
    DUPLICATE = "duplicate"  # more than once in their bill


@dataclass(frozen=True, slots=True)
class Ours:
    """A movement in our books. ``amount_fen`` is positive."""

    kind: LineKind
    number: str
    transaction_id: str
    refund_number: str
    amount_fen: int
    is_done: bool

    @property
    def key(self) -> Key:
        return self.kind, self.transaction_id if self.kind is LineKind.PAYMENT else self.refund_number


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. An amount is None where that side knows nothing of it."""

    kind: Kind
    of: LineKind
    number: str
    transaction_id: str
    refund_number: str
    ours_fen: int | None
    theirs_fen: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    agreed: int
    differences: tuple[Found, ...]


def compare(lines: Iterable[BillLine], ours: Mapping[Key, Ours], expected: Iterable[Key]) -> Comparison:
    """``ours``: whatever we have under the lines' keys, and the expected ones.

    ``expected``: keys of what moved on that day by our books, and that no other day's bill has.
    """
    times: Counter[Key] = Counter()
    agreed, found = 0, []
    for line in lines:
        times[line.key] += 1
        kind = Kind.DUPLICATE if times[line.key] == 2 else _difference(line, ours.get(line.key))
        if times[line.key] > 2:
            continue
        if kind is None:
            agreed += 1
        else:
            found.append(_found(kind, line, ours.get(line.key)))
    for key in expected:
        if key not in times:
            mine = ours[key]
            found.append(
                Found(
                    Kind.MISSING_THERE,
                    mine.kind,
                    mine.number,
                    mine.transaction_id,
                    mine.refund_number,
                    mine.amount_fen,
                    None,
                )
            )
    return Comparison(agreed, tuple(found))


def _difference(line: BillLine, mine: Ours | None) -> Kind | None:
    if mine is None:
        return Kind.MISSING_HERE
    if mine.amount_fen != line.amount_fen:
        return Kind.AMOUNT
    return Kind.STATE if line.is_done and not mine.is_done else None


def _found(kind: Kind, line: BillLine, mine: Ours | None) -> Found:
    return Found(
        kind,
        line.kind,
        line.out_trade_no or (mine.number if mine else ""),
        line.transaction_id,
        line.refund_number,
        mine.amount_fen if mine else None,
        line.amount_fen,
    )
