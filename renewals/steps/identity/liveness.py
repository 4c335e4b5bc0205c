"""The handler's phone: both sides of the ID card, then the liveness check at the outside service (RULES C8, P3, P4).

The step stays open while the handler is at it: it is the customer's turn, and a failed try leaves it there. Links,
photographs and checks are side tables; the service's answer comes through the one door.
"""

from renewals.lifecycle import StepState
from renewals.models import LivenessCheck
from renewals.steps.base import ActContext
from renewals.steps.identity import in_person, phone, photos, tries
from renewals.steps.identity.answers import AnsweredData
from renewals.steps.identity.three_factor import tell


def on_open(act: ActContext) -> None:
    """A new handler brings a new card: what an earlier one's phone did counts no more (P3)."""
    since = act.find().since_version
    phone.end_all(act.order, now=act.now)
    in_person.withdraw(act)
    photos.drop_stale(act.order, since=since, by=act.by, now=act.now)
    if tries.failed(act.order, since=since) >= act.config.tries:
        in_person.to_staff(act)


def answered(act: ActContext, data: AnsweredData) -> None:
    """passed, failed (with its reason), declined or expired. Kept as it came; decides only where it is still asked."""
    check = LivenessCheck.objects.select_related("application").get(order=act.order, request_id=data.request_id)
    if check.answered_at is not None:
        act.answer["outcome"] = check.outcome
        return
    outcome = LivenessCheck.Outcome(data.outcome)
    check.outcome, check.answered_at, check.page_url = outcome, act.now, None
    check.reason = LivenessCheck.Reason(data.reason) if data.reason else ""
    check.save(update_fields=["outcome", "answered_at", "page_url", "reason"])
    act.answer["outcome"] = outcome.value
    step = act.find()
    if step.state not in {StepState.OPEN, StepState.RETURNED} or check.application.version < step.since_version:
        return  # another handler (RULES P3), or staff have decided
    if outcome is LivenessCheck.Outcome.PASSED:
        act.complete(evidence=in_person.evidence(act, check.application))
    elif tries.failed(act.order, since=step.since_version) >= act.config.tries:
        in_person.to_staff(act)
        tell(act, check.application, "identity.staff_check", key=check.public_id)
