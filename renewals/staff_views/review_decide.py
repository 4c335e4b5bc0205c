"""Deciding: approve at once; return, reject, stop, and granting a claim after a page that says what follows."""

import secrets
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused, IdempotencyConflict, InvalidInput, NotFound, StaleVersion
from portal.tenants import tenant_tx
from portal.ui.parts import Text
from portal.ui.templatetags.ui import in_fours, plain_money
from portal.ui.words import say
from renewals import orders
from renewals.review_forms import data_for, posted_marks, problems_of
from renewals.reviewing import leases, rechecks
from renewals.reviewing.drafts import ORDER
from renewals.reviewing.errors import MarksIncomplete, ReviewNotOpen
from renewals.staff_selectors.review_order import ReviewView, review_view
from renewals.staff_views.review import DECIDE
from renewals.staff_views.review_order import keep, rendered
from renewals.views.customer import posted_key, posted_version
from renewals.words_of_acts import STOP_REASONS

OUTCOMES: Final[dict[str, Text]] = {
    "approve": gettext_lazy("已通过，已通知客户。"),
    "return": gettext_lazy("已退回，已通知客户更正。"),
    "reject": gettext_lazy("已驳回，已通知客户。"),
    "stop": gettext_lazy("已终止，已通知客户。"),
}


@access(f"staff:{DECIDE}")
@never_cache
@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was marked is kept first: whatever happens to the decision, the marks are there."""
    outcome = request.POST.get("outcome", "")
    tenant = request.tenant  # type: ignore[attr-defined]
    with tenant_tx(tenant):
        found = review_view(public_id)
        marks = posted_marks(request.POST, found)
        wrong = problems_of(marks, found, outcome) if outcome in OUTCOMES else {}
    try:
        with tenant_tx(tenant, write=True):
            keep(request, found)
    except GuardRefused as refusal:
        messages.error(request, say(refusal))
        return rendered(request, public_id, status=refusal.status, marks=marks)
    if wrong:
        return rendered(request, public_id, status=422, marks=marks, wrong=wrong)
    if outcome not in OUTCOMES:
        messages.success(request, _("标记已保存。"))
        return HttpResponseRedirect(reverse("staff-review-order", args=[public_id]))
    if outcome == "approve" and not found.order.claim:
        return _act(request, found, outcome, data_for(marks, found, outcome))
    return HttpResponseRedirect(reverse("staff-review-confirm", args=[public_id, outcome]))


@access(f"staff:{DECIDE}")
@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, public_id: str, outcome: str) -> HttpResponse:
    """What the customer will read and what happens next, before it is sent; decided by the marks as they are kept."""
    if outcome not in OUTCOMES:
        raise NotFound
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = review_view(public_id)
        marks = {name: dict(mark) for name, mark in found.marks.items()}
        wrong = problems_of(marks, found, outcome)
        held = leases.holds(found.turn, actor_of(request).user_id)
        if request.method == "GET" and held and not wrong:
            context = _context(found, marks, outcome)
            return TemplateResponse(request, "renewals/staff/review_confirm.html", context).render()
    if not held:
        messages.error(request, _("您还没有领取这张订单，或者领取已经到期。请先点“领取”，您做的标记都还在。"))
        return HttpResponseRedirect(reverse("staff-review-order", args=[public_id]))
    if wrong:
        return rendered(request, public_id, status=422, wrong=wrong)
    if request.POST.get("saved_at") != _saved_at(found):
        return _refused(request, found, StaleVersion())
    return _act(request, found, outcome, data_for(marks, found, outcome))


def _act(request: HttpRequest, found: ReviewView, outcome: str, data: dict[str, Any]) -> HttpResponse:
    """Through the one door; refused → the screen as it is now, with the marks."""
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            orders.act(
                found.order.public_id,
                outcome,
                step=found.step,
                by=actor_of(request),
                data=data,
                key=posted_key(request),
                seen_version=posted_version(request),
            )
    except MarksIncomplete as refusal:
        wrong = {name: "".join(sentences) for name, sentences in refusal.fields.items()}
        return rendered(request, found.order.public_id, status=422, wrong=wrong)
    except (GuardRefused, IdempotencyConflict, InvalidInput) as refusal:
        return _refused(request, found, refusal)
    number = in_fours(found.order.number)
    messages.success(request, _("订单 %(number)s %(what)s") % {"number": number, "what": OUTCOMES[outcome]})
    return HttpResponseRedirect(reverse("staff-review"))


def _refused(request: HttpRequest, found: ReviewView, refusal: Any) -> HttpResponse:
    messages.error(request, say(refusal))
    if isinstance(refusal, ReviewNotOpen):
        return HttpResponseRedirect(reverse("staff-review"))
    return rendered(request, found.order.public_id, status=refusal.status)


# -- the page before --------------------------------------------------------------------------------------------------


def _context(found: ReviewView, marks: dict[str, dict[str, str]], outcome: str) -> dict[str, Any]:
    titles = {paper.view.name: paper.view.title for paper in found.papers} | dict(found.returnable)
    reasons = {reason.code: reason for reason in found.config.reasons}
    charge = found.charge
    paid = charge is not None and charge.credited_fen > 0
    refused = rechecks.refused_by_ca(found.order) if outcome == "stop" else None
    return {
        "order": found.order,
        "number": in_fours(found.order.number),
        "outcome": outcome,
        "back_url": reverse("staff-review-order", args=[found.order.public_id]),
        "sent_back": [
            (titles[name], reasons[mark["reason"]].words, mark["words"])
            for name, mark in marks.items()
            if mark["verdict"] == "return"
        ],
        "accepted": [titles[name] for name, mark in marks.items() if mark["verdict"] == "accept" and name in titles],
        "rejection": (reasons[marks[ORDER]["reason"]].words, marks[ORDER]["words"]) if outcome == "reject" else None,
        "stop_words": STOP_REASONS.get(f"ca_status_{refused.state}", "") if refused else "",
        "still_renewable": outcome == "stop" and refused is None,
        "paid": plain_money(charge.credited_fen) if charge is not None and paid else "",
        "others": found.others,
        "customer": found.order.customer.masked_label,
        "saved_at": _saved_at(found),
        "key": secrets.token_urlsafe(16),
    }


def _saved_at(found: ReviewView) -> str:
    return found.draft.saved_at.isoformat() if found.draft else ""
