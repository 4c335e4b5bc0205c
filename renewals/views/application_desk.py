"""What the application pages work from: the order, its path today, what may be written, what a change undoes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from payments.fees import total
from portal import vault
from portal.accounts.actor import Actor, actor_of
from renewals import drafts, lifecycle, projection, selectors
from renewals.choosing import path_today
from renewals.errors import NotRenewable
from renewals.forms.application import ApplicationForm, prefill
from renewals.lifecycle import Kind, LifecycleRefused, NextActor, StepState
from renewals.models import ApplicationVersion, Certificate, Order
from renewals.programmes.schema import Path
from renewals.selectors import OrderView, Task
from renewals.steps.answers import Answers, Holder, new_name
from renewals.steps.application import answers_of, earlier_answers, wanted_fields, written_by_another
from renewals.steps.claims import is_unproven
from renewals.steps.handing_over import PERSON
from renewals.steps.request_form import part_words, what_reprints
from renewals.validation import same_name
from renewals.views.customer import customer_of, own_order, step_of
from renewals.views.progress import local_day

BEGUN = frozenset({StepState.SUBMITTED, StepState.DONE, StepState.RETURNED})


@dataclass(frozen=True)
class Desk:
    """An order with its application step. ``path_name``: the order's own, or before the first confirmation the one
    that today's facts lead to: the confirmation will choose it (RULES P12)."""

    order: Order
    view: OrderView
    task: Task
    path_name: str
    prices: Mapping[int, int]

    @cached_property
    def certificate(self) -> Certificate:
        return self.order.items.all()[0].certificate

    @cached_property
    def is_unproven(self) -> bool:
        return is_unproven(self.order)

    @property
    def path(self) -> Path:
        return self.view.pack.path(self.path_name)

    @property
    def wanted(self) -> tuple[str, ...]:
        return wanted_fields(self.view.pack, self.path_name, self.task.step.name, self.certificate, self.order.business)

    @property
    def may_write(self) -> bool:
        """Open or returned; done too, as long as the CA hasn't been asked for the certificate (P3)."""
        if self.task.acting is NextActor.CUSTOMER:
            return True
        asked = any(t.step.kind is Kind.ISSUANCE and t.step.phase is not None for t in self.view.tasks)
        confirmed = self.task.step.state in {StepState.DONE, StepState.SUBMITTED}
        return confirmed and not asked and not self.view.derived.status.terminal

    @property
    def confirmed(self) -> ApplicationVersion | None:
        return ApplicationVersion.objects.filter(order=self.order).order_by("-version").first()

    def form(self, data: Any = None, initial: Mapping[str, str] | None = None) -> ApplicationForm:
        return ApplicationForm(
            data,
            initial=initial,
            pack=self.view.pack,
            wanted=self.wanted,
            prices=self.prices,
            holder=Holder.of(self.certificate),
        )


def desk_of(request: HttpRequest, public_id: str) -> Desk:
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    years = [term.years for term in view.pack.terms]
    prices = {each: total(selectors.quote_for(order, {"term_years": str(each)})) for each in years}
    return Desk(order, view, step_of(view, Kind.APPLICATION), _path_today(order, view), prices)


def _path_today(order: Order, view: OrderView) -> str:
    if order.submitted_at is not None:
        return order.path
    try:
        return path_today(view.pack, order.items.all()[0].certificate, order.business, order.path)[1]
    except NotRenewable:
        return order.path  # the confirmation says why not


# -- what the form starts with ----------------------------------------------------------------------------------------


def initial(request: HttpRequest, desk: Desk) -> dict[str, str]:
    """The draft, what was confirmed, or what the hall knows; nothing of a handler before this one (RULES P2)."""
    by, order = actor_of(request), desk.order
    kept = drafts.load(order, by=by)
    if kept is not None:
        return kept
    user = customer_of(request)
    own_phone = vault.reveal(user, "phone", by=by, reason="带出登录手机号") if user.phone else ""
    confirmed = desk.confirmed
    if confirmed is not None:
        answers = answers_of(confirmed, by=by, reason="修改申请")
        if not written_by_another(order, confirmed):
            return answers
        theirs = {name: value for name, value in answers.items() if name not in PERSON}
        kinds = [kind.name for kind in desk.view.pack.id_kinds]
        return theirs | {"representative_id_kind": kinds[0] if kinds else "", "representative_mobile": own_phone}
    may_see = not user.is_restricted and not desk.is_unproven
    earlier = earlier_answers(order, by=by) if may_see else {}
    holder = Holder.of(desk.certificate)
    return prefill(holder, desk.view.pack, earlier, own_phone, proven=not desk.is_unproven)


# -- what to tell beforehand ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PathChange:
    """The certificate has passed into another window since the order was opened."""

    expired_on: date | None
    papers: Sequence[str]
    review_days: int | None


def path_change(desk: Desk) -> PathChange | None:
    if desk.path_name == desk.order.path:
        return None
    expired = desk.certificate if selectors.days_left_of(desk.certificate) < 0 else None
    return PathChange(
        expired_on=local_day(expired.not_after) if expired and not desk.is_unproven else None,
        papers=papers_of_path(desk.path),
        review_days=review_days_of(desk.path),
    )


def papers_of_path(path: Path) -> tuple[str, ...]:
    """Titles of what everybody hands in on this path."""
    steps = (step for step in path.steps if step.kind == "documents" and step.only_if is None)
    return tuple(paper.title for step in steps for paper in step.papers if paper.wanted == "always")


def review_days_of(path: Path) -> int | None:
    return next((step.working_days for step in path.steps if step.kind == "review"), None)


@dataclass(frozen=True)
class Undone:
    """What a change of a confirmed application undoes: titles of steps, and parts of the printed form."""

    steps: Sequence[str]
    printed: str


def undone_by(desk: Desk, answers: Mapping[str, str], *, by: Actor) -> Undone | None:
    """RULES P3, C7: said before the change is confirmed. None before the first confirmation."""
    before = desk.confirmed
    if before is None:
        return None
    old = answers_of(before, by=by, reason="比较申请内容的改动")
    new = Answers(**{name: answers.get(name, "") for name in desk.wanted}).filled()
    changed = frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if not changed:
        return None
    path, steps = desk.view.pack.path_spec(desk.order.path), projection.load_steps(desk.order)
    try:
        after = lifecycle.fields_changed(
            path,
            steps,
            changed,
            form_version=before.version + 1,
            flags=projection.load_flags(desk.order),
            source=desk.task.step.name,
        )
    except LifecycleRefused:
        return None  # the confirmation says why not
    titles = {task.step.name: task.title for task in desk.view.tasks}
    again = [s.name for s, a in zip(steps, after, strict=True) if s.state in BEGUN and a.state not in BEGUN]
    printed = any(step.kind is Kind.REQUEST_FORM for step in steps)
    return Undone(
        steps=[titles[name] for name in again],
        printed=part_words(what_reprints(desk.order, new)) if printed else "",
    )


@dataclass(frozen=True)
class NewName:
    """The holder's name on the certificate and as it was typed, where they differ (RULES P11)."""

    before: str
    after: str
    on_invoice: bool  # whether the invoice is made out to the new one


def new_name_words(desk: Desk, answers: Mapping[str, str]) -> NewName | None:
    holder = Holder.of(desk.certificate)
    name = new_name(Answers(organisation_name=answers.get("organisation_name", "")), holder)
    return NewName(holder.name, name, not same_name(answers.get("invoice_title", ""), holder.name)) if name else None


def submitted_words(desk: Desk) -> str:
    """What happens next, once the application is confirmed: by the steps that this path has."""
    kinds = {task.step.kind for task in desk.view.tasks}
    doing = [
        words
        for kind, words in (
            (Kind.REQUEST_FORM, _("打印表格")),
            (Kind.IDENTITY, _("核验经办人身份")),
            (Kind.DOCUMENTS, _("上传资料")),
            (Kind.MAIL_IN, _("寄送 Ekey")),
            (Kind.PAYMENT, _("缴费")),
        )
        if kind in kinds
    ]
    if desk.path.takes_papers and Kind.IDENTITY in kinds:
        return _("申请已提交。接下来系统核对经办人信息，然后打印申请表、手机核验身份、上传资料。")
    if Kind.IDENTITY in kinds:
        return _("申请已提交。接下来系统核验经办人身份，通过后就可以缴费。")
    return _("申请已提交。接下来：%(steps)s。") % {"steps": "、".join(doing)} if doing else _("申请已提交。")


def certificates_title(business: str) -> str:
    """What stands above an order's certificates."""
    titles: dict[str, str] = {
        Order.Business.RENEWAL: _("要续期的证书"),
        Order.Business.REPLACEMENT: _("要补办的证书"),
        Order.Business.TOKEN_MODEL_CHANGE: _("要更换介质的证书"),
        Order.Business.PIN_UNBLOCK: _("要解锁的 Ekey 里的证书"),
        Order.Business.ENROLMENT: _("照这张证书新增"),
        Order.Business.SUBJECT_CHANGE: _("要变更的证书"),
    }
    return titles.get(business, _("证书"))
