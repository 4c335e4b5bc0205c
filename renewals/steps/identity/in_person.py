"""Staff look at the handler and the ID, at the counter or by video: carrier and face are never the only way (P4)."""

from typing import Literal

from django.db.models import QuerySet
from pydantic import BaseModel, ConfigDict

from portal import notices
from portal.accounts.actor import Actor
from renewals.identity.refusals import TriesSpent
from renewals.lifecycle import Evidence, Kind, Phase, StepNotOpen, StepState
from renewals.models import ApplicationVersion, PersonalCheck
from renewals.steps.application import answers_of, latest
from renewals.steps.base import ActContext, NoData, StaffReason
from renewals.steps.identity import phone, tries

NoWish = NoData


class Wish(BaseModel):
    """Which of the two the customer would rather have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["counter", "video"]


class Verdict(StaffReason):
    """How the member of staff looked, and what they saw (without anybody's number)."""

    method: Literal["counter", "video"] = "counter"


def evidence(act: ActContext, application: ApplicationVersion) -> Evidence:
    """What identity rests on: this version's fields of the handler."""
    return Evidence(application.version, frozenset(act.path.spec(act.step).proves))


def to_staff(act: ActContext, *, wished: str = "") -> None:
    """From now on staff act. ``wished``: counter or video when the customer has chosen; "" after the last try."""
    application = latest(act.order)
    withdraw(act)
    act.submit(evidence=evidence(act, application), phase=Phase.COUNTER)
    phone.end_all(act.order, now=act.now)
    PersonalCheck.objects.create(
        tenant=act.order.tenant, order=act.order, application=application, step=act.step, wished=wished
    )


def choose_staff(act: ActContext, data: Wish) -> None:
    """At once, without a single try. Also changes one's mind between the counter and a video call."""
    if act.find().phase is Phase.COUNTER:
        _waiting(act).update(wished=data.method)
    else:
        to_staff(act, wished=data.method)
    act.answer["method"] = data.method


def choose_phone(act: ActContext, data: NoData) -> None:
    """Back to the phone, where tries are left. TriesSpent otherwise, StepNotOpen where staff aren't awaited."""
    del data
    step = act.find()
    if act.config.method != "liveness" or step.phase is not Phase.COUNTER:
        raise StepNotOpen(step=step.name, item=None, state=step.state)
    if tries.left(act.order, act.config.tries, since=step.since_version) <= 0:
        raise TriesSpent
    act.return_({act.step: "identity_phone_again"})
    withdraw(act)


def withdraw(act: ActContext) -> None:
    """Nobody waits for staff any more: the phone after all, or another handler (RULES P3)."""
    _waiting(act).update(outcome=PersonalCheck.Outcome.WITHDRAWN, decided_at=act.now)


def confirm(act: ActContext, data: Verdict) -> None:
    """Seen, and it is the person of the application."""
    act.complete(evidence=evidence(act, latest(act.order)))
    phone.end_all(act.order, now=act.now)
    _decide(act, data, PersonalCheck.Outcome.CONFIRMED)


def not_confirmed(act: ActContext, data: Verdict) -> None:
    """Seen, and it isn't, or the ID is missing. The customer mends what can be mended; nothing typed is lost."""
    if act.find().state not in {StepState.SUBMITTED, StepState.OPEN, StepState.RETURNED}:
        raise StepNotOpen(step=act.step, item=None, state=act.find().state)
    back = act.step if act.config.method == "liveness" else act.path.of_kind(Kind.APPLICATION)[0].name
    act.return_({back: "identity_not_confirmed"})
    _decide(act, data, PersonalCheck.Outcome.NOT_CONFIRMED)
    phone.end_all(act.order, now=act.now)
    application = latest(act.order)
    answers = answers_of(application, by=Actor.system("notices"), reason="通知核验结果")
    notices.send(
        "identity.not_confirmed",
        to=notices.Recipient(phone=answers["representative_mobile"]),
        context={"number": act.order.number},
        key=f"identity.not_confirmed:{act.order.public_id}:{act.order.version}",
    )


def _waiting(act: ActContext) -> "QuerySet[PersonalCheck]":
    return PersonalCheck.objects.filter(order=act.order, step=act.step, outcome=PersonalCheck.Outcome.WAITING)


def _decide(act: ActContext, data: Verdict, outcome: PersonalCheck.Outcome) -> None:
    row = _waiting(act).last() or PersonalCheck(
        tenant=act.order.tenant, order=act.order, application=latest(act.order), step=act.step
    )
    row.outcome, row.method, row.reason = outcome, data.method, data.reason
    row.decided_by_id, row.decided_at = act.by.user_id, act.now
    row.save()
    act.answer |= {"outcome": outcome.value, "method": data.method}
