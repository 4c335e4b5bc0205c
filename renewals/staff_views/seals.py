"""/staff/seals/: electronic seals that the hall writes: which wait, and one of them (RULES P7)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.access import access
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Crumb, Link, Row, Table
from portal.ui.templatetags.ui import in_fours
from renewals.staff_selectors.seals import WaitingSeal, waiting_seals
from renewals.staff_views.common import day, unbroken
from renewals.views import sealing
from renewals.views.customer import new_key
from renewals.views.seal import post

_COLUMNS = (
    Column(gettext_lazy("订单编号"), "code"),
    Column(gettext_lazy("单位")),
    Column(gettext_lazy("新介质号"), "code"),
    Column(gettext_lazy("下一步")),
    Column(gettext_lazy("应完成")),
)


@access("staff:seals.write")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    rows = [_row(each) for each in waiting_seals()]
    table = Table(_COLUMNS, rows, caption=_("待写入的电子签章"), hide_caption=True)
    return TemplateResponse(request, "renewals/staff/seals.html", {"table": table})


def _row(each: WaitingSeal) -> Row:
    url = reverse("staff-seal", args=[each.item])
    badge = {
        "open": Badge(_("核对印模"), "warning"),
        "returned": Badge(_("更换印模"), "danger"),
        "requested": Badge(_("制作中"), "info"),
        "made": Badge(_("写入介质"), "warning"),
    }[each.state]
    number = unbroken(in_fours(each.number))
    return Row(
        [Link(number, url), each.holder, unbroken(each.medium or "—"), badge, unbroken(day(each.due_on))], url=url
    )


@access("staff:seals.write", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, item: str) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = sealing.find(request, item)
    refused = post(request, found) if request.method == "POST" and found.state == "open" else ""
    here = reverse("staff-seal", args=[item])
    if request.method == "POST" and not refused:
        return HttpResponseRedirect(here)
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = sealing.find(request, item)
        urls = {name: reverse(f"api-staff-seal-{name}", args=[item]) for name in ("state", "challenge", "verify")}
        context = sealing.page_context(request, found, urls=urls, done=here) | {
            "order": found.item.order,
            "crumbs": [Crumb(_("电子签章"), reverse("staff-seals")), Crumb(found.item.order.number)],
            "refused": refused,
            "back": reverse("staff-seals"),
            "key": new_key(),
        }
    return TemplateResponse(request, "renewals/staff/seal.html", context, status=422 if refused else 200)
