"""The moves of a path: pure, typed, guarded. Each takes the steps as they are and gives the steps as they will be.

A move that its guards forbid raises a LifecycleRefused and has changed nothing. ``item`` is the item's key for an
item-scoped step and None for an order-scoped one. DESIGN §1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from renewals.lifecycle.refusals import (
    AlreadyIssuing,
    FieldsLocked,
    GateClosed,
    NotSkippable,
    OrderEnded,
    ReasonMissing,
    StaleEvidence,
    StepNotOpen,
    UnknownStep,
    WrongPhase,
)
from renewals.lifecycle.states import (
    DELIVERY_PHASES,
    ISSUANCE_PHASES,
    KINDS,
    PAYMENT_PHASES,
    Evidence,
    Flags,
    Gate,
    Kind,
    PathSpec,
    Phase,
    Scope,
    Step,
    Steps,
    StepSpec,
    StepState,
)

_REACHED = {
    StepState.SUBMITTED: frozenset({StepState.SUBMITTED, StepState.DONE, StepState.SKIPPED}),
    StepState.DONE: frozenset({StepState.DONE, StepState.SKIPPED}),
}


# -- reading ----------------------------------------------------------------------------------------------------------


def find(steps: Sequence[Step], name: str, item: str | None = None) -> Step:
    """The step of that name (and item). UnknownStep otherwise."""
    for step in steps:
        if step.name == name and step.item == item:
            return step
    raise UnknownStep(step=name, item=item)


def gates_of(path: PathSpec, name: str) -> tuple[Gate, ...]:
    """What has to come first: `opens_when`, and everything that this step is to accept must have been submitted."""
    spec = path.spec(name)
    return spec.opens_when + tuple(Gate(accepted, StepState.SUBMITTED) for accepted in spec.accepts)


def closed_gates(path: PathSpec, steps: Sequence[Step], step: Step) -> tuple[Gate, ...]:
    """The gates of this step that are still closed. An item's step looks at its own item only."""
    return tuple(gate for gate in gates_of(path, step.name) if not _met(gate, step, steps))


def _met(gate: Gate, step: Step, steps: Sequence[Step]) -> bool:
    return all(
        _has_reached(other, gate.state)
        for other in steps
        if other.name == gate.step and (step.item is None or other.item is None or other.item == step.item)
    )


def _has_reached(step: Step, state: StepState) -> bool:
    """A QR code on the screen is no money yet: only a claimed transfer counts as a payment that was submitted."""
    return step.state in _REACHED[state] and not (step.state is StepState.SUBMITTED and step.phase is Phase.ONLINE)


def next_phase(path: PathSpec, step: Step) -> Phase | None:
    """What `advance` would bring a submitted step to; None in its last phase and where there is no sequence."""
    phases = _phases_of(path, step)
    return next(iter(phases[phases.index(step.phase) + 1 :]), None) if step.phase in phases else None


def price_locked(path: PathSpec, steps: Sequence[Step]) -> frozenset[str]:
    """The fields that can't change any more because payment is submitted or settled (DESIGN §1)."""
    paid = any(s.kind is Kind.PAYMENT and s.state in {StepState.SUBMITTED, StepState.DONE} for s in steps)
    return path.price_fields if paid else frozenset()


# -- beginning --------------------------------------------------------------------------------------------------------


def start(path: PathSpec, items: Sequence[str]) -> Steps:
    """The steps of a new order with these items (at least one, each once)."""
    if not items or len(set(items)) != len(items):
        raise ValueError("an order has one or more items, each once")
    return recompute(path, tuple(step for spec in path.steps for step in _fresh(spec, items)))


def _fresh(spec: StepSpec, items: Sequence[str]) -> list[Step]:
    if spec.scope is Scope.ORDER:
        return [Step(spec.name, spec.kind, spec.scope)]
    return [Step(spec.name, spec.kind, spec.scope, item=item) for item in items]


def recompute(path: PathSpec, steps: Sequence[Step]) -> Steps:
    """Open what may open, close again what may not. Touches waiting and open steps only: what was accepted stays."""
    return tuple(_recomputed(path, steps, step) for step in steps)


def _recomputed(path: PathSpec, steps: Sequence[Step], step: Step) -> Step:
    if step.state not in {StepState.WAITING, StepState.OPEN}:
        return step
    state = StepState.WAITING if closed_gates(path, steps, step) else StepState.OPEN
    return step if state is step.state else replace(step, state=state)


def change_path(path: PathSpec, steps: Sequence[Step], items: Sequence[str]) -> Steps:
    """The steps on another path, chosen when the application was submitted: what both paths have is kept."""
    kept = {(s.name, s.kind, s.item): s for s in steps}
    fresh = (step for spec in path.steps for step in _fresh(spec, items))
    return recompute(path, tuple(kept.get((s.name, s.kind, s.item), s) for s in fresh))


# -- the moves --------------------------------------------------------------------------------------------------------


def submit(
    path: PathSpec,
    steps: Steps,
    name: str,
    *,
    flags: Flags,
    item: str | None = None,
    evidence: Evidence | None = None,
    phase: Phase | None = None,
) -> Steps:
    """open or returned → submitted; straight to done where no step accepts it (a consent, say).

    Payment needs ``phase`` online or transfer, delivery sent or ready; what issues starts at requested.
    """
    _running(steps, flags)
    step = find(steps, name, item)
    _open(path, steps, step)
    _fresh_evidence(step, evidence)
    phase = _first_phase(path, step, phase)
    waits = KINDS[step.kind].submitted_to is not None or any(name in spec.accepts for spec in path.steps)
    state = StepState.SUBMITTED if waits else StepState.DONE
    return _put(path, steps, replace(step, state=state, evidence=evidence, phase=phase, reason=""))


def advance(path: PathSpec, steps: Steps, name: str, phase: Phase, *, flags: Flags, item: str | None = None) -> Steps:
    """The next phase: requested → issued → installed, or a pin_unblock's released. None is left out or repeated."""
    _running(steps, flags)
    step = find(steps, name, item)
    phases = _phases_of(path, step)
    if step.state is not StepState.SUBMITTED or step.phase not in phases:
        raise StepNotOpen(step=name, item=item, state=step.state)
    following = phases[phases.index(step.phase) + 1 :][:1]
    if (phase,) != following:
        raise WrongPhase(step=name, item=item, phase=step.phase, wanted=phase)
    return _put(path, steps, replace(step, phase=phase))


def complete(
    path: PathSpec,
    steps: Steps,
    name: str,
    *,
    flags: Flags,
    item: str | None = None,
    evidence: Evidence | None = None,
) -> Steps:
    """submitted → done, or open/returned → done where staff or the system settle it at once (review, counter check).

    Also accepts what the step `accepts`. What has phases is done only from the last one: a certificate is installed,
    an unblocking released. Money goes through `settle`.
    """
    _running(steps, flags)
    step = find(steps, name, item)
    if step.kind is Kind.PAYMENT:
        raise WrongPhase(step=name, item=item, phase=step.phase, wanted="settle")
    phases = _phases_of(path, step)
    if phases and step.phase is not phases[-1]:
        raise WrongPhase(step=name, item=item, phase=step.phase, wanted=phases[-1] or "")
    if step.state is not StepState.SUBMITTED:
        _open(path, steps, step)
    _fresh_evidence(step, evidence)
    done = replace(step, state=StepState.DONE, evidence=evidence or step.evidence, reason="")
    accepted = set(path.spec(name).accepts)

    def accept(other: Step) -> Step:
        taken = other.name in accepted and other.state is StepState.SUBMITTED and _same_item(other, step)
        return replace(other, state=StepState.DONE) if taken else other

    return _put(path, tuple(accept(other) for other in steps), done)


def settle(
    path: PathSpec, steps: Steps, name: str = "payment", *, flags: Flags, evidence: Evidence | None = None
) -> Steps:
    """The money is there: payment → done from any state but done and skipped.

    The only move that may close a step that isn't open: payments can't be refused (DESIGN §3), and the gates of the
    steps behind it still hold. OrderEnded or StepNotOpen tells the caller to refund or to keep it as a balance.
    """
    _running(steps, flags)
    step = find(steps, name)
    if step.kind is not Kind.PAYMENT or step.settled:
        raise StepNotOpen(step=name, item=None, state=step.state)
    return _put(path, steps, replace(step, state=StepState.DONE, evidence=evidence or step.evidence, reason=""))


def withdraw(path: PathSpec, steps: Steps, name: str = "payment", *, flags: Flags) -> Steps:
    """A payment that was submitted and not settled → open: the price may change or another channel be chosen."""
    _running(steps, flags)
    step = find(steps, name)
    if step.kind is not Kind.PAYMENT or step.state is not StepState.SUBMITTED:
        raise StepNotOpen(step=name, item=None, state=step.state)
    return _put(path, steps, replace(step, state=StepState.WAITING, phase=None, evidence=None))


def skip(path: PathSpec, steps: Steps, name: str, *, reason: str, flags: Flags, item: str | None = None) -> Steps:
    """waiting, open or returned → skipped, for a reason, where the kind or the pack allows it."""
    _running(steps, flags)
    step = find(steps, name, item)
    if step.state not in {StepState.WAITING, StepState.OPEN, StepState.RETURNED}:
        raise StepNotOpen(step=name, item=item, state=step.state)
    if not (path.spec(name).skippable or KINDS[step.kind].skippable):
        raise NotSkippable(step=name, item=item)
    _reason(reason)
    return _put(path, steps, replace(step, state=StepState.SKIPPED, reason=reason, phase=None, evidence=None))


def return_(
    path: PathSpec, steps: Steps, reasons: Mapping[str, str], *, by: str, flags: Flags, item: str | None = None
) -> Steps:
    """``by`` sends the named steps back, each with its reason; they alone reopen, and ``by`` waits for them.

    Whoever had accepted one of them looks again, or nobody would accept what is handed in anew. A step may also
    return itself (identity didn't match, the CA refused the request). Money and a certificate that exists can't be
    returned: they are refunded and revoked by an ending.
    """
    _running(steps, flags)
    judge = find(steps, by, item if path.spec(by).scope is Scope.ITEM else None)
    if judge.state is not StepState.SUBMITTED:
        _open(path, steps, judge)
    if not reasons:
        raise ReasonMissing(step=by)
    if set(reasons) != {by}:
        _not_issuing(path, steps)
    for name, reason in reasons.items():
        _reason(reason)
        _returnable(path, find(steps, name, _item_for(path, name, item)), judge)

    def back(step: Step) -> Step:
        if step.name in reasons and _same_item(step, judge):
            return replace(step, state=StepState.RETURNED, reason=reasons[step.name], phase=None, evidence=None)
        if step is judge or (step.name in again and step.state is not StepState.OPEN):
            return replace(step, state=StepState.WAITING, phase=None, evidence=None)
        return step

    again = {spec.name for spec in path.steps if set(spec.accepts) & set(reasons)} - {by}
    return recompute(path, tuple(back(step) for step in steps))


def fields_changed(
    path: PathSpec,
    steps: Steps,
    fields: frozenset[str],
    *,
    form_version: int,
    flags: Flags,
    source: str = "application",
) -> Steps:
    """The form has a new version in which ``fields`` differ: exactly the steps that rest on one of them reopen.

    ``source`` (the application itself) carries the change and stays. A step that had accepted a reopened one looks
    again. FieldsLocked: a price field after payment was submitted. AlreadyIssuing: the CA has been asked.
    """
    _running(steps, flags)
    locked = fields & price_locked(path, steps)
    if locked:
        raise FieldsLocked(fields=tuple(sorted(locked)))
    _not_issuing(path, steps)
    hit = {s.name for s in steps if s.name != source and _rests_on(path, s, fields)}
    hit |= {spec.name for spec in path.steps if hit & set(spec.accepts)}

    def reopened(step: Step) -> Step:
        if step.name == source and step.evidence:
            return replace(step, evidence=Evidence(form_version, step.evidence.fields))
        if step.name in hit and step.state not in {StepState.WAITING, StepState.OPEN}:
            return replace(
                step, state=StepState.WAITING, reason="", phase=None, evidence=None, since_version=form_version
            )
        return replace(step, since_version=form_version) if step.name in hit else step

    return recompute(path, tuple(reopened(step) for step in steps))


# -- guards -----------------------------------------------------------------------------------------------------------


def _running(steps: Sequence[Step], flags: Flags) -> None:
    if flags.ending is not None or all(step.settled for step in steps):
        raise OrderEnded(status=flags.ending.status if flags.ending else "completed")


def _not_issuing(path: PathSpec, steps: Sequence[Step]) -> None:
    """Once the CA has been asked for one item, what the order says stands for all of them."""
    if any(step.phase or step.state is StepState.DONE for step in path.issuing(tuple(steps))):
        raise AlreadyIssuing()


def _phases_of(path: PathSpec, step: Step) -> tuple[Phase | None, ...]:
    """The phases that a step goes through in order; () where they are no sequence."""
    if path.spec(step.name).issues:
        return ISSUANCE_PHASES
    return _PHASES.get(step.kind, ())


def _open(path: PathSpec, steps: Sequence[Step], step: Step) -> None:
    if step.state is StepState.WAITING or (step.state is StepState.RETURNED and closed_gates(path, steps, step)):
        raise GateClosed(step=step.name, item=step.item, first=tuple(g.step for g in closed_gates(path, steps, step)))
    if step.state not in {StepState.OPEN, StepState.RETURNED}:
        raise StepNotOpen(step=step.name, item=step.item, state=step.state)


def _fresh_evidence(step: Step, evidence: Evidence | None) -> None:
    """An answer that was asked for under an older version of the form proves nothing about this one."""
    oldest = max(step.since_version, step.evidence.form_version if step.evidence else 0)
    if evidence is not None and evidence.form_version < oldest:
        raise StaleEvidence(step=step.name, form_version=evidence.form_version, needed=oldest)


def _first_phase(path: PathSpec, step: Step, phase: Phase | None) -> Phase | None:
    if path.spec(step.name).issues:
        allowed: tuple[Phase | None, ...] = (Phase.REQUESTED,)
        phase = phase or Phase.REQUESTED
    else:
        allowed = _FIRST_PHASES.get(step.kind, (None,))
    if phase not in allowed:
        raise WrongPhase(step=step.name, item=step.item, phase=step.phase, wanted=phase)
    return phase


_PHASES: Mapping[Kind, tuple[Phase | None, ...]] = {
    Kind.PIN_UNBLOCK: (None, Phase.RELEASED),
    Kind.SEAL: (None, Phase.ISSUED),
}

_FIRST_PHASES: Mapping[Kind, tuple[Phase | None, ...]] = {
    Kind.PAYMENT: PAYMENT_PHASES,
    Kind.IDENTITY: (None, Phase.COUNTER),
    Kind.DELIVERY: DELIVERY_PHASES,
}


def _returnable(path: PathSpec, step: Step, judge: Step) -> None:
    names = [spec.name for spec in path.steps]
    itself = step.name == judge.name
    settled_money = step.kind is Kind.PAYMENT and step.state is StepState.DONE
    issues = path.spec(step.name).issues
    of_another = not itself and (issues or step.kind is Kind.PAYMENT)
    exists = issues and step.phase not in {None, Phase.REQUESTED}
    wrong_state = not itself and step.state not in {StepState.SUBMITTED, StepState.DONE}
    if settled_money or of_another or exists or wrong_state or names.index(step.name) > names.index(judge.name):
        raise StepNotOpen(step=step.name, item=step.item, state=step.state)


def _rests_on(path: PathSpec, step: Step, fields: frozenset[str]) -> bool:
    proven = path.spec(step.name).proves | (step.evidence.fields if step.evidence else frozenset())
    return bool(proven & fields)


def _reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing()


def _item_for(path: PathSpec, name: str, item: str | None) -> str | None:
    try:
        return item if path.spec(name).scope is Scope.ITEM else None
    except KeyError:
        raise UnknownStep(step=name, item=item) from None


def _same_item(step: Step, other: Step) -> bool:
    return step.item is None or other.item is None or step.item == other.item


def _put(path: PathSpec, steps: Steps, changed: Step) -> Steps:
    """These steps with one of them replaced, recomputed."""
    same: Callable[[Step], bool] = lambda s: s.name == changed.name and s.item == changed.item  # noqa: E731
    return recompute(path, tuple(changed if same(step) else step for step in steps))
