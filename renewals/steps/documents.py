"""Documents: the papers are handed in together; the review accepts each, or sends back the ones that are wrong (C7).

What was handed in for each paper stands in steps/papers.py; this module's acts move the path.
"""

from django.utils.translation import gettext as _

from payments import suspense
from payments.models import Suspense, SuspenseState, Wish
from renewals.errors import PapersIncomplete
from renewals.lifecycle import Evidence, StepState
from renewals.models import Document
from renewals.steps.application import latest
from renewals.steps.base import ActContext, Action, NoData, StepKind
from renewals.steps.claims import take_certificates
from renewals.steps.papers import (
    UNCHECKED_AFTER,
    PaperView,
    accept,
    all_accepted,
    drop_outdated,
    hand_in,
    papers_of,
    send_back,
    undecide,
)
from renewals.steps.payment import follow_transfers
from renewals.steps.request_form import current_print
from renewals.steps.superseding import end_superseded

__all__ = ["KIND", "PaperView", "accept", "all_accepted", "papers_of", "problems", "send_back", "undecide"]


def problems(views: tuple[PaperView, ...], act: ActContext) -> dict[str, list[str]]:
    """Paper → why it can't be handed in as it is, and what to do."""
    found = {view.name: sentence for view in views if view.wanted and (sentence := _problem(view, act))}
    return {name: [sentence] for name, sentence in found.items()}


def _problem(view: PaperView, act: ActContext) -> str:
    sentence = ""
    if view.may_come_later:
        return ""
    if view.state == "wanted":
        sentence = _("请上传%(title)s。")
    elif view.state == "returned":
        sentence = _("%(title)s已退回，请按退回原因重新上传。")
    elif view.state != "uploaded":
        return ""
    elif view.is_wrong:
        return binding_words(view)
    elif view.is_checking and view.document and act.now - view.document.uploaded_at < UNCHECKED_AFTER:
        sentence = _("正在核对%(title)s上的二维码，通常几秒钟。请稍候再提交。")
    elif view.kinds and not view.kind:
        sentence = _("请选择%(title)s的种类。")
    return sentence % {"title": view.title} if sentence else ""


def binding_words(view: PaperView) -> str:
    """What the scan's QR code says, and what to do about it; "" where there is nothing to say."""
    words = {
        Document.Binding.OTHER_ORDER: _(
            "这是订单 %(read)s 的申请表，不是这张订单的。请找出印有本订单编号的申请表，签字盖章后重新扫描上传。"
        ),
        Document.Binding.OTHER_PAPER: _("这是本订单的另一份材料，不是申请表。请核对后重新上传。"),
        Document.Binding.OTHER_VERSION: _(
            "这是第 %(read)s 版申请表，之后内容有过修改，现在是第 %(wanted)s 版。"
            "请打印第 %(wanted)s 版，签字盖章后重新扫描上传。"
        ),
        Document.Binding.NOT_OURS: _(
            "扫描件上的二维码不是本网厅为这张订单生成的。请从本订单重新下载申请表，打印、签字、盖章后扫描上传。"
        ),
        Document.Binding.NOT_FOUND: _(
            "没有读到左上角的二维码，工作人员会人工核对。如果扫描得不清楚或缺了一角，可以重新扫描上传。"
        )
        if view.is_open
        else _("没有读到二维码，由工作人员人工核对。"),
        Document.Binding.KEY_UNKNOWN: _("二维码无法自动核对，工作人员会人工核对。"),
        Document.Binding.BOUND: _("二维码核对一致：本订单第 %(wanted)s 版申请表。"),
    }
    sentence = words.get(Document.Binding(view.binding), "")
    return sentence % {"read": view.read, "wanted": view.form_version} if sentence else ""


# -- acts -------------------------------------------------------------------------------------------------------------


def _look_again(act: ActContext) -> None:
    """On opening: what still fits counts. When that is everything, and was handed in, nothing is asked for."""
    dropped = drop_outdated(act.order, act.config, current_print(act.order))
    if dropped:
        act.audit_detail["superseded"] = dropped
    views = [view for view in papers_of(act.order) if view.wanted and not (view.is_optional and not view.file)]
    if views and all(view.state in {"submitted", "accepted"} for view in views):
        _move(act)


def _submit(act: ActContext, data: NoData) -> None:
    """Everything wanted is there and nothing is wrong: handed in, and the certificate is taken (Across 2, C3)."""
    del data
    found = problems(papers_of(act.order), act)
    if found:
        raise PapersIncomplete(found)
    end_superseded(act)
    take_certificates(act)
    handed_in = hand_in(act.order, now=act.now)
    explained = _explain_payment(act, handed_in)
    act.answer["papers"] = handed_in
    act.audit_detail["papers"] = handed_in
    if act.find().state is not StepState.SUBMITTED:  # then it is a paper that became wanted afterwards (P10)
        _move(act)
    if explained:
        follow_transfers(act)


def _explain_payment(act: ActContext, handed_in: list[str]) -> bool:
    """The explanation of somebody else's payment is finance's too, and so is one that replaces it (RULES P10)."""
    views = [view for view in papers_of(act.order) if view.is_explanation and view.name in handed_in]
    for document in [view.document for view in views if view.document]:
        held = Suspense.objects.filter(charge__public_id=act.order.charge, state=SuspenseState.HELD)
        for each in held.exclude(wish=Wish.REFUND):
            suspense.explain(act.order.charge, each.public_id, document.file, by=act.by)
    return bool(views)


def _move(act: ActContext) -> None:
    evidence = Evidence(latest(act.order).version, frozenset(act.path.spec(act.step).proves))
    act.submit(evidence=evidence)


KIND = StepKind(actions={"submit": Action(_submit, NoData)}, on_open=_look_again)
