"""How an order ends before it is completed: cancelled, rejected, expired, stopped. Pure.

An ending says what is still owed (`Duty`), so that an ended order too names who acts next until nothing is owed.
RULES P13, P19, E6.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from renewals.lifecycle.moves import find
from renewals.lifecycle.refusals import NotCancellable, OrderEnded, ReasonMissing, StepNotOpen
from renewals.lifecycle.states import Duty, Ending, Flags, Kind, PathSpec, Phase, Status, Step, StepState


class CancelStage(StrEnum):
    """What cancelling now would mean; pages say it before they ask."""

    BEFORE_PAYMENT = "before_payment"  # nothing owed; an open charge is closed
    AFTER_PAYMENT = "after_payment"  # the money goes back
    AFTER_ISSUANCE = "after_issuance"  # the new certificate is revoked, finance decides the refund (P19)


def cancel_stage(path: PathSpec, steps: Sequence[Step], flags: Flags) -> CancelStage:
    """What cancelling would mean now.

    NotCancellable(why="installed") once a certificate is on its key; NotCancellable(why="ca_answering") while the CA
    has been asked and hasn't answered, because nobody can say yet whether there is something to revoke;
    NotCancellable(why="old_revoked") once the old certificate's revocation is on its way (D7).
    """
    _running(steps, flags)
    if any(step.kind is Kind.REVOCATION and step.state in _REVOKING for step in steps):
        raise NotCancellable(why="old_revoked")
    issuances = path.issuing(tuple(steps))
    if any(step.phase is Phase.INSTALLED or step.state is StepState.DONE for step in issuances):
        raise NotCancellable(why="installed")
    if any(step.phase is Phase.REQUESTED for step in issuances):
        raise NotCancellable(why="ca_answering")
    if any(step.phase is Phase.ISSUED for step in issuances):
        return CancelStage.AFTER_ISSUANCE
    return CancelStage.AFTER_PAYMENT if _paid(steps) else CancelStage.BEFORE_PAYMENT


def cancel(path: PathSpec, steps: Sequence[Step], flags: Flags, *, reason: str) -> Ending:
    """The customer (or staff for them) gives up. The old certificate is untouched unless already revoked (P19)."""
    stage = cancel_stage(path, steps, flags)
    duties: tuple[Duty, ...] = ()
    if stage is CancelStage.AFTER_PAYMENT:
        duties = (Duty.REFUND,)
    elif stage is CancelStage.AFTER_ISSUANCE:
        duties = (Duty.REVOKE_NEW, Duty.DECIDE_REFUND) if _paid(steps) else (Duty.REVOKE_NEW,)
    return Ending(Status.CANCELLED, _reason(reason), duties, close_charge=not _paid(steps))


def reject(path: PathSpec, steps: Sequence[Step], flags: Flags, *, by: str, reason: str) -> Ending:
    """The review says no for good: the order ends and the money goes back. ``by`` names the open review step."""
    _running(steps, flags)
    step = find(steps, by)
    if path.spec(by).kind is not Kind.REVIEW or step.state not in {StepState.OPEN, StepState.SUBMITTED}:
        raise StepNotOpen(step=by, item=None, state=step.state)
    return _over(Status.REJECTED, steps, reason)


def stop(path: PathSpec, steps: Sequence[Step], flags: Flags, *, reason: str) -> Ending:
    """The CA won't renew it: frozen, revoked or renewed elsewhere meanwhile. Stop, tell, refund (P13)."""
    _running(steps, flags)
    if any(s.phase in _EXISTS or s.state is StepState.DONE for s in path.issuing(tuple(steps))):
        raise NotCancellable(why="issued")
    return _over(Status.STOPPED, steps, reason)


def expire(path: PathSpec, steps: Sequence[Step], flags: Flags, *, reason: str) -> Ending:
    """Nobody went on with it. An order with a transfer claim or with money in it doesn't expire (P9)."""
    _running(steps, flags)
    if _paid(steps) or any(s.phase is Phase.TRANSFER for s in steps):
        raise NotCancellable(why="paid")
    if any(s.phase or s.state is StepState.DONE for s in path.issuing(tuple(steps))):
        raise NotCancellable(why="issued")
    return Ending(Status.EXPIRED, _reason(reason), close_charge=True)


def discharge(ending: Ending, duty: Duty, *, refund: bool = False) -> Ending:
    """One duty is done. ``refund``: finance decided that money goes back, so the refund is owed from now on."""
    if duty not in ending.duties:
        raise StepNotOpen(step=duty, item=None, state="not_owed")
    left = tuple(other for other in ending.duties if other is not duty)
    if refund and Duty.REFUND not in left:
        left += (Duty.REFUND,)
    return replace(ending, duties=left)


def owe(ending: Ending, duty: Duty) -> Ending:
    """One duty more, which the steps alone don't tell: keys that came in by post go back. Owed once."""
    return ending if duty in ending.duties else replace(ending, duties=(*ending.duties, duty))


_EXISTS = frozenset({Phase.ISSUED, Phase.INSTALLED})
_REVOKING = frozenset({StepState.SUBMITTED, StepState.DONE})


def _over(status: Status, steps: Sequence[Step], reason: str) -> Ending:
    paid = _paid(steps)
    return Ending(status, _reason(reason), (Duty.REFUND,) if paid else (), close_charge=not paid)


def _paid(steps: Sequence[Step]) -> bool:
    return any(step.kind is Kind.PAYMENT and step.state is StepState.DONE for step in steps)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing()
    return reason


def _running(steps: Sequence[Step], flags: Flags) -> None:
    if flags.ending is not None or all(step.settled for step in steps):
        raise OrderEnded(status=flags.ending.status if flags.ending else Status.COMPLETED)
