"""Application: the form, confirmed on a check-your-answers page; every confirmation is a version of its own."""

import json
from typing import Any

from portal import vault
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.errors import InvalidInput
from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.choosing import choose_path
from renewals.lifecycle import Evidence, StepState
from renewals.models import ApplicationDraft, ApplicationVersion, Order
from renewals.steps import quote
from renewals.steps.answers import Answers, check_answers
from renewals.steps.base import ActContext, Action, StepKind
from renewals.steps.claims import one_after_the_other, reserve


def latest(order: Order) -> ApplicationVersion:
    """The application as last confirmed. ApplicationVersion.DoesNotExist before the first time."""
    return ApplicationVersion.objects.filter(order=order).latest("version")


def answers_of(application: ApplicationVersion, *, by: Actor, reason: str) -> dict[str, str]:
    """Field → value; opening it leaves an audit row."""
    answers: dict[str, str] = json.loads(vault.reveal(application, "data", by=by, reason=reason))
    return answers


def _confirm(act: ActContext, data: Answers) -> None:
    if act.order.submitted_at is None:
        _choose_path_again(act)
    wrong = check_answers(data, act.pack, act.config.fields)
    if wrong:
        raise InvalidInput(wrong)
    answers = data.filled()
    before = ApplicationVersion.objects.filter(order=act.order).order_by("-version").first()
    changed = _changed(before, answers, act.by)
    if before is not None and not changed and act.find().state is StepState.DONE:
        return
    version = 1 + (before.version if before else 0)
    _take_certificates(act)
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
        if changed & act.path.price_fields:
            quote.drop(act)
    if act.find().state is not StepState.DONE:
        act.submit(evidence=Evidence(version, frozenset(act.config.fields)))
    if act.order.submitted_at is None:
        act.order.submitted_at = act.now
    act.answer["application_version"] = version
    act.audit_detail |= {"application_version": version, "changed": sorted(changed)}


def _choose_path_again(act: ActContext) -> None:
    """Days have passed since the order was opened: today's facts decide, and from now on the path stays (P12).

    NotRenewable with the pack's own sentence when no path is open any more.
    """
    items = list(act.order.items.select_related("certificate"))
    chosen = [choose_path(act.pack, item.certificate) for item in items]
    facts, name = chosen[0]
    if any(other != name for _, other in chosen):
        raise AssertionError("the items of one order walk one path")
    act.order.facts = facts.as_record()
    if name != act.order.path:
        act.audit_detail["path"] = name
        act.order.path, act.path = name, act.pack.path_spec(name)
        act.steps = lifecycle.change_path(act.path, act.steps, [item.public_id for item in items])


def _take_certificates(act: ActContext) -> None:
    """Reserve them for this order (Across 2); of several certificates one after the other is taken (C3)."""
    items = [item for item in act.order.items.select_related("certificate") if not item.reserves]
    if items:
        customer = User.objects.select_for_update().get(pk=act.order.customer_id)
        one_after_the_other(act.pack, customer, but=act.order)
    for item in items:
        reserve(item)


def _changed(before: ApplicationVersion | None, answers: dict[str, str], by: Actor) -> frozenset[str]:
    if before is None:
        return frozenset(answers)
    old = answers_of(before, by=by, reason="比较申请内容的改动")
    return frozenset(name for name in old.keys() | answers.keys() if old.get(name) != answers.get(name))


def _canonical(answers: dict[str, Any]) -> str:
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


KIND = StepKind(actions={"confirm": Action(_confirm, Answers)})
