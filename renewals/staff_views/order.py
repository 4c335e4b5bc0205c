"""/staff/orders/<public id>/: an order with everything about it, and what may be done to it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from portal import audit
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused, IdempotencyConflict, InvalidInput, NotFound, PortalError
from portal.jobs.models import JobState
from portal.tenants import tenant_tx
from portal.ui.parts import Crumb, Pair
from portal.ui.templatetags.ui import in_fours
from portal.ui.words import say
from renewals import orders
from renewals.lifecycle import Kind, NextActor
from renewals.models import ApplicationVersion, DualControl
from renewals.orders import ActResult
from renewals.staff_forms import RevealForm
from renewals.staff_selectors.order import StaffOrderView, find, staff_order_view
from renewals.staff_selectors.orders import today
from renewals.staff_views import order_money, order_papers, traces
from renewals.staff_views import order_parts as parts
from renewals.staff_views.common import (
    AUDIT,
    CANCEL,
    CERTIFICATES,
    CODES,
    CONFIRM_IDENTITY,
    OPERATIONS,
    REFUND,
    REVEAL,
    REVOKE,
    UNBLOCK,
    VIEW,
    actor_words,
    day,
    may,
    status_badge,
    when,
)
from renewals.staff_views.offer import Offer
from renewals.staff_views.offers import offers
from renewals.staff_views.resending import RESEND
from renewals.steps.answer_words import MASKED
from renewals.steps.application import answers_of
from renewals.views.customer import posted_key, posted_version

Revealed = Mapping[tuple[int, str], str]


@access(f"staff:{VIEW}")
@never_cache
@require_GET
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, public_id)


# -- acting -----------------------------------------------------------------------------------------------------------


@access(f"staff:{CONFIRM_IDENTITY}")
@never_cache
@require_POST
def confirm_identity(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "confirm-identity", _("已确认身份核验通过，订单继续办理。"))


@access(f"staff:{CONFIRM_IDENTITY}")
@never_cache
@require_POST
def identity_not_confirmed(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "identity-not-confirmed", _("已退回客户更正，并通知经办人。"))


@access(f"staff:{CODES}")
@never_cache
@require_POST
def reissue_code(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "reissue-code", _("已提出补发更新码，请另一位证书管理员确认。"))


@access(f"staff:{UNBLOCK}")
@never_cache
@require_POST
def release_unblock(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "release-unblock", _("已记录。两位管理员都同意后，系统请 CA 授权并通知客户。"))


@access(f"staff:{UNBLOCK}")
@never_cache
@require_POST
def refuse_unblock(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "refuse-unblock", _("已退回客户，并短信通知。"))


@access(f"staff:{REVOKE}")
@never_cache
@require_POST
def revoke_new(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "revoke-new", _("已记录。两位管理员都同意后，系统请 CA 撤销新证书。"))


@access(f"staff:{REFUND}")
@never_cache
@require_POST
def decide_refund(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "decide-refund", _("已记录退款决定，系统按决定办理。"))


@access(f"staff:{CANCEL}")
@never_cache
@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, "cancel", _("订单已取消，已通知客户。"))


def _act(request: HttpRequest, public_id: str, name: str, done: str) -> HttpResponse:
    """One act through the one door; refused or incomplete → this page again, saying why."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        offer = _offer(request, public_id, name)
    if offer is None:
        messages.error(request, _("这项操作现在办不了：订单刚刚有了变化，或者已经办过。请看下面的最新情况。"))
        return _page(request, public_id, Shown(409))
    form = offer.form(request.POST)
    if not form.is_valid():
        return _page(request, public_id, Shown(422, (name, form)))
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            result = orders.act(
                public_id,
                offer.action,
                step=offer.step,
                item=offer.item or None,
                by=actor_of(request),
                data=form.data_for_act(),
                key=posted_key(request),
                seen_version=posted_version(request),
            )
    except (GuardRefused, IdempotencyConflict, InvalidInput) as refusal:
        return _refused(request, public_id, refusal)
    if result.once.get("renewal_code") or (
        result.repeated and result.answer.get("confirmed") and name == "reissue-code"
    ):
        return _code_page(request, public_id, result)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("staff-order", args=[public_id]))


def _offer(request: HttpRequest, public_id: str, name: str) -> Offer | None:
    """The offer that this form was made from. A form that is sent again finds it through the act's own key."""
    found = staff_order_view(public_id)
    item = request.POST.get("item", "")
    for offer in offers(request, found):
        if offer.name == name and offer.item == item:
            return offer
    return None


def _refused(request: HttpRequest, public_id: str, refusal: PortalError) -> HttpResponse:
    messages.error(request, say(refusal))
    return _page(request, public_id, Shown(refusal.status))


@sensitive_variables("result")
def _code_page(request: HttpRequest, public_id: str, result: ActResult) -> HttpResponse:
    """The new renewal code, once: asking again with the same form shows that it was shown."""
    context = {
        "order": result.order,
        "code": result.once.get("renewal_code", ""),
        "back": reverse("staff-order", args=[public_id]),
    }
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return TemplateResponse(request, "renewals/staff/code.html", context).render()


# -- revealing --------------------------------------------------------------------------------------------------------


@access(f"staff:{REVEAL}")
@never_cache
@require_POST
@sensitive_variables("value", "revealed")
def reveal(request: HttpRequest, public_id: str, version: int, name: str) -> HttpResponse:
    """One field of one version, for a reason; both stand in the audit log before the page is sent."""
    if name not in MASKED:
        raise NotFound
    dialog = parts.reveal_dialog(version, name)
    form = RevealForm(request.POST, dialog=dialog)
    if not form.is_valid():
        return _page(request, public_id, Shown(422, (dialog, form)))
    reason = form.cleaned_data["reason"]
    by = actor_of(request)
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        order = find(public_id)
        application = ApplicationVersion.objects.filter(order=order, version=version).first()
        if application is None:
            raise NotFound
        value = answers_of(application, by=by, reason=reason).get(name, "")
        audit.record(
            "order.revealed",
            by=by,
            subject=f"order:{order.public_id}",
            detail={"field": name, "application_version": version, "reason": reason},
        )
    return _page(request, public_id, Shown(revealed={(version, name): value or _("（没有填写）")}))


# -- the page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """How the page is shown again after a refusal or a reveal. ``failed``: (name of a dialog, its form with errors)."""

    status: int = 200
    failed: tuple[str, Any] = ("", None)
    revealed: Revealed = field(default_factory=dict)


def _page(request: HttpRequest, public_id: str, shown: Shown = Shown()) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = _context(request, staff_order_view(public_id), shown.revealed)
        context["failed"], context["failed_form"] = shown.failed
        return TemplateResponse(request, "renewals/staff/order.html", context, status=shown.status).render()


def _context(request: HttpRequest, found: StaffOrderView, revealed: Revealed) -> dict[str, Any]:
    order, view = found.order, found.view
    made = offers(request, found)
    charges = [
        (charge, order_money.charge_badge(charge), order_money.charge_pairs(charge))
        for charge in reversed(found.charges)
    ]
    current = next((charge for charge in found.charges if charge.public_id == order.charge), None)
    return {
        "order": order,
        "number": in_fours(order.number),
        "badge": status_badge(view.derived.status),
        "crumbs": [Crumb(_("订单"), reverse("staff-orders")), Crumb(order.number)],
        "actor": actor_words(view.derived.next_actor) if view.derived.next_actor is not NextActor.NOBODY else "",
        "due": day(order.due_on) if order.due_on else "",
        "late": order.due_on is not None and order.due_on < today(),
        "opened": when(order.opened_at),
        "title": f"{view.pack.title} · {view.pack.path(order.path).title}",
        "tasks": parts.task_rows(view),
        "holder": _holder(found),
        "certificates": parts.certificate_cards(found, link=may(request, CERTIFICATES)),
        "versions": parts.versions(found.applications, view, revealed),
        "may_reveal": may(request, REVEAL),
        "checks": parts.checks(found),
        "person": parts.person(found.person),
        "papers": order_papers.papers(found),
        "prints": order_papers.prints(found),
        "decisions": order_papers.decisions(found),
        "review_url": _review_url(request, found),
        "charges": charges,
        "quote": order_money.quote_lines(current) if current else None,
        "movements": order_money.movements(found.charges, found.channel_orders),
        "payments_url": reverse("payments:staff-charge", args=[order.charge])
        if order.charge and may(request, "payments.view")
        else "",
        "issuances": parts.issuances(found.issuances),
        "codes": _codes(found),
        "consents": parts.consents(found),
        "controls": [_control(row) for row in found.controls],
        "jobs": traces.jobs(found.jobs),
        "jobs_open": any(row.state == JobState.DEAD for row in found.jobs),
        "notices_open": any(row.state == JobState.DEAD for row in found.notices),
        "notices": traces.notices(found.notices),
        "may_resend": may(request, RESEND),
        "events": parts.events(view),
        "trail": traces.trail(found.trail),
        "audit_url": f"{reverse('staff-audit')}?subject=order:{order.public_id}" if may(request, AUDIT) else "",
        "offers": [offer for offer in made if not offer.waits],
        "waits": [offer for offer in made if offer.waits],
        "key": secrets.token_urlsafe(16),
    }


def _review_url(request: HttpRequest, found: StaffOrderView) -> str:
    """To the review's own screen while there is something to decide or to read."""
    if not may(request, "review.view"):
        return ""
    awaited = any(task.acting is NextActor.REVIEWER for task in found.view.tasks_of(Kind.REVIEW))
    return reverse("staff-review-order", args=[found.order.public_id]) if awaited else ""


def _holder(found: StaffOrderView) -> list[Pair]:
    order = found.order
    first = found.items[0].certificate if found.items else None
    return [
        Pair(_("单位"), order.organisation.name),
        Pair(_("统一社会信用代码"), parts.code(order.organisation.credit_code)),
        Pair(_("证书持有人"), first.holder_name if first else ""),
        Pair(_("客户账号"), str(order.customer.phone)),
        Pair(_("程序包版本"), f"{found.view.pack.slug} v{found.view.pack.version}"),
        Pair(_("选定路径时剩余天数"), str(order.facts.get("days_left", ""))),
        Pair(_("首次提交"), when(order.submitted_at)),
        Pair(_("结束"), when(order.closed_at)),
    ]


def _codes(found: StaffOrderView) -> list[Pair]:
    return [
        Pair(
            when(row.made_at),
            _("有效") if row.ended_at is None else _("已于 %(at)s 作废") % {"at": when(row.ended_at)},
        )
        for row in found.codes
    ]


def _control(row: DualControl) -> Pair:
    asked = _("%(who)s 于 %(at)s 提出") % {"who": row.asked_by.username, "at": when(row.asked_at)}
    then = _("等待另一位确认")
    if row.confirmed_by is not None:
        then = _("%(who)s 于 %(at)s 确认") % {"who": row.confirmed_by.username, "at": when(row.confirmed_at)}
    return Pair(OPERATIONS[row.operation], f"{asked}；{then}")
