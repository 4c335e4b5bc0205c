"""/staff/certificates/imports/: files of certificates handed in, and what became of every row."""

import csv
import io
from typing import Any, Final, cast

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import NotFound
from portal.files.errors import FileRefused
from portal.files.gate import Upload
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Crumb, Link, Row, Tab, Table, Tone
from portal.ui.words import say
from renewals.forms.certificate_import import CertificateImportForm
from renewals.importing import tasks
from renewals.importing.columns import HEADINGS, label
from renewals.importing.errors import ImportRefused
from renewals.importing.words import say_problem
from renewals.models import Certificate, ImportRow, ImportRun, ImportState, RowOutcome
from renewals.staff_views.common import stamp, table

PERMISSION: Final = "certificates.import"
PER_PAGE: Final = 50
_STATES: Final[dict[str, Tone]] = {
    ImportState.WAITING: "info",
    ImportState.DONE: "success",
    ImportState.REFUSED: "danger",
}
_OUTCOMES: Final[dict[str, Tone]] = {
    RowOutcome.CREATED: "success",
    RowOutcome.UPDATED: "info",
    RowOutcome.UNCHANGED: "neutral",
    RowOutcome.REFUSED: "danger",
}


@access(f"staff:{PERMISSION}", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Imports, youngest first; POST hands a file in."""
    form = CertificateImportForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        try:
            upload = cast("Upload | None", request.FILES.get("certificates"))
            run = tasks.hand_in(tenant_of(request), upload, by=actor_of(request))
        except (FileRefused, ImportRefused) as refusal:
            form.is_valid()
            form.add_error("certificates", say(refusal))
            status = refusal.status
        else:
            return HttpResponseRedirect(reverse("staff-certificate-import", args=[run.public_id]))
    with tenant_tx(tenant_of(request)):
        page = _page(request, ImportRun.objects.order_by("-created_at", "-id"))
        context = {"form": form, "page": page, "table": _runs(list(page)), "crumbs": _crumbs()}
        return TemplateResponse(request, "renewals/staff/imports.html", context, status=status).render()


@access(f"staff:{PERMISSION}")
@never_cache
@require_GET
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """The report: what was refused first; ``outcome`` shows one kind alone."""
    run = _run(public_id)
    outcome = request.GET.get("outcome", RowOutcome.REFUSED if run.refused else "")
    rows = ImportRow.objects.filter(run=run)
    if outcome in RowOutcome.values:
        rows = rows.filter(outcome=outcome)
    page = _page(request, rows.order_by("number"))
    context = {
        "run": run,
        "badge": _badge(run),
        "page": page,
        "table": _rows(list(page)),
        "tabs": _tabs(run, outcome),
        "percent": run.rows_done * 100 // max(run.rows_total, 1),
        "crumbs": [*_crumbs(), Crumb(run.file_name or run.get_source_display())],
    }
    return TemplateResponse(request, "renewals/staff/import.html", context)


@access(f"staff:{PERMISSION}")
@never_cache
@require_GET
def refused(_request: HttpRequest, public_id: str) -> HttpResponse:
    """What was refused, as a CSV to work through: row, serial, why."""
    run = _run(public_id)
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([_("行"), _("序列号"), _("原因")])
    for row in ImportRow.objects.filter(run=run, outcome=RowOutcome.REFUSED).order_by("number").iterator(1000):
        out.writerow([row.number, row.serial, "；".join(say_problem(problem) for problem in row.problems)])
    return _csv(text.getvalue(), "refused.csv")


@access(f"staff:{PERMISSION}", transaction=False)
@require_GET
def template(_request: HttpRequest) -> HttpResponse:
    """An empty file with all headings."""
    text = io.StringIO()
    csv.writer(text).writerow([label(field) for field in HEADINGS])
    return _csv(text.getvalue(), "certificates.csv")


def _csv(text: str, name: str) -> HttpResponse:
    """With a BOM: spreadsheets take UTF-8 for GBK otherwise."""
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _run(public_id: str) -> ImportRun:
    run = ImportRun.objects.filter(public_id=public_id).first() if public_id.isprintable() else None
    if run is None:
        raise NotFound
    return run


def _page(request: HttpRequest, rows: "QuerySet[Any]") -> Page[Any]:
    try:
        return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    except ValueError:
        raise NotFound from None


def _crumbs() -> list[Crumb]:
    return [
        Crumb(_("证书"), reverse("staff-certificates")),
        Crumb(_("导入"), reverse("staff-certificate-imports")),
    ]


def _badge(run: ImportRun) -> Badge:
    return Badge(run.get_state_display(), _STATES[run.state])


def _runs(runs: list[ImportRun]) -> Table:
    columns = [
        Column(gettext_lazy("文件")),
        Column(gettext_lazy("来源")),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("新登记"), "number"),
        Column(gettext_lazy("更新"), "number"),
        Column(gettext_lazy("没有变化"), "number"),
        Column(gettext_lazy("未导入"), "number"),
        Column(gettext_lazy("导入人")),
        Column(gettext_lazy("时间")),
    ]
    rows = []
    for run in runs:
        url = reverse("staff-certificate-import", args=[run.public_id])
        name = run.file_name or run.get_source_display()
        counts = [run.created, run.updated, run.unchanged, run.refused]
        more = [run.by, stamp(run.created_at)]
        rows.append(Row([Link(name, url), run.get_source_display(), _badge(run), *counts, *more], url=url))
    return table(_("导入记录"), columns, rows)


def _rows(rows: list[ImportRow]) -> Table:
    columns = [
        Column(gettext_lazy("行"), "number"),
        Column(gettext_lazy("结果")),
        Column(gettext_lazy("序列号"), "code"),
        Column(gettext_lazy("原因")),
    ]
    serials = [row.serial for row in rows if row.outcome != RowOutcome.REFUSED]
    links = dict(Certificate.objects.filter(serial__in=serials).values_list("serial", "public_id"))
    return table(_("逐行结果"), columns, [_row(row, links.get(row.serial, "")) for row in rows])


def _row(row: ImportRow, public_id: str) -> Row:
    url = reverse("staff-certificate", args=[public_id]) if public_id else ""
    why = format_html_join("", "<div>{}</div>", ((say_problem(problem),) for problem in row.problems))
    outcome = Badge(row.get_outcome_display(), _OUTCOMES[row.outcome])
    return Row([row.number, outcome, Link(row.serial, url) if url else row.serial or "—", why or "—"])


def _tabs(run: ImportRun, current: str) -> list[Tab]:
    here = reverse("staff-certificate-import", args=[run.public_id])
    counts = {
        RowOutcome.REFUSED: run.refused,
        RowOutcome.CREATED: run.created,
        RowOutcome.UPDATED: run.updated,
        RowOutcome.UNCHANGED: run.unchanged,
    }
    return [
        Tab(outcome.label, f"{here}?outcome={outcome}", current=current == outcome, count=count)
        for outcome, count in counts.items()
    ] + [Tab(_("全部"), f"{here}?outcome=all", current=current not in RowOutcome.values, count=run.rows_done)]
