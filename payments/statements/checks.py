"""Does a statement agree with itself? Running balance, opening and closing, counts and totals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from payments.statements.errors import control_broken
from payments.statements.model import Control, Proof


@dataclass(frozen=True, slots=True)
class Run:
    """``breaks``: indices of lines whose balance doesn't follow. Opening and closing are those of the period."""

    followed: bool = False
    newest_first: bool = False
    opening_fen: int | None = None
    closing_fen: int | None = None
    breaks: tuple[int, ...] = ()


def running(amounts: Sequence[int], balances: Sequence[int | None], times: Sequence[date]) -> Run:
    """Follow the balances in the order of ``times`` (days or moments); when all are the same, in the one that fits.

    Without a balance in every line nothing is followed. The oldest line's own amount can't be checked by this: the
    balance before it isn't in the file.
    """
    known = [balance for balance in balances if balance is not None]
    if not known or len(known) != len(amounts):
        return Run()
    opening = known[0] - amounts[0]
    oldest_first = Run(followed=True, opening_fen=opening, closing_fen=known[-1])
    if times[0] <= times[-1]:
        if list(accumulate(amounts, initial=opening))[1:] == known:
            return oldest_first
        forward = _breaks(amounts, known)
        if times[0] < times[-1]:
            return replace(oldest_first, breaks=forward)
    backward = tuple(sorted(len(known) - 1 - index for index in _breaks(amounts[::-1], known[::-1])))
    if times[0] == times[-1] and len(forward) <= len(backward):
        return replace(oldest_first, breaks=forward)
    return Run(
        followed=True, newest_first=True, opening_fen=known[-1] - amounts[-1], closing_fen=known[0], breaks=backward
    )


def _breaks(amounts: Sequence[int], balances: Sequence[int]) -> tuple[int, ...]:
    return tuple(index for index in range(1, len(amounts)) if balances[index - 1] + amounts[index] != balances[index])


def prove_totals(
    control: Control, amounts: Sequence[int], sides: tuple[Sequence[int], Sequence[int]] | None = None
) -> frozenset[Proof]:
    """Raises ControlBroken unless every count and total that the bank states is the lines'.

    ``sides``: the credit and the debit column. A reversal stands as a minus in its own column; some banks count it
    there, others on the side where the money went: either is a count of these lines.
    """
    by_sign = _tally([amount for amount in amounts if amount > 0], [-amount for amount in amounts if amount < 0])
    by_side = by_sign if sides is None else _tally(*([fen for fen in side if fen] for side in sides))
    stated = {
        "count": control.count,
        "credit_count": control.credit_count,
        "credit_fen": control.credit_fen,
        "debit_count": control.debit_count,
        "debit_fen": control.debit_fen,
    }
    for what, said in stated.items():
        if said is not None and said not in (by_sign[what], by_side[what]):
            raise control_broken(what, stated=said, found=by_sign[what])
    return frozenset({Proof.TOTALS}) if any(said is not None for said in stated.values()) else frozenset()


def _tally(credit: Sequence[int], debit: Sequence[int]) -> dict[str, int]:
    return {
        "count": len(credit) + len(debit),
        "credit_count": len(credit),
        "credit_fen": sum(credit),
        "debit_count": len(debit),
        "debit_fen": sum(debit),
    }


def prove_ends(opening: int | None, closing: int | None, amounts: Sequence[int]) -> frozenset[Proof]:
    """Opening + lines = closing, both stated by the bank. Raises ControlBroken."""
    if opening is None or closing is None:
        return frozenset()
    found = opening + sum(amounts)
    if found != closing:
        raise control_broken("closing_fen", stated=closing, found=found)
    return frozenset({Proof.ENDS})
