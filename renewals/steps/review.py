"""Review: papers accepted or sent back one by one, then approved, returned or rejected (RULES C10, P2, P13, P22).

Whoever decides holds the review's lease (reviewing/leases.py). What was accepted stays accepted; what goes back
reopens exactly what was wrong.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from portal import notices, tenants
from portal.jobs.guards import personal_data_in
from portal.tenants import current_tenant
from renewals import claiming, lifecycle
from renewals.lifecycle import Evidence, Kind
from renewals.models import Document, ReviewDecision, ReviewDraft, ReviewTurn
from renewals.programmes.schema_steps import ReviewReason
from renewals.programmes.working_days import due_date
from renewals.reviewing import leases, rechecks
from renewals.reviewing.errors import MarksIncomplete, PapersChanged, PapersUndecided, StillRenewable
from renewals.reviewing.findings import findings_of, local_day
from renewals.steps import documents, invoices
from renewals.steps.application import latest
from renewals.steps.base import ActContext, Action, NoData, StepKind
from renewals.steps.ending import end, handler_of
from renewals.steps.papers import base_of

DECIDE = "review.decide"
WORKING_DAYS = 3  # where the pack gives the review no clock (RULES E7)

Words = Annotated[str, Field(max_length=200)]
FileId = Annotated[str, Field(max_length=32)]


class SentBack(BaseModel):
    """``reason``: a code of the pack; ``words``: more for the customer; ``file``: the paper that was looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(max_length=64)
    words: Words = ""
    file: FileId = ""


class Approval(BaseModel):
    """``papers``: name → file that was looked at, of every paper that is accepted with this."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    papers: dict[str, FileId]


class Return(BaseModel):
    """What goes back, paper by paper and step by step, and the papers that are accepted all the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accepted: dict[str, FileId] = Field(default_factory=dict)
    papers: dict[str, SentBack] = Field(default_factory=dict)
    steps: dict[str, SentBack] = Field(default_factory=dict)


class Rejection(BaseModel):
    """``reason``: a code of the pack whose outcome is reject."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(max_length=64)
    words: Words = ""


def _open_turn(act: ActContext) -> None:
    """On opening: a turn with a clock of its own, and the CA is asked whether the certificate can be renewed."""
    before = ReviewTurn.objects.filter(order=act.order)
    before.filter(is_open=True).update(is_open=False)
    days = act.path.spec(act.step).working_days
    ReviewTurn.objects.create(
        order=act.order,
        step=act.step,
        round=before.count() + 1,
        returned_before=ReviewDecision.objects.filter(order=act.order).exists(),
        opened_at=act.now,
        due_on=due_date(local_day(act.now), WORKING_DAYS if days is None else days).day,
    )
    rechecks.ask(act.order)


# -- decisions --------------------------------------------------------------------------------------------------------


def _approve(act: ActContext, data: Approval) -> None:
    """Every paper is accepted, the CA would renew, and a claim by sealed authorisation is granted (P2)."""
    turn = leases.require(act.order, by=act.by)
    accepted = _accept(act, data.papers)
    left = [
        paper.title
        for paper in documents.papers_of(act.order)
        if paper.wanted and paper.state != Document.State.ACCEPTED
    ]
    if left:
        raise PapersUndecided(papers="、".join(left))
    rechecks.require_renewable(act.order)
    found = findings_of(act.order, act.steps)
    if act.order.claim:
        claiming.grant_by_review(act.order, act.by)
    version = latest(act.order).version
    act.complete(evidence=Evidence(version, frozenset(act.path.spec(act.step).proves)))
    decision = _decided(act, turn, ReviewDecision.Outcome.APPROVED, found, papers=_kept(accepted))
    invoices.ask_when_due(act)
    paid = all(step.settled for step in act.steps if step.kind is Kind.PAYMENT)
    if paid:
        _tell(act, "review.approved", decision)
    else:
        _tell(act, "review.approved_unpaid", decision)


def _return(act: ActContext, data: Return) -> None:
    """Exactly what is named goes back; papers that were fine stay accepted."""
    turn = leases.require(act.order, by=act.by)
    reasons = _reasons(act, data)
    _same_files(act, data.accepted | {name: mark.file for name, mark in data.papers.items() if mark.file})
    found = findings_of(act.order, act.steps)
    accepted = _accept(act, data.accepted)
    there = {paper.name for paper in documents.papers_of(act.order) if paper.file}
    for name, mark in data.papers.items():
        if name in there:  # what became wanted meanwhile and isn't there yet (P10) can only be asked for
            documents.send_back(act.order, name, mark.reason, by=act.by)
    back = {step: mark.reason for step, mark in data.steps.items()}
    if data.papers:
        back[_papers_step(act)] = ",".join(dict.fromkeys(mark.reason for mark in data.papers.values()))
    act.return_(back)
    decision = _decided(
        act,
        turn,
        ReviewDecision.Outcome.RETURNED,
        found,
        papers=_kept(accepted) | _sent(data.papers),
        steps=_sent(data.steps),
    )
    act.audit_detail["returned"] = sorted(back)
    _tell(
        act,
        "review.returned",
        decision,
        what="；".join(reason.title for reason in reasons.values()),
        why="\n".join(_bullet(reason, (data.papers | data.steps)[name].words) for name, reason in reasons.items()),
    )


def _reject(act: ActContext, data: Rejection) -> None:
    """The order ends for good; what was paid goes back."""
    turn = leases.require(act.order, by=act.by)
    reason = _reason(act, "order", data.reason, "reject")
    wrong = _problems_of(reason, data.words)
    if reason is None or wrong:
        raise MarksIncomplete({"order": wrong})
    found = findings_of(act.order, act.steps)
    ending = lifecycle.reject(act.path, act.steps, act.flags, by=act.step, reason=data.reason)
    _decided(act, turn, ReviewDecision.Outcome.REJECTED, found, reason=data.reason, words=data.words)
    act.audit_detail["reason"] = data.reason
    end(act, ending, notice="order.rejected", context={"why": reason.words, "more": data.words})


def _stop(act: ActContext, data: NoData) -> None:
    """The CA won't renew it, by a fresh answer: stop, tell, refund (P13)."""
    del data
    turn = leases.require(act.order, by=act.by)
    refused = rechecks.refused_by_ca(act.order)
    if refused is None:
        raise StillRenewable()
    found = findings_of(act.order, act.steps)
    reason = f"ca_status_{refused.state}"
    ending = lifecycle.stop(act.path, act.steps, act.flags, reason=reason)
    _decided(act, turn, ReviewDecision.Outcome.STOPPED, found, reason=reason)
    act.audit_detail["reason"] = reason
    end(act, ending, notice="order.stopped")


# -- papers -----------------------------------------------------------------------------------------------------------


def _accept(act: ActContext, files: Mapping[str, str]) -> dict[str, str]:
    """Accept these papers; those that were accepted before stay so."""
    _same_files(act, files)
    for paper in documents.papers_of(act.order):
        if paper.name in files and paper.state != Document.State.ACCEPTED:
            documents.accept(act.order, paper.name, by=act.by)
    return dict(files)


def _same_files(act: ActContext, files: Mapping[str, str]) -> None:
    """What was looked at is what lies there now. PapersChanged."""
    there = {paper.name: paper for paper in documents.papers_of(act.order)}
    titles = [there[name].title if name in there else name for name in files]
    changed = [
        title
        for (name, file), title in zip(files.items(), titles, strict=True)
        if name not in there or not file or there[name].file != file
    ]
    if changed:
        raise PapersChanged(papers="、".join(changed))


def _papers_step(act: ActContext) -> str:
    return act.path.of_kind(Kind.DOCUMENTS)[0].name


# -- reasons ----------------------------------------------------------------------------------------------------------


def _reasons(act: ActContext, data: Return) -> dict[str, ReviewReason]:
    """Subject → the pack's reason. MarksIncomplete where one is missing, is about something else, or names somebody."""
    if not data.papers and not data.steps:
        raise MarksIncomplete({"__all__": [_("请至少标出一份要退回的材料，或一处要更正的信息。")]})
    names = {paper.name for paper in documents.papers_of(act.order)} if data.papers else set()
    found: dict[str, ReviewReason] = {}
    wrong: dict[str, list[str]] = {}
    for name, mark in (data.papers | data.steps).items():
        known = name in names if name in data.papers else any(step.name == name for step in act.steps)
        reason = _reason(act, name, mark.reason, "return") if known else None
        problems = _problems_of(reason, mark.words)
        if problems:
            wrong[name] = problems
        elif reason is not None:
            found[name] = reason
    if name_clash := set(data.accepted) & set(data.papers):
        wrong |= {name: [_("一份材料只能接受或退回，请重新标记。")] for name in name_clash}
    if wrong:
        raise MarksIncomplete(wrong)
    return found


def _reason(act: ActContext, on: str, code: str, outcome: str) -> ReviewReason | None:
    return next(
        (one for one in act.config.reasons if (one.code, one.about, one.outcome) == (code, base_of(on), outcome)),
        None,
    )


def _problems_of(reason: ReviewReason | None, words: str) -> list[str]:
    wrong = [] if reason is not None else [_("请选择原因。")]
    if personal_data_in(words) is not None:
        wrong.append(_("补充说明里有证件号码、手机号或邮箱，请去掉后再提交。"))
    return wrong


def _bullet(reason: ReviewReason, more: str) -> str:
    return f"· {reason.words}{more}"


# -- afterwards -------------------------------------------------------------------------------------------------------


def _kept(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"verdict": "accept", "file": file} for name, file in files.items()}


def _sent(marks: Mapping[str, SentBack]) -> dict[str, dict[str, str]]:
    return {name: {"verdict": "return", **mark.model_dump()} for name, mark in marks.items()}


def _decided(act: ActContext, turn: ReviewTurn, outcome: str, findings: dict[str, Any], **more: Any) -> ReviewDecision:
    """Keep who decided what and by which findings; the turn is over, the marks are used up."""
    ReviewTurn.objects.filter(pk=turn.pk).update(is_open=False, holder=None, held_since=None, held_until=None)
    ReviewDraft.objects.filter(order=act.order).delete()
    act.answer["outcome"] = str(outcome)
    assert act.by.user_id is not None  # noqa: S101  (a staff permission was asked for)
    return ReviewDecision.objects.create(
        order=act.order,
        outcome=outcome,
        by_id=act.by.user_id,
        at=act.now,
        form_version=latest(act.order).version,
        findings=findings,
        **more,
    )


def _tell(act: ActContext, notice: str, decision: ReviewDecision, **context: str) -> None:
    """The handler, by SMS and e-mail (RULES C10)."""
    notices.send(
        notice,
        to=handler_of(act.order),
        context={
            "number": act.order.number,
            "link": tenants.url(current_tenant(), "order", act.order.public_id),
            **context,
        },
        key=f"{notice}:{decision.public_id}",
    )


KIND = StepKind(
    actions={
        "approve": Action(_approve, Approval, who=DECIDE),
        "return": Action(_return, Return, who=DECIDE),
        "reject": Action(_reject, Rejection, who=DECIDE),
        "stop": Action(_stop, NoData, who=DECIDE),
    },
    on_open=_open_turn,
)
