"""/orders/<id>/seal/: the electronic seal, where the customer writes it: impression, making, writing (RULES P7)."""

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
from renewals.errors import OrderNotFound
from renewals.lifecycle import Kind
from renewals.views import sealing
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of
from renewals.views.sealing import Sealing


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def seal(request: HttpRequest, public_id: str) -> HttpResponse:
    found = _find(request, public_id)
    refused = post(request, found) if request.method == "POST" and found.state == "open" else ""
    if request.method == "POST" and not refused:
        return HttpResponseRedirect(reverse("order-seal", args=[public_id]))
    if found.state in {"waiting", "over"}:
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = _find(request, public_id)
        item, back = found.item.public_id, reverse("order", args=[public_id])
        urls = {name: reverse(f"api-seal-{name}", args=[item]) for name in ("state", "challenge", "verify")}
        context = sealing.page_context(request, found, urls=urls, done=back) | {
            "order": found.item.order,
            "stages": stages_of(selectors.order_view(found.item.order)),
            "refused": refused,
            "back": back,
            "key": new_key(),
        }
    return TemplateResponse(request, "renewals/seal.html", context, status=422 if refused else 200)


def post(request: HttpRequest, found: Sealing) -> str:
    """The impression was uploaded, or looked at and sent to the maker. Why not; "" when it went well."""
    if "impression" in request.FILES:
        try:
            return sealing.take_impression(request, found).refused.get("impression", "")
        except PortalError as refusal:
            return say(refusal)
    if "bind" not in request.POST:
        return _("请选择印模的图片。")
    try:
        perform(request, found.item.order, "bind", step=found.step.name, item=found.item, key=posted_key(request))
    except PortalError as refusal:
        return say(refusal)
    return ""


def _find(request: HttpRequest, public_id: str) -> Sealing:
    """The seal that is next; of several items the first that isn't done."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        view = selectors.order_view(own_order(request, public_id))
        tasks = [task for task in view.tasks_of(Kind.SEAL) if task.item is not None]
        waiting = [task for task in tasks if not task.step.settled] or tasks
        if not waiting or waiting[0].item is None:
            raise OrderNotFound()
        return sealing.find(request, waiting[0].item.public_id)
