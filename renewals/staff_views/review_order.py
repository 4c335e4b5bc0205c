"""/staff/review/<public id>/: one order on one screen, and what a reviewer does before deciding (RULES C10)."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused, NotFound
from portal.tenants import tenant_tx
from portal.ui.parts import Crumb
from portal.ui.templatetags.ui import in_fours
from portal.ui.words import say
from renewals.review_forms import posted_marks
from renewals.reviewing import drafts, leases, rechecks
from renewals.reviewing.errors import ReviewNotOpen
from renewals.staff_forms import RevealForm
from renewals.staff_selectors.order import ApplicationShown, find
from renewals.staff_selectors.orders import today
from renewals.staff_selectors.review_order import ReviewView, review_view
from renewals.staff_views import order_parts, review_parts
from renewals.staff_views.common import REVEAL, day, may, status_badge, when
from renewals.staff_views.revealing import reveal_field
from renewals.staff_views.review import DECIDE, REVIEW
from renewals.steps.answer_words import MASKED

Marks = Mapping[str, Mapping[str, str]]
Revealed = Mapping[tuple[int, str], str]


@access(f"staff:{REVIEW}")
@never_cache
@require_GET
def screen(request: HttpRequest, public_id: str) -> HttpResponse:
    return page(request, review_view(public_id))


@access(f"staff:{DECIDE}")
@never_cache
@require_POST
def save_marks(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is marked so far, from the script after every change: {"until": "10:40"}, or 409 {"message": …}."""
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            until = keep(request, review_view(public_id))
    except GuardRefused as refusal:
        return JsonResponse({"message": say(refusal)}, status=refusal.status)
    return JsonResponse({"until": until})


def keep(request: HttpRequest, found: ReviewView) -> str:
    """Save the posted marks, inside a write transaction; the lease lasts until the time returned. GuardRefused."""
    if found.turn is None:
        raise ReviewNotOpen()
    found.turn.order = found.order
    drafts.save(found.turn, posted_marks(request.POST, found), by=actor_of(request))
    until = timezone.now() + leases.lasts(found.order, found.step)
    return timezone.localtime(until).strftime("%H:%M")


# -- the CA's word ----------------------------------------------------------------------------------------------------


@access(f"staff:{DECIDE}")
@never_cache
@require_POST
def recheck(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have the CA asked anew; the page shows the answer when it is there."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        rechecks.ask(find(public_id))
    if request.headers.get("HX-Request"):
        with tenant_tx(request.tenant):  # type: ignore[attr-defined]
            return _status(request, public_id).render()
    return HttpResponseRedirect(reverse("staff-review-order", args=[public_id]) + "#ca")


@access(f"staff:{REVIEW}", background=True)
@never_cache
@require_GET
def status(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of the page that waits for the CA."""
    return _status(request, public_id)


def _status(request: HttpRequest, public_id: str) -> TemplateResponse:
    order = find(public_id)
    return TemplateResponse(
        request, "renewals/staff/_review_status.html", {"order": order, **_standings(rechecks.standings(order))}
    )


def _standings(found: Any) -> dict[str, Any]:
    return {
        "standings": [(one, review_parts.standing_badge(one), when(one.at)) for one in found],
        "asking": any(one.asking for one in found),
        "unrenewable": any(one.at is not None and not one.is_renewable for one in found),
    }


# -- revealing --------------------------------------------------------------------------------------------------------


@access(f"staff:{REVEAL}")
@never_cache
@require_POST
@sensitive_variables("value")
def reveal(request: HttpRequest, public_id: str, version: int, name: str) -> HttpResponse:
    """One field, for a reason, here instead of on the order's own page."""
    if name not in MASKED:
        raise NotFound
    dialog = order_parts.reveal_dialog(version, name)
    form = RevealForm(request.POST, dialog=dialog)
    if not form.is_valid():
        return rendered(request, public_id, status=422, failed=(dialog, form))
    value = reveal_field(request, public_id, version, name, reason=form.cleaned_data["reason"])
    return rendered(request, public_id, revealed={(version, name): value})


# -- the page ---------------------------------------------------------------------------------------------------------


def rendered(request: HttpRequest, public_id: str, **more: Any) -> HttpResponse:
    """The screen again, after something was refused; the transaction that refused is over."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return page(request, review_view(public_id), **more).render()


def page(
    request: HttpRequest,
    found: ReviewView,
    *,
    status: int = 200,
    marks: Marks | None = None,
    wrong: Mapping[str, str] | None = None,
    failed: tuple[str, Any] | None = None,
    revealed: Revealed | None = None,
) -> TemplateResponse:
    """``marks``: what was posted, where it couldn't be kept. ``wrong``: subject → what is missing."""
    context = _context(request, found, found.marks if marks is None else marks, wrong or {}, revealed or {})
    context |= {"failed": failed[0] if failed else "", "failed_form": failed[1] if failed else None}
    return TemplateResponse(request, "renewals/staff/review.html", context, status=status)


def _context(
    request: HttpRequest, found: ReviewView, marks: Marks, wrong: Mapping[str, str], revealed: Revealed
) -> dict[str, Any]:
    order, turn = found.order, found.turn
    me = actor_of(request).user_id
    holds = leases.holds(turn, me)
    application = ApplicationShown(found.form_version, order.submitted_at or order.opened_at, dict(found.answers))
    versions = order_parts.versions([application] if found.answers else [], found.view, revealed)
    return {
        "order": order,
        "found": found,
        "number": in_fours(order.number),
        "badge": status_badge(found.view.derived.status),
        "crumbs": [Crumb(_("审核"), reverse("staff-review")), Crumb(order.number)],
        "title": f"{found.view.pack.title} · {found.view.pack.path(order.path).title}",
        "turn": turn,
        "due": day(turn.due_on) if turn else "",
        "late": turn is not None and turn.due_on < today(),
        "holds": holds,
        "held_by": turn.holder.masked_label if turn and turn.holder and leases.is_held(turn) and not holds else "",
        "until": timezone.localtime(turn.held_until).strftime("%H:%M") if turn and turn.held_until else "",
        "may_decide": may(request, DECIDE),
        "may_reveal": may(request, REVEAL),
        "sheets": review_parts.sheets(found),
        "points": review_parts.points(found),
        "comparison": review_parts.comparison(found),
        "certificate": review_parts.certificate_pairs(found),
        "transfers": review_parts.transfer_rows(found),
        "version": versions[0] if versions else None,
        "papers": review_parts.paper_marks(found, marks, wrong),
        "steps": review_parts.step_marks(found, marks, wrong),
        "rejection": marks.get(drafts.ORDER, {}),
        "rejecting": found.reasons(drafts.ORDER),
        "wrong": wrong,
        "problems": _problems(found, wrong),
        "draft": found.draft,
        "others_marks": found.draft is not None and bool(found.draft.marks) and found.draft.by_id != me,
        "decisions": review_parts.decisions(found),
        "events": order_parts.events(found.view),
        "key": secrets.token_urlsafe(16),
        **_standings(found.standings),
    }


def _problems(found: ReviewView, wrong: Mapping[str, str]) -> list[tuple[str, str]]:
    """For the summary: (control, sentence), each naming what it is about."""
    titles = {paper.view.name: paper.view.title for paper in found.papers} | dict(found.returnable)
    titles[drafts.ORDER] = _("驳回")
    return [
        (f"mark-{name}" if name in titles else "", f"{titles[name]}：{sentence}" if name in titles else sentence)
        for name, sentence in wrong.items()
    ]
