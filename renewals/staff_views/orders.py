"""/staff/orders/: the list with its filters, and the same list as CSV."""

import csv
from io import StringIO

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal import audit
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Tab, Table
from portal.ui.templatetags.ui import in_fours
from renewals.lifecycle import NextActor
from renewals.staff_forms import OrderFilterForm
from renewals.staff_selectors.keyset import capped_count
from renewals.staff_selectors.orders import OrderRow, Programmes, every, matching, page_of, programmes
from renewals.staff_views.common import (
    EXPORT,
    VIEW,
    actor_words,
    address,
    day,
    may,
    stamp,
    status_badge,
    turning,
    two_lines,
    unbroken,
    when,
)
from renewals.words_of_acts import STATUSES

EXPORT_LIMIT = 20_000
_COLUMNS = (
    Column(gettext_lazy("订单编号"), "code"),
    Column(gettext_lazy("单位、介质号")),
    Column(gettext_lazy("业务、路径")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("轮到")),
    Column(gettext_lazy("期限")),
    Column(gettext_lazy("创建时间")),
)


@access(f"staff:{VIEW}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    packs = programmes()
    form = OrderFilterForm(request.GET, packs)
    wanted = form.wanted()
    page = page_of(wanted, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    count = capped_count(matching(wanted))
    marks = {status: status_badge(status).__str__() for status in STATUSES}
    table = Table(_COLUMNS, [_row(row, packs, marks) for row in page.rows], caption=_("订单"), hide_caption=True)
    context = {
        "form": form,
        "table": table,
        "turning": turning(request, newer=page.newer, older=page.older, count=count),
        "tabs": _tabs(request),
        "export_url": address(request, "staff-orders-export") if may(request, EXPORT) else "",
    }
    return TemplateResponse(request, "renewals/staff/orders.html", context)


def _row(row: OrderRow, packs: Programmes, marks: dict[str, SafeString]) -> Row:
    url = reverse("staff-order", args=[row.public_id])
    return Row(
        [
            Link(unbroken(in_fours(row.number)), url),
            two_lines(row.organisation, row.medium),
            two_lines(packs.title(row.programme_id), packs.path_title(row.programme_id, row.path)),
            marks[row.status],
            unbroken(actor_words(row.next_actor)) if row.next_actor != NextActor.NOBODY else "—",
            _due(row),
            stamp(row.opened_at),
        ],
        url=url,
    )


def _due(row: OrderRow) -> object:
    if not row.late:
        return unbroken(day(row.due_on))
    return format_html("{} {}", unbroken(day(row.due_on)), _LATE)


_LATE = Badge(gettext_lazy("超期"), "danger")


def _tabs(request: HttpRequest) -> list[Tab]:
    """Filters that are wanted every day; what else is set in the address makes none of them the current one."""
    page = reverse("staff-orders")
    shown = {name: value for name, value in request.GET.items() if value and name not in {"after", "before", "sort"}}
    found = []
    for label, query in (
        (_("全部"), {}),
        (_("未办结"), {"status": "open"}),
        (_("超期"), {"overdue": "on"}),
        (_("待审核人员"), {"actor": "reviewer"}),
        (_("待当面或视频核验"), {"in_person": "on"}),
        (_("待财务"), {"actor": "finance"}),
        (_("待证书管理员"), {"actor": "certificate_administrator"}),
    ):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        found.append(Tab(label, f"{page}?{text}" if text else page, shown == query))
    return found


# -- CSV --------------------------------------------------------------------------------------------------------------

_HEADINGS = (
    gettext_lazy("订单编号"),
    gettext_lazy("单位"),
    gettext_lazy("介质号"),
    gettext_lazy("证书序列号"),
    gettext_lazy("业务"),
    gettext_lazy("办理路径"),
    gettext_lazy("状态"),
    gettext_lazy("轮到"),
    gettext_lazy("期限"),
    gettext_lazy("创建时间"),
    gettext_lazy("结束时间"),
)
_FORMULA = ("=", "+", "-", "@")


@access(f"staff:{EXPORT}", transaction=False)
@never_cache
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The filtered list, without personal data; who took it stands in the audit log."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        packs = programmes()
        wanted = OrderFilterForm(request.GET, packs).wanted()
        lines = [_line(row, packs) for row in every(wanted, limit=EXPORT_LIMIT)]
        shown = {name: value for name, value in request.GET.items() if value and name not in {"after", "before", "q"}}
        audit.record(
            "orders.exported",
            by=actor_of(request),
            subject="orders",
            detail={"rows": len(lines), "filters": shown, "searched": bool(wanted.sought)},
        )
    text = StringIO()
    text.write("\ufeff")  # so that spreadsheets know it for UTF-8
    writer = csv.writer(text)
    writer.writerow([str(heading) for heading in _HEADINGS])
    writer.writerows(lines)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = timezone.localtime().strftime("orders-%Y%m%d-%H%M.csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _line(row: OrderRow, packs: Programmes) -> list[str]:
    cells = [
        f"\t{row.number}",  # a spreadsheet would round 17 digits
        row.organisation,
        f"\t{row.medium}" if row.medium else "",
        f"\t{row.serial}" if row.serial else "",
        packs.title(row.programme_id),
        packs.path_title(row.programme_id, row.path),
        str(STATUSES[row.status][0]),
        str(actor_words(row.next_actor)),
        row.due_on.isoformat() if row.due_on else "",
        when(row.opened_at),
        when(row.closed_at) if row.closed_at else "",
    ]
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
