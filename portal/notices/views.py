"""Pages: the bell's list, and the development inbox."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.access import access
from portal.accounts.models import User
from portal.notices import in_page, inbox
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant


class CustomerRequest(HttpRequest):
    """What the middleware has put on it."""

    tenant: Tenant
    user: User


@access("customer")
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: CustomerRequest) -> HttpResponse:
    """The signed-in customer's notices; POST marks them read."""
    if request.method == "POST":
        with tenant_tx(request.tenant, write=True):
            in_page.mark_read(request.user)
        return redirect("notices")
    return render(request, "notices/notices.html", {"lines": in_page.latest(request.user)})


@access("public")
@require_safe
def dev_inbox(request: CustomerRequest) -> HttpResponse:
    """What SMS and mail this tenant sent. Not routed in production, and refuses there all the same."""
    to = request.GET.get("to", "").strip()[:254].replace("\x00", "")
    response = render(request, "notices/inbox.html", {"messages_sent": inbox.latest(request.tenant, to=to), "to": to})
    response["Cache-Control"] = "no-store"
    return response
