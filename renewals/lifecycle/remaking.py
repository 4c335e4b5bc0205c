"""A medium is made once more after it was finished: dead on arrival, lost on its way, not collected. Pure.

RULES P18, P23. Nothing is asked of the customer again, and nothing costs again: only what comes after the making of
this one item is waited for anew.
"""

from dataclasses import replace

from renewals.lifecycle.moves import find, recompute
from renewals.lifecycle.refusals import OrderEnded, StepNotOpen
from renewals.lifecycle.states import Flags, PathSpec, Step, Steps, StepState


def remake(path: PathSpec, steps: Steps, name: str, *, item: str, flags: Flags) -> Steps:
    """done → open for the item's ``name``; the item's later steps wait for it. Also on an order that has completed.

    OrderEnded for one that ended early, StepNotOpen while the step isn't done.
    """
    if flags.ending is not None:
        raise OrderEnded(status=flags.ending.status)
    made = find(steps, name, item)
    if made.state is not StepState.DONE:
        raise StepNotOpen(step=name, item=item, state=made.state)
    names = [spec.name for spec in path.steps]
    later = frozenset(names[names.index(name) :])

    def again(step: Step) -> Step:
        if step.item != item or step.name not in later:
            return step
        return replace(step, state=StepState.WAITING, phase=None, evidence=None, reason="")

    return recompute(path, tuple(again(step) for step in steps))
