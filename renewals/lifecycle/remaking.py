"""One item of an order goes its own way: its medium is made once more, or the CA won't have it. Pure.

RULES P13, P18, P23. A remake asks nothing of the customer again, and costs nothing again: only what comes after the
making of this one item is waited for anew. One item that is refused never blocks the others.
"""

from dataclasses import replace

from renewals.lifecycle.moves import find, recompute
from renewals.lifecycle.refusals import OrderEnded, StepNotOpen
from renewals.lifecycle.states import Flags, Kind, PathSpec, Phase, Step, Steps, StepState


def remake(path: PathSpec, steps: Steps, name: str, *, item: str, flags: Flags) -> Steps:
    """done (or issued, and broken in the making) → open; the item's later steps wait for it. Also on an order that has
    completed.

    OrderEnded for one that ended early, StepNotOpen before there is something to be made again.
    """
    if flags.ending is not None:
        raise OrderEnded(status=flags.ending.status)
    made = find(steps, name, item)
    if made.state is not StepState.DONE and made.phase not in {Phase.ISSUED, Phase.INSTALLED}:
        raise StepNotOpen(step=name, item=item, state=made.state)
    names = [spec.name for spec in path.steps]
    later = frozenset(names[names.index(name) :])

    def again(step: Step) -> Step:
        if step.item != item or step.name not in later:
            return step
        return replace(step, state=StepState.WAITING, phase=None, evidence=None, reason="")

    return recompute(path, tuple(again(step) for step in steps))


def leave_out(path: PathSpec, steps: Steps, name: str, *, item: str, reason: str) -> Steps:
    """The item's ``name`` and its later steps are skipped; its delivery too, unless its own key was sent in.

    For what was refused from outside, whatever state the step is in; the reason is never the customer's doing.
    """
    names = [spec.name for spec in path.steps]
    later = frozenset(names[names.index(name) :])
    find(steps, name, item)
    sent_in = any(s.item == item and s.kind is Kind.MAIL_IN and s.state is StepState.DONE for s in steps)

    def out(step: Step) -> Step:
        if step.item != item or step.name not in later or (sent_in and step.kind is Kind.DELIVERY):
            return step
        return replace(step, state=StepState.SKIPPED, reason=reason, phase=None, evidence=None)

    return recompute(path, tuple(out(step) for step in steps))
