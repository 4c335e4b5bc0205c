"""The papers of an order: which are wanted, what was handed in for each, and what became of it (RULES A15, C7, P22).

A paper of which several files may be handed in has a place for each: ``attachments``, ``attachments-2`` … Every place
is a paper of its own to everybody else: uploaded, accepted and sent back by itself.

Scans come in beside the one door, in a transaction of their own (nothing uploaded is lost when an act is refused);
handing them in, accepting them and sending them back are acts, whose modules call the functions at the end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.utils import timezone

from payments import suspense
from portal import files, jobs
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from portal.tenants import require_tx
from renewals import lifecycle
from renewals.errors import OrderNotFound, PaperNotOpen, PaperNotThere
from renewals.lifecycle import StepState
from renewals.models import Document, FormPrint, Order, StepRecord
from renewals.programmes.schema_steps import DocumentsStep, Paper, PaperKind, ReviewStep
from renewals.publishing import pack_of
from renewals.steps.application import subject_change_of
from renewals.steps.form_data import documents_step, is_wanted
from renewals.steps.request_form import current_print

BY: Final = Actor.system("documents")
PURPOSE: Final = "paper."  # with the paper's name: StoredFile.purpose
UNCHECKED_AFTER: Final = timedelta(minutes=2)  # a scan whose check hangs is looked at by a person
_DECIDED = {Document.State.ACCEPTED, Document.State.RETURNED}

PaperState = Literal["wanted", "uploaded", "submitted", "accepted", "returned"]


@dataclass(frozen=True)
class PaperView:
    """A paper and what was handed in for it.

    ``file``: public id, "" while nothing is there; ``pages`` of it. ``kind``, ``kinds``: which licence it is (P22).
    ``form_version``: the print it was uploaded for; ``binding``: Document.Binding; ``read``: the other order or
    version that its QR code names. ``reason``: the pack's code while returned, ``reason_words`` what it says to the
    customer. ``is_open``: the customer may upload or replace it now.
    """

    name: str
    title: str
    help: str
    state: PaperState
    binds_form: bool
    formats: tuple[str, ...]
    kinds: tuple[PaperKind, ...]
    is_open: bool
    document: Document | None = None
    file: str = ""
    pages: int = 0
    kind: str = ""
    form_version: int | None = None
    binding: str = ""
    read: str = ""
    reason: str = ""
    reason_words: str = ""
    base: str = ""  # the paper's name in the pack, where there are several places for it
    more: bool = False  # several files at once may be chosen here: they take the places that follow
    is_optional: bool = False
    wanted: bool = True  # False: nobody asks for it any more, but it was handed in
    is_explanation: bool = False  # of somebody else's payment (P10)

    @property
    def may_come_later(self) -> bool:
        return (self.is_explanation or self.is_optional) and self.state == "wanted"

    @property
    def is_wrong(self) -> bool:
        return self.binding in Document.WRONG

    @property
    def is_checking(self) -> bool:
        return self.binding == Document.Binding.CHECKING

    @property
    def needs_a_look(self) -> bool:
        """The machine couldn't tell whether it is the right form: the reviewer compares it by eye."""
        return self.binding in {Document.Binding.NOT_FOUND, Document.Binding.KEY_UNKNOWN}

    @property
    def kind_title(self) -> str:
        return next((kind.title for kind in self.kinds if kind.name == self.kind), "")


# -- reading ----------------------------------------------------------------------------------------------------------


def papers_of(order: Order) -> tuple[PaperView, ...]:
    """The wanted papers in the pack's order, then what was handed in for others. () on a path without papers."""
    config = documents_config(order)
    if config is None:
        return ()
    wanted = {paper.name for paper in wanted_papers(order, config)}
    there = {document.paper: document for document in live_documents(order)}
    step = StepRecord.objects.get(order=order, name=config.name)
    wanted |= {paper.name for paper in config.papers if paper.wanted == "third_party_payment"} & there.keys()
    views = []
    for paper in config.papers:
        for number in _places(paper, there, StepState(step.state)):
            name = place(paper.name, number)
            if paper.name in wanted or name in there:
                is_wanted_still = paper.name in wanted
                views.append(_view(paper, number, there.get(name), step, order, wanted=is_wanted_still))
    return tuple(views)


def place(paper: str, number: int) -> str:
    """The name of a paper's n-th place; a pack's names have no hyphen."""
    return paper if number == 1 else f"{paper}-{number}"


def base_of(name: str) -> str:
    """The paper that a place is of, as the pack calls it."""
    return name.partition("-")[0]


def title_of(paper: Paper, name: str) -> str:
    """ "附件 2" of a paper with several places."""
    return f"{paper.title} {name.partition('-')[2] or 1}" if (paper.max_files or 1) > 1 else paper.title


def _places(paper: Paper, there: Collection[str], step: StepState) -> list[int]:
    """The places with a file, and the first empty one where there is something to ask for."""
    most = paper.max_files or 1
    taken = [number for number in range(1, most + 1) if place(paper.name, number) in there]
    empty = next((number for number in range(1, most + 1) if number not in taken), None)
    extra = paper.wanted == "optional" or bool(taken)
    asks = empty is not None and (not extra or step in {StepState.OPEN, StepState.RETURNED})
    return [*taken, empty] if asks and empty is not None else taken


def _view(
    paper: Paper, number: int, document: Document | None, step: StepRecord, order: Order, *, wanted: bool
) -> PaperView:
    several = (paper.max_files or 1) > 1
    basic = {
        "name": place(paper.name, number),
        "base": paper.name,
        "more": several and document is None,
        "is_optional": paper.wanted == "optional" or number > 1,
        "title": title_of(paper, place(paper.name, number)),
        "help": paper.help or "",
        "binds_form": paper.binds == "form",
        "formats": paper.formats,
        "kinds": paper.kinds,
        "wanted": wanted,
        "is_explanation": paper.wanted == "third_party_payment",
        "is_open": wanted and order.closed_at is None and _may_upload(StepState(step.state), document),
    }
    if document is None:
        return PaperView(state="wanted", **basic)  # type: ignore[arg-type]
    return PaperView(
        state=document.state,  # type: ignore[arg-type]
        document=document,
        file=document.file.public_id,
        pages=document.file.pages,
        kind=document.kind,
        form_version=document.form_version,
        binding=document.binding,
        read=document.read,
        reason=document.reason,
        reason_words=reason_words(order, document.reason) if document.reason else "",
        **basic,  # type: ignore[arg-type]
    )


def documents_config(order: Order) -> DocumentsStep | None:
    return documents_step(pack_of(order.programme), order.path)


def wanted_papers(order: Order, config: DocumentsStep) -> tuple[Paper, ...]:
    """By the application as last confirmed; before that, those that are always wanted."""
    renamed, third_party = subject_change_of(order) is not None, paid_by_somebody_else(order)
    return tuple(p for p in config.papers if is_wanted(p, order, renamed=renamed, third_party=third_party))


def paid_by_somebody_else(order: Order) -> bool:
    """Money of another payer is held until they explain it (RULES P10)."""
    return bool(order.charge) and suspense.explanation_needed(order.charge)


def live_documents(order: Order) -> list[Document]:
    return list(
        Document.objects.filter(order=order)
        .exclude(state=Document.State.SUPERSEDED)
        .select_related("file")
        .order_by("id")
    )


def reason_words(order: Order, code: str) -> str:
    """What the pack says to the customer for this reason; the code itself where it says nothing."""
    for step in pack_of(order.programme).path(order.path).steps:
        if isinstance(step, ReviewStep):
            found = {reason.code: reason.words for reason in step.reasons}
            return found.get(code, code)
    return code


def all_accepted(order: Order) -> bool:
    """Every wanted paper was looked at and accepted.

    A payer's explanation that isn't there yet stops nobody: finance holds the money until it is (RULES P10).
    """
    return all(view.state == "accepted" for view in papers_of(order) if view.wanted and not view.may_come_later)


def _may_upload(step: StepState, document: Document | None) -> bool:
    """While the step is the customer's: anything that wasn't handed in, and what came back. Afterwards only a paper
    that has become wanted since, as a payer's explanation does (RULES P10)."""
    if step in {StepState.OPEN, StepState.RETURNED}:
        return document is None or document.state in {Document.State.UPLOADED, Document.State.RETURNED}
    if step is StepState.SUBMITTED:
        return document is None or document.state == Document.State.UPLOADED
    return False


# -- the customer's, beside the door ----------------------------------------------------------------------------------


def attach(order: Order, paper: str, file: StoredFile, *, by: Actor, kind: str = "") -> Document:
    """The row of a scan, in the write transaction that commits the file; what it replaces goes.

    Raises PaperNotOpen when this paper can't be handed in now: then nothing has changed and the file is swept.
    """
    view = _open_view(order, paper)
    if view.document is not None:
        _give_way(view.document, by=by)
    printed = current_print(order) if view.binds_form else None
    document = Document.objects.create(
        order=order,
        paper=paper,
        file=file,
        kind=kind if kind in {each.name for each in view.kinds} else "",
        form_version=printed.version if printed else None,
        binding=Document.Binding.CHECKING if printed else Document.Binding.NONE,
        uploaded_by_id=by.user_id,
    )
    if printed:
        jobs.enqueue("renewals.check_scan", {"document": document.public_id}, key=f"check_scan:{document.public_id}")
    return document


def remove(order: Order, paper: str, *, by: Actor) -> None:
    """Take back what was uploaded and not handed in; what was sent back stays until something new comes."""
    view = _open_view(order, paper)
    if view.document is not None and view.document.state == Document.State.UPLOADED:
        _give_way(view.document, by=by)


def choose_kind(order: Order, paper: str, kind: str) -> None:
    """Which licence it is (RULES P22), as long as it hasn't been handed in."""
    view = _open_view(order, paper)
    document, known = view.document, {each.name for each in view.kinds}
    if document is not None and document.state == Document.State.UPLOADED and kind in known - {document.kind}:
        document.kind = kind
        document.save(update_fields=["kind", "changed_at"])


def _open_view(order: Order, paper: str) -> PaperView:
    """The order is locked first, as the door does: an upload and a submission never cross."""
    require_tx(write=True)
    locked = Order.objects.select_for_update().filter(pk=order.pk).first()
    if locked is None:
        raise OrderNotFound()
    if locked.closed_at is not None:
        raise lifecycle.OrderEnded(status=locked.status)
    for view in papers_of(locked):
        if view.name == paper and view.is_open:
            return view
    raise PaperNotOpen()


def _give_way(document: Document, *, by: Actor) -> None:
    """Superseded. What nobody ever looked at isn't kept; what a reviewer saw is."""
    unseen = document.state == Document.State.UPLOADED
    document.state = Document.State.SUPERSEDED
    document.save(update_fields=["state", "changed_at"])
    if unseen:
        files.destroy(document.file, by=by, reason="客户更换或删除了未提交的资料")


# -- the machine's finding --------------------------------------------------------------------------------------------


def record_binding(document: Document, binding: str, *, read: str = "") -> None:
    """What the scan's QR code says. A finding: it changes no step; handing in asks for it."""
    require_tx(write=True)
    Document.objects.filter(pk=document.pk).exclude(state=Document.State.SUPERSEDED).update(
        binding=binding, read=read, changed_at=timezone.now()
    )


# -- inside acts ------------------------------------------------------------------------------------------------------


def hand_in(order: Order, *, now: datetime) -> list[str]:
    """Uploaded → submitted. The papers' names."""
    handed_in = []
    for document in live_documents(order):
        if document.state == Document.State.UPLOADED:
            if document.binding == Document.Binding.CHECKING:
                document.binding = Document.Binding.NOT_FOUND  # the check hangs: a person looks
            document.state, document.submitted_at = Document.State.SUBMITTED, now
            document.save(update_fields=["state", "binding", "submitted_at", "changed_at"])
            handed_in.append(document.paper)
    return handed_in


def drop_outdated(order: Order, config: DocumentsStep, printed: FormPrint | None) -> list[str]:
    """Supersede what no longer fits: scans of another print (P3), papers that nobody asks for any more."""
    late = {paper.name for paper in config.papers if paper.wanted == "third_party_payment"}
    wanted = late | {paper.name for paper in wanted_papers(order, config)}
    bound = {paper.name for paper in config.papers if paper.binds == "form"}
    dropped = []
    for document in live_documents(order):
        paper = base_of(document.paper)
        other_print = paper in bound and (printed is None or document.form_version != printed.version)
        if other_print or paper not in wanted:
            _give_way(document, by=BY)
            dropped.append(document.paper)
    return dropped


def accept(order: Order, paper: str, *, by: Actor) -> None:
    """A reviewer has looked at it and it is right; also after having sent it back in the same sitting.

    Raises PaperNotThere when nothing was handed in for it.
    """
    _decide(order, paper, Document.State.ACCEPTED, by=by)


def send_back(order: Order, paper: str, reason_code: str, *, by: Actor) -> None:
    """It has to be handed in again, for one of the pack's reasons; the others stay as they are.

    The caller returns the documents step in the same act. Raises PaperNotThere.
    """
    _decide(order, paper, Document.State.RETURNED, by=by, reason=reason_code)


def undecide(order: Order, papers: Collection[str]) -> None:
    """Accepted or returned → submitted: a reviewer thinks again before deciding."""
    require_tx(write=True)
    Document.objects.filter(order=order, paper__in=papers, state__in=_DECIDED).update(
        state=Document.State.SUBMITTED, reason="", decided_by=None, decided_at=None, changed_at=timezone.now()
    )


def _decide(order: Order, paper: str, state: str, *, by: Actor, reason: str = "") -> None:
    require_tx(write=True)
    decidable = [Document.State.SUBMITTED, *_DECIDED]
    changed = Document.objects.filter(order=order, paper=paper, state__in=decidable).update(
        state=state,
        reason=reason,
        decided_by=by.user_id if by.is_staff else None,
        decided_at=timezone.now(),
        changed_at=timezone.now(),
    )
    if not changed:
        raise PaperNotThere(paper=paper)


__all__ = [
    "PaperView",
    "accept",
    "all_accepted",
    "attach",
    "base_of",
    "choose_kind",
    "papers_of",
    "record_binding",
    "remove",
    "send_back",
    "title_of",
    "undecide",
]
