"""Name, ID number and mobile against the carrier's records (RULES C6, P4). The system asks by itself."""

from portal import jobs, notices
from portal.accounts.actor import Actor
from renewals.lifecycle import Kind
from renewals.models import ApplicationVersion, IdentityCheck
from renewals.steps.application import answers_of, latest
from renewals.steps.base import ActContext
from renewals.steps.identity import in_person
from renewals.steps.identity.answers import AnsweredData

FAILED = (IdentityCheck.Outcome.MISMATCH, IdentityCheck.Outcome.NO_RECORD)


def on_open(act: ActContext) -> None:
    """Ask the service, or send the customer to staff once the tries are used up."""
    if failures(act.order.pk) >= act.config.tries:
        in_person.to_staff(act)
        return
    in_person.withdraw(act)
    application = latest(act.order)
    check = IdentityCheck(order=act.order, application=application)
    check.request_id = check.public_id
    check.save()
    act.submit(evidence=in_person.evidence(act, application))
    jobs.enqueue(
        "renewals.three_factor",
        {"order": act.order.public_id, "check": check.public_id},
        group=f"order:{act.order.public_id}",
        key=f"three_factor:{check.public_id}",
    )


def failures(order_pk: int) -> int:
    """How often the check has said no for this order."""
    return IdentityCheck.objects.filter(order_id=order_pk, outcome__in=FAILED).count()


def answered(act: ActContext, data: AnsweredData) -> None:
    """match, mismatch or no_record. The last no leads to staff at once: nobody is told to type it all again (P4)."""
    outcome = IdentityCheck.Outcome(data.outcome)
    check = IdentityCheck.objects.select_related("application").get(order=act.order, request_id=data.request_id)
    check.outcome = outcome
    check.answered_at = act.now
    check.save(update_fields=["outcome", "answered_at"])
    act.answer["outcome"] = outcome.value
    waiting = act.find().evidence
    if waiting is None or check.application.version != waiting.form_version:
        return  # the handler changed meanwhile (RULES P3); the newer check decides
    if outcome is IdentityCheck.Outcome.MATCH:
        act.complete()
    elif failures(act.order.pk) >= act.config.tries:
        act.return_({act.step: f"identity_{outcome}"})
        in_person.to_staff(act)
        tell(act, check.application, "identity.staff_check", key=check.public_id)
    else:
        act.return_({act.path.of_kind(Kind.APPLICATION)[0].name: f"identity_{outcome}"})
        tell(act, check.application, "identity.failed", key=check.public_id)


def tell(act: ActContext, application: ApplicationVersion, kind: str, *, key: str) -> None:
    """An SMS to the handler."""
    answers = answers_of(application, by=Actor.system("notices"), reason="通知核验结果")
    notices.send(
        kind,
        to=notices.Recipient(phone=answers["representative_mobile"]),
        context={"number": act.order.number},
        key=f"{kind}:{key}",
    )
