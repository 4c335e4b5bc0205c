"""/orders/<id>/delivery/: how what was made comes to the customer, and what to bring to collect it (RULES D8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.access import access
from portal.errors import NotFound, PortalError
from portal.tenants import current_tenant, tenant_tx
from portal.tenants.models import ServicePoint
from portal.ui.parts import Badge, Stage, Text, Tone
from portal.ui.words import say
from renewals import selectors
from renewals.lifecycle import Kind, Phase, Step, StepState
from renewals.mail_room import papers
from renewals.models import Order, OrderItem, ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.hands import Hand
from renewals.selectors import OrderView, Task
from renewals.steps.delivery import LETTER, RECEIPT, trouble_words
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of, step_of


@dataclass(frozen=True)
class DeliveryRow:
    """One item's way. ``carrier`` and ``number`` while it is in a parcel, ``point`` while it lies at a counter."""

    item: OrderItem
    badge: Badge
    medium: str  # the new one's number, or what was sent in
    carrier: str = ""
    number: str = ""
    sent_on: str = ""
    point: ServicePoint | None = None
    may_confirm: bool = False
    why: str = ""


@dataclass(frozen=True)
class _Room:
    order: Order
    view: OrderView
    tasks: Sequence[Task]
    stages: Sequence[Stage]


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delivery(request: HttpRequest, public_id: str) -> HttpResponse:
    """POST: this one is in my hands."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        room = _room(request, public_id)
    if request.method == "POST":
        named = request.POST.get("item", "")
        task = next((each for each in room.tasks if each.item and each.item.public_id == named), None)
        if task is None:
            raise NotFound
        try:
            perform(request, room.order, "confirm", step=task.step.name, item=task.item, key=posted_key(request))
        except PortalError as refusal:
            messages.error(request, say(refusal))
        else:
            messages.success(request, _("已确认收到。"))
        return HttpResponseRedirect(reverse("order-delivery", args=[public_id]))
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = _context(room)
    return TemplateResponse(request, "renewals/delivery.html", context)


def _room(request: HttpRequest, public_id: str) -> _Room:
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    step_of(view, Kind.DELIVERY)
    return _Room(order, view, view.tasks_of(Kind.DELIVERY), stages_of(view))


def _context(room: _Room) -> dict[str, object]:
    rows = _rows(room.tasks)
    config = room.view.pack.step_config(room.order.path, room.tasks[0].step.name)
    wanted = getattr(config, "papers", ())
    return {
        "order": room.order,
        "stages": room.stages,
        "rows": rows,
        "ready": [row for row in rows if row.point is not None],
        "points": list({row.point.pk: row.point for row in rows if row.point is not None}.values()),
        "may_pick_up": "pickup" in config.methods  # type: ignore[union-attr]  # of a delivery step
        and not all(row.number for row in rows),  # those are on their way by post
        "freight_collect": config.freight == "collect",  # type: ignore[union-attr]
        "has_receipt": RECEIPT in wanted,
        "has_letter": LETTER in wanted,
        "hotline": current_tenant().hotline,
        "key": new_key(),
    }


_WORDS: dict[StepState, tuple[Text, Tone]] = {
    StepState.WAITING: (gettext_lazy("制作中"), "neutral"),
    StepState.OPEN: (gettext_lazy("待寄出"), "info"),
    StepState.RETURNED: (gettext_lazy("退回，重新安排中"), "warning"),
    StepState.SUBMITTED: (gettext_lazy("已寄出"), "info"),
    StepState.DONE: (gettext_lazy("已收到"), "success"),
    StepState.SKIPPED: (gettext_lazy("不需要"), "neutral"),
}


def _rows(tasks: Sequence[Task]) -> list[DeliveryRow]:
    shown = [task for task in tasks if task.item is not None and task.step.state is not StepState.SKIPPED]
    gone = ReceivedKey.objects.filter(
        item__in=[task.item for task in shown], mismatch="", hand__in=[Hand.CARRIER, Hand.COUNTER, Hand.CUSTOMER]
    )
    keys = {key.item_id: key for key in gone.select_related("outbound", "service_point").order_by("id")}
    return [_row(task.item, task.step, keys.get(task.item.pk)) for task in shown if task.item is not None]


def _row(item: OrderItem, step: Step, key: ReceivedKey | None) -> DeliveryRow:
    words, tone = _WORDS[step.state]
    held = item.issued or item.certificate
    parcel: Shipment | None = key.outbound if key else None
    ready = step.state is StepState.SUBMITTED and step.phase is Phase.READY
    sent = step.state is StepState.SUBMITTED and step.phase is Phase.SENT
    return DeliveryRow(
        item=item,
        badge=Badge(_("可以领取"), "success") if ready else Badge(words, tone),
        medium=held.medium_number or held.serial,
        carrier=carriers.title_of(parcel.carrier) if parcel else "",
        number=parcel.tracking_number if parcel else "",
        sent_on=parcel.sent_on.isoformat() if parcel and parcel.sent_on else "",
        point=key.service_point if key is not None and ready else None,
        may_confirm=sent,
        why=trouble_words(step.reason) if step.state is StepState.RETURNED else "",
    )


# -- papers to bring --------------------------------------------------------------------------------------------------


@access("customer", transaction=False)
@never_cache
@require_GET
def receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    """签收单 of the application as last confirmed."""
    return _paper(request, public_id, RECEIPT)


@access("customer", transaction=False)
@never_cache
@require_GET
def letter(request: HttpRequest, public_id: str) -> HttpResponse:
    """授权委托书, for whoever sends somebody else."""
    return _paper(request, public_id, LETTER)


def _paper(request: HttpRequest, public_id: str, which: str) -> HttpResponse:
    tenant = request.tenant  # type: ignore[attr-defined]
    with tenant_tx(tenant, write=True):  # opening the answers leaves an audit row
        room = _room(request, public_id)
        config = room.view.pack.step_config(room.order.path, room.tasks[0].step.name)
        if which not in getattr(config, "papers", ()) or room.order.submitted_at is None:
            raise NotFound
        paper = papers.collection_paper(room.order)
    pdf = papers.draw_receipt(tenant, paper) if which == RECEIPT else papers.draw_letter(tenant, paper)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{which.replace("_", "-")}-{room.order.number}.pdf"'
    return response
