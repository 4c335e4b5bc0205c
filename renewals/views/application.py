"""The application: form, draft, check your answers, and the answers as they were confirmed (RULES C5)."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from payments.fees import total
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import InvalidInput, PortalError
from portal.tenants import current_tenant, tenant_tx
from portal.ui.parts import Pair
from portal.ui.templatetags.ui import in_fours
from portal.ui.words import say
from renewals import drafts, selectors
from renewals.forms.application import SECTIONS, rearranged
from renewals.lifecycle import Kind, Phase, StepState
from renewals.models import Certificate, Order
from renewals.pricing import term_years
from renewals.programmes import new_validity
from renewals.programmes.schema_steps import IdentityStep
from renewals.selectors import Task
from renewals.steps import answer_words
from renewals.steps.answers import Answers
from renewals.steps.application import answers_of, written_by_another
from renewals.steps.handing_over import PERSON
from renewals.steps.identity import failures
from renewals.views.application_desk import (
    Desk,
    certificates_title,
    desk_of,
    initial,
    new_name_words,
    path_change,
    submitted_words,
    undone_by,
)
from renewals.views.customer import new_key, perform, posted_key, posted_version, stages_of
from renewals.views.progress import local_day, quote_table, reason_words


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        desk = desk_of(request, public_id)
        if not desk.may_write:
            return HttpResponseRedirect(_after(desk))
        form = desk.form(request.POST) if request.method == "POST" else desk.form(initial=initial(request, desk))
        moved = rearranged(form.typed(), request.POST.get("do", "")) if form.is_bound else None
        is_right = moved is None and form.is_valid()
        returned = _returned(desk)
        change = path_change(desk)
    if moved is not None:  # a row more or less: the same page again, with everything that stood on it
        _keep(request, desk, moved)
        anchor = "recipient" if "recipient_name" in moved and request.POST["do"] == "recipient:copy" else "id_contacts"
        return HttpResponseRedirect(f"{reverse('order-application', args=[public_id])}#{anchor}")
    if form.is_bound:
        _keep(request, desk, form.typed())  # right or wrong: nothing typed is lost
        if is_right:
            return HttpResponseRedirect(reverse("order-check", args=[public_id]))
    context = {
        "order": desk.order,
        "form": form,
        "stages": stages_of(desk.view),
        "returned": returned,
        "change": change,
        "draft_url": reverse("order-draft", args=[public_id]),
    }
    return TemplateResponse(request, "renewals/application.html", context, status=422 if form.is_bound else 200)


def _after(desk: Desk) -> str:
    """Where someone belongs who can't write now: consents come first, and confirmed answers can be read."""
    if desk.task.step.state is StepState.WAITING:
        return reverse("order", args=[desk.order.public_id])
    return reverse("order-answers", args=[desk.order.public_id])


def _returned(desk: Desk) -> dict[str, str] | None:
    if desk.task.step.state is not StepState.RETURNED:
        return None
    why = reason_words(desk.task, desk.view)
    checked = [t for t in desk.view.tasks_of(Kind.IDENTITY) if _method(desk, t) == "three_factor"]
    if not checked or not desk.task.step.reason.startswith("identity_"):
        return {"why": why, "help": "", "left": ""}
    tries: int = desk.view.pack.step_config(desk.order.path, checked[0].step.name).tries  # type: ignore[union-attr]
    left = tries - failures(desk.order.pk)
    sentence = (
        _("还可以在线核验 %(left)s 次；用完以后，由工作人员在服务网点当面核验。") % {"left": left}
        if left > 0
        else _("在线核验的次数已用完；再次提交后，请到服务网点由工作人员当面核验。")
    )
    return {"why": why, "help": checked[0].help, "left": sentence}


def _method(desk: Desk, task: Task) -> str:
    config = desk.view.pack.step_config(desk.order.path, task.step.name)
    return config.method if isinstance(config, IdentityStep) else ""


def _keep(request: HttpRequest, desk: Desk, typed: dict[str, str]) -> None:
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        drafts.save(desk.order, typed)


@access("customer", background=True)
@require_POST
def draft(request: HttpRequest, public_id: str) -> HttpResponse:
    """Saved while the customer types; says nothing."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        desk = desk_of(request, public_id)
        if desk.may_write:
            drafts.save(desk.order, desk.form(request.POST).typed())
    return HttpResponse(status=204)


# -- check your answers -----------------------------------------------------------------------------------------------


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """The draft as it would be submitted; POST submits it. A refusal leaves the draft where it is."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        desk = desk_of(request, public_id)
        kept = drafts.load(desk.order, by=actor_of(request)) if desk.may_write else None
        if not desk.may_write:
            return HttpResponseRedirect(_after(desk))
        if kept is None or not desk.form(kept).is_valid():
            return HttpResponseRedirect(reverse("order-application", args=[public_id]))
    refusal: PortalError | None = None
    if request.method == "POST":
        try:
            perform(
                request,
                desk.order,
                "confirm",
                step=desk.task.step.name,
                data=kept,
                key=posted_key(request),
                seen_version=posted_version(request),
            )
        except InvalidInput:
            return HttpResponseRedirect(reverse("order-application", args=[public_id]))
        except PortalError as error:
            refusal = error
        else:
            messages.success(request, submitted_words(desk))
            return HttpResponseRedirect(reverse("order", args=[public_id]))
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = _check_context(desk, kept) | {
            "refusal": say(refusal) if refusal else "",
            "undone": undone_by(desk, kept, by=actor_of(request)),
        }
    return TemplateResponse(request, "renewals/check.html", context, status=refusal.status if refusal else 200)


def _check_context(desk: Desk, answers: Mapping[str, str]) -> dict[str, object]:
    order, path = desk.order, desk.path
    lines = selectors.quote_for(order, answers)
    change = reverse("order-application", args=[order.public_id])
    return {
        "order": order,
        "groups": _groups(desk, answers, change),
        "holder": [_business(desk, answers), *_holders(desk)],
        "holder_title": certificates_title(order.business),
        "new_name": new_name_words(desk, answers),
        "change": path_change(desk),
        "takes_papers": path.takes_papers,
        "quote": quote_table(lines) if lines else None,
        "is_free": not total(lines),
        "validity": _validity_words(desk, term_years(order, desk.view.pack, answers.get("term_years", ""))),
        "stages": stages_of(desk.view),
        "key": new_key(),
        "draft_url": reverse("order-draft", args=[order.public_id]),
    }


def _validity_words(desk: Desk, years: int) -> str:
    """From when to when the new certificate will run (Across 7); "" where none is made."""
    business, start = desk.order.business, desk.path.validity_start
    certificates = [item.certificate for item in desk.order.items.all()]
    if business == Order.Business.PIN_UNBLOCK:
        return _("解锁不改变证书和有效期。")
    if business == Order.Business.ENROLMENT and years:
        return _("新证书从签发之日起，有效 %(years)s 年。") % {"years": years}
    if len(certificates) > 1:
        if start == "old_end":
            return _("每张证书的新有效期从它原来的到期日接着算 %(years)s 年。") % {"years": years}
        return _("新证书沿用各自原来的到期日。") if start == "keep_end" else ""
    ends = new_validity(
        start,
        months=12 * years,
        old_not_after=certificates[0].not_after,
        issued_at=timezone.now(),
        tz=ZoneInfo(current_tenant().timezone),
    )
    dates = {"old": local_day(certificates[0].not_after).isoformat(), "new": local_day(ends.not_after).isoformat()}
    words = {
        "old_end": _("所购年限从旧证书到期日 %(old)s 接着算，提前办理不损失天数；新证书有效期至 %(new)s。"),
        "issue": _("新证书从签发之日起算，有效期至 %(new)s。"),
        "keep_end": _("新证书沿用原来的到期日，有效期至 %(new)s。"),
    }
    return words[start.value] % dates


def _business(desk: Desk, answers: Mapping[str, str]) -> Pair:
    """RULES D4: 证书算法升级＋电子签章."""
    words = f"{desk.view.pack.service}（{desk.order.get_business_display()}）"
    if answers.get("seal") == "yes":
        words = _("%(business)s＋电子签章") % {"business": words}
    return Pair(_("业务类型"), words)


def _holders(desk: Desk) -> list[Pair]:
    """One certificate in full, several a line each."""
    certificates = [item.certificate for item in desk.order.items.all()]
    if len(certificates) == 1:
        return _holder(certificates[0], proven=not desk.is_unproven)
    return [
        Pair(
            each.display_number,
            _("%(holder)s，现有效期至 %(day)s")
            % {"holder": each.holder_name, "day": local_day(each.not_after).isoformat()},
        )
        for each in certificates
    ]


def _holder(certificate: Certificate, *, proven: bool) -> list[Pair]:
    """Of a certificate that nobody has proved yet only what the customer typed to claim it (RULES P2)."""
    typed = [
        Pair(_("证书持有单位"), certificate.holder_name),
        Pair(_("证书序列号"), in_fours(certificate.serial)),
    ]
    if not proven:
        return typed
    return [
        *typed,
        Pair(_("证书主题"), certificate.subject),
        *([Pair(_("证书号"), certificate.number)] if certificate.number else []),
        *([Pair(_("介质编号"), in_fours(certificate.medium_number))] if certificate.medium_number else []),
        Pair(_("现有效期至"), local_day(certificate.not_after).isoformat()),
    ]


def _groups(
    desk: Desk, answers: Mapping[str, str], change: str, *, but: frozenset[str] = frozenset()
) -> Sequence[tuple[str, list[Pair]]]:
    """The answers by section, each line with its way back to the field."""
    form, said = desk.form(dict(answers)), Answers(**{name: answers.get(name, "") for name in desk.wanted})
    wanted = [name for name in desk.wanted if name not in but and said.counts(name)]

    def pairs(of: Callable[[str], bool]) -> list[Pair]:
        found = []
        for name in wanted:
            if not of(name):
                continue
            bound, value = form[name], answers.get(name, "")
            anchor = f"{change}#{bound.auto_id}" if change and not bound.is_hidden else ""
            found.append(Pair(bound.label, answer_words.say(desk.view.pack, name, value), anchor))
        return found

    return [(str(title), rows) for title, of in SECTIONS if (rows := pairs(of))]


@access("customer")
@never_cache
@require_safe
def answers(request: HttpRequest, public_id: str) -> HttpResponse:
    """The answers as last confirmed; personal ones by their masks, as the page proves nothing anew."""
    desk = desk_of(request, public_id)
    confirmed = desk.confirmed
    if confirmed is None:
        return HttpResponseRedirect(reverse("order-application", args=[public_id]))
    shown = answer_words.mask(answers_of(confirmed, by=actor_of(request), reason="查看已提交的申请"))
    context = {
        "order": desk.order,
        "groups": _groups(desk, shown, "", but=PERSON if written_by_another(desk.order, confirmed) else frozenset()),
        "confirmed_at": confirmed.confirmed_at,
        "change_url": reverse("order-application", args=[public_id]) if desk.may_write else "",
        "takes_papers": desk.path.takes_papers,
        "paid": any(t.step.kind is Kind.PAYMENT and t.step.phase is Phase.ONLINE for t in desk.view.tasks),
    }
    return TemplateResponse(request, "renewals/answers.html", context)
