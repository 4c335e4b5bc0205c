"""/orders/<id>/old-keys/: the earlier encryption keys aren't needed any more (RULES P8). The order page asks it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.accounts.access import access
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals.views.customer import own_order, perform, posted_key


@access("customer", transaction=False)
@never_cache
@require_POST
def confirm(request: HttpRequest, public_id: str) -> HttpResponse:
    """Only with the tick: a stray click mustn't give the old files away."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
    if request.POST.get("opened") != "on":
        messages.warning(request, _("请先勾选“旧文件已经能打开”。没有确认时，以前的加密密钥一直保留。"))
    else:
        try:
            perform(request, order, "confirm_old_keys", key=posted_key(request))
        except PortalError as error:
            messages.error(request, say(error))
        else:
            messages.success(request, _("已记下您的确认。"))
    return HttpResponseRedirect(reverse("order", args=[public_id]))
