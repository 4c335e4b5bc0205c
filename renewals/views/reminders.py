"""/reminders/<token>/: whoever has the link at the foot of an e-mail may switch the address's reminders off and on."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.access import access, tenant_of
from portal.errors import NotFound
from portal.tenants import tenant_tx
from renewals import reminding


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest, token: str) -> HttpResponse:
    """Reading changes nothing: mail scanners open every link. POST ``do``: off or on."""
    index = reminding.address_of(token, tenant_of(request))
    if index is None:
        raise NotFound
    if request.method == "POST":
        with tenant_tx(tenant_of(request), write=True):
            reminding.switch(index, off=request.POST.get("do") == "off")
        return HttpResponseRedirect(reverse("reminders-email", args=[token]))
    with tenant_tx(tenant_of(request)):
        context = {"off": reminding.is_off(index)}
    return TemplateResponse(request, "renewals/certificates/reminders.html", context)
