"""/staff/payments/…: where finance decides: one refund, and one payment of which too much came."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from payments import ledger, refundable
from payments import refunds as refunding
from payments.errors import RefundNotFound
from payments.forms import BankRefundForm, DecisionForm
from payments.models import ChannelName, Payment, Refund, RefundState, TransferClaim
from payments.views.tables import REFUND_TONES
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused, NotFound, PermissionRefused, StaleVersion
from portal.tenants.transaction import tenant_tx
from portal.ui.parts import Badge
from portal.ui.words import say

REFUND = "payments.refund"


@access(f"staff:{REFUND}")
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, refund: str) -> HttpResponse:
    """One refund: what it is, and 同意 or 不予."""
    form = DecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                with tenant_tx(tenant_of(request), write=True):
                    _decided(refund, form, request)
            except (GuardRefused, PermissionRefused) as refusal:
                messages.error(request, say(refusal))
            else:
                messages.success(request, _("已处理。"))
            return HttpResponseRedirect(reverse("payments:staff-refund-decide", args=[refund]))
        status = 422
    with tenant_tx(tenant_of(request)):
        context = _context(refund, form, BankRefundForm())
        return TemplateResponse(request, "payments/staff_refund.html", context, status=status).render()


@access(f"staff:{REFUND}")
@require_POST
def bank(request: HttpRequest, refund: str) -> HttpResponse:
    """What came of a refund that finance has made in the online bank."""
    form = BankRefundForm(request.POST)
    if form.is_valid():
        data, by = form.cleaned_data, actor_of(request)
        try:
            with tenant_tx(tenant_of(request), write=True):
                if data["outcome"] == "done":
                    refunding.record_bank_refund(refund, bank_reference=data["bank_reference"].strip(), by=by)
                else:
                    refunding.bank_refund_failed(refund, reason=data["reason"], by=by)
        except (GuardRefused, StaleVersion) as refusal:
            form.add_error(None, say(refusal))
    if not form.errors:
        messages.success(request, _("已处理。"))
        return HttpResponseRedirect(reverse("payments:staff-refund-decide", args=[refund]))
    with tenant_tx(tenant_of(request)):
        context = _context(refund, DecisionForm(), form)
    return TemplateResponse(request, "payments/staff_refund.html", context, status=422)


@access(f"staff:{REFUND}")
@require_http_methods(["GET", "HEAD", "POST"])
def refund_surplus(request: HttpRequest, payment: str) -> HttpResponse:
    """RULES P9: one click sends late or doubled money back to its source."""
    if request.method == "POST":
        try:
            with tenant_tx(tenant_of(request), write=True):
                found = _payment(payment)
                refund = ledger.request_surplus_refund(
                    found, by=actor_of(request), key=f"surplus:{found.public_id}:{request.POST.get('key', '')[:40]}"
                )
        except GuardRefused as refusal:
            messages.error(request, say(refusal))
            return HttpResponseRedirect(reverse("payments:staff-received"))
        messages.success(request, _("已提交，多付的款项将原路退回。"))
        return HttpResponseRedirect(reverse("payments:staff-refund-decide", args=[refund.public_id]))
    with tenant_tx(tenant_of(request)):
        found = _payment(payment)
        context = {
            "payment": found,
            "surplus": refundable.surplus_of(found),
            "channel": dict(ChannelName.choices).get(found.channel, found.channel),
            "key": secrets.token_urlsafe(16),
        }
        return TemplateResponse(request, "payments/staff_surplus.html", context).render()


def _context(public_id: str, form: DecisionForm, bank_form: BankRefundForm) -> dict[str, object]:
    found = Refund.objects.select_related("charge", "payment").filter(public_id=public_id).first()
    if found is None:
        raise RefundNotFound
    by_hand = refunding.is_by_hand(found)
    claim = TransferClaim.objects.select_related("charge").filter(payment=found.payment).first() if by_hand else None
    return {
        "refund": found,
        "badge": Badge(found.get_state_display(), REFUND_TONES[found.state]),
        "channel": dict(ChannelName.choices).get(found.payment.channel, found.payment.channel),
        "form": form,
        "bank_form": bank_form,
        "by_hand": by_hand,
        "claim": claim,
        "waits": found.state == RefundState.REQUESTED,
        "waits_for_bank": by_hand and found.state == RefundState.APPROVED,
        "judged": max(found.asked_fen, found.amount_fen),
        "limit": refundable.refund_limit(),
    }


def _decided(public_id: str, form: DecisionForm, request: HttpRequest) -> None:
    by = actor_of(request)
    if form.cleaned_data["decision"] == "approve":
        ledger.approve_refund(public_id, by=by)
    else:
        ledger.decline_refund(public_id, by=by, reason=form.cleaned_data["reason"])


def _payment(public_id: str) -> Payment:
    found: Payment | None = Payment.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
