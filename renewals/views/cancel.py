"""/orders/<id>/cancel/: what cancelling means now, why, and then it is done (RULES P19)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.access import access
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals import selectors
from renewals.forms.lookup import CancelForm
from renewals.models import Shipment, ShipmentItem
from renewals.steps import clearing
from renewals.views.customer import new_key, own_order, perform, posted_key, posted_version
from renewals.views.progress import money_of
from renewals.words_of_acts import CANNOT_CANCEL, cancelling_words


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was said before the click must still hold: ``seen_version`` refuses it when the order moved on."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
        view = selectors.order_view(order)
        money = money_of(view)
        keys_here = clearing.keys_here(order).count()
        keys_coming = ShipmentItem.objects.filter(
            item__order=order, withdrawn_at__isnull=True, shipment__state=Shipment.State.ANNOUNCED
        ).count()
    form = CancelForm(request.POST if request.method == "POST" else None)
    refusal = ""
    if form.is_bound and form.is_valid():
        try:
            perform(
                request,
                order,
                "cancel",
                data={"reason": form.cleaned_data["reason"]},
                key=posted_key(request),
                seen_version=posted_version(request),
            )
        except PortalError as error:
            refusal = say(error)
        else:
            messages.success(request, _("订单已取消。"))
            return HttpResponseRedirect(reverse("order", args=[public_id]))
    means = cancelling_words(view.cancel_stage, order.business) if view.cancel_stage else None
    context = {
        "order": order,
        "view": view,
        "form": form,
        "means": means,
        "cannot": CANNOT_CANCEL.get(view.cannot_cancel, ""),
        "paid_fen": money.total_fen if money.is_paid else None,
        "refusal": refusal,
        "keys_here": keys_here,
        "keys_coming": keys_coming,
        "key": new_key(),
    }
    status = 409 if refusal else 422 if form.is_bound else 200
    return TemplateResponse(request, "renewals/cancel.html", context, status=status)
