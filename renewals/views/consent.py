"""/orders/<id>/consent/: the texts to read and agree to (RULES C1)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.access import access
from portal.tenants import tenant_tx
from renewals import selectors
from renewals.forms.consent import ConsentForm
from renewals.lifecycle import Kind, NextActor
from renewals.models import ConsentRecord
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of, step_of


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
        view = selectors.order_view(order)
        task = step_of(view, Kind.CONSENT)
        texts = [view.pack.text(name) for name in view.pack.step_config(order.path, task.step.name).texts]  # type: ignore[union-attr]
        given = list(ConsentRecord.objects.filter(order=order, user_id=order.customer_id).order_by("pk"))
        stages = stages_of(view)
    is_open = task.acting is NextActor.CUSTOMER
    form = ConsentForm(request.POST if request.method == "POST" and is_open else None, texts=texts)
    if form.is_bound and form.is_valid():
        data = {"accepted": form.accepted()}
        perform(request, order, "accept", step=task.step.name, data=data, key=posted_key(request))
        return HttpResponseRedirect(reverse("order-application", args=[order.public_id]))
    context = {
        "order": order,
        "form": form,
        "texts": texts,
        "given": given,
        "is_open": is_open,
        "stages": stages,
        "key": new_key(),
    }
    return TemplateResponse(request, "renewals/consent.html", context, status=422 if form.is_bound else 200)
