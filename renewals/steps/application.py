"""Application: the form, confirmed on a check-your-answers page; every confirmation is a version of its own."""

import json
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from portal import notices, vault
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from portal.tenants import current_tenant
from portal.vault import masks
from renewals import lifecycle
from renewals.choosing import path_today
from renewals.lifecycle import Evidence, StepState
from renewals.models import ApplicationDraft, ApplicationVersion, Certificate, Order, OrderItem
from renewals.programmes.schema import Path, RulePack
from renewals.programmes.schema_steps import ApplicationStep, DocumentsStep
from renewals.request_form.data import Change
from renewals.steps import quote
from renewals.steps.answers import Answers, Holder, check_answers, new_name
from renewals.steps.base import ActContext, Action, StepKind
from renewals.steps.claims import check_turn, take_certificates
from renewals.steps.superseding import end_superseded


def latest(order: Order) -> ApplicationVersion:
    """The application as last confirmed. ApplicationVersion.DoesNotExist before the first time."""
    return ApplicationVersion.objects.filter(order=order).latest("version")


def answers_of(application: ApplicationVersion, *, by: Actor, reason: str) -> dict[str, str]:
    """Field → value; opening it leaves an audit row."""
    answers: dict[str, str] = json.loads(vault.reveal(application, "data", by=by, reason=reason))
    return answers


def written_by_another(order: Order, application: ApplicationVersion) -> bool:
    """Whether these answers are those of the handler before: the one who goes on isn't shown that person's data."""
    return order.handed_over_at is not None and application.confirmed_at < order.handed_over_at


def handler_of(order: Order) -> notices.Recipient:
    """Where the order's news go: the handler, or who opened the order or took it over and hasn't applied yet."""
    application = ApplicationVersion.objects.filter(order=order).order_by("-version").first()
    if application is None or written_by_another(order, application):
        return notices.Recipient(user=order.customer)
    answers = answers_of(application, by=Actor.system("notices"), reason="通知订单进展")
    return notices.Recipient(phone=answers["representative_mobile"], email=answers.get("representative_email", ""))


def earlier_answers(order: Order, *, by: Actor) -> dict[str, str]:
    """What this customer confirmed last for the same organisation, in another order; nothing of somebody else's."""
    own = (
        ApplicationVersion.objects.filter(order__customer=order.customer_id, order__organisation=order.organisation_id)
        .exclude(order=order)
        .exclude(order__forgotten_at__isnull=False)
        .exclude(order__handed_over_at__gt=F("confirmed_at"))
        .order_by("-confirmed_at")
        .first()
    )
    return answers_of(own, by=by, reason="带出上次填写的内容") if own else {}


def wanted_fields(
    pack: RulePack, path: str, step: str, certificate: Certificate, business: str = Order.Business.RENEWAL
) -> tuple[str, ...]:
    """What this path asks of the certificate's kind of holder (RULES C6).

    Why a certificate is replaced is asked of replacements alone; a seal is offered where there is none (RULES D5).
    """
    config = pack.step_config(path, step)
    if not isinstance(config, ApplicationStep):
        raise TypeError(f"{step} is no application")
    without = set() if business == Order.Business.REPLACEMENT else {"replacement_reason"}
    if certificate.has_seal:
        without.add("seal")
    return tuple(name for name in config.fields_for(certificate.holder_kind) if name not in without)


def unchanged_subject(order: Order, data: Answers, holder: Holder) -> dict[str, list[str]]:
    """RULES P11: a change of the subject names what it changes to. Field → sentence; {} for every other business."""
    if order.business != Order.Business.SUBJECT_CHANGE or new_name(data, holder):
        return {}
    return {"organisation_name": [_("这是证书上现在的名称。变更请填写登记机关核准的新名称；没有改名的，请改办更新。")]}


def name_without_proof(order: Order, path: Path, data: Answers, holder: Holder) -> dict[str, list[str]]:
    """RULES P11, D4: nobody is called otherwise on a path where no change notice would be handed in and reviewed."""
    papers = [paper for step in path.steps if isinstance(step, DocumentsStep) for paper in step.papers]
    asked_for = order.business == Order.Business.SUBJECT_CHANGE or any(p.wanted == "subject_change" for p in papers)
    if asked_for or not new_name(data, holder):
        return {}
    return {
        "organisation_name": [
            _("名称与证书上的不一致。填错了的请更正；单位已改名的，请先变更证书上的名称，再办本业务。")
        ]
    }


def subject_change_of(order: Order) -> Change | None:
    """The holder's name as the certificate has it and as it is now (RULES P11); None where it is the same."""
    item = order.items.select_related("certificate").exclude(new_name="").order_by("id").first()
    return Change(_("单位名称"), item.certificate.holder_name, item.new_name) if item else None


def _confirm(act: ActContext, data: Answers) -> None:
    if act.order.submitted_at is None:
        _choose_path_again(act)
    items = list(act.order.items.select_related("certificate"))
    holder = Holder.of(items[0].certificate)
    fields = wanted_fields(act.pack, act.order.path, act.step, items[0].certificate, act.order.business)
    wrong = check_answers(data, act.pack, fields, holder) or unchanged_subject(act.order, data, holder)
    wrong = wrong or name_without_proof(act.order, act.pack.path(act.order.path), data, holder)
    if wrong:
        raise InvalidInput(wrong)
    answers = data.filled()
    before = ApplicationVersion.objects.filter(order=act.order).order_by("-version").first()
    old = answers_of(before, by=act.by, reason="比较申请内容的改动") if before else {}
    changed = frozenset(name for name in old.keys() | answers.keys() if old.get(name) != answers.get(name))
    if before is not None and not changed and act.find().state is StepState.DONE:
        return
    version = 1 + (before.version if before else 0)
    _take_certificates(act)
    _note_name(items, new_name(data, holder), act.order.business)
    ApplicationVersion.objects.create(
        order=act.order,
        version=version,
        term=answers.get("term_years", ""),
        data=_canonical(answers),
        digest=vault.blind_index(current_tenant(), "application.data", _canonical(answers)).hex(),
    )
    ApplicationDraft.objects.filter(order=act.order).delete()
    if before is not None:  # a returned application too: what was paid for stays as it was paid for
        act.fields_changed(changed, version)
        if changed & act.path.price_fields:
            quote.drop(act)
    if act.find().state is not StepState.DONE:
        act.submit(evidence=Evidence(version, frozenset(fields)))
    if act.order.submitted_at is None:
        act.order.submitted_at = act.now
    act.answer["application_version"] = version
    act.audit_detail |= {"application_version": version, "changed": sorted(changed)}
    if before is not None and "representative_name" in changed:  # RULES P3: both names
        names = (values.get("representative_name", "") for values in (old, answers))
        act.audit_detail["representative"] = dict(zip(("before", "after"), map(masks.mask_name, names), strict=True))


def _choose_path_again(act: ActContext) -> None:
    """Days have passed since the order was opened: today's facts decide, and from now on the path stays (P12).

    NotRenewable with the pack's own sentence when no path is open any more.
    """
    items = list(act.order.items.select_related("certificate"))
    chosen = [path_today(act.pack, item.certificate, act.order.business, act.order.path) for item in items]
    facts, name = chosen[0]
    if any(other != name for _, other in chosen):
        raise AssertionError("the items of one order walk one path")
    act.order.facts = facts.as_record()
    if name != act.order.path:
        act.audit_detail["path"] = name
        act.order.path, act.path = name, act.pack.path_spec(name)
        act.steps = lifecycle.change_path(act.path, act.steps, [item.public_id for item in items])


def _take_certificates(act: ActContext) -> None:
    """Reserve them for this order (Across 2), or leave that to the papers; one after the other either way (C3)."""
    if act.pack.path(act.order.path).takes_papers:
        check_turn(act)
    else:
        end_superseded(act)
        take_certificates(act)


def _note_name(items: list[OrderItem], name: str, business: str) -> None:
    """RULES P11: under a new name a renewal is a change of the subject too."""
    if name and business == Order.Business.RENEWAL:
        business = Order.Business.SUBJECT_CHANGE
    for item in items:
        if (item.business_type, item.new_name) != (business, name):
            item.business_type, item.new_name = business, name
            item.save(update_fields=["business_type", "new_name"])


def _canonical(answers: dict[str, Any]) -> str:
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


KIND = StepKind(actions={"confirm": Action(_confirm, Answers)})
