"""One order as its reviewer sees it: papers with their page images, what was typed, what the machine found.

Masks only; nothing personal leaves this module. The number of queries doesn't depend on the number of papers or pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from payments.selectors import ChargeView, TransfersView, charge_view, transfers_of
from portal.files.models import FileState, PreviewState, StoredFile
from portal.vault import SealedValueErased
from renewals import selectors
from renewals.errors import OrderNotFound
from renewals.models import (
    ApplicationVersion,
    CertificateContact,
    CertificateGrant,
    Order,
    OrderItem,
    ReviewDecision,
    ReviewDraft,
    ReviewTurn,
)
from renewals.programmes.schema_steps import ReviewStep
from renewals.reviewing import leases, rechecks
from renewals.reviewing.rechecks import Standing
from renewals.selectors import OrderView
from renewals.staff_selectors.order import find, masked_answers
from renewals.steps import documents
from renewals.steps.application import subject_change_of
from renewals.steps.documents import PaperView
from renewals.steps.identity import IdentityResult, result_of
from renewals.steps.papers import base_of

Marks = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PageShown:
    """The picture of one page. width, height: pixels."""

    public_id: str
    page: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Sheets:
    """A file's pages. ``pending``: they are being drawn; ``failed``: they can't be."""

    file: str
    pages: Sequence[PageShown] = ()
    pending: bool = False
    failed: bool = False


NO_SHEETS = Sheets("")


@dataclass(frozen=True, slots=True)
class PaperShown:
    view: PaperView
    sheets: Sheets


@dataclass(frozen=True, slots=True)
class EvidenceShown:
    """A picture beside the papers: a side of the ID card, a transfer's voucher."""

    name: str
    sheets: Sheets
    detail: str = ""


@dataclass(frozen=True)
class ReviewView:
    """``turn`` None: nothing to review now (the page is read only). ``config``: the pack's review step."""

    order: Order
    view: OrderView
    config: ReviewStep
    step: str
    turn: ReviewTurn | None
    item: OrderItem
    answers: Mapping[str, str]
    form_version: int
    renamed: tuple[str, str] | None
    papers: Sequence[PaperShown]
    evidence: Sequence[EvidenceShown]
    standings: Sequence[Standing]
    identity: IdentityResult | None
    charge: ChargeView | None
    transfers: TransfersView | None
    others: Sequence[str]
    draft: ReviewDraft | None
    decisions: Sequence[ReviewDecision]
    marks: Marks = field(default_factory=dict)

    @property
    def returnable(self) -> Sequence[tuple[str, str]]:
        """Steps that may go back beside papers: (name, title)."""
        wanted = {reason.about for reason in self.config.reasons if reason.outcome == "return"}
        return [(task.step.name, task.title) for task in self.view.tasks if task.step.name in wanted]

    def reasons(self, on: str) -> Sequence[Any]:
        outcome = "reject" if on == "order" else "return"
        return [reason for reason in self.config.reasons if (reason.about, reason.outcome) == (base_of(on), outcome)]


def review_view(public_id: str) -> ReviewView:
    """Raises OrderNotFound, also for an order whose path has no review."""
    order = find(public_id)
    view = selectors.order_view(order)
    config = review_step(view)
    item = OrderItem.objects.filter(order=order).select_related("certificate", "order").order_by("id")[0]
    papers = documents.papers_of(order)
    identity = result_of(order)
    transfers = transfers_of(order.charge) if order.charge else None
    pictures = _pictures(_files(papers, identity, transfers))
    application = ApplicationVersion.objects.filter(order=order).order_by("-version").first()
    renamed = subject_change_of(order)
    draft = ReviewDraft.objects.select_related("by").filter(order=order).first()
    return ReviewView(
        order=order,
        view=view,
        config=config,
        step=config.name,
        turn=_turn(order, view),
        item=item,
        answers=_answers(application),
        form_version=application.version if application else 0,
        renamed=(renamed.before, renamed.after) if renamed else None,
        papers=[PaperShown(paper, pictures.get(paper.file, NO_SHEETS)) for paper in papers],
        evidence=_evidence(identity, transfers, pictures, papers),
        standings=rechecks.standings(order),
        identity=identity,
        charge=charge_view(order.charge) if order.charge else None,
        transfers=transfers,
        others=_others(order, item) if order.claim else (),
        draft=draft,
        decisions=list(ReviewDecision.objects.filter(order=order).select_related("by").order_by("-id")),
        marks=live_marks(draft, papers),
    )


def review_step(view: OrderView) -> ReviewStep:
    """OrderNotFound where the path has none: the address means nothing then."""
    for step in view.pack.path(view.order.path).steps:
        if isinstance(step, ReviewStep):
            return step
    raise OrderNotFound


def live_marks(draft: ReviewDraft | None, papers: Sequence[PaperView]) -> Marks:
    """What was marked and still lies there: a paper that was handed in anew needs a mark of its own."""
    if draft is None:
        return {}
    files = {paper.name: paper.file for paper in papers}
    return {
        name: mark
        for name, mark in draft.marks.items()
        if name not in files or not mark.get("file") or mark["file"] == files[name]
    }


def _turn(order: Order, view: OrderView) -> ReviewTurn | None:
    waits = any(task.step.kind == "review" and task.step.state == "open" for task in view.tasks)
    return leases.turn_of(order) if waits and order.closed_at is None else None


def _answers(application: ApplicationVersion | None) -> Mapping[str, str]:
    if application is None:
        return {}
    try:
        return masked_answers(application)
    except SealedValueErased:
        return {}


def _files(papers: Sequence[PaperView], identity: IdentityResult | None, transfers: TransfersView | None) -> list[str]:
    found = [paper.file for paper in papers]
    if identity is not None:
        found += [identity.front or "", identity.back or ""]
    if transfers is not None:
        found += [claim.voucher for claim in transfers.claims]
        found += [row.explanation for row in transfers.received]
    return [one for one in found if one]


def _pictures(files: Sequence[str]) -> Mapping[str, Sheets]:
    """File → its page images. Two queries, however many pages."""
    originals = {
        row.pk: row for row in StoredFile.objects.filter(public_id__in=files).exclude(state=FileState.DESTROYED)
    }
    pages: dict[int, list[PageShown]] = {}
    made = StoredFile.objects.filter(derived_from__in=list(originals), state=FileState.COMMITTED).order_by("page")
    for row in made.values_list("derived_from_id", "public_id", "page", "width", "height"):
        pages.setdefault(row[0], []).append(PageShown(row[1], row[2] or 1, row[3], row[4]))
    return {
        row.public_id: Sheets(
            row.public_id,
            pages.get(pk, ()),
            pending=row.preview == PreviewState.WAITING,
            failed=row.preview == PreviewState.FAILED,
        )
        for pk, row in originals.items()
    }


def _evidence(
    identity: IdentityResult | None,
    transfers: TransfersView | None,
    pictures: Mapping[str, Sheets],
    papers: Sequence[PaperView],
) -> list[EvidenceShown]:
    """``papers``: what is shown as one of them isn't shown again."""
    found, shown = [], {paper.file for paper in papers}
    if identity is not None:
        sides = (("id_front", identity.front), ("id_back", identity.back))
        found += [EvidenceShown(name, pictures.get(file, NO_SHEETS)) for name, file in sides if file]
    for claim in transfers.claims if transfers else ():
        if claim.voucher:
            found.append(EvidenceShown("voucher", pictures.get(claim.voucher, NO_SHEETS), claim.payer_name))
    for row in transfers.received if transfers else ():
        if row.explanation and row.explanation not in shown:  # handed in beside the payment (RULES P10)
            found.append(EvidenceShown("explanation", pictures.get(row.explanation, NO_SHEETS), row.payer_name))
    return found


def _others(order: Order, item: OrderItem) -> list[str]:
    """Who is unbound when the claim is granted, masked (RULES P2)."""
    grants = CertificateGrant.objects.filter(certificate=item.certificate, withdrawn_at=None)
    users = [grant.user.masked_label for grant in grants.exclude(user=order.customer_id).select_related("user")]
    contacts = CertificateContact.objects.filter(certificate=item.certificate, withdrawn_at=None)
    named = [f"{row.name} {row.phone}" for row in contacts.exclude(phone_index=order.customer.phone_index)]
    return list(dict.fromkeys([*users, *named]))


__all__ = ["Marks", "PaperShown", "ReviewView", "Sheets", "live_marks", "review_step", "review_view"]
