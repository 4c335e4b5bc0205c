"""What the customer does at the desk: consents, application, identity, payment."""

from portal.tenants import tenant_tx
from renewals.lifecycle import Phase, StepState
from renewals.models import IdentityCheck, LivenessCheck
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk
from renewals.walking.walker import WalkFailed


def consent(walk: Walk, turn: Turn) -> None:
    walk.do(turn, "accept", {"accepted": list(turn.config.texts)})


def apply(walk: Walk, turn: Turn) -> None:
    """Fill in and confirm; where that has three factors checked at once, wait for what they say."""
    walk.do(turn, "confirm", walk.answers(turn))
    with tenant_tx(walk.tenant):
        asked = IdentityCheck.objects.filter(order__public_id=turn.order).exists()
    if asked:
        outcome = walk.wait_for_identity(turn.order)
        if outcome is not IdentityCheck.Outcome.MATCH:
            raise WalkFailed(f"身份核验结果是 {outcome.label}")


def identify(walk: Walk, turn: Turn) -> None:
    """The handler's phone; three factors ask nobody."""
    if turn.config.method != "liveness":
        raise WalkFailed("三要素核验没有通过，要由工作人员核验")
    outcome = walk.check_liveness(turn.order, walk.name)
    if outcome is not LivenessCheck.Outcome.PASSED:
        raise WalkFailed(f"活体核验结果是 {outcome.label}")


def pay(walk: Walk, turn: Turn) -> None:
    """By the walk's channel where the pack has it, else by the pack's first."""
    channels = turn.config.channels
    channel = walk.pay_by if walk.pay_by in channels else channels[0]
    if channel != "bank_transfer":
        walk.pay(turn.order, channel)
        return
    if not (turn.state is StepState.SUBMITTED and turn.phase is Phase.TRANSFER):
        walk.claim_transfer(turn.order)
    walk.confirm_transfer(turn.order)
