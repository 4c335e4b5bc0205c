"""/orders/<id>/documents/: the papers, each with its own place; then all of them are handed in (RULES C7, P22).

One form, three buttons: 上传 stores what was chosen, 删除 takes one back, 提交 does both and hands in. What was stored
stays, whatever is refused beside it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal import files
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import InvalidInput, PortalError
from portal.files.models import StoredFile
from portal.files.receiving import Slot, receive
from portal.tenants import tenant_tx
from portal.ui.parts import Badge
from portal.ui.words import say
from renewals import selectors
from renewals.errors import PaperNotOpen
from renewals.forms.documents import DocumentsForm
from renewals.lifecycle import Kind, StepState
from renewals.models import Document, Order, StepRecord
from renewals.programmes.schema_steps import DocumentsStep
from renewals.reviewing.returned import returned_words
from renewals.selectors import OrderView
from renewals.steps import papers as desk
from renewals.steps.documents import PaperView, binding_words
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of, step_of

_THUMBNAILS = 6


@dataclass(frozen=True)
class Card:
    """A paper as the page shows it. ``says``: what the scan's code says, with its tone. ``more``: what the reviewer
    who sent it back added to the pack's reason."""

    view: PaperView
    badge: Badge
    says: str
    tone: str
    name: str  # of the file
    pictures: Sequence[StoredFile]
    more_pictures: int
    more: str = ""

    @property
    def is_settled(self) -> bool:
        """A file is there and right as far as the machine can tell: another one is the exception."""
        return self.view.state == "uploaded" and not self.view.is_wrong


@dataclass(frozen=True)
class Desk:
    order: Order
    view: OrderView
    step: str
    state: StepState
    config: DocumentsStep
    papers: tuple[PaperView, ...]


def _desk(request: HttpRequest, public_id: str) -> Desk:
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    step = step_of(view, Kind.DOCUMENTS).step
    config = desk.documents_config(order)
    if config is None:
        raise AssertionError("a documents step without its part of the pack")
    return Desk(order, view, step.name, step.state, config, desk.papers_of(order))


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def documents(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = _desk(request, public_id)
    if found.state in {StepState.WAITING, StepState.SKIPPED}:
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    if request.method != "POST":
        chosen = {view.name: request.GET.get(f"kind-{view.name}", "") for view in found.papers}
        form = DocumentsForm(papers=found.papers, config=found.config, kinds=chosen)
        return _page(request, found, form)
    form = DocumentsForm(request.POST, request.FILES, papers=found.papers, config=found.config, kinds={})
    form.is_valid()
    what, _colon, paper = request.POST.get("do", "upload").partition(":")
    _keep_kinds(request, found, form)
    refused = _receive(request, found, form)
    if what == "remove" and not refused:
        _remove(request, found, paper)
    if what == "submit" and not refused and not form.errors:
        answer = _submit(request, found, form)
        if answer is not None:
            return answer
    if not form.errors:
        return _again(found, form, paper)
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return _page(request, _desk(request, public_id), form)


# -- what a POST does -------------------------------------------------------------------------------------------------


def _keep_kinds(request: HttpRequest, found: Desk, form: DocumentsForm) -> None:
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        for view in form.papers:
            kind = form.kind_of(view.name)
            if view.document is not None and kind and kind != view.kind:
                try:
                    desk.choose_kind(found.order, view.name, kind)
                except PortalError as refusal:
                    form.refuse(view.name, say(refusal))


def _receive(request: HttpRequest, found: Desk, form: DocumentsForm) -> bool:
    """Whether anything was refused; its words stand at its paper."""
    for view in form.papers:  # one by one: what can't be attached any more doesn't take the others along
        sent = request.FILES.getlist(f"file-{view.name}")
        for number, upload in enumerate(sent):
            here = view if number == 0 else _next_place(request, found, view)
            sentence = say(PaperNotOpen()) if here is None else _take(request, found, form, here, upload)
            if sentence:
                which = f"{upload.name}：" if len(sent) > 1 else ""
                form.refuse(view.name, f"{which}{sentence}")
    if any(name.startswith("file-") and name not in form.fields for name in request.FILES):  # it came too late
        form.add_error(None, say(PaperNotOpen()))
    return bool(form.errors)


def _take(request: HttpRequest, found: Desk, form: DocumentsForm, view: PaperView, upload: UploadedFile) -> str:
    """Store one file at its place; "" when it was taken, else why not."""
    by, slot = actor_of(request), form.slot(view)

    def attach(_slot: Slot, file: StoredFile) -> None:
        desk.attach(found.order, view.name, file, by=by, kind=form.kind_of(view.name))

    try:
        received = receive(
            request.tenant,  # type: ignore[attr-defined]
            {slot.name: upload},  # type: ignore[dict-item]
            [slot],
            owner=found.order.vault_scope(),
            by=by,
            attach=attach,
        )
    except PortalError as refusal:
        return say(refusal)
    return "".join(received.refused.values())


def _next_place(request: HttpRequest, found: Desk, view: PaperView) -> PaperView | None:
    """The empty place of the same paper, after the one before it was taken (RULES A15)."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        views = desk.papers_of(found.order)
    return next((other for other in views if other.base == view.base and other.more and other.is_open), None)


def _remove(request: HttpRequest, found: Desk, paper: str) -> None:
    """Taking back what isn't there any more is no mistake."""
    if any(view.name == paper and view.is_open for view in found.papers):
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            desk.remove(found.order, paper, by=actor_of(request))


def _submit(request: HttpRequest, found: Desk, form: DocumentsForm) -> HttpResponse | None:
    try:
        perform(request, found.order, "submit", step=found.step, key=posted_key(request))
    except InvalidInput as refusal:
        with_kinds = {view.name for view in form.papers if view.kinds and view.document is not None}
        for paper, sentences in refusal.fields.items():
            about_kind = paper in with_kinds and not form.kind_of(paper)
            form.refuse(paper, sentences[0], about_kind=about_kind)
        return None
    except PortalError as refusal:
        form.add_error(None, say(refusal))
        return None
    messages.success(request, _("资料已提交。"))
    return HttpResponseRedirect(reverse("order", args=[found.order.public_id]))


def _again(found: Desk, form: DocumentsForm, paper: str) -> HttpResponse:
    """Back to the page; a kind that was chosen before its file goes along."""
    chosen = {f"kind-{view.name}": form.kind_of(view.name) for view in form.papers if form.kind_of(view.name)}
    url = reverse("order-documents", args=[found.order.public_id])
    query = f"?{urlencode(chosen)}" if chosen else ""
    return HttpResponseRedirect(f"{url}{query}#{f'paper-{paper}' if paper else 'papers'}")


# -- the page ---------------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, found: Desk, form: DocumentsForm) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = {
            **_live_context(request, found.order, found.papers),
            "form": form,
            "rows": [(card, _fields(form, card.view)) for card in _cards(found.order, found.papers)],
            "stages": stages_of(found.view),
            "is_open": bool(form.papers),
            "state": found.state,
            "key": new_key(),
        }
    return TemplateResponse(request, "renewals/documents.html", context, status=422 if form.errors else 200)


def _fields(form: DocumentsForm, view: PaperView) -> Mapping[str, object]:
    names = ("kind", "file")
    return {name: form[f"{name}-{view.name}"] for name in names if f"{name}-{view.name}" in form.fields}


@access("customer", background=True)
@require_GET
def live(request: HttpRequest, public_id: str) -> HttpResponse:
    """The papers' states, while a code is being read or pages are being drawn. Unchanged is 304, and opens nothing."""
    order = own_order(request, public_id)
    tag = _tag(request, order)
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        papers = desk.papers_of(order)
        context = {**_live_context(request, order, papers), "cards": _cards(order, papers)}
        response = TemplateResponse(request, "renewals/_documents_live.html", context)
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response


def _live_context(request: HttpRequest, order: Order, papers: tuple[PaperView, ...]) -> dict[str, object]:
    checking = [view for view in papers if view.is_checking]
    drawing = any(view.document is not None and view.document.file.preview == "waiting" for view in papers)
    there = sum(1 for view in papers if view.wanted and view.state in {"uploaded", "submitted", "accepted"})
    wanted = sum(1 for view in papers if view.wanted and not (view.is_optional and not view.file))
    return {
        "order": order,
        "moving": bool(checking) or drawing,
        "checking": bool(checking),
        "there": there,
        "wanted": wanted,
        "etag": _tag(request, order),
    }


def _tag(request: HttpRequest, order: Order) -> str:
    seen = Document.objects.filter(order=order).aggregate(last=Max("changed_at"), top=Max("pk"))
    previews = sorted(Document.objects.filter(order=order).values_list("pk", "file__preview"))
    steps = sorted(StepRecord.objects.filter(order=order).values_list("name", "state"))
    row = (seen, previews, steps, order.status, getattr(request, "LANGUAGE_CODE", ""))
    return '"' + hashlib.sha256(repr(row).encode()).hexdigest()[:24] + '"'


def _cards(order: Order, papers: Sequence[PaperView]) -> list[Card]:
    added = {one.paper: one.more for one in returned_words(order)}
    return [_card(view, added.get(view.name, "")) for view in papers]


def _card(view: PaperView, more: str) -> Card:
    document = view.document
    pictures = files.pictures_of(document.file) if document else []
    tone = "danger" if view.is_wrong else "warning" if view.needs_a_look else "success"
    return Card(
        view=view,
        badge=_badge(view),
        says=binding_words(view),
        tone=tone,
        name=files.name_of(document.file) if document else "",
        pictures=pictures[:_THUMBNAILS],
        more_pictures=max(0, len(pictures) - _THUMBNAILS),
        more=more,
    )


def _badge(view: PaperView) -> Badge:
    if view.is_optional and not view.file:
        return Badge(_("选填"))
    if view.state == "uploaded" and view.is_wrong:
        return Badge(_("需要更换"), "danger")
    if view.state == "uploaded" and view.is_checking:
        return Badge(_("核对中"), "info")
    return {
        "wanted": Badge(_("待上传")),
        "uploaded": Badge(_("已上传，未提交"), "success"),
        "submitted": Badge(_("已提交"), "info"),
        "accepted": Badge(_("已通过"), "success"),
        "returned": Badge(_("请重新上传"), "danger"),
    }[view.state]
