"""What cancelling and running out mean at every step of the shipped paths: a table a path (RULES P9, P13, P19, D7)."""

from collections.abc import Iterator

import pytest

from renewals import lifecycle
from renewals.lifecycle import (
    RUNNING,
    Duty,
    Ending,
    Flags,
    Kind,
    LifecycleRefused,
    NextActor,
    PathSpec,
    Phase,
    Step,
    Steps,
    StepState,
    cancel,
    cancel_stage,
    derive,
    expire,
    stop,
)
from renewals.programmes import shipped_packs

PACKS = {pack.key: pack for pack in shipped_packs()}
PATHS = [(key, path.name) for key, pack in PACKS.items() for path in pack.paths]

#: from which step (and phase) on; "" is the beginning
_ISSUES = {
    step: [
        (f"{step}:requested", "ca_answering"),
        (f"{step}:issued", "after_issuance"),
        (f"{step}:installed", "installed"),
    ]
    for step in ("issuance", "production", "file_download")
}
_BEFORE, _PAID, _REVOKED = (
    ("", "before_payment"),
    ("payment:done", "after_payment"),
    ("revocation:submitted", "old_revoked"),
)
CANCELLING: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("sscc/epass3000gm", "online"): [_BEFORE, *_ISSUES["issuance"]],
    ("sscc/epass3000gm", "offline"): [_BEFORE, _PAID, *_ISSUES["production"]],
    ("sscc/epass3000gm", "new_medium"): [_BEFORE, _PAID, _REVOKED],
    ("sscc/epass3000gm", "unblock"): [_BEFORE],
    ("sscc/epass3003", "file_download"): [_BEFORE, _PAID, *_ISSUES["file_download"]],
    ("szca/jsj-rsa-upgrade", "upgrade"): [_BEFORE, _PAID, _REVOKED],
}


def stations(path: PathSpec) -> Iterator[tuple[str, Steps]]:
    """An order of one item that goes straight to its end: the step that was just worked on, and all of them."""
    steps, moved = lifecycle.start(path, ["i1"]), ""
    while not all(step.settled for step in steps):
        yield moved, steps
        step = next(step for step in steps if lifecycle.acting(path, steps, step) is not None)
        steps = _on(path, steps, step)
        now = lifecycle.find(steps, step.name, step.item)
        moved = f"{now.name}:{now.phase or now.state}"


def _on(path: PathSpec, steps: Steps, step: Step) -> Steps:
    if step.kind is Kind.PAYMENT:
        return lifecycle.settle(path, steps, step.name, flags=RUNNING)
    if step.state is StepState.SUBMITTED:
        following = lifecycle.next_phase(path, step)
        if following is not None:
            return lifecycle.advance(path, steps, step.name, following, item=step.item, flags=RUNNING)
        return lifecycle.complete(path, steps, step.name, item=step.item, flags=RUNNING)
    if step.kind is Kind.REVIEW:
        return lifecycle.complete(path, steps, step.name, flags=RUNNING)
    phase = Phase.SENT if step.kind is Kind.DELIVERY else None
    return lifecycle.submit(path, steps, step.name, item=step.item, phase=phase, flags=RUNNING)


def meaning(path: PathSpec, steps: Steps) -> str:
    try:
        return str(cancel_stage(path, steps, RUNNING))
    except LifecycleRefused as refusal:
        return str(refusal.params["why"])


@pytest.mark.parametrize(("key", "name"), CANCELLING)
def test_what_cancelling_means_from_which_step_on(key: str, name: str) -> None:
    path = PACKS[key].path_spec(name)
    changes: list[tuple[str, str]] = []
    for moved, steps in stations(path):
        now = meaning(path, steps)
        if not changes or changes[-1][1] != now:
            changes.append((moved, now))
    assert changes == CANCELLING[key, name]


@pytest.mark.parametrize(("key", "name"), PATHS)
def test_however_it_ends_somebody_acts_until_nothing_is_owed(key: str, name: str) -> None:
    """RULES Across 4: at every step of every shipped path, by each of the ways to end."""
    path = PACKS[key].path_spec(name)
    endings = 0
    for _moved, steps in stations(path):
        for end in (cancel, stop, expire):
            try:
                ending = end(path, steps, RUNNING, reason="because")
            except LifecycleRefused:
                continue
            endings += 1
            paid = any(step.kind is Kind.PAYMENT and step.state is StepState.DONE for step in steps)
            assert (Duty.REFUND in ending.duties or Duty.DECIDE_REFUND in ending.duties) == paid
            assert ending.close_charge != paid
            _worked_off(path, steps, lifecycle.owe(ending, Duty.RETURN_KEYS))
    assert endings > 0


def _worked_off(path: PathSpec, steps: Steps, ending: Ending) -> None:
    while ending.duties:
        seen = derive(path, steps, Flags(ending))
        assert seen.next_actor is not NextActor.NOBODY
        ending = lifecycle.discharge(ending, Duty(seen.current[0]))
    assert derive(path, steps, Flags(ending)).next_actor is NextActor.NOBODY
