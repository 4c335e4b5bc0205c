"""One item goes its own way (RULES P13, P18, P23): made again, or left out; the others stay as they are."""

import pytest

from renewals.lifecycle import (
    RUNNING,
    Gate,
    Kind,
    OrderEnded,
    PathSpec,
    Phase,
    Scope,
    Step,
    StepNotOpen,
    StepSpec,
    StepState,
    find,
    leave_out,
    remake,
)
from renewals.lifecycle.states import Ending, Flags, Status

DONE = StepState.DONE
PATH = PathSpec(
    "mailed",
    (
        StepSpec("mail_in", Kind.MAIL_IN, Scope.ITEM, skippable=True),
        StepSpec("production", Kind.PRODUCTION, Scope.ITEM, (Gate("mail_in", DONE),), skippable=True, issues=True),
        StepSpec("delivery", Kind.DELIVERY, Scope.ITEM, (Gate("production", DONE),), skippable=True),
    ),
)


def steps(
    production: StepState, phase: Phase | None, delivery: StepState, mail_in: StepState = DONE
) -> tuple[Step, ...]:
    return tuple(
        step
        for item in ("a", "b")
        for step in (
            Step("mail_in", Kind.MAIL_IN, Scope.ITEM, mail_in, item, reason="" if mail_in is DONE else "not_needed"),
            Step("production", Kind.PRODUCTION, Scope.ITEM, production, item, phase=phase),
            Step("delivery", Kind.DELIVERY, Scope.ITEM, delivery, item),
        )
    )


@pytest.mark.parametrize("delivery", [DONE, StepState.OPEN])
def test_a_remake_opens_this_items_making_again(delivery: StepState) -> None:
    before = steps(DONE, Phase.INSTALLED, delivery)
    after = remake(PATH, before, "production", item="a", flags=RUNNING)

    assert (find(after, "production", "a").state, find(after, "production", "a").phase) == (StepState.OPEN, None)
    assert find(after, "delivery", "a").state is StepState.WAITING
    assert find(after, "mail_in", "a").state is DONE
    assert [step for step in after if step.item == "b"] == [step for step in before if step.item == "b"]


def test_what_was_issued_and_broke_can_be_made_again_what_is_being_asked_cannot() -> None:
    issued = steps(StepState.SUBMITTED, Phase.ISSUED, StepState.WAITING)
    assert find(remake(PATH, issued, "production", item="a", flags=RUNNING), "production", "a").state is StepState.OPEN
    for state, phase in ((StepState.SUBMITTED, Phase.REQUESTED), (StepState.OPEN, None)):
        with pytest.raises(StepNotOpen):
            remake(PATH, steps(state, phase, StepState.WAITING), "production", item="a", flags=RUNNING)


def test_an_order_that_ended_early_makes_nothing_again() -> None:
    over = Flags(Ending(Status.CANCELLED, "no_longer_needed"))
    with pytest.raises(OrderEnded):
        remake(PATH, steps(DONE, Phase.INSTALLED, DONE), "production", item="a", flags=over)


def test_what_the_ca_refuses_is_left_out_and_the_key_goes_back() -> None:
    """RULES A12, P15: a key that was sent in is sent back all the same; the other item goes on."""
    before = steps(StepState.SUBMITTED, Phase.REQUESTED, StepState.WAITING)
    after = leave_out(PATH, before, "production", item="a", reason="ca_status_frozen")

    left = find(after, "production", "a")
    assert (left.state, left.reason, left.phase) == (StepState.SKIPPED, "ca_status_frozen", None)
    assert find(after, "delivery", "a").state is StepState.OPEN
    assert [step for step in after if step.item == "b"] == [step for step in before if step.item == "b"]


def test_where_nothing_was_sent_in_nothing_is_delivered() -> None:
    before = steps(StepState.SUBMITTED, Phase.REQUESTED, StepState.WAITING, StepState.SKIPPED)
    after = leave_out(PATH, before, "production", item="a", reason="ca_status_frozen")
    assert find(after, "delivery", "a").state is StepState.SKIPPED
