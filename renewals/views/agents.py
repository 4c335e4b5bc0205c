"""/agents/: who acts for my organisations, until when, and whom I act for (RULES P16)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import InvalidInput, PortalError
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals import agents
from renewals.forms.agents import AgentForm
from renewals.views.customer import customer_of


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    user = customer_of(request)
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        own = list(agents.own_organisations(user))
    choices = [(each.public_id, each.name) for each in own]
    form = AgentForm(request.POST if request.method == "POST" else None, organisations=choices)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
                agents.authorise(
                    user, data["organisation"], mobile=data["mobile"], until=data["until"], by=actor_of(request)
                )
        except InvalidInput as refusal:
            for name, sentences in refusal.fields.items():
                form.add_error(name, sentences)
        except PortalError as refusal:
            form.add_error(None, say(refusal))
        else:
            messages.success(request, _("已授权，并短信通知了代办人。"))
            return HttpResponseRedirect(reverse("agents"))
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = {
            "form": form if own else None,
            "held": [(each, list(agents.agents_of(each))) for each in own],
            "acting": list(agents.acting_for(user)),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "renewals/agents.html", context, status=status).render()


@access("customer", transaction=False)
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            agents.withdraw(customer_of(request), request.POST.get("agent", "")[:32], by=actor_of(request))
    except PortalError as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, _("代办授权已撤回，即刻生效。"))
    return HttpResponseRedirect(reverse("agents"))
