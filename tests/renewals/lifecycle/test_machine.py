"""Whatever people do in whatever order: the properties that a path never loses (DESIGN §1, RULES Across 4).

A state machine tries every move on every step of several paths. A move is either refused, and then nothing has
changed, or it keeps the invariants.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from renewals.lifecycle import (
    RUNNING,
    TERMINAL,
    Duty,
    Ending,
    Evidence,
    Flags,
    Kind,
    LifecycleRefused,
    NextActor,
    PathSpec,
    Phase,
    Status,
    Step,
    Steps,
    StepState,
    advance,
    cancel,
    closed_gates,
    complete,
    derive,
    discharge,
    expire,
    fields_changed,
    next_phase,
    recompute,
    reject,
    return_,
    settle,
    skip,
    start,
    stop,
    submit,
    withdraw,
)
from tests.renewals.lifecycle import paths

FIELDS = sorted(paths.PERSON | {"term_years", "organisation_name", "invoice_title"})


class Order(RuleBasedStateMachine):
    """One order under all moves."""

    path: PathSpec
    steps: Steps
    flags: Flags
    version: int

    @initialize(path=st.sampled_from(paths.ALL), items=st.integers(1, 2), ahead=st.integers(0, 16))
    def open(self, path: PathSpec, items: int, ahead: int) -> None:
        self.path, self.flags, self.version = path, RUNNING, 1
        self.steps = start(path, [f"item-{n}" for n in range(items)])
        for _ in range(ahead):
            self._first_that_moves()

    # -- the moves --

    def _try(self, move: Callable[[], Steps]) -> None:
        before, was = self.steps, self._status()
        try:
            after = move()
        except LifecycleRefused:
            assert self.steps == before
            return
        assert was not in TERMINAL, "terminal states stay"
        self._no_gate_was_skipped(before, after)
        self.steps = after

    def _no_gate_was_skipped(self, before: Steps, after: Steps) -> None:
        for old, new in zip(before, after, strict=True):
            assert (old.name, old.item, old.kind) == (new.name, new.item, new.kind)
            moved_on = new.state in {StepState.OPEN, StepState.SUBMITTED, StepState.DONE} and new.state != old.state
            money_came = new.kind is Kind.PAYMENT and new.state is StepState.DONE
            accepted = old.state is StepState.SUBMITTED  # it had passed its gates; what happened, happened
            if moved_on and not money_came and not accepted:
                assert not closed_gates(self.path, after, new) or not closed_gates(self.path, before, old)
            if new.state is StepState.DONE and old.state is StepState.WAITING:
                assert money_came
            if new.state is StepState.SKIPPED:
                assert new.reason.strip()
            if new.state is StepState.RETURNED:
                assert new.reason.strip()

    def _status(self) -> Status:
        return derive(self.path, self.steps, self.flags).status

    def _pick(self, data: st.DataObject) -> Step:
        return data.draw(st.sampled_from(self.steps))

    @rule(data=st.data(), phase=st.sampled_from([None, *Phase]), back=st.integers(0, 2))
    def submit(self, data: st.DataObject, phase: Phase | None, back: int) -> None:
        step, evidence = self._pick(data), Evidence(max(0, self.version - back), frozenset())
        self._try(
            lambda: submit(
                self.path, self.steps, step.name, item=step.item, evidence=evidence, phase=phase, flags=self.flags
            )
        )

    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """The likely next thing, so that runs get far."""
        if candidates := self._current():
            self._go_on(data.draw(st.sampled_from(candidates)))

    @rule(steps=st.integers(2, 8))
    def go_far(self, steps: int) -> None:
        for _ in range(steps):
            self._first_that_moves()

    def _current(self) -> list[Step]:
        current = derive(self.path, self.steps, self.flags).current
        return [step for step in self.steps if step.name in current and not step.settled]

    def _first_that_moves(self) -> None:
        before = self.steps
        for step in self._current():
            self._go_on(step)
            if self.steps != before:
                return

    def _go_on(self, step: Step) -> None:
        where = {"item": step.item, "flags": self.flags}
        if step.kind is Kind.PAYMENT and step.state is StepState.SUBMITTED:
            self._try(lambda: settle(self.path, self.steps, step.name, flags=self.flags))
        elif step.state is StepState.SUBMITTED and (following := next_phase(self.path, step)):
            self._try(lambda: advance(self.path, self.steps, step.name, following, **where))
        elif step.state is StepState.SUBMITTED or step.kind is Kind.REVIEW:
            self._try(lambda: complete(self.path, self.steps, step.name, **where))
        else:
            phase = (
                Phase.TRANSFER if step.kind is Kind.PAYMENT and self.path in {paths.REVIEWED, paths.EXPIRED} else None
            )
            phase = phase or {Kind.PAYMENT: Phase.ONLINE, Kind.DELIVERY: Phase.SENT}.get(step.kind)
            evidence = Evidence(self.version)
            self._try(lambda: submit(self.path, self.steps, step.name, evidence=evidence, phase=phase, **where))

    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        step = self._pick(data)
        self._try(lambda: complete(self.path, self.steps, step.name, item=step.item, flags=self.flags))

    @rule(data=st.data(), phase=st.sampled_from(Phase))
    def advance(self, data: st.DataObject, phase: Phase) -> None:
        step = self._pick(data)
        self._try(lambda: advance(self.path, self.steps, step.name, phase, item=step.item, flags=self.flags))

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        step = self._pick(data)
        self._try(lambda: settle(self.path, self.steps, step.name, flags=self.flags))

    @rule()
    def withdraw(self) -> None:
        self._try(lambda: withdraw(self.path, self.steps, flags=self.flags))

    @rule(data=st.data(), reason=st.sampled_from(["", "  ", "无需缴费"]))
    def skip(self, data: st.DataObject, reason: str) -> None:
        step = self._pick(data)
        self._try(lambda: skip(self.path, self.steps, step.name, reason=reason, item=step.item, flags=self.flags))

    @rule(data=st.data(), reason=st.sampled_from(["", "证件照片看不清"]))
    def return_(self, data: st.DataObject, reason: str) -> None:
        judge = self._pick(data)
        names = data.draw(st.sets(st.sampled_from([spec.name for spec in self.path.steps]), max_size=2))
        reasons, before = dict.fromkeys(names, reason), self.steps
        self._try(lambda: return_(self.path, self.steps, reasons, by=judge.name, item=judge.item, flags=self.flags))
        for old, new in zip(before, self.steps, strict=True):  # returned steps alone reopen, and who accepted them
            if old.state in {StepState.DONE, StepState.SUBMITTED} and new != old:
                accepted = set(self.path.spec(new.name).accepts) & names
                assert new.name in names or new.name == judge.name or accepted

    @rule(fields=st.sets(st.sampled_from(FIELDS), min_size=1, max_size=2))
    def fields_changed(self, fields: set[str]) -> None:
        before, version = self.steps, self.version + 1
        self._try(
            lambda: fields_changed(self.path, self.steps, frozenset(fields), form_version=version, flags=self.flags)
        )
        if self.steps == before:
            return
        self.version = version
        for old, new in zip(before, self.steps, strict=True):  # exactly what depended on them reopens
            spec = self.path.spec(new.name)
            accepted = {name for s in self.path.steps if s.proves & fields for name in [s.name]} & set(spec.accepts)
            if old.state in {StepState.DONE, StepState.SUBMITTED} and new.state is not old.state:
                assert spec.proves & fields or accepted
            if old.state in {StepState.DONE, StepState.SUBMITTED, StepState.RETURNED} and spec.proves & fields:
                assert new.state in {StepState.OPEN, StepState.WAITING}

    # -- the endings --

    @precondition(lambda self: self.flags.ending is None)
    @rule(data=st.data(), how=st.sampled_from(["cancel", "reject", "stop", "expire"]), late=st.integers(0, 6))
    def end(self, data: st.DataObject, how: str, late: int) -> None:
        if late:  # most runs should get further than this
            return
        was = self._status()
        try:
            ending: Ending = {
                "cancel": lambda: cancel(self.path, self.steps, self.flags, reason="不办了"),
                "reject": lambda: reject(self.path, self.steps, self.flags, by=self._pick(data).name, reason="不符"),
                "stop": lambda: stop(self.path, self.steps, self.flags, reason="证书已吊销"),
                "expire": lambda: expire(self.path, self.steps, self.flags, reason="逾期未办"),
            }[how]()
        except LifecycleRefused:
            return
        assert was not in TERMINAL
        paid = any(s.kind is Kind.PAYMENT and s.state is StepState.DONE for s in self.steps)
        issued = any(s.phase is Phase.ISSUED for s in self.steps)
        assert (Duty.REVOKE_NEW in ending.duties) == issued
        assert bool({Duty.REFUND, Duty.DECIDE_REFUND} & set(ending.duties)) == paid
        assert ending.close_charge != paid
        self.flags = Flags(ending)

    @precondition(lambda self: self.flags.ending is not None and self.flags.ending.duties)
    @rule(refund=st.booleans())
    def discharge(self, refund: bool) -> None:
        ending = self.flags.ending
        duty = Duty(derive(self.path, self.steps, self.flags).current[0])
        self.flags = Flags(discharge(ending, duty, refund=refund and duty is Duty.DECIDE_REFUND))
        assert self.flags.ending.status is ending.status

    # -- what always holds --

    @invariant()
    def somebody_acts_next(self) -> None:
        if not hasattr(self, "steps"):
            return
        derived = derive(self.path, self.steps, self.flags)
        event(f"{self.path.name}: {derived.status}")
        owed = self.flags.ending.duties if self.flags.ending else ()
        nobody_needed = derived.status in TERMINAL and not owed
        assert (derived.next_actor is NextActor.NOBODY) == nobody_needed
        assert bool(derived.current) != nobody_needed
        assert nobody_needed or derived.next_actor in derived.actors

    @invariant()
    def open_means_gates_hold(self) -> None:
        if not hasattr(self, "steps"):
            return
        assert recompute(self.path, self.steps) == self.steps
        for step in self.steps:
            if step.state is StepState.OPEN:
                assert not closed_gates(self.path, self.steps, step)
            assert (step.phase is not None) <= (step.state in {StepState.SUBMITTED, StepState.DONE})

    @invariant()
    def no_certificate_without_its_gates(self) -> None:
        """At the moment the CA is asked, everything before is done; from then on the application is closed."""
        if not hasattr(self, "steps"):
            return
        for step in self.steps:
            if step.kind is Kind.ISSUANCE and (step.phase is not None or step.state is StepState.DONE):
                assert not closed_gates(self.path, self.steps, step)


TestOrder = Order.TestCase
TestOrder.settings = settings(
    max_examples=300, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.parametrize("path", paths.ALL, ids=lambda path: path.name)
def test_the_happy_path_leads_to_completed(path: PathSpec) -> None:
    """Doing the current thing is enough to get to the end, on every path."""
    machine = Order()
    machine.path, machine.flags, machine.version = path, RUNNING, 1
    machine.steps = start(path, ["item-0", "item-1"])

    for _ in range(200):
        machine._first_that_moves()
    assert derive(path, machine.steps, RUNNING).status is Status.COMPLETED
