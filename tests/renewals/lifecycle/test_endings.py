"""Cancelling before payment, after payment, after issuance (P19); rejecting, stopping (P13), expiring (P9)."""

import pytest

from renewals.lifecycle import (
    RUNNING,
    CancelStage,
    Duty,
    Ending,
    Flags,
    NextActor,
    NotCancellable,
    OrderEnded,
    Phase,
    ReasonMissing,
    Status,
    StepNotOpen,
    cancel,
    cancel_stage,
    complete,
    derive,
    discharge,
    expire,
    reject,
    skip,
    stop,
    submit,
)
from tests.renewals.lifecycle.paths import REVIEWED, UNEXPIRED
from tests.renewals.lifecycle.test_moves import issuing, papers_in, unexpired_until


@pytest.mark.parametrize("name", ["consent", "application", "identity", "payment"])
def test_cancel_before_payment_owes_nothing(name: str) -> None:
    steps = unexpired_until(name)
    assert cancel_stage(UNEXPIRED, steps, RUNNING) is CancelStage.BEFORE_PAYMENT
    ending = cancel(UNEXPIRED, steps, RUNNING, reason="不办了")
    assert ending == Ending(Status.CANCELLED, "不办了", (), close_charge=True)
    assert derive(UNEXPIRED, steps, Flags(ending)).next_actor is NextActor.NOBODY


def test_cancel_after_payment_refunds() -> None:
    steps = unexpired_until("issuance")
    ending = cancel(UNEXPIRED, steps, RUNNING, reason="不办了")
    assert ending == Ending(Status.CANCELLED, "不办了", (Duty.REFUND,), close_charge=False)
    assert derive(UNEXPIRED, steps, Flags(ending)).next_actor is NextActor.SYSTEM
    refunded = discharge(ending, Duty.REFUND)
    got = derive(UNEXPIRED, steps, Flags(refunded))
    assert (got.status, got.next_actor) == (Status.CANCELLED, NextActor.NOBODY)


def test_cancel_after_issuance_the_administrator_revokes_then_finance_decides() -> None:
    """P19."""
    steps = issuing(Phase.ISSUED)
    ending = cancel(UNEXPIRED, steps, RUNNING, reason="买重了")
    assert ending.duties == (Duty.REVOKE_NEW, Duty.DECIDE_REFUND)
    assert derive(UNEXPIRED, steps, Flags(ending)).next_actor is NextActor.CERTIFICATE_ADMINISTRATOR
    revoked = discharge(ending, Duty.REVOKE_NEW)
    assert derive(UNEXPIRED, steps, Flags(revoked)).next_actor is NextActor.FINANCE
    assert discharge(revoked, Duty.DECIDE_REFUND, refund=False).duties == ()
    assert discharge(revoked, Duty.DECIDE_REFUND, refund=True).duties == (Duty.REFUND,)


def test_nothing_paid_nothing_to_decide() -> None:
    steps = skip(UNEXPIRED, unexpired_until("payment"), "payment", reason="无需缴费", flags=RUNNING)
    steps = submit(UNEXPIRED, steps, "issuance", item="key", flags=RUNNING)
    with pytest.raises(NotCancellable) as refused:
        cancel(UNEXPIRED, steps, RUNNING, reason="不办了")
    assert refused.value.params == {"why": "ca_answering"}


def test_not_while_the_ca_answers_and_not_once_installed() -> None:
    for phase, why in ((Phase.REQUESTED, "ca_answering"), (Phase.INSTALLED, "installed")):
        with pytest.raises(NotCancellable) as refused:
            cancel_stage(UNEXPIRED, issuing(phase), RUNNING)
        assert refused.value.params == {"why": why}


def test_not_after_completion_and_not_twice() -> None:
    done = complete(UNEXPIRED, issuing(Phase.INSTALLED), "issuance", item="key", flags=RUNNING)
    ended = Flags(Ending(Status.CANCELLED, "不办了"))
    for steps, flags in ((done, RUNNING), (unexpired_until("payment"), ended)):
        with pytest.raises(OrderEnded):
            cancel(UNEXPIRED, steps, flags, reason="不办了")


def test_every_ending_needs_a_reason() -> None:
    steps = unexpired_until("payment")
    for end in (cancel, stop, expire):
        with pytest.raises(ReasonMissing):
            end(UNEXPIRED, steps, RUNNING, reason=" ")


def test_the_ca_will_not_renew_it() -> None:
    """P13: frozen, revoked or renewed at the counter meanwhile → stop, tell, refund."""
    ending = stop(UNEXPIRED, unexpired_until("issuance"), RUNNING, reason="证书已在柜台更新")
    assert (ending.status, ending.duties) == (Status.STOPPED, (Duty.REFUND,))
    with pytest.raises(NotCancellable):
        stop(UNEXPIRED, issuing(Phase.ISSUED), RUNNING, reason="太晚了")


def test_reject_is_the_open_review_s_word() -> None:
    ending = reject(REVIEWED, papers_in(), RUNNING, by="review", reason="单位已注销")
    assert ending == Ending(Status.REJECTED, "单位已注销", (), close_charge=True)
    with pytest.raises(StepNotOpen):
        reject(REVIEWED, papers_in(), RUNNING, by="payment", reason="单位已注销")


def test_an_order_with_money_or_a_transfer_claim_does_not_expire() -> None:
    """P9."""
    assert expire(UNEXPIRED, unexpired_until("payment"), RUNNING, reason="逾期未办").status is Status.EXPIRED
    for path, steps in ((REVIEWED, papers_in()), (UNEXPIRED, unexpired_until("issuance"))):
        with pytest.raises(NotCancellable):
            expire(path, steps, RUNNING, reason="逾期未办")


def test_a_duty_is_done_once() -> None:
    ending = Ending(Status.CANCELLED, "不办了", (Duty.REFUND,))
    with pytest.raises(StepNotOpen):
        discharge(discharge(ending, Duty.REFUND), Duty.REFUND)
