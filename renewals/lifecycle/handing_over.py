"""Somebody else goes on with an order: what rested on the one before is done anew, the rest stays. RULES P2, P3."""

from dataclasses import replace

from renewals.lifecycle.moves import fields_changed, recompute
from renewals.lifecycle.refusals import OrderEnded
from renewals.lifecycle.states import Flags, Kind, PathSpec, Phase, Status, Step, Steps, StepState


def hand_over(
    path: PathSpec, steps: Steps, fields: frozenset[str], *, form_version: int, reason: str, flags: Flags
) -> Steps:
    """The consents open anew, a confirmed application comes back with ``reason``, and what rests on ``fields`` reopens.

    ``form_version``: the next one, which the new customer's application will have. What was paid stays paid. Once the
    CA has been asked nothing is done anew: whoever holds the key brings home what was issued.
    """
    if flags.ending is not None or all(step.settled for step in steps):
        raise OrderEnded(status=flags.ending.status if flags.ending else Status.COMPLETED)
    if any(step.phase in _ASKED or step.state is StepState.DONE for step in path.issuing(steps)):
        return steps
    written = [s.name for s in steps if s.kind is Kind.APPLICATION and s.state in _CONFIRMED]
    for source in written:
        steps = fields_changed(path, steps, fields, form_version=form_version, flags=flags, source=source)

    def anew(step: Step) -> Step:
        if step.kind is Kind.CONSENT and step.settled:
            return replace(step, state=StepState.WAITING, evidence=None)
        if step.name in written:
            return replace(step, state=StepState.RETURNED, reason=reason, evidence=None)
        return step

    return recompute(path, tuple(anew(step) for step in steps))


_ASKED = frozenset({Phase.REQUESTED, Phase.ISSUED, Phase.INSTALLED})
_CONFIRMED = frozenset({StepState.DONE, StepState.SUBMITTED, StepState.RETURNED})
