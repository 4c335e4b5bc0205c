"""Changes in the middle of the expired path: which steps reopen, for any fields; and when the customer changes.

RULES P2, P3.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.lifecycle import (
    RUNNING,
    Ending,
    Evidence,
    FieldsLocked,
    Flags,
    NextActor,
    OrderEnded,
    Phase,
    Status,
    Steps,
    StepState,
    advance,
    complete,
    derive,
    fields_changed,
    find,
    hand_over,
    settle,
    start,
    submit,
)
from renewals.programmes import shipped_packs
from renewals.steps.handing_over import PERSON

PACK = next(pack for pack in shipped_packs() if pack.key == "szca/cgn-sm2")
EXPIRED = PACK.path_spec("expired")
FIELDS = PACK.step_config("expired", "application").fields  # type: ignore[union-attr]
V1 = Evidence(1, frozenset(FIELDS))
NEW = "handed_over"


def states(steps: Steps) -> dict[str, str]:
    return {step.name: str(step.state) for step in steps}


def reviewed(*, paid: bool = True) -> Steps:
    """Everything is in; the reviewer has approved, or only just may begin."""
    steps = start(EXPIRED, ["item"])
    steps = submit(EXPIRED, steps, "consent", flags=RUNNING)
    steps = submit(EXPIRED, steps, "application", evidence=V1, flags=RUNNING)
    for name in ("three_factor", "liveness"):
        proven = Evidence(1, EXPIRED.spec(name).proves)
        steps = submit(EXPIRED, steps, name, evidence=proven, flags=RUNNING)
        steps = complete(EXPIRED, steps, name, flags=RUNNING)
    for name in ("request_form", "documents"):
        steps = submit(EXPIRED, steps, name, evidence=V1, flags=RUNNING)
    if not paid:
        return submit(EXPIRED, steps, "payment", phase=Phase.TRANSFER, flags=RUNNING)
    steps = settle(EXPIRED, steps, flags=RUNNING)
    return complete(EXPIRED, steps, "review", evidence=V1, flags=RUNNING)


AFTER_A_NEW_HANDLER = {
    "consent": "done",
    "application": "done",
    "three_factor": "open",
    "liveness": "waiting",
    "request_form": "waiting",
    "documents": "waiting",
    "payment": "done",
    "review": "waiting",
    "issuance": "waiting",
}


def test_a_new_handler_reopens_exactly_identity_form_papers_and_review() -> None:
    """RULES P3: the payment stays. (Of the papers only the stamped form is asked for anew: steps/documents.py.)"""
    changed = frozenset({"representative_name", "representative_id_number", "representative_mobile"})
    steps = fields_changed(EXPIRED, reviewed(), changed, form_version=2, flags=RUNNING)
    assert states(steps) == AFTER_A_NEW_HANDLER


@given(st.frozensets(st.sampled_from(FIELDS)))
def test_exactly_what_rests_on_a_changed_field_reopens(changed: frozenset[str]) -> None:
    """RULES P3, for whatever changes: no more, no less, and money never."""
    before = reviewed()
    if "term_years" in changed:
        with pytest.raises(FieldsLocked):
            fields_changed(EXPIRED, before, changed, form_version=2, flags=RUNNING)
        return
    after = fields_changed(EXPIRED, before, changed, form_version=2, flags=RUNNING)
    identity = PERSON - {"representative_email"}
    printed = bool(changed)  # every field stands on the form
    again = {
        "three_factor": bool(changed & identity),
        "liveness": bool(changed & identity),
        "request_form": printed,
        "documents": printed,
        "review": printed,
    }
    for step in after:
        was = find(before, step.name, step.item)
        if again.get(step.name):
            assert step.state in {StepState.OPEN, StepState.WAITING}
            assert (step.evidence, step.since_version) == (None, 2)
        elif step.name != "issuance":
            assert step.state is was.state
    assert find(after, "payment").state is StepState.DONE


def test_a_claimed_transfer_survives_a_new_handler() -> None:
    """RULES P3, P9."""
    steps = fields_changed(EXPIRED, reviewed(paid=False), PERSON, form_version=2, flags=RUNNING)
    payment = find(steps, "payment")
    assert (payment.state, payment.phase) == (StepState.SUBMITTED, Phase.TRANSFER)


class TestHandOver:
    def test_consent_and_application_are_the_new_customers(self) -> None:
        """RULES P2: whoever goes on agrees and says who they are; what was paid stays paid."""
        steps = hand_over(EXPIRED, reviewed(), PERSON, form_version=2, reason=NEW, flags=RUNNING)
        assert states(steps) == AFTER_A_NEW_HANDLER | {
            "consent": "open",
            "application": "returned",
            "three_factor": "waiting",
        }
        assert find(steps, "application").reason == NEW
        derived = derive(EXPIRED, steps, RUNNING)
        assert (derived.next_actor, derived.current) == (NextActor.CUSTOMER, ("consent",))

    def test_then_it_goes_on_as_any_returned_order(self) -> None:
        steps = hand_over(EXPIRED, reviewed(), PERSON, form_version=2, reason=NEW, flags=RUNNING)
        steps = submit(EXPIRED, steps, "consent", flags=RUNNING)
        steps = submit(EXPIRED, steps, "application", evidence=Evidence(2, frozenset(FIELDS)), flags=RUNNING)
        assert states(steps) == AFTER_A_NEW_HANDLER

    def test_a_draft_begins_with_the_consents(self) -> None:
        steps = submit(EXPIRED, start(EXPIRED, ["item"]), "consent", flags=RUNNING)
        steps = hand_over(EXPIRED, steps, PERSON, form_version=1, reason=NEW, flags=RUNNING)
        assert (find(steps, "consent").state, find(steps, "application").state) == (StepState.OPEN, StepState.WAITING)

    @pytest.mark.parametrize("phases", [(), (Phase.ISSUED,), (Phase.ISSUED, Phase.INSTALLED)])
    def test_once_the_ca_was_asked_nothing_is_done_anew(self, phases: tuple[Phase, ...]) -> None:
        steps = submit(EXPIRED, reviewed(), "issuance", item="item", flags=RUNNING)
        for phase in phases:
            steps = advance(EXPIRED, steps, "issuance", phase, item="item", flags=RUNNING)
        assert hand_over(EXPIRED, steps, PERSON, form_version=2, reason=NEW, flags=RUNNING) == steps

    def test_an_order_that_has_ended_is_nobodys_to_hand_over(self) -> None:
        with pytest.raises(OrderEnded):
            hand_over(
                EXPIRED, reviewed(), PERSON, form_version=2, reason=NEW, flags=Flags(Ending(Status.CANCELLED, "不办了"))
            )
