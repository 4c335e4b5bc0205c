"""/staff/parcels/orders/<id>/: what an order's items still need to reach their customer (RULES D8, P23).

Packed into parcels and sent with a checked number, or ready at a service point and handed over against papers. Every
button is one act of every item that it is about, all or none.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import InvalidInput, NotFound, PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import ServicePoint
from portal.ui.parts import Badge, Column, Crumb, Link, Pair, Row, Table, Text, Tone
from portal.ui.templatetags.ui import in_fours
from portal.ui.words import say
from renewals.mail_room import outgoing, papers
from renewals.mail_room.intake import find_parcel
from renewals.mail_room.words import HANDS
from renewals.mail_room_forms import HandOverForm, PackForm, ReadyForm, SendForm, TroubleForm
from renewals.models import Order, OrderItem, Shipment
from renewals.parcels.hands import Hand
from renewals.publishing import pack_of
from renewals.request_form.qr import Paper
from renewals.staff_selectors.order import find as find_order
from renewals.staff_selectors.parcels import Leaving, leaving, parcels_of
from renewals.staff_views.common import day, may, table
from renewals.staff_views.parcel_in import form_key
from renewals.staff_views.parcels import HANDLE, VIEW, number_words, state_badge
from renewals.steps.delivery import trouble_words

_STATES: dict[str, tuple[Text, Tone]] = {
    "waiting": (gettext_lazy("前面的步骤还没办完"), "neutral"),
    "open": (gettext_lazy("待打包"), "warning"),
    "returned": (gettext_lazy("退回，待重新安排"), "danger"),
    "submitted": (gettext_lazy("途中或待领"), "info"),
    "done": (gettext_lazy("已交付"), "success"),
}


@access(f"staff:{VIEW}", transaction=False)
@never_cache
@require_GET
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, public_id)


@access(f"staff:{HANDLE}", transaction=False)
@never_cache
@require_POST
def act(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """pack, ready, hand-over or not-collected: of the ticked items."""
    if what not in _ITEM_FORMS:
        raise NotFound
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        rows = leaving(find_order(public_id))
        form = _ITEM_FORMS[what](request.POST, rows)
    if not form.is_valid():
        return _page(request, public_id, {what: form})
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            _do(request, public_id, what, form.cleaned_data)
    except PortalError as refusal:
        return _page(request, public_id, {what: _refused(form, refusal)})
    messages.success(request, str(_SAID[what]))
    return HttpResponseRedirect(reverse("staff-parcel-order", args=[public_id]))


@access(f"staff:{HANDLE}", transaction=False)
@never_cache
@require_POST
def act_on_parcel(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """send, delivered, came-back, lost or unpack: of everything in this parcel."""
    if what not in _PARCEL_ACTS:
        raise NotFound
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        parcel = find_parcel(public_id)
    if parcel.order is None:
        raise NotFound
    forms: dict[str, Any] = {"send": SendForm, "came-back": TroubleForm}
    form = forms[what](request.POST, auto_id=f"{parcel.public_id}-%s") if what in forms else None
    name = f"{what}:{parcel.public_id}"
    if form is not None and not form.is_valid():
        return _page(request, parcel.order.public_id, {name: form})
    data = {} if form is None else _plain(form.cleaned_data)
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            outgoing.act_on_parcel(
                find_parcel(public_id), _PARCEL_ACTS[what], by=actor_of(request), key=form_key(request), data=data
            )
    except PortalError as refusal:
        if form is not None:
            return _page(request, parcel.order.public_id, {name: _refused(form, refusal)})
        messages.error(request, say(refusal))
    else:
        messages.success(request, str(_SAID[what]))
    return HttpResponseRedirect(reverse("staff-parcel-order", args=[parcel.order.public_id]))


_PARCEL_ACTS = {
    "send": "send",
    "delivered": "delivered",
    "came-back": "came_back",
    "lost": "lost",
    "unpack": "unpack",
}
_SAID = {
    "pack": gettext_lazy("已装进包裹。请打印面单和装箱清单，填写快递单号后寄出。"),
    "unpack": gettext_lazy("已从包裹里取出。"),
    "send": gettext_lazy("已寄出，单号已短信告知客户。"),
    "ready": gettext_lazy("已登记到网点，领取通知已发给客户。"),
    "hand-over": gettext_lazy("已交付。"),
    "not-collected": gettext_lazy("已收回收发室。"),
    "delivered": gettext_lazy("已登记签收。"),
    "came-back": gettext_lazy("已登记退回，请联系客户重新安排。"),
    "lost": gettext_lazy("已登记遗失。制证人员会吊销并重做。"),
}


def _do(request: HttpRequest, public_id: str, what: str, data: dict[str, Any]) -> None:
    by, key = actor_of(request), form_key(request)
    rows = {row.item.public_id: row for row in leaving(find_order(public_id))}
    chosen: list[OrderItem] = [rows[name].item for name in data["items"] if name in rows]
    if what == "hand-over" and data["code"]:
        papers.check_code(data["code"], find_order(public_id), Paper.RECEIPT)
    action, more = _ITEM_ACTS[what](data)
    for item in chosen:
        outgoing.act_on(item, action, by=by, key=key, data=more)


_ITEM_ACTS: dict[str, Any] = {
    "pack": lambda _data: ("pack", {}),
    "ready": lambda data: ("ready", {"service_point": data["service_point"]}),
    "hand-over": lambda data: (
        "hand_over",
        {name: data[name] for name in ("collector", "name", "id_number")} | {"papers": tuple(data["papers"])},
    ),
    "not-collected": lambda _data: ("came_back", {"reason": "uncollected"}),
}


def _pack_form(data: Any, rows: Sequence[Leaving]) -> PackForm:
    return PackForm(data, items=[row.item for row in rows if row.may_pack], auto_id="pack-%s")


def _ready_form(data: Any, rows: Sequence[Leaving]) -> ReadyForm:
    items = [row.item for row in rows if row.may_pack]
    points = [row.key.service_point for row in rows if row.may_pack and row.key and row.key.service_point]
    wished = points[0].public_id if points else ""
    return ReadyForm(data, items=items, points=ServicePoint.objects.all(), wished=wished, auto_id="ready-%s")


def _hand_over_form(data: Any, rows: Sequence[Leaving]) -> HandOverForm:
    return HandOverForm(data, items=[row.item for row in rows if row.is_ready], auto_id="hand-over-%s")


def _back_form(data: Any, rows: Sequence[Leaving]) -> PackForm:
    return PackForm(data, items=[row.item for row in rows if row.is_ready], auto_id="back-%s")


_ITEM_FORMS: dict[str, Any] = {
    "pack": _pack_form,
    "ready": _ready_form,
    "hand-over": _hand_over_form,
    "not-collected": _back_form,
}


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """As an act takes it: days in ISO."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in data.items()}


def _refused(form: Any, refusal: PortalError) -> Any:
    """At its field where the refusal names one; what was typed stays."""
    if isinstance(refusal, InvalidInput):
        for name, sentences in refusal.fields.items():
            field = name.partition(".")[0]
            form.add_error(field if field in form.fields else None, sentences[0])
    else:
        form.add_error(None, say(refusal))
    return form


# -- the page ---------------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, public_id: str, failed: dict[str, Any] | None = None) -> HttpResponse:
    failed = failed or {}
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = find_order(public_id)
        rows = leaving(found)
        config = _config(found, rows)
        handles = may(request, HANDLE)
        context = {
            "order": found,
            "number": in_fours(found.number),
            "order_url": reverse("staff-order", args=[public_id]) if may(request, "orders.view") else "",
            "crumbs": [Crumb(_("收发"), reverse("staff-parcels")), Crumb(found.number)],
            "facts": [
                Pair(_("单位"), found.organisation.name),
                Pair(_("客户选择"), _wish(rows)),
                Pair(_("运费"), _("到付") if config and config.freight == "collect" else _("我方承担")),
                Pair(_("期限"), day(found.due_on)),
            ],
            "items": _items(rows),
            "forms": _forms(rows, config, failed) if handles else {},
            "prefers_pickup": any(row.may_pack and row.key and row.key.collection == "pickup" for row in rows),
            "parcels": [_parcel(parcel, failed, handles=handles) for parcel in parcels_of(found)],
            "key": secrets.token_urlsafe(16),
        }
        status = 422 if failed else 200
        return TemplateResponse(request, "renewals/staff/parcel_order.html", context, status=status).render()


_METHODS = {"mail": gettext_lazy("邮寄"), "pickup": gettext_lazy("自取")}


def _config(found: Order, rows: Sequence[Leaving]) -> Any:
    return pack_of(found.programme).step_config(found.path, rows[0].step.name) if rows else None


def _forms(rows: Sequence[Leaving], config: Any, failed: dict[str, Any]) -> dict[str, Any]:
    """What is open now, by name; refused ones as they were sent. Nothing goes out of an order that has ended."""
    if rows and rows[0].item.order.ending is not None:
        return {}
    wanted = {
        "pack": any(row.may_pack for row in rows) and config is not None and "mail" in config.methods,
        "ready": any(row.may_pack for row in rows) and config is not None and "pickup" in config.methods,
        "hand-over": any(row.is_ready for row in rows),
        "not-collected": any(row.is_ready for row in rows),
    }
    return {
        name.replace("-", "_"): failed.get(name) or _ITEM_FORMS[name](None, rows) for name, on in wanted.items() if on
    }


def _items(rows: Sequence[Leaving]) -> Table:
    columns = [
        Column(_("介质号"), "code"),
        Column(_("证书持有人")),
        Column(_("步骤")),
        Column(_("Ekey 现在")),
    ]
    made = []
    for row in rows:
        words, tone = _words(row)
        key = row.key
        number: object = row.item.certificate.medium_number or row.item.certificate.serial
        if key is not None:
            number = Link(
                key.medium_number or key.get_thing_display(), reverse("staff-parcel-key", args=[key.public_id])
            )
        hint = trouble_words(row.step.reason) if row.step.reason else ""
        made.append(
            Row(
                [
                    number,
                    row.item.certificate.holder_name,
                    Badge(f"{words} {hint}".strip(), tone),
                    HANDS[Hand(key.hand)] if key is not None else _("还没有收到"),
                ]
            )
        )
    return table(_("这张订单要交付的"), columns, made)


def _words(row: Leaving) -> tuple[Text, Tone]:
    if row.is_packed:
        return _("已打包，待寄出"), "info"
    if row.is_ready:
        return _("在网点待领取"), "info"
    return _STATES.get(row.step.state, (row.step.state, "neutral"))


def _wish(rows: Sequence[Leaving]) -> str:
    """What the customer chose, as it was noted when the delivery opened; both where the items differ."""
    wishes = {(row.key.collection, str(row.key.service_point or "")) for row in rows if row.key is not None}
    said = [
        f"{_METHODS[method]}（{point}）" if point else str(_METHODS[method])
        for method, point in sorted(wishes)
        if method in _METHODS
    ]
    return "、".join(said) or "—"


def _parcel(parcel: Shipment, failed: dict[str, Any], *, handles: bool) -> dict[str, Any]:
    """A card: what it is, its papers, and what may be done with it."""
    packing, sent = parcel.state == Shipment.State.PACKING, parcel.state == Shipment.State.SENT
    name = parcel.public_id
    send = failed.get(f"send:{name}") or SendForm(auto_id=f"{name}-%s")
    back = failed.get(f"came-back:{name}") or TroubleForm(auto_id=f"{name}-%s")
    return {
        "parcel": parcel,
        "title": number_words(parcel) if parcel.tracking_number else _("待寄出的包裹"),
        "badge": state_badge(parcel),
        "count": len(parcel.packed_keys.all()),
        "sent_on": day(parcel.sent_on),
        "trouble": parcel.get_trouble_display() if parcel.trouble else "",
        "send": send if packing and handles else None,
        "back": back if sent and handles else None,
        "may_print": packing and handles,
    }


# -- papers -----------------------------------------------------------------------------------------------------------


@access(f"staff:{HANDLE}", transaction=False)
@never_cache
@require_POST
def label(request: HttpRequest, public_id: str) -> HttpResponse:
    """The address label as a PDF; that it was opened stands in the audit log."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        parcel = find_parcel(public_id)
        to = outgoing.label_of(parcel, by=actor_of(request), reason=_("打印快递面单"))
        made = papers.outbound_label(parcel, to, len(outgoing.keys_in(parcel)))
    return _pdf(papers.draw_label(made), f"label-{made.order_number}.pdf")


@access(f"staff:{VIEW}", transaction=False)
@never_cache
@require_GET
def packing_list(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        parcel = find_parcel(public_id)
        made = papers.packing_list(parcel, outgoing.keys_in(parcel))
    return _pdf(papers.draw_packing_list(made), f"packing-list-{made.order_number}.pdf")


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
