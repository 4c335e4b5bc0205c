"""/staff/payments/refund-files/…: bank refunds chosen for a file, the file, and what the bank made of each line."""

import secrets

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from payments import bank_answers, refund_files
from payments.bank_answers import Recorded, Told
from payments.models import RefundFile, RefundFileFormat, RefundFileLine, RefundState
from payments.sheets import XLSX_TYPE
from payments.views.tables import REFUND_TONES, money_tabs, when
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import PortalError
from portal.files import store
from portal.tenants.transaction import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Table
from portal.ui.templatetags.ui import money
from portal.ui.words import say

REFUND = "payments.refund"
LARGEST = 4 * 1024 * 1024  # bytes of a bank's answer
PROBLEMS = {
    "not_in_file": gettext_lazy("不在这个文件里"),
    "no_serial": gettext_lazy("成功的退款没有流水号"),
    "decided_otherwise": gettext_lazy("已登记过另一个结果"),
    "serial_used": gettext_lazy("流水号已用于另一笔退款"),
}


class FormatForm(forms.Form):
    use_required_attribute = False

    format = forms.ChoiceField(label=gettext_lazy("文件格式"), choices=RefundFileFormat.choices)


class AnswerForm(forms.Form):
    use_required_attribute = False

    answer = forms.FileField(
        label=gettext_lazy("银行回执文件"),
        help_text=gettext_lazy("CSV、XLS 或 XLSX，须有“退款单号”（或附言）和“处理结果”两列；成功的还须有流水号。"),
        error_messages={"required": gettext_lazy("请选择银行回执文件。")},
    )

    def clean_answer(self) -> bytes:
        file = self.cleaned_data["answer"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("文件过大，上限 4 MB。请按退款文件分别下载回执。"), code="size")
        content: bytes = file.read()
        return content


@access(f"staff:{REFUND}")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """What may go into a file, and the files there are; POST makes one of the ticked refunds."""
    form = FormatForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = refund_files.make(
                tenant_of(request),
                request.POST.getlist("refund")[: refund_files.MOST + 1],
                format_=form.cleaned_data["format"],
                by=actor_of(request),
                key=f"staff:{request.POST.get('key', '')[:60] or secrets.token_urlsafe(8)}",
            )
        except PortalError as error:
            refusal = say(error) if request.POST.getlist("refund") else _("请先勾选要放进文件的退款。")
        else:
            messages.success(request, _("文件已生成，请下载后导入网银。"))
            return HttpResponseRedirect(reverse("payments:staff-refund-file", args=[made.public_id]))
    with tenant_tx(tenant_of(request)):
        waiting = list(refund_files.waiting()[: refund_files.MOST])
        known = refund_files.payee_rows(waiting)
        page = Paginator(RefundFile.objects.order_by("-id"), 20).get_page(request.GET.get("page"))
        context = {
            "form": form,
            "refusal": refusal,
            "waiting": [(refund, known.get(refund.pk)) for refund in waiting],
            "total_fen": sum(refund.amount_fen for refund in waiting),
            "files": _files_table(list(page)),
            "page": page,
            "ticked": set(request.POST.getlist("refund")),
            "key": secrets.token_urlsafe(16),
            "tabs": money_tabs(request, "refund_files"),
        }
        status = 409 if refusal else 422 if form.errors else 200
        return TemplateResponse(request, "payments/staff_refund_files.html", context, status=status).render()


@access(f"staff:{REFUND}")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, file: str) -> HttpResponse:
    """A file and its lines; POST records what is typed beside them."""
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        told = _typed(request)
        recorded = _record(request, file, told)
        if not recorded.problems:
            return HttpResponseRedirect(reverse("payments:staff-refund-file", args=[file]))
        problems = recorded.problems
    return _page(request, file, AnswerForm(), problems)


@access(f"staff:{REFUND}")
@require_POST
def answer(request: HttpRequest, file: str) -> HttpResponse:
    """The bank's answer as a file."""
    form = AnswerForm(request.POST, request.FILES)
    problems: list[tuple[str, str]] = []
    if form.is_valid():
        try:
            told = bank_answers.read(form.cleaned_data["answer"])
        except PortalError as error:
            form.add_error("answer", say(error))
        else:
            problems = _record(request, file, told).problems
            if not problems:
                return HttpResponseRedirect(reverse("payments:staff-refund-file", args=[file]))
    return _page(request, file, form, problems)


@access(f"staff:{REFUND}", transaction=False)
@require_GET
def download(request: HttpRequest, file: str) -> HttpResponseBase:
    with tenant_tx(tenant_of(request), write=True):
        found = refund_files.get(file)
        pieces = refund_files.content_of(found, by=actor_of(request))
        name = store.name_of(found.stored) if found.stored is not None else ""
    is_xlsx = found.format == RefundFileFormat.XLSX
    charset = "gb18030" if found.format == RefundFileFormat.CSV_GB18030 else "utf-8"
    response = StreamingHttpResponse(pieces, content_type=XLSX_TYPE if is_xlsx else f"text/csv; charset={charset}")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


@access(f"staff:{REFUND}")
@require_POST
def withdraw(request: HttpRequest, file: str) -> HttpResponse:
    try:
        with tenant_tx(tenant_of(request), write=True):
            refund_files.withdraw(file, by=actor_of(request))
    except PortalError as error:
        messages.error(request, say(error))
        return HttpResponseRedirect(reverse("payments:staff-refund-file", args=[file]))
    messages.success(request, _("文件已作废，其中的退款可以重新选择。"))
    return HttpResponseRedirect(reverse("payments:staff-refund-files"))


@access(f"staff:{REFUND}")
@require_POST
def write(request: HttpRequest, file: str) -> HttpResponse:
    """What was interrupted is written now."""
    refund_files.written(tenant_of(request), file, by=actor_of(request))
    return HttpResponseRedirect(reverse("payments:staff-refund-file", args=[file]))


def _typed(request: HttpRequest) -> list[Told]:
    """Only lines with something typed; a serial number means done."""
    found = []
    for number in request.POST.getlist("number"):
        serial = request.POST.get(f"serial-{number}", "").strip()[:64]
        reason = request.POST.get(f"reason-{number}", "").strip()[:100]
        if serial or reason:
            found.append(Told(number, done=bool(serial), serial=serial, reason=reason))
    return found


def _record(request: HttpRequest, file: str, told: list[Told]) -> Recorded:
    with tenant_tx(tenant_of(request), write=True):
        recorded = bank_answers.record(refund_files.get(file), told, by=actor_of(request))
    messages.success(
        request,
        _("登记了 %(done)s 笔已退出、%(failed)s 笔被退回；%(known)s 笔之前已登记。")
        % {"done": recorded.done, "failed": recorded.failed, "known": recorded.known},
    )
    return recorded


def _page(request: HttpRequest, public_id: str, form: AnswerForm, problems: list[tuple[str, str]]) -> HttpResponse:
    with tenant_tx(tenant_of(request)):
        found = refund_files.get(public_id)
        lines = list(RefundFileLine.objects.select_related("refund__payment").filter(file=found).order_by("row"))
        context = {
            "file": found,
            "lines": [
                (
                    line,
                    Badge(line.refund.get_state_display(), REFUND_TONES[line.refund.state]),
                    line.is_live and line.refund.state == RefundState.APPROVED,
                    request.POST.get(f"serial-{line.refund.refund_number}", ""),
                    request.POST.get(f"reason-{line.refund.refund_number}", ""),
                )
                for line in lines
            ],
            "open": any(line.is_live and line.refund.state == RefundState.APPROVED for line in lines),
            "unused": found.withdrawn_at is None and all(line.refund.state == RefundState.APPROVED for line in lines),
            "form": form,
            "problems": [(number, PROBLEMS[code]) for number, code in problems],
            "tabs": money_tabs(request, "refund_files"),
        }
        status = 422 if form.errors or problems else 200
        return TemplateResponse(request, "payments/staff_refund_file.html", context, status=status).render()


def _files_table(found: list[RefundFile]) -> Table:
    return Table(
        [
            Column(_("文件编号"), "code"),
            Column(_("笔数"), "number"),
            Column(_("合计"), "money"),
            Column(_("格式")),
            Column(_("生成")),
            Column(_("状态")),
        ],
        [
            Row(
                [
                    Link(file.number, url := reverse("payments:staff-refund-file", args=[file.public_id])),
                    file.count,
                    money(file.total_fen),
                    file.get_format_display(),
                    f"{file.made_by} {when(file.created_at)}",
                    Badge(_("已作废"), "neutral") if file.withdrawn_at else _left(file),
                ],
                url=url,
            )
            for file in found
        ],
        caption=_("已生成的文件"),
        hide_caption=True,
    )


def _left(file: RefundFile) -> Badge:
    left = RefundFileLine.objects.filter(file=file, refund__state=RefundState.APPROVED).count()
    return Badge(_("%(left)s 笔待登记") % {"left": left}, "warning") if left else Badge(_("已登记完"), "success")
