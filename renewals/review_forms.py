"""What a reviewer fills in: the queue's filters, and the marks on papers and steps."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from portal.jobs.guards import personal_data_in
from renewals.reviewing.drafts import ORDER
from renewals.staff_forms import ALL, FilterForm
from renewals.staff_selectors.orders import Programmes
from renewals.staff_selectors.review import QueueFilter
from renewals.staff_selectors.review_order import ReviewView

Marks = dict[str, dict[str, str]]


class QueueFilterForm(FilterForm):
    whose = forms.ChoiceField(
        required=False, label=_("办理人"), choices=[ALL, ("mine", _("我领取的")), ("free", _("无人办理"))]
    )
    programme = forms.ChoiceField(required=False, label=_("业务"))
    overdue = forms.BooleanField(required=False, label=_("只看超期"))
    returned = forms.BooleanField(required=False, label=_("只看退回过的"))

    def __init__(self, data: Any, programmes: Programmes) -> None:
        super().__init__(data)
        titles = [(slug, pack.title) for slug, pack in programmes.newest.items()]
        self.fields["programme"].choices = [ALL, *titles]  # type: ignore[attr-defined]

    def wanted(self, me: int | None) -> QueueFilter:
        return QueueFilter(
            whose=self.value("whose") or "",
            overdue=bool(self.value("overdue")),
            returned=bool(self.value("returned")),
            programme=self.value("programme") or "",
            me=me,
        )


def posted_marks(posted: Mapping[str, str], found: ReviewView) -> Marks:
    """Subject → mark, of papers that are there, steps that may go back, and the order as a whole.

    A reason that was chosen means that it goes back, also where a browser without scripts left the circle empty.
    """
    marks: Marks = {}
    for paper in found.papers:
        name = paper.view.name
        mark = _mark(posted, name)
        mark["file"] = posted.get(f"file-{name}", "") if paper.view.file else ""
        if mark["verdict"] == "accept" and not mark["file"]:
            continue
        if mark["verdict"] == "accept":
            mark |= {"reason": "", "words": ""}
        if mark["verdict"] in {"accept", "return"}:
            marks[name] = mark
    for name, _title in found.returnable:
        mark = _mark(posted, name)
        if mark["verdict"] == "return":
            marks[name] = mark
    rejection = _mark(posted, ORDER)
    if rejection["reason"] or rejection["words"]:
        marks[ORDER] = rejection | {"verdict": "reject"}
    return marks


def _mark(posted: Mapping[str, str], name: str) -> dict[str, str]:
    reason, words = posted.get(f"reason-{name}", ""), posted.get(f"words-{name}", "").strip()
    verdict = posted.get(f"verdict-{name}", "") or ("return" if reason else "")
    return {"verdict": verdict, "reason": reason, "words": words, "file": ""}


def problems_of(marks: Marks, found: ReviewView, outcome: str) -> dict[str, str]:
    """Subject → what is missing for this outcome, in words; {} when it can be sent."""
    wrong: dict[str, str] = {}
    papers = {paper.view.name: paper.view for paper in found.papers}
    for subject, mark in marks.items():
        if personal_data_in(mark["words"]) is not None:
            wrong[subject] = _t("补充说明里有证件号码、手机号或邮箱，请去掉后再提交。")
    back = {subject for subject, mark in marks.items() if mark["verdict"] == "return"}
    if outcome == "approve":
        for name, paper in papers.items():
            marked = marks.get(name, {}).get("verdict", "")
            if name in back:
                wrong[name] = _t("已标为退回。要通过，请改为接受；否则请点“退回”。")
            elif paper.wanted and paper.state != "accepted" and marked != "accept":
                wrong[name] = _t("还没有标记。请查看后选择接受或退回。")
        for name in back - set(papers):
            wrong[name] = _t("已标为退回。要通过，请取消勾选；否则请点“退回”。")
    if outcome == "return":
        if not back:
            wrong["__all__"] = _t("请至少标出一份要退回的材料，或一处要更正的信息。")
        for subject in back:
            codes = {reason.code for reason in found.reasons(subject)}
            if marks[subject]["reason"] not in codes:
                wrong[subject] = _t("请选择退回的原因。")
    if outcome == "reject" and marks.get(ORDER, {}).get("reason") not in {one.code for one in found.reasons(ORDER)}:
        wrong[ORDER] = _t("请选择驳回的原因。")
    return wrong


def data_for(marks: Mapping[str, Mapping[str, str]], found: ReviewView, outcome: str) -> dict[str, Any]:
    """What the one door gets."""
    papers = {paper.view.name for paper in found.papers}
    accepted = {name: mark["file"] for name, mark in marks.items() if mark["verdict"] == "accept" and name in papers}
    if outcome == "approve":
        return {"papers": accepted}
    if outcome == "reject":
        return {name: marks[ORDER][name] for name in ("reason", "words")}
    if outcome == "stop":
        return {}
    back = {name: mark for name, mark in marks.items() if mark["verdict"] == "return"}
    sent = {name: {key: mark[key] for key in ("reason", "words", "file")} for name, mark in back.items()}
    return {
        "accepted": accepted,
        "papers": {name: mark for name, mark in sent.items() if name in papers},
        "steps": {name: mark for name, mark in sent.items() if name not in papers},
    }
