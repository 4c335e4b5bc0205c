"""/certificates/claim/authorised/: an expired certificate without its key, by what stands in it and a sealed letter.

RULES P2: serial, organisation and code open an order that a reviewer decides. Whoever guesses learns nothing: one
answer for everything that doesn't fit, and the tries are counted before anything is looked at.
"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal import audit, vault
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.audit import attempts
from portal.errors import PortalError, RateLimited
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals import claiming, drafts, orders, selectors
from renewals.errors import (
    ClaimRefused,
    ClaimTriesSpent,
    FinishTheOtherFirst,
    NotRenewable,
    NotYourOrder,
    OrderNotFound,
)
from renewals.forms.application import prefill
from renewals.forms.claim import AuthorisedClaimForm
from renewals.models import Order
from renewals.publishing import current, pack_of
from renewals.steps.answers import Holder
from renewals.steps.claims import may_work_with
from renewals.views.authorisation import authorisation_text
from renewals.views.customer import customer_of, new_key, own_order, posted_key

PER_ACCOUNT, ACCOUNT_WINDOW = 5, timedelta(hours=1)
PER_ADDRESS, ADDRESS_WINDOW = 20, timedelta(hours=1)


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    form = AuthorisedClaimForm(request.POST if request.method == "POST" else None)
    status, other = 200, None
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                return HttpResponseRedirect(_opened(request, form.cleaned_data))
            except PortalError as refusal:
                form.add_error(None, say(refusal))
                status = refusal.status
                other = refusal.params.get("number") if isinstance(refusal, FinishTheOtherFirst) else None
    context = {"form": form, "key": new_key(), "other": _own_order_number(request, other)}
    return TemplateResponse(request, "renewals/claim_authorised.html", context, status=status)


def _own_order_number(request: HttpRequest, number: object) -> Order | None:
    if not number:
        return None
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return Order.objects.filter(customer=customer_of(request), number=number).first()


def _opened(request: HttpRequest, typed: dict[str, str]) -> str:
    """Where to go on. ClaimRefused alike for all that doesn't fit; ClaimTriesSpent; FinishTheOtherFirst (C3)."""
    tenant, by, user = request.tenant, actor_of(request), customer_of(request)  # type: ignore[attr-defined]
    detail = {"serial": claiming.normal_serial(typed["serial"])}
    try:
        attempts.reserve(tenant, "claim.address", by.ip or "unknown", limit=PER_ADDRESS, window=ADDRESS_WINDOW)
        attempts.reserve(tenant, "claim.account", user.public_id, limit=PER_ACCOUNT, window=ACCOUNT_WINDOW)
    except RateLimited as refusal:
        audit.security("claim.limited", tenant=tenant, by=by, detail=detail)
        raise ClaimTriesSpent(refusal.retry_after) from None
    try:
        with tenant_tx(tenant, write=True):
            certificate = claiming.named(typed["serial"], typed["organisation_name"], typed["organisation_code"])
            if may_work_with(user, certificate) and user.restricted_since is None:
                return f"{reverse('renew')}?serial={certificate.serial}"
            running = Order.objects.filter(customer=user, items__certificate=certificate, closed_at__isnull=True)
            if user.restricted_since is not None:
                running = running.filter(opened_at__gte=user.restricted_since)
            known = running.order_by("-opened_at").first()
            if known is not None:
                return reverse("order", args=[known.public_id])
            order = orders.open_order(
                programme=current(certificate.programme_slug),
                certificates=[certificate],
                by=by,
                key=posted_key(request),
                claim=Order.Claim.SEALED_AUTHORISATION,
            )
            _start_draft(order, typed, vault.reveal(user, "phone", by=by, reason="带出登录手机号"))
            return reverse("order", args=[order.public_id])
    except (ClaimRefused, NotRenewable, NotYourOrder):
        audit.security("claim.refused", tenant=tenant, by=by, detail=detail)
        raise ClaimRefused() from None


def _start_draft(order: Order, typed: dict[str, str], own_phone: str) -> None:
    """What was typed here stands in the form, and nothing that the hall knows beyond it."""
    holder = Holder(typed["organisation_name"], typed["organisation_code"])
    drafts.save(order, prefill(holder, pack_of(order.programme), {}, own_phone))


@access("customer")
@never_cache
@require_GET
def authorisation(request: HttpRequest, public_id: str) -> HttpResponse:
    """The letter of authorisation, to print, sign and seal. OrderNotFound for an order that needs none."""
    order = own_order(request, public_id)
    if order.claim != Order.Claim.SEALED_AUTHORISATION:
        raise OrderNotFound()
    view = selectors.order_view(order)
    context = {"order": order, "view": view, "letter": authorisation_text(order, by=actor_of(request))}
    return TemplateResponse(request, "renewals/authorisation.html", context)
