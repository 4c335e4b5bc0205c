"""/staff/payments/days/: what came and went a day, the channels' bills beside it, and the close of the day."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from payments import days
from payments.forms import ExplainForm, ReopenDayForm
from payments.models import BillState, ChannelName, Difference
from payments.views.tables import money_tabs, when
from portal.accounts import policy
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused, NotFound, PermissionRefused, StaleVersion
from portal.tenants.transaction import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Table, Tone
from portal.ui.templatetags.ui import money
from portal.ui.words import say

VIEW = "payments.view"
DAYS_A_PAGE = 14
_BILL_TONES: dict[str, Tone] = {
    BillState.WAITING: "info",
    BillState.REFUSED: "warning",
    BillState.READY: "success",
    BillState.EMPTY: "neutral",
    BillState.MISSING: "danger",
}
_TOLD = {
    "paid": "渠道确认已付款",
    "refunded": "渠道确认已付款",
    "succeeded": "渠道确认已退款",
    "open": "渠道答复未付款",
    "closed": "渠道答复已关闭",
    "not_found": "渠道答复没有这笔",
    "processing": "渠道答复处理中",
    "not_ours": "不是本网厅的单号",
}


@access(f"staff:{VIEW}")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    today = days.today()
    last = min(_read(request.GET.get("until", "")) or today, today)
    rows = [_index_row(view, today) for view in days.recent(last, DAYS_A_PAGE)]
    columns = [
        Column(_("日期")),
        Column(_("收款"), "money"),
        Column(_("退款"), "money"),
        Column(_("差异")),
        Column(_("状态")),
    ]
    here = reverse("payments:staff-days")
    context = {
        "table": Table(columns, rows, _("日结"), hide_caption=True),
        "tabs": money_tabs(request, "days"),
        "earlier": f"{here}?until={last - timedelta(days=DAYS_A_PAGE):%Y-%m-%d}",
        "later": f"{here}?until={min(last + timedelta(days=DAYS_A_PAGE), today):%Y-%m-%d}" if last < today else "",
    }
    return TemplateResponse(request, "payments/staff_days.html", context)


@access(f"staff:{VIEW}")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, day: str) -> HttpResponse:
    """One day; POST ``do``: explain, close or reopen."""
    found = _read(day)
    if found is None or found > timezone.now().astimezone(ZoneInfo(tenant_of(request).timezone)).date():
        raise NotFound
    explaining, reopening = ExplainForm(), ReopenDayForm()
    status = 200
    if request.method == "POST":
        do = request.POST.get("do", "")
        explaining = ExplainForm(request.POST) if do == "explain" else explaining
        reopening = ReopenDayForm(request.POST) if do == "reopen" else reopening
        if _done(request, found, do, explaining, reopening):
            return HttpResponseRedirect(reverse("payments:staff-day", args=[day]))
        status = 422
    with tenant_tx(tenant_of(request)):
        context = _context(request, found, explaining, reopening)
        return TemplateResponse(request, "payments/staff_day.html", context, status=status).render()


def _done(request: HttpRequest, day: date, do: str, explaining: ExplainForm, reopening: ReopenDayForm) -> bool:
    """False: a form has got an error."""
    by = actor_of(request)
    form = {"explain": explaining, "reopen": reopening}.get(do)
    if form is not None and not form.is_valid():
        return False
    try:
        with tenant_tx(tenant_of(request), write=True):
            if do == "close":
                days.close(day, by=by)
                said = _("已日结。")
            elif do == "reopen":
                days.reopen(day, by=by, reason=reopening.cleaned_data["why"])
                said = _("已撤销日结。")
            else:
                chosen = request.POST.getlist("difference")
                if not chosen:
                    explaining.add_error(None, _("请先勾选要说明的差异。"))
                    return False
                count = days.explain(day, chosen, reason=explaining.cleaned_data["reason"], by=by)
                said = ngettext("已说明 %(count)s 笔差异。", "已说明 %(count)s 笔差异。", count) % {"count": count}
    except (GuardRefused, PermissionRefused, StaleVersion) as refusal:
        if form is None:
            messages.error(request, say(refusal))
            return True
        form.add_error(None, say(refusal))
        return False
    messages.success(request, said)
    return True


def _context(request: HttpRequest, day: date, explaining: ExplainForm, reopening: ReopenDayForm) -> dict[str, object]:
    view = days.day_view(day)
    found = list(Difference.objects.select_related("bill").filter(bill__day=day).order_by("explained_at", "id"))
    may = policy.allows(actor_of(request), days.PERMISSION)
    still_open = [row for row in found if row.explained_at is None]
    explains = may and view.closed is None and bool(still_open)
    chosen = set(request.POST.getlist("difference"))
    return {
        "view": view,
        "badge": _badge(view, days.today()),
        "channels": _channels(view),
        "open": _differences(still_open, chosen if explains else None),
        "explained": _explained([row for row in found if row.explained_at is not None]),
        "explains": explains,
        "closes": may and view.closed is None and day < days.today(),
        "reopens": may and _reopens(request, view),
        "needs_other": may and view.closed is not None and view.closed.closed_by_id == actor_of(request).user_id,
        "explaining": explaining,
        "reopening": reopening,
        "before": f"{day - timedelta(days=1):%Y-%m-%d}",
        "after": f"{day + timedelta(days=1):%Y-%m-%d}" if day < days.today() else "",
    }


def _reopens(request: HttpRequest, view: days.Day) -> bool:
    """Only the last closed day, and only by somebody else."""
    closed = view.closed
    return closed is not None and days.closed_through() == view.day and closed.closed_by_id != actor_of(request).user_id


def _index_row(view: days.Day, today: date) -> Row:
    url = reverse("payments:staff-day", args=[f"{view.day:%Y-%m-%d}"])
    return Row(
        [
            Link(f"{view.day:%Y-%m-%d}", url),
            money(view.received_fen) if view.received_fen else "—",
            money(view.refunded_fen) if view.refunded_fen else "—",
            _count(view.open, view.explained),
            _badge(view, today),
        ],
        url=url,
    )


def _count(still_open: int, explained: int) -> str:
    if still_open:
        return _("%(count)s 笔待说明") % {"count": still_open}
    return _("%(count)s 笔已说明") % {"count": explained} if explained else "—"


def _badge(view: days.Day, today: date) -> Badge:
    if view.closed is not None:
        return Badge(_("已日结"), "success")
    if view.day >= today:
        return Badge(_("进行中"))
    if view.open:
        return Badge(_("有差异"), "warning")
    if view.awaited:
        return Badge(_("等待账单"), "info")
    return Badge(_("可以日结"), "info") if not view.is_quiet else Badge(_("无收退款"))


def _channels(view: days.Day) -> Table:
    columns = [
        Column(_("渠道")),
        Column(_("收款笔数"), "number"),
        Column(_("收款"), "money"),
        Column(_("退款笔数"), "number"),
        Column(_("退款"), "money"),
        Column(_("手续费"), "money"),
        Column(_("渠道账单")),
    ]
    names = dict(ChannelName.choices)
    rows = [
        Row(
            [
                names.get(one.channel, one.channel),
                one.received or "—",
                money(one.received_fen) if one.received else "—",
                one.refunded or "—",
                money(one.refunded_fen) if one.refunded else "—",
                money(one.fees_fen) if one.fees_fen is not None else "—",
                _bills(one),
            ]
        )
        for one in view.channels
    ]
    return Table(columns, rows, _("各渠道收退款"), hide_caption=True)


def _bills(one: days.ChannelDay) -> object:
    if one.channel == ChannelName.BANK_TRANSFER:
        return _("见银行流水")
    if not one.bills:
        return _("尚未到时间")
    worst = min(one.bills, key=lambda bill: [*_BILL_TONES].index(bill.state))
    return Badge(worst.get_state_display(), _BILL_TONES[worst.state])


def _differences(rows: Sequence[Difference], chosen: set[str] | None) -> Table:
    """``chosen``: what is ticked; None draws no boxes."""
    columns = [
        Column(_("差异")),
        Column(_("渠道")),
        Column(_("单号"), "code"),
        Column(_("我方"), "money"),
        Column(_("渠道账单"), "money"),
        Column(_("向渠道查询")),
    ]
    return Table(columns, [_difference_row(row, chosen) for row in rows], _("待说明的差异"), hide_caption=True)


def _difference_row(row: Difference, chosen: set[str] | None) -> Row:
    what = _what(row)
    if chosen is not None:
        box = '<label class="tick"><input type="checkbox" name="difference" value="{}"{}> <span>{}</span></label>'
        what = format_html(box, row.public_id, " checked" if row.public_id in chosen else "", what)
    return Row(
        [
            what,
            row.bill.get_channel_display(),
            row.key if row.of == "refund" else row.number or row.key or "—",
            money(row.ours_fen) if row.ours_fen is not None else "—",
            money(row.theirs_fen) if row.theirs_fen is not None else "—",
            _TOLD.get(row.told, row.told) or "—",
        ]
    )


def _explained(rows: Sequence[Difference]) -> Table:
    columns = [
        Column(_("差异")),
        Column(_("渠道")),
        Column(_("单号"), "code"),
        Column(_("我方"), "money"),
        Column(_("渠道账单"), "money"),
        Column(_("说明")),
        Column(_("说明人")),
    ]
    drawn = [
        Row(
            [
                *_difference_row(row, None).cells[:5],
                row.reason,
                f"{_('系统') if row.explained_by == 'payments' else row.explained_by} {when(row.explained_at)}",
            ]
        )
        for row in rows
    ]
    return Table(columns, drawn, _("已说明的差异"), hide_caption=True)


def _what(row: Difference) -> str:
    if not row.of:
        return str(row.get_kind_display())
    return f"{_('退款') if row.of == 'refund' else _('收款')} · {row.get_kind_display()}"


def _read(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.isascii() and len(text) == 10 else None
    except ValueError:
        return None
