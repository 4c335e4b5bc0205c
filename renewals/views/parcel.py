"""/orders/<id>/parcel/: what goes into the box, where it goes, and which number it has (RULES A14, A16, P15)."""

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
from portal.errors import InvalidInput, PortalError
from portal.tenants import current_tenant, tenant_tx
from portal.ui.parts import Badge, Stage, Text, Tone
from portal.ui.words import say
from renewals import selectors
from renewals.forms.parcels import AnnounceForm
from renewals.lifecycle import Kind, Step, StepState
from renewals.mail_room import papers
from renewals.models import Order, OrderItem, Shipment, ShipmentItem
from renewals.parcels import carriers
from renewals.selectors import OrderView, Task
from renewals.steps.mail_in import reason_words
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of, step_of

_ANNOUNCING = {StepState.OPEN, StepState.RETURNED}


@dataclass(frozen=True)
class KeyRow:
    """One key of the order: where it is, and what is wrong with it."""

    item: OrderItem
    badge: Badge
    parcel: str
    why: str


@dataclass(frozen=True)
class _Room:
    order: Order
    view: OrderView
    tasks: Sequence[Task]
    stages: Sequence[Stage]

    @property
    def step(self) -> str:
        return self.tasks[0].step.name

    @property
    def open_items(self) -> list[OrderItem]:
        """Those that still have to be announced."""
        return [task.item for task in self.tasks if task.item is not None and task.step.state in _ANNOUNCING]

    @property
    def sent_items(self) -> list[OrderItem]:
        """Those on their way: their number may still be corrected."""
        return [task.item for task in self.tasks if task.item is not None and task.step.state is StepState.SUBMITTED]


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parcel(request: HttpRequest, public_id: str) -> HttpResponse:
    """POST announces the ticked keys, each by its own act, all or none."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        room = _room(request, public_id)
    if all(task.step.state in {StepState.WAITING, StepState.SKIPPED} for task in room.tasks):
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    correcting = bool(request.GET.get("correct"))
    items = room.open_items + room.sent_items if correcting or not room.open_items else room.open_items
    form = AnnounceForm(request.POST or None, items=items)
    if request.method == "POST" and form.is_valid() and _announced(request, room, form):
        messages.success(request, _("已登记。收到包裹后会短信通知您。"))
        return HttpResponseRedirect(reverse("order-parcel", args=[public_id]))
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = _context(room, form, show=bool(room.open_items) or correcting or bool(form.errors))
    return TemplateResponse(request, "renewals/parcel.html", context, status=422 if form.errors else 200)


def _room(request: HttpRequest, public_id: str) -> _Room:
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    step_of(view, Kind.MAIL_IN)
    return _Room(order, view, view.tasks_of(Kind.MAIL_IN), stages_of(view))


def _announced(request: HttpRequest, room: _Room, form: AnnounceForm) -> bool:
    data = {name: form.cleaned_data[name] for name in ("carrier", "tracking_number")}
    data["sent_on"] = form.cleaned_data["sent_on"].isoformat()
    key = posted_key(request)
    chosen = {item.public_id: item for item in room.open_items + room.sent_items}
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            for number, name in enumerate(form.cleaned_data["items"]):
                perform(
                    request, room.order, "announce", step=room.step, item=chosen[name], data=data, key=f"{key}:{number}"
                )
    except InvalidInput as refusal:
        for name, sentences in refusal.fields.items():
            form.add_error(name if name in form.fields else None, sentences[0])
        return False
    except PortalError as refusal:
        form.add_error(None, say(refusal))
        return False
    return True


def _context(room: _Room, form: AnnounceForm, *, show: bool) -> dict[str, object]:
    tenant = current_tenant()
    config = room.view.pack.step_config(room.order.path, room.step)
    has_form = room.view.task(Kind.REQUEST_FORM) is not None
    return {
        "order": room.order,
        "stages": room.stages,
        "rows": _rows(room.tasks),
        "form": form if show and not room.order.closed_at else None,
        "may_correct": bool(room.sent_items) and not room.order.closed_at,
        "to": papers.hall_side(tenant),
        "wants_form": config.wants_form,  # type: ignore[union-attr]  # of a mail-in step
        "form_url": reverse("order-request-form", args=[room.order.public_id]) if has_form else "",
        "count": len(room.tasks),
        "key": new_key(),
    }


_BADGES: dict[StepState, tuple[Text, Tone]] = {
    StepState.WAITING: (gettext_lazy("未开始"), "neutral"),
    StepState.OPEN: (gettext_lazy("待寄出"), "warning"),
    StepState.SUBMITTED: (gettext_lazy("在途"), "info"),
    StepState.DONE: (gettext_lazy("已收到"), "success"),
    StepState.RETURNED: (gettext_lazy("请处理"), "danger"),
    StepState.SKIPPED: (gettext_lazy("不用寄"), "neutral"),
}


def _rows(tasks: Sequence[Task]) -> list[KeyRow]:
    items = [task.item for task in tasks if task.item is not None]
    announced = {
        row.item_id: row.shipment
        for row in ShipmentItem.objects.filter(item__in=items, withdrawn_at__isnull=True).select_related("shipment")
    }
    return [_row(task.item, task.step, announced.get(task.item.pk)) for task in tasks if task.item is not None]


def _row(item: OrderItem, step: Step, announced: Shipment | None) -> KeyRow:
    words, tone = _BADGES[step.state]
    number = f"{carriers.title_of(announced.carrier)} {announced.tracking_number}" if announced else ""
    why = reason_words(step.reason) if step.state is StepState.RETURNED and step.reason else ""
    return KeyRow(item, Badge(words, tone), number, why)


@access("customer", transaction=False)
@never_cache
@require_GET
def label(request: HttpRequest, public_id: str) -> HttpResponse:
    """The address label for the customer's parcel, with the order's number as a code for the mail room's scanner."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        room = _room(request, public_id)
        made = papers.inbound_label(room.order, len(room.open_items) or len(room.tasks))
    response = HttpResponse(papers.draw_label(made), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="label-{room.order.number}.pdf"'
    return response
