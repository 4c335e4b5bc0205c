"""Request form: printed by a job once for every version that shows something else, fetched by the customer (C7).

A new version of the application that would print the same keeps the print, and with it its scan.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from portal import files, jobs, vault
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from renewals.errors import FormNotReady
from renewals.lifecycle import Evidence, Kind, StepState
from renewals.models import ApplicationVersion, Document, FormPrint, Order
from renewals.publishing import pack_of
from renewals.request_form.data import FormData, Part, canonical_json, changed_parts, from_json
from renewals.steps.application import answers_of, latest
from renewals.steps.base import SYSTEM, ActContext, Action, NoData, StepKind
from renewals.steps.form_data import build, documents_step, fields_with

BY: Final = Actor.system("request_form")
PURPOSE: Final = "request_form"

PART_WORDS: Final[dict[Part, Promise]] = {
    Part.HALL: _("受理机构"),
    Part.HEADING: _("申请表标题"),
    Part.HOLDER: _("申请单位"),
    Part.REPRESENTATIVE: _("经办人"),
    Part.CONTACTS: _("联系人"),
    Part.CERTIFICATES: _("证书"),
    Part.POSTING: _("寄送地址"),
    Part.COLLECTION: _("领取方式"),
    Part.REMARK: _("备注"),
    Part.FEES: _("年限和费用"),
    Part.INVOICE: _("发票"),
    Part.PAPERS: _("要交的资料"),
}


class RenderedData(BaseModel):
    """What the job made: public ids of print and file; digests as 64 hex digits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form_print: str
    file: str
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    pdf_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    template_version: str


class UnprintableData(BaseModel):
    """``characters``: those that no font has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form_print: str
    characters: str = Field(max_length=40)


# -- reading ----------------------------------------------------------------------------------------------------------


def form_data(order: Order, application: ApplicationVersion) -> FormData:
    """Everything on the form of this version. Opening the answers leaves an audit row."""
    return build(order, answers_of(application, by=BY, reason="生成申请表"), application.version)


def prints_of(order: Order) -> list[FormPrint]:
    """Every form that was ever asked for, the oldest first."""
    return list(FormPrint.objects.filter(order=order).select_related("file").order_by("version"))


def current_print(order: Order) -> FormPrint | None:
    """The print that counts for the application as last confirmed: ready, or still being made."""
    return FormPrint.objects.filter(order=order).select_related("file").order_by("-covers").first()


def shown_on(printed: FormPrint, *, by: Actor, reason: str) -> FormData:
    """What this print shows; opening it leaves an audit row."""
    return from_json(vault.reveal(printed, "data", by=by, reason=reason))


def what_reprints(order: Order, new_answers: dict[str, str]) -> tuple[Part, ...]:
    """The parts of the printed form that these answers would change; empty → form and scan stay as they are.

    Empty too before anything was printed: nothing is in anybody's hands yet.
    """
    printed = current_print(order)
    if printed is None or printed.state != FormPrint.State.READY:
        return ()
    old = shown_on(printed, by=BY, reason="比较申请表的改动")
    return changed_parts(old, build(order, new_answers, old.form_version, on=old.prepared_on))


def part_words(parts: tuple[Part, ...]) -> str:
    """ "经办人、发票"."""
    return "、".join(str(PART_WORDS[part]) for part in parts)


def reprint_words(order: Order, new_answers: dict[str, str]) -> str:
    """Said before these answers are submitted: what is printed again, and what stays; "" when nothing changes."""
    parts = what_reprints(order, new_answers)
    if not parts:
        return ""
    config = documents_step(pack_of(order.programme), order.path)
    titles = {paper.name: paper.title for paper in config.papers if paper.binds != "form"} if config else {}
    there = Document.objects.filter(order=order, paper__in=titles, state__in=Document.LIVE).order_by("id")
    kept = [titles[paper] for paper in there.values_list("paper", flat=True)]
    sentence = _(
        "这次的修改印在申请表上（%(parts)s）：提交后要重新下载、打印、签字、盖章，并上传新的扫描件，原来的那一份作废。"
    )
    stays = _("已上传的其他资料（%(papers)s）和已付的费用不受影响。") if kept else _("其他资料和已付的费用不受影响。")
    return str(sentence) % {"parts": part_words(parts)} + str(stays) % {"papers": "、".join(kept)}


# -- acts -------------------------------------------------------------------------------------------------------------


def _print(act: ActContext) -> None:
    """On opening: the earlier print when nothing on it has changed, else a job makes a new one."""
    application = latest(act.order)
    data = form_data(act.order, application)
    earlier = _showing_the_same(act.order, data)
    if earlier is not None:
        if earlier.covers != application.version:
            earlier.covers = application.version
            earlier.save(update_fields=["covers"])
        if earlier.fetched_at is not None:
            _submit(act, application)
        return
    made = FormPrint.objects.create(
        order=act.order, version=application.version, covers=application.version, data=canonical_json(data).decode()
    )
    jobs.enqueue("renewals.print_form", {"form_print": made.public_id}, key=f"print_form:{made.public_id}")


def _showing_the_same(order: Order, data: FormData) -> FormPrint | None:
    for printed in reversed(prints_of(order)):
        if printed.state == FormPrint.State.UNPRINTABLE:
            continue
        if not changed_parts(shown_on(printed, by=BY, reason="比较申请表的改动"), data):
            return printed
    return None


def _rendered(act: ActContext, data: RenderedData) -> None:
    """The job brings the bytes home. A second worker's are left to the sweep: the first ones are the form."""
    printed = FormPrint.objects.select_for_update().get(order=act.order, public_id=data.form_print)
    act.answer["version"] = printed.version
    if printed.state == FormPrint.State.READY:
        return
    owner = act.order.vault_scope()
    printed.file = files.commit(StoredFile.objects.get(public_id=data.file, owner=owner), by=act.by)
    printed.state = FormPrint.State.READY
    printed.digest, printed.pdf_digest = data.digest, data.pdf_digest
    printed.template_version, printed.printed_at = data.template_version, act.now
    printed.save()
    act.audit_detail["pdf_digest"] = data.pdf_digest


def _unprintable(act: ActContext, data: UnprintableData) -> None:
    """No font has a character: the application goes back, naming the character and where it stands."""
    printed = FormPrint.objects.select_for_update().get(order=act.order, public_id=data.form_print)
    if printed.state != FormPrint.State.WAITING:
        return
    printed.state = FormPrint.State.UNPRINTABLE
    printed.save(update_fields=["state"])
    application = latest(act.order)
    if printed.covers != application.version or act.find().state is not StepState.OPEN:
        return
    answers = answers_of(application, by=BY, reason="查找打印不出的字")
    sentence = _(
        "申请表打印不出“%(characters)s”（%(fields)s）。如果输错了，请修改后重新提交；没有输错，请联系客服补字。"
    )
    where = "、".join(fields_with(answers, data.characters)) or _("申请内容")
    filled = str(sentence) % {"characters": "、".join(data.characters[:8]), "fields": where}
    act.return_({act.path.of_kind(Kind.APPLICATION)[0].name: filled[:200]})


def _fetch(act: ActContext, data: NoData) -> None:
    """The customer takes the form; again as often as they like, it is the same file."""
    del data
    printed = current_print(act.order)
    if printed is None or printed.state != FormPrint.State.READY or printed.file is None:
        raise FormNotReady()
    act.answer["file"] = printed.file.public_id
    act.audit_detail["form_version"] = printed.version
    if printed.fetched_at is None:
        printed.fetched_at = act.now
        printed.save(update_fields=["fetched_at"])
    if act.find().state in {StepState.OPEN, StepState.RETURNED}:
        _submit(act, latest(act.order))


def _submit(act: ActContext, application: ApplicationVersion) -> None:
    act.submit(evidence=Evidence(application.version, frozenset(act.path.spec(act.step).proves)))


KIND = StepKind(
    actions={
        "rendered": Action(_rendered, RenderedData, who=SYSTEM),
        "unprintable": Action(_unprintable, UnprintableData, who=SYSTEM),
        "fetch": Action(_fetch, NoData),
    },
    on_open=_print,
)
