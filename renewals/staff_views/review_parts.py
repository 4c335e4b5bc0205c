"""The parts of the review screen: what to look at first, papers and their marks, facts. Nothing here reads tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.files.kinds import OFFICE
from portal.ui.parts import Badge, Event, Pair, Text, Tone
from portal.ui.templatetags.ui import money, plain_money
from renewals.models import Document, ReviewDecision
from renewals.reviewing.comparing import Compared, compare_codes, compare_names
from renewals.reviewing.rechecks import Standing
from renewals.staff_selectors.review_order import NO_SHEETS, PageShown, ReviewView, Sheets
from renewals.staff_views.common import day, when
from renewals.staff_views.order_parts import code
from renewals.steps.papers import PaperView

# -- what to look at first --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the checklist: what the machine found, and how much it asks for a look."""

    label: Text
    badge: Badge
    detail: Text = ""

    @property
    def tone(self) -> Tone:
        return self.badge.tone


def points(found: ReviewView) -> list[Point]:
    """In the order in which a reviewer asks."""
    return [*_subject(found), *_scans(found), *_identity(found), *_money(found), *_claim(found)]


def _subject(found: ReviewView) -> list[Point]:
    rows = []
    for row in comparison(found):
        if row.compared.same:
            rows.append(Point(row.label, Badge(_("与证书一致"), "success")))
        elif row.name == "organisation_name" and found.renamed:
            rows.append(Point(row.label, Badge(_("已更名"), "warning"), _("与证书不同，请核对名称变更证明。")))
        else:
            rows.append(Point(row.label, Badge(_("与证书不同"), "danger"), _("差别见下面的“申请与证书”。")))
    return rows


_BINDINGS: Final[dict[str, tuple[Text, Tone, Text]]] = {
    Document.Binding.BOUND: (gettext_lazy("一致"), "success", ""),
    Document.Binding.CHECKING: (gettext_lazy("核对中"), "info", gettext_lazy("几秒钟后刷新本页。")),
    Document.Binding.NOT_FOUND: (
        gettext_lazy("没有读到"),
        "warning",
        gettext_lazy("请对照扫描件上印的订单编号和版本号。"),
    ),
    Document.Binding.KEY_UNKNOWN: (
        gettext_lazy("不能自动核对"),
        "warning",
        gettext_lazy("请对照扫描件上印的订单编号和版本号。"),
    ),
}


def _scans(found: ReviewView) -> list[Point]:
    rows = []
    for paper in found.papers:
        if not paper.view.binds_form or not paper.view.file:
            continue
        words, tone, detail = _BINDINGS.get(paper.view.binding, (_("不是这次申请的"), "danger", _("请退回。")))
        version = _("第 %(n)s 版") % {"n": paper.view.form_version or "?"}
        rows.append(Point(_("申请表二维码"), Badge(words, tone), detail or version))
    return rows


_METHODS: Final[dict[str, Text]] = {
    "three_factor": gettext_lazy("三要素核验"),
    "liveness": gettext_lazy("活体核验"),
    "counter": gettext_lazy("当面核验"),
    "video": gettext_lazy("视频核验"),
}


def _identity(found: ReviewView) -> list[Point]:
    result = found.identity
    if result is None:
        return []
    badge = Badge(_("通过"), "success") if result.outcome == "passed" else Badge(_("还没有通过"), "warning")
    parts = [str(_METHODS.get(result.method, result.method)), when(result.at) if result.at else "", str(result.by)]
    if result.tries:
        parts.append(_("之前有 %(n)d 次未通过") % {"n": result.tries})
    return [Point(_("身份核验"), badge, " · ".join(part for part in parts if part))]


def _money(found: ReviewView) -> list[Point]:
    charge, transfers = found.charge, found.transfers
    if charge is None:
        return []
    settled = charge.state == "settled"
    badge = Badge(_("已付清"), "success") if settled else Badge(_("等财务核对转账"), "info")
    rows = [Point(_("缴费"), badge, money(charge.total_fen))]
    if transfers is not None and transfers.has_third_party:
        payers = "、".join(dict.fromkeys(row.payer_name for row in transfers.received if not row.payer_is_holder))
        rows.append(Point(_("付款人"), Badge(_("不是申请单位"), "warning"), payers))
    return rows


def _claim(found: ReviewView) -> list[Point]:
    if not found.order.claim:
        return []
    return [
        Point(_("办理权限"), Badge(_("凭盖章授权书"), "warning"), _("没有用 Ekey 证明，通过后原来的经办人会被解除。"))
    ]


def standing_badge(one: Standing) -> Badge:
    if one.at is None:
        return Badge(_("查询中") if one.asking else _("还没有答复"), "info")
    if not one.is_renewable:
        return Badge(one.words, "danger")
    return Badge(one.words, "success") if one.is_fresh else Badge(_("答复已超过 24 小时"), "warning")


# -- application and certificate --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComparedRow:
    name: str
    label: Text
    compared: Compared


def comparison(found: ReviewView) -> list[ComparedRow]:
    """What stands in both: name and code of the holder."""
    certificate = found.item.certificate
    return [
        ComparedRow(name, label, compare(found.answers.get(name, ""), theirs))
        for name, label, compare, theirs in (
            ("organisation_name", _("单位名称"), compare_names, certificate.holder_name),
            ("organisation_code", _("信用代码"), compare_codes, certificate.holder_code),
        )
        if name in found.answers
    ]


def certificate_pairs(found: ReviewView) -> list[Pair]:
    certificate = found.item.certificate
    return [
        Pair(_("持有人"), certificate.holder_name),
        Pair(_("主题"), certificate.subject),
        Pair(_("序列号"), code(certificate.serial)),
        Pair(_("有效期"), f"{day(_local(certificate.not_before))} — {day(_local(certificate.not_after))}"),
        Pair(_("介质号"), code(certificate.medium_number) if certificate.medium_number else ""),
    ]


def _local(moment: Any) -> Any:
    return timezone.localtime(moment).date()


def transfer_rows(found: ReviewView) -> list[Pair]:
    """Claimed and received transfers, with the payer (RULES P10)."""
    transfers = found.transfers
    if transfers is None:
        return []
    rows = []
    for claim in transfers.claims:
        parts = (claim.payer_name, claim.account, plain_money(claim.amount_fen), day(claim.paid_on), claim.state_label)
        rows.append(Pair(_("客户登记"), " · ".join(part for part in parts if part)))
    for row in transfers.received:
        payer = row.payer_name if row.payer_is_holder else _("%(name)s（不是申请单位）") % {"name": row.payer_name}
        known = (payer, plain_money(row.amount_fen), day(row.paid_on), row.suspense_label)
        rows.append(Pair(_("银行到账"), " · ".join(part for part in known if part)))
    return rows


# -- papers and marks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SheetShown:
    """What lies on the left side: a paper or a picture beside it."""

    name: str
    title: Text
    pages: Sequence[PageShown]
    note: Text = ""
    badge: Badge | None = None
    markable: bool = False


@dataclass(frozen=True, slots=True)
class MarkShown:
    """A paper or step on the right side. ``verdict`` accept, return or "" so far; ``fixed``: accepted before."""

    name: str
    title: Text
    file: str
    reasons: Sequence[Any]
    verdict: str
    reason: str
    words: str
    badge: Badge | None
    problem: str
    is_paper: bool
    fixed: bool = False
    absent: Text = ""


_EVIDENCE: Final[dict[str, Text]] = {
    "id_front": gettext_lazy("身份证人像面"),
    "id_back": gettext_lazy("身份证国徽面"),
    "voucher": gettext_lazy("转账凭证"),
    "explanation": gettext_lazy("代付说明"),
}
_STATES: Final[dict[str, tuple[Text, Tone]]] = {
    Document.State.SUBMITTED: (gettext_lazy("待审"), "info"),
    Document.State.ACCEPTED: (gettext_lazy("已接受"), "success"),
    Document.State.RETURNED: (gettext_lazy("已退回"), "danger"),
    Document.State.UPLOADED: (gettext_lazy("客户还没有提交"), "neutral"),
    "wanted": (gettext_lazy("客户还没有上传"), "warning"),
}


def sheets(found: ReviewView) -> list[SheetShown]:
    shown = []
    for paper in found.papers:
        words, tone = _STATES[paper.view.state]
        title = f"{paper.view.title}（{paper.view.kind_title}）" if paper.view.kind_title else paper.view.title
        shown.append(
            SheetShown(
                paper.view.name,
                title,
                paper.sheets.pages,
                _OFFICE if _is_office(paper.view) else _sheet_note(paper.sheets, there=bool(paper.view.file)),
                Badge(words, tone),
                markable=True,
            )
        )
    titles: list[str] = []
    for number, one in enumerate(found.evidence):
        title = str(_EVIDENCE[one.name]) + (f"：{one.detail}" if one.detail else "")
        titles.append(title)
        if titles.count(title) > 1:  # paid in parts: each page keeps a name of its own
            title = f"{title}（{titles.count(title)}）"
        name = one.name.replace("_", "-")
        shown.append(SheetShown(f"{name}-{number}", title, one.sheets.pages, _sheet_note(one.sheets, there=True)))
    return shown


_OFFICE = gettext_lazy("Word、Excel、PPT 文件没有页面图片。要看内容的，请退回，让客户另存为 PDF 后再上传。")


def _is_office(view: PaperView) -> bool:
    return view.document is not None and view.document.file.kind in OFFICE


def _sheet_note(sheets: Sheets, *, there: bool) -> str:
    if not there:
        return _("客户还没有上传。")
    if sheets.pending:
        return _("页面图片正在生成，几秒钟后刷新本页。")
    if sheets.failed:
        return _("这份文件画不出页面图片。请退回，让客户重新扫描。")
    return _("这份文件已按保存期限删除。") if sheets is NO_SHEETS or not sheets.pages else ""


def paper_marks(found: ReviewView, marks: Mapping[str, Mapping[str, str]], wrong: Mapping[str, str]) -> list[MarkShown]:
    shown = []
    for paper in found.papers:
        view, mark = paper.view, marks.get(paper.view.name, {})
        words, tone = _STATES[view.state]
        fixed = view.state == Document.State.ACCEPTED
        shown.append(
            MarkShown(
                view.name,
                view.title,
                view.file,
                found.reasons(view.name),
                mark.get("verdict") or ("accept" if fixed else ""),
                mark.get("reason", ""),
                mark.get("words", ""),
                Badge(words, tone),
                wrong.get(view.name, ""),
                is_paper=True,
                fixed=fixed,
                absent="" if view.file and view.state != Document.State.UPLOADED else words,
            )
        )
    return shown


def step_marks(found: ReviewView, marks: Mapping[str, Mapping[str, str]], wrong: Mapping[str, str]) -> list[MarkShown]:
    return [
        MarkShown(
            name,
            title,
            "",
            found.reasons(name),
            marks.get(name, {}).get("verdict", ""),
            marks.get(name, {}).get("reason", ""),
            marks.get(name, {}).get("words", ""),
            None,
            wrong.get(name, ""),
            is_paper=False,
        )
        for name, title in found.returnable
    ]


# -- what was decided before ------------------------------------------------------------------------------------------

_TONES: Final[dict[str, Tone]] = {
    "approved": "success",
    "returned": "warning",
    "rejected": "danger",
    "stopped": "danger",
}


def decisions(found: ReviewView) -> list[Event]:
    """The newest first, with what went back and why."""
    return [
        Event(
            ReviewDecision.Outcome(row.outcome).label,
            row.at,
            row.by.masked_label,
            _reasons_of(found, row),
            _TONES[row.outcome],
        )
        for row in found.decisions
    ]


def _reasons_of(found: ReviewView, row: ReviewDecision) -> str:
    titles = {reason.code: reason.title for reason in found.config.reasons}
    back = [mark for mark in [*row.papers.values(), *row.steps.values()] if mark["verdict"] == "return"]
    said = [titles.get(mark["reason"], mark["reason"]) + _more(mark["words"]) for mark in back]
    if row.reason:
        said.append(titles.get(row.reason, row.reason) + _more(row.words))
    return "；".join(said)


def _more(words: str) -> str:
    return f"（{words}）" if words else ""
