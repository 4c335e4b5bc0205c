"""Status, who acts next and by when, at each point of the way. RULES Across 4."""

import pytest

from renewals.lifecycle import (
    RUNNING,
    Derived,
    NextActor,
    Phase,
    Status,
    StepState,
    complete,
    derive,
    find,
    return_,
    submit,
    withdraw,
)
from tests.renewals.lifecycle.paths import MANY_ITEMS, REVIEWED, UNEXPIRED
from tests.renewals.lifecycle.test_moves import V1, issuing, papers_in, reviewed, unexpired_until

CUSTOMER, SYSTEM, CA = NextActor.CUSTOMER, NextActor.SYSTEM, NextActor.CA


def derived(steps: object) -> Derived:
    return derive(UNEXPIRED, steps, RUNNING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "status", "who", "days"),
    [
        ("consent", Status.DRAFT, CUSTOMER, None),
        ("application", Status.DRAFT, CUSTOMER, 20),
        ("identity", Status.IN_PROGRESS, SYSTEM, 1),  # starts by itself
        ("payment", Status.AWAITING_PAYMENT, CUSTOMER, 10),
        ("issuance", Status.READY_TO_INSTALL, CUSTOMER, 20),
    ],
)
def test_programme_c_step_by_step(name: str, status: Status, who: NextActor, days: int | None) -> None:
    assert derived(unexpired_until(name)) == Derived(status, who, (name,), frozenset({who}), days)


@pytest.mark.parametrize(
    ("phase", "status", "who"),
    [
        (Phase.REQUESTED, Status.ISSUING, CA),
        (Phase.ISSUED, Status.INSTALLING, CUSTOMER),
        (Phase.INSTALLED, Status.INSTALLING, CUSTOMER),
    ],
)
def test_the_phases_of_issuance(phase: Phase, status: Status, who: NextActor) -> None:
    assert (derived(issuing(phase)).status, derived(issuing(phase)).next_actor) == (status, who)


def test_completed() -> None:
    steps = complete(UNEXPIRED, issuing(Phase.INSTALLED), "issuance", item="key", flags=RUNNING)
    assert derived(steps) == Derived(Status.COMPLETED, NextActor.NOBODY)


def test_a_mismatch_goes_back_to_the_customer() -> None:
    asked = submit(UNEXPIRED, unexpired_until("identity"), "identity", evidence=V1, flags=RUNNING)
    assert derived(asked).next_actor is SYSTEM
    steps = return_(UNEXPIRED, asked, {"identity": "姓名、证件号码与手机号码不一致"}, by="identity", flags=RUNNING)
    assert (derived(steps).status, derived(steps).next_actor) == (Status.IN_PROGRESS, CUSTOMER)


def test_after_the_tries_staff_check_at_the_counter() -> None:
    """P4."""
    steps = submit(UNEXPIRED, unexpired_until("identity"), "identity", evidence=V1, phase=Phase.COUNTER, flags=RUNNING)
    assert derived(steps).next_actor is NextActor.REVIEWER
    steps = complete(UNEXPIRED, steps, "identity", evidence=V1, flags=RUNNING)
    assert derived(steps).status is Status.AWAITING_PAYMENT


def test_online_payment_waits_for_the_customer_a_transfer_for_finance() -> None:
    paying = submit(UNEXPIRED, unexpired_until("payment"), "payment", phase=Phase.ONLINE, flags=RUNNING)
    assert (derived(paying).status, derived(paying).next_actor) == (Status.AWAITING_PAYMENT, CUSTOMER)
    claimed = derive(REVIEWED, papers_in(), RUNNING)
    assert claimed.status is Status.UNDER_REVIEW
    assert claimed.actors == {NextActor.FINANCE, NextActor.REVIEWER}
    assert claimed.current == ("payment", "review")


def test_the_customer_comes_first_when_several_can_act() -> None:
    steps = withdraw(REVIEWED, papers_in(), flags=RUNNING)
    got = derive(REVIEWED, steps, RUNNING)
    assert (got.status, got.next_actor) == (Status.AWAITING_PAYMENT, CUSTOMER)


def test_a_returned_step_behind_a_closed_gate_waits() -> None:
    """Form and documents returned: first the form is made again, only then can it be scanned."""
    reasons = {"application": "法定代表人填写有误", "documents": "请按新的申请表扫描"}
    steps = return_(REVIEWED, papers_in(), reasons, by="review", flags=RUNNING)
    assert find(steps, "documents").state is StepState.RETURNED
    assert derive(REVIEWED, steps, RUNNING).current == ("application", "documents", "payment")
    assert derive(REVIEWED, steps, RUNNING).status is Status.IN_PROGRESS


def test_reviewed_and_paid_is_ready_to_install() -> None:
    assert derive(REVIEWED, reviewed(), RUNNING).status is Status.READY_TO_INSTALL


def test_due_days_are_those_of_who_acts_next() -> None:
    steps = papers_in()
    assert derive(REVIEWED, steps, RUNNING).next_actor is NextActor.FINANCE
    assert derive(REVIEWED, steps, RUNNING).due_working_days is None  # the reviewer's three days are not finance's


def test_every_kind_of_step_names_somebody() -> None:
    assert {spec.kind for path in (UNEXPIRED, REVIEWED, MANY_ITEMS) for spec in path.steps} == set(
        type(MANY_ITEMS.steps[0].kind)
    )
