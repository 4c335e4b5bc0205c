"""/staff/parcels/keys/<id>/: one key with its chain, wherever it is now, and what may be done with it (RULES P15)."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal import files
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import NotFound, PortalError
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Crumb, Event, Link, Pair
from portal.ui.templatetags.ui import in_fours
from portal.ui.words import say
from renewals.mail_room import intake, outgoing
from renewals.mail_room.errors import NoAddress
from renewals.mail_room.words import EVENTS, HANDS
from renewals.mail_room_forms import AssignForm, GiveBackForm, MismatchForm, ShelfForm
from renewals.models import CustodyEntry, OrderItem, ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.hands import HERE, Hand
from renewals.staff_selectors import parcels as desk
from renewals.staff_views.common import may, stamp
from renewals.staff_views.parcel_in import form_key, keep_photo
from renewals.staff_views.parcels import HANDLE, VIEW
from renewals.steps.returning import pin_words


@access(f"staff:{VIEW}", transaction=False)
@never_cache
@require_GET
def key(request: HttpRequest, public_id: str) -> HttpResponse:
    return _key_page(request, public_id)


@access(f"staff:{HANDLE}", transaction=False)
@never_cache
@require_POST
def act(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """assign, mismatch, shelf, photo, production, take-back, give-back or scrap; what was typed comes back with a
    refusal."""
    if what not in _ACTS:
        raise NotFound
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = intake.find_key(public_id)
        forms = _forms(request, found, bound=what)
    form = forms.get(what)
    if form is None and what in _WITH_FORM:  # a page from before somebody else moved it
        messages.error(request, _("这只 Ekey 的情况已经变了，没有办理。请按现在的页面再办一次。"))
        return HttpResponseRedirect(reverse("staff-parcel-key", args=[public_id]))
    if form is not None and not form.is_valid():
        return _key_page(request, public_id, {what: form})
    try:
        if what == "photo":
            keep_photo(request, found)
        else:
            with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
                _ACTS[what](request, intake.find_key(public_id), form.cleaned_data if form else {})
    except PortalError as refusal:
        if form is None:
            messages.error(request, say(refusal))
            return HttpResponseRedirect(reverse("staff-parcel-key", args=[public_id]))
        form.add_error(None, say(refusal))
        return _key_page(request, public_id, {what: form})
    messages.success(request, _("已办理。"))
    return HttpResponseRedirect(reverse("staff-parcel-key", args=[public_id]))


def _assign(request: HttpRequest, found: ReceivedKey, data: dict[str, Any]) -> None:
    intake.assign(
        found,
        _item(data["item"]),
        by=actor_of(request),
        act_key=f"receive:{found.public_id}:{form_key(request)}",
        form_enclosed=data["form_enclosed"],
        compared=data["compared"],
    )


def _mismatch(request: HttpRequest, found: ReceivedKey, data: dict[str, Any]) -> None:
    act_key = f"mismatch:{found.public_id}:{form_key(request)}"
    intake.mismatch(found, _item(data["item"]), data["reason"], by=actor_of(request), act_key=act_key)


def _shelf(request: HttpRequest, found: ReceivedKey, data: dict[str, Any]) -> None:
    intake.shelve(found, data["shelf"], by=actor_of(request))


def _production(request: HttpRequest, found: ReceivedKey, data: dict[str, Any]) -> None:
    del data
    intake.to_production([found], by=actor_of(request))


def _take_back(request: HttpRequest, found: ReceivedKey, data: dict[str, Any]) -> None:
    del data
    intake.take_back(found, by=actor_of(request))


def _scrap(request: HttpRequest, found: ReceivedKey, data: dict[str, Any]) -> None:
    del data
    outgoing.scrap(found, by=actor_of(request))


def _give_back(request: HttpRequest, found: ReceivedKey, data: dict[str, Any]) -> None:
    """Where nothing was typed, to where the application says."""
    to = {name: data[name] for name in ("name", "mobile", "address")}
    if not any(to.values()):
        to = outgoing.address_of(found, by=actor_of(request))
    if not to or not all(to.values()):
        raise NoAddress({"address": [_("订单里没有完整的收件信息，请填写收件人、手机和地址。")]})
    outgoing.give_back(
        [found],
        carrier=data["carrier"],
        tracking_number=data["tracking_number"],
        sent_on=timezone.localdate(),
        to=to,
        by=actor_of(request),
    )


_ACTS: dict[str, Any] = {
    "assign": _assign,
    "mismatch": _mismatch,
    "shelf": _shelf,
    "photo": None,
    "production": _production,
    "take-back": _take_back,
    "give-back": _give_back,
    "scrap": _scrap,
}
_WITH_FORM = frozenset({"assign", "mismatch", "shelf", "give-back"})


def _item(public_id: str) -> OrderItem:
    found = OrderItem.objects.select_related("order__programme", "certificate").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _forms(request: HttpRequest, found: ReceivedKey, *, bound: str = "") -> dict[str, Any]:
    """What may be done with it now; ``bound``: the one that was sent."""
    if found.hand != Hand.MAIL_ROOM:
        return {}
    items = _candidates(request, found)
    made: dict[str, Any] = {}
    data = {name: request.POST if name == bound else None for name in _ACTS}
    if items and (found.item is None or found.mismatch):
        initial = {"item": items[0].public_id if len(items) == 1 else None}
        made["assign"] = AssignForm(data["assign"], items=items, initial=initial, auto_id="assign-%s")
        running = [item for item in items if item.order.closed_at is None]
        if running:
            made["mismatch"] = MismatchForm(data["mismatch"], items=running, initial=initial, auto_id="mismatch-%s")
    if outgoing.may_give_back(found):
        made["give-back"] = GiveBackForm(data["give-back"], known=outgoing.goes_back(found), auto_id="back-%s")
    made["shelf"] = ShelfForm(data["shelf"], auto_id="shelf-%s")
    return made


def _candidates(request: HttpRequest, found: ReceivedKey) -> list[OrderItem]:
    """Whose it may be: by its number, by the order that was typed, by what its parcel was announced to hold."""
    number = (request.POST.get("order") or request.GET.get("order", "")).strip()[:120]
    if number:
        order = intake.look_up(number).order
        return intake.awaited(order) if order else []
    if found.item is None and (late := intake.came_too_late(found)):
        return intake.items_for(found.medium_number) + late
    if found.item is not None:
        return [found.item] if found.item.order.closed_at is None else []
    items = intake.items_for(found.medium_number)
    if not items and found.shipment is not None:
        waiting = found.shipment.announced.filter(withdrawn_at__isnull=True).values("item")
        items = list(
            OrderItem.objects.filter(pk__in=waiting, order__closed_at__isnull=True)
            .select_related("certificate", "order__programme")
            .order_by("id")[:20]
        )
    return items


def _key_page(request: HttpRequest, public_id: str, failed: dict[str, Any] | None = None) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        found = intake.find_key(public_id)
        handles = may(request, HANDLE)
        forms = (_forms(request, found) if handles else {}) | (failed or {})
        context = {
            "found": found,
            "title": found.medium_number or _("介质号看不清的 Ekey"),
            "badge": Badge(HANDS[Hand(found.hand)], "info"),
            "crumbs": [Crumb(_("收发"), reverse("staff-parcels")), Crumb(found.medium_number or _("看不清"))],
            "facts": _facts(found),
            "events": [_event(entry) for entry in desk.chain(found)],
            "pictures": files.pictures_of(found.photo) if found.photo else [],
            "forms": {name.replace("-", "_"): form for name, form in forms.items()},
            "may_photo": handles and found.hand == Hand.MAIL_ROOM,
            "may_production": handles and _is_for_production(found),
            "may_take_back": handles and _is_elsewhere(found),
            "may_scrap": handles and outgoing.may_scrap(found),
            "pin": pin_words(found.item) if found.item and outgoing.goes_back(found) else "",
            "order": (request.POST.get("order") or request.GET.get("order", ""))[:120],
            "key": secrets.token_urlsafe(16),
        }
        status = 422 if failed else 200
        return TemplateResponse(request, "renewals/staff/parcel_key.html", context, status=status).render()


def _is_for_production(found: ReceivedKey) -> bool:
    if found.hand != Hand.MAIL_ROOM or found.item is None or found.mismatch:
        return False
    return found.item.order.closed_at is None


def _is_elsewhere(found: ReceivedKey) -> bool:
    """Of an order that has ended, and not on the shelf yet."""
    ended = found.item is not None and found.item.order.ending is not None
    return ended and found.hand in HERE - {Hand.MAIL_ROOM}


def _facts(found: ReceivedKey) -> list[Pair]:
    order = found.item.order if found.item else None
    number: object = _("无主")
    if order is not None:
        number = Link(in_fours(order.number), reverse("staff-parcel-order", args=[order.public_id]))
    parcel: object = "—"
    if found.shipment is not None:
        number_of = f"{carriers.title_of(found.shipment.carrier)} {found.shipment.tracking_number or '—'}"
        parcel = Link(number_of, reverse("staff-parcel", args=[found.shipment.public_id]))
    return [
        Pair(_("订单"), number),
        Pair(_("单位"), order.organisation.name if order else ""),
        Pair(_("证书序列号"), found.item.certificate.serial if found.item else ""),
        Pair(_("来源"), found.get_source_display()),
        Pair(_("包裹"), parcel),
        Pair(_("收到"), stamp(found.received_at)),
        Pair(_("外观"), found.get_condition_display()),
        Pair(_("货架"), found.shelf or "—"),
        Pair(_("与订单"), found.get_mismatch_display()),
    ]


def _event(entry: CustodyEntry) -> Event:
    note = " · ".join(part for part in (entry.place, _note(entry.note)) if part)
    by = entry.by_label if entry.by_kind == "staff" else _("客户") if entry.by_kind == "customer" else _("系统")
    return Event(EVENTS.get(entry.event, entry.event), entry.at, by, note)


def _note(note: str) -> str:
    """A mismatch's code, or words already."""
    if not note:
        return ""
    return str(dict(ReceivedKey.Mismatch.choices).get(note, dict(Shipment.Trouble.choices).get(note, note)))
