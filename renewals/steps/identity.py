"""Identity: name, ID number and mobile against the carrier's records (RULES C6, P4). The system asks by itself."""

from pydantic import BaseModel, ConfigDict

from portal import jobs, notices
from portal.accounts.actor import Actor
from renewals.lifecycle import Evidence, Phase
from renewals.models import IdentityCheck
from renewals.steps.application import answers_of, latest
from renewals.steps.base import SYSTEM, ActContext, Action, StaffReason, StepKind

FAILED = (IdentityCheck.Outcome.MISMATCH, IdentityCheck.Outcome.NO_RECORD)


class AnsweredData(BaseModel):
    """``outcome``: match, mismatch or no_record; an unavailable service is asked again by the job."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request_id: str
    outcome: IdentityCheck.Outcome


def _ask(act: ActContext) -> None:
    """On opening: ask the service, or send the customer to the counter once the tries are used up."""
    application = latest(act.order)
    evidence = Evidence(application.version, frozenset(act.path.spec(act.step).proves))
    if failures(act.order.pk) >= act.config.tries:
        act.submit(evidence=evidence, phase=Phase.COUNTER)
        return
    check = IdentityCheck(order=act.order, application=application)
    check.request_id = check.public_id
    check.save()
    act.submit(evidence=evidence)
    jobs.enqueue(
        "renewals.three_factor",
        {"order": act.order.public_id, "check": check.public_id},
        group=f"order:{act.order.public_id}",
        key=f"three_factor:{check.public_id}",
    )


def failures(order_pk: int) -> int:
    """How often the check has said no for this order."""
    return IdentityCheck.objects.filter(order_id=order_pk, outcome__in=FAILED).count()


def _answered(act: ActContext, data: AnsweredData) -> None:
    check = IdentityCheck.objects.select_related("application").get(order=act.order, request_id=data.request_id)
    check.outcome = data.outcome
    check.answered_at = act.now
    check.save(update_fields=["outcome", "answered_at"])
    act.answer["outcome"] = data.outcome.value
    waiting = act.find().evidence
    if waiting is None or check.application.version != waiting.form_version:
        return  # the handler changed meanwhile (RULES P3); the newer check decides
    if data.outcome is IdentityCheck.Outcome.MATCH:
        act.complete()
        return
    act.return_({"application": f"identity_{data.outcome}"})
    answers = answers_of(check.application, by=Actor.system("notices"), reason="通知核验结果")
    notices.send(
        "identity.failed",
        to=notices.Recipient(phone=answers["representative_mobile"]),
        context={"number": act.order.number},
        key=f"identity.failed:{check.public_id}",
    )


def _confirm_at_counter(act: ActContext, data: StaffReason) -> None:
    """A member of staff has seen the handler and the ID; face and carrier are never the only way (P4)."""
    del data
    act.complete()


KIND = StepKind(
    actions={
        "answered": Action(_answered, AnsweredData, who=SYSTEM, audit=("outcome",)),
        "confirm_at_counter": Action(_confirm_at_counter, StaffReason, who="identity.confirm", audit=("reason",)),
    },
    on_open=_ask,
)
