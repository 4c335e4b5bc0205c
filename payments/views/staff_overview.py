"""/staff/payments/overview/: finance's month at a glance, what waits by age, and exports of a period."""

from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from payments import dashboard, exports, sheets
from payments.dashboard import Day, Late
from payments.models import ChannelName
from payments.money import yuan
from payments.views.tables import money_tabs, when
from portal import audit
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.tenants.transaction import tenant_tx
from portal.ui.forms import DateInput
from portal.ui.parts import Column, Link, Row, Table
from portal.ui.templatetags.ui import money

VIEW = "payments.overview"
LONGEST = timedelta(days=366)
HEIGHT, WIDTH, FOOT, LEFT = 160, 720, 20, 60  # of the chart, in its own units
LATE_LISTS = {
    "claims": (gettext_lazy("待核对转账"), "payments:staff-transfers", ""),
    "held": (gettext_lazy("付款人不符"), "payments:staff-held", ""),
    "lines": (gettext_lazy("待处理的银行流水"), "payments:staff-workbench", ""),
    "refunds": (gettext_lazy("待办退款"), "payments:staff-refunds", ""),
    "failed_refunds": (gettext_lazy("退款失败"), "payments:staff-refunds", "?state=failed"),
    "failed_invoices": (gettext_lazy("开票失败"), "payments:staff-invoices", "?state=failed"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day's column; ``channel`` names its colour."""

    x: float
    y: float
    width: float
    height: float
    channel: str
    title: str


class ExportForm(forms.Form):
    use_required_attribute = False

    what = forms.ChoiceField(
        label=gettext_lazy("内容"), choices=[(name, one.title) for name, one in exports.EXPORTS.items()]
    )
    first = forms.DateField(label=gettext_lazy("自"), widget=DateInput)
    last = forms.DateField(label=gettext_lazy("至"), widget=DateInput)
    format = forms.ChoiceField(label=gettext_lazy("格式"), choices=[("xlsx", "XLSX"), ("csv", "CSV")])

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and not timedelta() <= last - first <= LONGEST:
            self.add_error("last", _("请选择不超过一年的时间段，结束日期不早于开始日期。"))
        return data


@access(f"staff:{VIEW}")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    first, last = dashboard.period()
    return _page(request, ExportForm(initial={"first": first, "last": last}))


@access(f"staff:{VIEW}", transaction=False)
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Rows of a period, streamed; who took what is in the audit log."""
    form = ExportForm(request.GET)
    if not form.is_valid():
        with tenant_tx(tenant_of(request)):
            return _page(request, form, status=422).render()  # type: ignore[attr-defined]
    data = form.cleaned_data
    name, first, last = data["what"], data["first"], data["last"]
    with tenant_tx(tenant_of(request), write=True):
        audit.record(
            "payments.exported",
            by=actor_of(request),
            subject=f"export:{name}",
            detail={"first": first.isoformat(), "last": last.isoformat(), "format": data["format"]},
        )
    rows = exports.pieces(tenant_of(request), name, first, last)
    is_xlsx = data["format"] == "xlsx"
    content = sheets.xlsx_pieces(rows, sheet=name) if is_xlsx else sheets.csv_pieces(rows)
    response = StreamingHttpResponse(content, content_type=sheets.XLSX_TYPE if is_xlsx else "text/csv; charset=utf-8")
    filename = f"{exports.EXPORTS[name].title}{first:%Y%m%d}-{last:%Y%m%d}.{data['format']}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _page(request: HttpRequest, form: ExportForm, *, status: int = 200) -> HttpResponse:
    first, last = dashboard.period()
    days = dashboard.by_day(first, last)
    channels = [name for name in ChannelName.values if any(name in day.received for day in days)]
    context = {
        "totals": dashboard.totals(first, last, days),
        "bars": bars(days, channels),
        "lines": _grid(days),
        "labels": [(LEFT + _step(days) * (at + 0.5), f"{day.day:%m-%d}") for at, day in enumerate(days) if at % 5 == 2],
        "view_box": f"0 0 {WIDTH} {HEIGHT + FOOT}",
        "baseline": HEIGHT + FOOT - 4,
        "right": WIDTH,
        "channels": [(name, ChannelName(name).label) for name in channels],
        "days": _days_table(days, channels),
        "late": _late_table(dashboard.late()),
        "form": form,
        "tabs": money_tabs(request, "overview"),
        "first": first,
        "last": last,
    }
    return TemplateResponse(request, "payments/staff_overview.html", context, status=status)


def bars(days: list[Day], channels: list[str]) -> list[Bar]:
    """Stacked columns, a day each; the highest one fills the height."""
    most = max((day.received_fen for day in days), default=0)
    found = []
    for at, day in enumerate(days):
        foot = float(HEIGHT)
        for name in channels:
            fen = day.received.get(name, 0)
            if not fen:
                continue
            height = HEIGHT * 0.92 * fen / most
            foot -= height
            words = f"{day.day:%m-%d} {ChannelName(name).label} {yuan(fen)}"
            step = _step(days)
            found.append(
                Bar(
                    round(LEFT + step * (at + 0.15), 1),
                    round(foot, 1),
                    round(step * 0.7, 1),
                    round(height, 1),
                    name,
                    words,
                )
            )
    return found


def _step(days: list[Day]) -> float:
    return (WIDTH - LEFT) / max(1, len(days))


def _grid(days: list[Day]) -> list[tuple[float, str]]:
    """Height and words of the grid's lines: nothing, half, the most."""
    most = max((day.received_fen for day in days), default=0)
    if not most:
        return [(float(HEIGHT), "0")]
    return [(round(HEIGHT - HEIGHT * 0.92 * part, 1), f"{most * part / 100:,.0f}") for part in (0, 0.5, 1)]


def _days_table(days: list[Day], channels: list[str]) -> Table:
    columns = [Column(_("日期")), *(Column(ChannelName(name).label, "money") for name in channels)]
    columns += [Column(_("收款合计"), "money"), Column(_("退款"), "money")]
    shown = [day for day in reversed(days) if day.received or day.refunded_fen]
    rows = [
        Row(
            [
                day.day.isoformat(),
                *(money(day.received[name]) if name in day.received else "—" for name in channels),
                money(day.received_fen),
                money(day.refunded_fen) if day.refunded_fen else "—",
            ]
        )
        for day in shown
    ]
    sums = [money(sum(day.received.get(name, 0) for day in days)) for name in channels]
    total = [money(sum(day.received_fen for day in days)), money(sum(day.refunded_fen for day in days))]
    return Table(columns, rows, _("按日和渠道"), hide_caption=True, footer=[_("合计"), *sums, *total])


def _late_table(found: list[Late]) -> Table:
    ages = [_("今天和昨天"), _("2–3 天"), _("4–7 天"), _("8–30 天"), _("31 天以上")]
    columns = [Column(_("待办")), *(Column(age, "number") for age in ages), Column(_("最早"))]
    rows = []
    for one in found:
        if not one.total:
            continue
        words, view, query = LATE_LISTS[one.name]
        url = reverse(view) + query
        rows.append(Row([Link(str(words), url), *one.counts, when(one.oldest) if one.oldest else "—"], url=url))
    return Table(columns, rows, _("等财务办理的事项"), hide_caption=True)
