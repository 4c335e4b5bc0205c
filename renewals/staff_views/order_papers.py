"""The papers of an order on its staff page: prints of the form, what was handed in, what the reviews decided."""

from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.ui.parts import Badge, Column, Row, Table, Tone
from renewals.lifecycle import Kind
from renewals.models import Document, FormPrint, ReviewDecision
from renewals.programmes.schema_steps import DocumentsStep, ReviewReason
from renewals.selectors import OrderView
from renewals.staff_selectors.order import StaffOrderView
from renewals.staff_views.common import stamp, table

_TONES: Final[dict[str, Tone]] = {
    Document.State.UPLOADED: "neutral",
    Document.State.SUBMITTED: "info",
    Document.State.ACCEPTED: "success",
    Document.State.RETURNED: "danger",
}
_OUTCOMES: Final[dict[str, Tone]] = {
    ReviewDecision.Outcome.APPROVED: "success",
    ReviewDecision.Outcome.RETURNED: "warning",
    ReviewDecision.Outcome.REJECTED: "danger",
    ReviewDecision.Outcome.STOPPED: "danger",
}


def papers(found: StaffOrderView) -> Table:
    """What counts now; superseded scans stand in the audit trail alone."""
    columns = [
        Column(gettext_lazy("资料")),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("二维码")),
        Column(gettext_lazy("上传")),
    ]
    titles, reasons = paper_titles(found.view), reasons_of(found.view)
    rows = [
        Row(
            [
                titles.get(row.paper, row.paper),
                format_html("{} {}", Badge(row.get_state_display(), _TONES[row.state]), _why(row, reasons)),
                _binding(row),
                stamp(row.uploaded_at),
            ]
        )
        for row in found.documents
    ]
    return table(_("资料"), columns, rows)


def prints(found: StaffOrderView) -> Table:
    columns = [
        Column(gettext_lazy("申请表")),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("生成")),
        Column(gettext_lazy("客户取走")),
    ]
    rows = [
        Row([_("第 %(n)d 版") % {"n": row.version}, _print_badge(row), stamp(row.printed_at), stamp(row.fetched_at)])
        for row in found.prints
    ]
    return table(_("申请表"), columns, rows)


def decisions(found: StaffOrderView) -> Table:
    columns = [
        Column(gettext_lazy("结论")),
        Column(gettext_lazy("原因")),
        Column(gettext_lazy("审核人")),
        Column(gettext_lazy("时间")),
    ]
    titles, reasons = paper_titles(found.view) | _step_titles(found.view), reasons_of(found.view)
    rows = [
        Row(
            [
                Badge(row.get_outcome_display(), _OUTCOMES[row.outcome]),
                _reasons(row, titles, reasons),
                row.by.username,
                stamp(row.at),
            ]
        )
        for row in found.decisions
    ]
    return table(_("审核结论"), columns, rows)


def paper_titles(view: OrderView) -> dict[str, str]:
    steps = [view.pack.step_config(view.order.path, task.step.name) for task in view.tasks_of(Kind.DOCUMENTS)]
    return {paper.name: paper.title for step in steps if isinstance(step, DocumentsStep) for paper in step.papers}


def reasons_of(view: OrderView) -> dict[str, ReviewReason]:
    """The pack's review reasons by code."""
    steps = [view.pack.step_config(view.order.path, task.step.name) for task in view.tasks_of(Kind.REVIEW)]
    return {reason.code: reason for step in steps for reason in step.reasons}  # type: ignore[union-attr]  # of that kind


def _step_titles(view: OrderView) -> dict[str, str]:
    return {task.step.name: task.title for task in view.tasks}


def _why(row: Document, reasons: dict[str, ReviewReason]) -> str:
    return reasons[row.reason].title if row.reason in reasons else ""


def _binding(row: Document) -> object:
    if row.binding == Document.Binding.NONE:
        return ""
    tone: Tone = "success" if row.binding == Document.Binding.BOUND else "warning"
    return Badge(row.get_binding_display(), "danger" if row.binding in Document.WRONG else tone)


def _print_badge(row: FormPrint) -> Badge:
    tones: dict[str, Tone] = {FormPrint.State.READY: "success", FormPrint.State.UNPRINTABLE: "danger"}
    return Badge(row.get_state_display(), tones.get(row.state, "info"))


def _reasons(row: ReviewDecision, titles: dict[str, str], reasons: dict[str, ReviewReason]) -> str:
    marks = [(name, mark) for name, mark in (row.papers | row.steps).items() if mark.get("verdict") != "accept"]
    said = [
        (titles.get(name, name), reasons[mark["reason"]].title if mark["reason"] in reasons else "", mark["words"])
        for name, mark in marks
    ]
    if row.reason:
        said.append((_("整张订单"), reasons[row.reason].title if row.reason in reasons else row.reason, row.words))
    return format_html_join(mark_safe("<br>"), "{}：{} {}", said)
