"""/staff/production/: what has to be made, in which batch, and the desk at which one medium is made (RULES D8, P14)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Crumb, Link, Pair, Row, Tab, Table
from portal.ui.templatetags.ui import in_fours
from renewals import projection
from renewals.bridge.protocol import MIN_BRIDGE_VERSION, PROTOCOL_VERSION
from renewals.lifecycle import Kind, StepState
from renewals.models import ProductionBatch, ProductionTask
from renewals.producing import batches
from renewals.staff_selectors import production as queue
from renewals.staff_selectors.orders import Programmes, programmes, today
from renewals.staff_selectors.production import TaskFilter, TaskRow
from renewals.staff_views import making
from renewals.staff_views.common import address, day, day_of, may, turning, two_lines, unbroken, when
from renewals.staff_views.making import Making
from renewals.staff_views.production_words import checks, desk_words, run_stages

VIEW, MAKE = "production.view", "production.make"
_COLUMNS = (
    Column(gettext_lazy("订单编号"), "code"),
    Column(gettext_lazy("单位、证书号")),
    Column(gettext_lazy("业务、路径")),
    Column(gettext_lazy("要做的")),
    Column(gettext_lazy("应完成")),
    Column(gettext_lazy("情况")),
    Column(gettext_lazy("批次")),
)
_STATES = {
    "queued": Badge(gettext_lazy("待制作"), "neutral"),
    "making": Badge(gettext_lazy("制作中"), "info"),
    "made": Badge(gettext_lazy("已制作"), "success"),
    "scrapped": Badge(gettext_lazy("已作废"), "danger"),
}
_LATE = Badge(gettext_lazy("超期"), "danger")
_REMAKE = Badge(gettext_lazy("重做"), "warning")


@access(f"staff:{VIEW}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    packs, me = programmes(), actor_of(request).user_id
    wanted = _wanted(request, me)
    page = queue.page_of(wanted, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    count = queue.count(wanted)
    may_make = may(request, MAKE)
    context = {
        "urgent": _table(queue.urgent(), packs, me, _("要优先重做的")),
        "table": _table(page.rows, packs, me, _("制证队列"), tick=may_make),
        "turning": turning(request, newer=page.newer, older=page.older, count=count),
        "tabs": _tabs(request),
        "batches": queue.recent_batches(5),
        "may_make": may_make,
    }
    return TemplateResponse(request, "renewals/staff/production.html", context)


def _wanted(request: HttpRequest, me: int | None) -> TaskFilter:
    whose, makes = request.GET.get("whose", ""), request.GET.get("makes", "")
    return TaskFilter(
        whose=whose if whose in {"mine", "free"} else "",  # type: ignore[arg-type]
        overdue=request.GET.get("overdue") == "on",
        makes=makes if makes in ProductionTask.Makes.values else "",
        me=me,
    )


def _table(rows: list[TaskRow], packs: Programmes, me: int | None, caption: str, *, tick: bool = False) -> Table:
    columns = (Column(_("选择")), *_COLUMNS) if tick else _COLUMNS
    return Table(columns, [_row(row, packs, me, tick=tick) for row in rows], caption=caption, hide_caption=True)


def _row(row: TaskRow, packs: Programmes, me: int | None, *, tick: bool) -> Row:
    url = reverse("staff-production-task", args=[row.public_id])
    cells: list[object] = [
        Link(unbroken(in_fours(row.number)), url),
        two_lines(row.organisation, row.certificate),
        two_lines(packs.title(row.programme_id), packs.path_title(row.programme_id, row.path)),
        ProductionTask.Makes(row.makes).label,
        format_html("{} {}", unbroken(day(row.due_on)), _LATE) if row.late else unbroken(day(row.due_on)),
        two_lines(_REMAKE if row.remake_reason and row.state == "queued" else _STATES[row.state], _who(row, me)),
        Link(unbroken(row.batch), reverse("staff-production-batch", args=[row.batch_id])) if row.batch else "—",
    ]
    return Row([_tick(row), *cells] if tick else cells, url="" if tick else url)


def _who(row: TaskRow, me: int | None) -> object:
    if not row.taken_by:
        return ProductionTask.Remake(row.remake_reason).label if row.remake_reason else ""
    return _("我") if row.taken_by_id == me else row.taken_by


def _tick(row: TaskRow) -> object:
    if row.batch:
        return ""
    label = _("列入批次：%(number)s") % {"number": row.number}
    return format_html(
        '<label class="tick"><input type="checkbox" name="task" value="{}" aria-label="{}"></label>',
        row.public_id,
        label,
    )


def _tabs(request: HttpRequest) -> list[Tab]:
    page = reverse("staff-production")
    shown = {name: value for name, value in request.GET.items() if value and name not in {"after", "before"}}
    found = []
    for label, query in (
        (_("全部"), {}),
        (_("待取用"), {"whose": "free"}),
        (_("我在做的"), {"whose": "mine"}),
        (_("超期"), {"overdue": "on"}),
        (_("密码信封"), {"makes": "download_codes"}),
    ):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        found.append(Tab(label, f"{page}?{text}" if text else page, current=shown == query))
    return found


# -- batches ----------------------------------------------------------------------------------------------------------


@access(f"staff:{MAKE}")
@never_cache
@require_POST
def make_batch(request: HttpRequest) -> HttpResponse:
    """What was ticked goes in one batch."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        batch = batches.make(request.POST.getlist("task")[:200], by=actor_of(request))
    if batch is None:
        messages.info(request, _("没有选中可以列入批次的。请先勾选，已在别的批次里的不能再选。"))
        return HttpResponseRedirect(address(request, "staff-production"))
    return HttpResponseRedirect(reverse("staff-production-batch", args=[batch.public_id]))


@access(f"staff:{VIEW}")
@never_cache
@require_GET
def batch(request: HttpRequest, public_id: str) -> HttpResponse:
    """The list that lies beside the box of media; printed by the browser."""
    found = ProductionBatch.objects.select_related("opened_by").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    rows, packs, me = queue.of_batch(found), programmes(), actor_of(request).user_id
    context = {
        "batch": found,
        "made": sum(row.state == "made" for row in rows),
        "count": len(rows),
        "table": _table(rows, packs, me, _("本批次的制证单")),
        "opened_at": when(found.opened_at),
        "crumbs": [Crumb(_("制证"), reverse("staff-production")), Crumb(found.number)],
    }
    return TemplateResponse(request, "renewals/staff/production_batch.html", context)


# -- the desk ---------------------------------------------------------------------------------------------------------


@access(f"staff:{VIEW}")
@never_cache
@require_GET
def desk(request: HttpRequest, public_id: str) -> HttpResponse:
    """One task: what is to be made, for whom, and the bridge of this computer to make it with."""
    found = making.find(request, public_id)
    task = found.task
    context = {
        "task": task,
        "state": found.state,
        "order": task.order,
        "badge": _STATES[task.state],
        "late": task.is_open and task.due_on < today(),
        "facts": facts_of(found),
        "is_key": task.makes != ProductionTask.Makes.DOWNLOAD_CODES,
        "checks": checks(),
        "run": run_stages(with_pin=found.config.first_pin != "none"),
        "reset": found.reset_state,
        "reset_asked_by": found.reset.asked_by if found.reset else None,
        "asked_by_me": found.reset is not None and found.reset.asked_by_id == actor_of(request).user_id,
        "may_make": may(request, MAKE),
        "may_reset": may(request, "production.reset_pin"),
        "may_remake": may(request, "certificates.revoke"),
        "config": _config(request, found),
        "words": desk_words(found),
        "mailer": found.pin is not None and (found.pin.way, found.pin.state) == ("mailer", "set"),
        "codes": _codes(found),
        "seal_url": _seal_url(found),
        "crumbs": [Crumb(_("制证"), reverse("staff-production")), Crumb(task.order.number)],
        "remakable": found.state == "made" and task.makes == ProductionTask.Makes.NEW_MEDIUM,
        "faulty": found.state in {"issued", "installed"} and task.makes == ProductionTask.Makes.NEW_MEDIUM,
    }
    return TemplateResponse(request, "renewals/staff/production_task.html", context)


def facts_of(found: Making) -> list[Pair]:
    """What whoever makes it has to know: no personal data of the handler."""
    task = found.task
    certificate = task.item.certificate
    rows = [
        Pair(_("要做的"), ProductionTask.Makes(task.makes).label),
        Pair(_("单位"), task.order.organisation.name),
        Pair(_("证书号"), certificate.display_number),
        Pair(_("证书主题"), certificate.subject),
        Pair(_("应完成"), day(task.due_on)),
    ]
    if task.makes == ProductionTask.Makes.RENEWED_KEY:
        rows.append(Pair(_("寄来的介质"), f"{certificate.key_model} {certificate.medium_number}"))
    elif task.makes == ProductionTask.Makes.NEW_MEDIUM:
        rows.append(Pair(_("新介质型号"), found.config.key_model or certificate.key_model))
    if task.medium_number:
        rows.append(Pair(_("取用的介质"), task.medium_number))
    if task.remake_of is not None:
        rows.append(Pair(_("重做原因"), ProductionTask.Remake(task.remake_reason).label))
    if task.made_at:
        rows.append(Pair(_("制作人、日期"), f"{task.made_by} {day_of(task.made_at)}"))
    return rows


def _seal_url(found: Making) -> str:
    """Where the seal is written that comes before the parcel (RULES P7); "" when nothing is to be written here."""
    waiting = (StepState.DONE, StepState.SKIPPED)
    steps = [each for each in projection.load_steps(found.task.order) if each.item == found.task.item.public_id]
    if any(each.kind is Kind.SEAL and each.state not in waiting for each in steps):
        return reverse("staff-seal", args=[found.task.item.public_id])
    return ""


def _codes(found: Making) -> str:
    """Of a password envelope: "" none made, made (to be printed), printed."""
    codes = found.task.item.download_codes.filter(ended_at__isnull=True).first()
    if codes is None:
        return ""
    return "printed" if codes.printed_at else "made"


def _config(request: HttpRequest, found: Making) -> dict[str, Any]:
    task = found.task.public_id
    urls = ("state", "take", "challenge", "request", "verify", "pin", "pin-set", "reset", "reset-word", "reset-used")
    return {
        "bridge": settings.CERTHALL.bridge_url,
        "bridgeVersion": MIN_BRIDGE_VERSION,
        "protocol": PROTOCOL_VERSION,
        "csrf": get_token(request),
        "done": reverse("staff-production-task", args=[task]),
        **{name: reverse(f"api-production-{name}", args=[task]) for name in urls},
    }
