"""/staff/certificates/forecast/: how many certificates expire in which month, and how far their renewals are."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.accounts.access import access
from portal.ui.parts import Column, Crumb, Row, Tab, Table
from renewals.staff_selectors.forecast import Forecast, forecast, total_of
from renewals.staff_selectors.orders import programmes
from renewals.staff_views.common import CERTIFICATES

_COLUMNS = (
    Column(gettext_lazy("到期月份")),
    Column(gettext_lazy("到期张数"), "number"),
    Column(gettext_lazy("已更新"), "number"),
    Column(gettext_lazy("办理中"), "number"),
    Column(gettext_lazy("不再使用"), "number"),
    Column(gettext_lazy("尚未办理"), "number"),
)


@access(f"staff:{CERTIFICATES}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    packs = programmes().newest
    chosen = request.GET.get("programme", "")
    chosen = chosen if chosen in packs else ""
    here = reverse("staff-certificate-forecast")
    tabs = [Tab(_("全部业务"), here, current=not chosen)]
    tabs += [Tab(pack.title, f"{here}?programme={slug}", current=slug == chosen) for slug, pack in packs.items()]
    found = forecast(chosen)
    context = {
        "tabs": tabs,
        "table": _table(found),
        "crumbs": [Crumb(_("证书"), reverse("staff-certificates")), Crumb(_("到期预测"))],
    }
    return TemplateResponse(request, "renewals/staff/forecast.html", context)


def _table(found: list[Forecast]) -> Table:
    rows = [Row([_name(one), *_numbers(one)]) for one in found]
    return Table(
        _COLUMNS, rows, caption=_("各月到期的证书"), hide_caption=True, footer=[_("合计"), *_numbers(total_of(found))]
    )


def _name(one: Forecast) -> str:
    if one.first is None:
        return _("近 90 天已过期")
    return _("%(year)s 年 %(month)s 月") % {"year": one.first.year, "month": one.first.month}


def _numbers(one: Forecast) -> list[int]:
    return [one.total, one.renewed, one.under_way, one.unwanted, one.open]
