"""What an order is, seen from its steps: status, who acts next, which steps are current, by when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from renewals.lifecycle.moves import closed_gates
from renewals.lifecycle.states import (
    KINDS,
    Duty,
    Ending,
    Flags,
    Kind,
    NextActor,
    PathSpec,
    Phase,
    Status,
    Step,
    StepState,
)


@dataclass(frozen=True, slots=True)
class Derived:
    """The projection that the one door writes.

    ``current``: names of the steps on which somebody can act, in path order. ``actors``: everybody who can act now;
    ``next_actor`` is the one whom the order is waiting for (the customer first). ``due_working_days``: the shortest
    clock among that actor's current steps, None where the pack gives none.
    """

    status: Status
    next_actor: NextActor
    current: tuple[str, ...] = ()
    actors: frozenset[NextActor] = frozenset()
    due_working_days: int | None = None


_DUTY_ACTORS = {
    Duty.REVOKE_NEW: NextActor.CERTIFICATE_ADMINISTRATOR,
    Duty.DECIDE_REFUND: NextActor.FINANCE,
    Duty.REFUND: NextActor.SYSTEM,
    Duty.RETURN_KEYS: NextActor.MAIL_ROOM,
}


def acting(path: PathSpec, steps: Sequence[Step], step: Step) -> NextActor | None:
    """Who can act on this step now; None when nobody can (waiting, settled, or awaiting another step's verdict)."""
    rule, spec = KINDS[step.kind], path.spec(step.name)
    match step.state:
        case StepState.OPEN:
            who: NextActor | None = NextActor.SYSTEM if spec.automatic else rule.open_to
        case StepState.RETURNED:
            who = None if closed_gates(path, steps, step) else rule.open_to
        case StepState.SUBMITTED:
            who = rule.phases.get(step.phase, rule.submitted_to) if step.phase else rule.submitted_to
        case _:
            who = None
    return spec.hands if spec.hands and who is NextActor.CUSTOMER else who


def derive(path: PathSpec, steps: Sequence[Step], flags: Flags) -> Derived:
    """The projection of an order. Total: every reachable combination has a status and somebody who acts next."""
    if flags.ending is not None:
        return _ended(flags.ending)
    if all(step.settled for step in steps):
        return Derived(Status.COMPLETED, NextActor.NOBODY)
    acted = [(step, who) for step in steps if (who := acting(path, steps, step)) is not None]
    if not acted:
        raise AssertionError(f"path {path.name}: nobody can act on {steps}")  # pack validation walks every path
    step, who = min(acted, key=lambda pair: pair[1] is not NextActor.CUSTOMER)  # stable: first in path order
    clocks = [path.spec(s.name).working_days for s, w in acted if w is who]
    return Derived(
        status=_status(path, steps, step),
        next_actor=who,
        current=tuple(dict.fromkeys(s.name for s, _ in acted)),
        actors=frozenset(w for _, w in acted),
        due_working_days=min((days for days in clocks if days is not None), default=None),
    )


def _ended(ending: Ending) -> Derived:
    owed = tuple(duty for duty in Duty if duty in ending.duties)  # in the order in which they are done
    if not owed:
        return Derived(ending.status, NextActor.NOBODY)
    actors = _DUTY_ACTORS | ({Duty.REFUND: NextActor.FINANCE} if ending.refund_by_hand else {})
    return Derived(ending.status, actors[owed[0]], tuple(owed), frozenset(actors[duty] for duty in owed))


def _status(path: PathSpec, steps: Sequence[Step], lead: Step) -> Status:
    """The status, from the step that the order waits for."""
    if not _begun(steps):
        return Status.DRAFT
    if lead.kind is Kind.PAYMENT:
        reviewing = any(s.kind is Kind.REVIEW and s.state is StepState.OPEN for s in steps)
        return Status.UNDER_REVIEW if lead.phase is Phase.TRANSFER and reviewing else Status.AWAITING_PAYMENT
    if lead.kind is Kind.PRODUCTION or path.spec(lead.name).hands is NextActor.PRODUCTION:
        return Status.IN_PRODUCTION
    if path.spec(lead.name).issues and lead.state is not StepState.SUBMITTED:
        return Status.READY_TO_INSTALL
    if path.spec(lead.name).issues:
        return Status.ISSUING if lead.phase is Phase.REQUESTED else Status.INSTALLING
    return _STATUS_OF_KIND.get(lead.kind, Status.IN_PROGRESS)


_STATUS_OF_KIND = {
    Kind.REVIEW: Status.UNDER_REVIEW,
    Kind.REVOCATION: Status.ISSUING,
    Kind.MAIL_IN: Status.AWAITING_PARCEL,
    Kind.DELIVERY: Status.IN_DELIVERY,
}


def _begun(steps: Sequence[Step]) -> bool:
    """Whether it is more than a draft: the application is in or, on a path without one, anything was done."""
    untouched = {StepState.WAITING, StepState.OPEN}
    application = [s for s in steps if s.kind is Kind.APPLICATION]
    if application:
        return all(s.state not in untouched for s in application)
    return any(s.state not in untouched | {StepState.SKIPPED} for s in steps)
