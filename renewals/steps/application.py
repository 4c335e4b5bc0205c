"""Application: the form, confirmed on a check-your-answers page; every confirmation is a version of its own."""

import json
from typing import Any

from portal import vault
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from portal.tenants import current_tenant
from renewals.lifecycle import Evidence, StepState
from renewals.models import ApplicationDraft, ApplicationVersion, Order
from renewals.steps.answers import Answers, check_answers
from renewals.steps.base import ActContext, Action, StepKind
from renewals.steps.claims import reserve


def latest(order: Order) -> ApplicationVersion:
    """The application as last confirmed. ApplicationVersion.DoesNotExist before the first time."""
    return ApplicationVersion.objects.filter(order=order).latest("version")


def answers_of(application: ApplicationVersion, *, by: Actor, reason: str) -> dict[str, str]:
    """Field → value; opening it leaves an audit row."""
    answers: dict[str, str] = json.loads(vault.reveal(application, "data", by=by, reason=reason))
    return answers


def _confirm(act: ActContext, data: Answers) -> None:
    wrong = check_answers(data, act.pack, act.config.fields)
    if wrong:
        raise InvalidInput(wrong)
    answers = data.filled()
    before = ApplicationVersion.objects.filter(order=act.order).order_by("-version").first()
    changed = _changed(before, answers, act.by)
    if before is not None and not changed and act.find().state is StepState.DONE:
        return
    version = 1 + (before.version if before else 0)
    for item in act.order.items.select_related("certificate"):
        reserve(item)
    ApplicationVersion.objects.create(
        order=act.order,
        version=version,
        term=answers["term_years"],
        data=_canonical(answers),
        digest=vault.blind_index(current_tenant(), "application.data", _canonical(answers)).hex(),
    )
    ApplicationDraft.objects.filter(order=act.order).delete()
    if before is not None:  # a returned application too: what was paid for stays as it was paid for
        act.fields_changed(changed, version)
    if act.find().state is not StepState.DONE:
        act.submit(evidence=Evidence(version, frozenset(act.config.fields)))
    if act.order.submitted_at is None:
        act.order.submitted_at = act.now
    act.answer["application_version"] = version
    act.audit_detail |= {"application_version": version, "changed": sorted(changed)}


def _changed(before: ApplicationVersion | None, answers: dict[str, str], by: Actor) -> frozenset[str]:
    if before is None:
        return frozenset(answers)
    old = answers_of(before, by=by, reason="比较申请内容的改动")
    return frozenset(name for name in old.keys() | answers.keys() if old.get(name) != answers.get(name))


def _canonical(answers: dict[str, Any]) -> str:
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


KIND = StepKind(actions={"confirm": Action(_confirm, Answers)})
