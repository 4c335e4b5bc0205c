"""What leaves: the parcel of an order as one act each of its items, and what goes back to whoever sent it (P23)."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.utils import timezone

from portal import audit, vault
from portal.accounts.actor import Actor
from portal.tenants import require_tx
from renewals import orders
from renewals.lifecycle import Kind
from renewals.mail_room.errors import NothingArrived, ParcelNotOpen, TrackingNumberTaken
from renewals.mail_room.intake import of_ended, step_name
from renewals.models import OrderItem, ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.hands import Event, Hand
from renewals.steps import custody
from renewals.steps.delivery import wish_of


def act_on(item: OrderItem, action: str, *, by: Actor, key: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """One act of an item's delivery; its answer."""
    step = step_name(item, Kind.DELIVERY)
    done = orders.act(
        item.order.public_id,
        action,
        step=step,
        item=item.public_id,
        by=by,
        data=data,
        key=f"{key}:{item.public_id}"[: orders.KEY_LENGTH],
    )
    return dict(done.answer)


def act_on_parcel(
    parcel: Shipment, action: str, *, by: Actor, key: str, data: dict[str, Any] | None = None
) -> list[OrderItem]:
    """The same act for every item in it, all or none: a parcel is sent, delivered, refused or lost as a whole."""
    require_tx(write=True)
    held = keys_in(parcel)
    if held and all(_is_astray(key) for key in held):
        _settle(parcel, held, action, by=by, act_key=key)
        return []
    items = [one.item for one in held if one.item is not None]
    if not items:
        raise ParcelNotOpen()
    for item in items:
        act_on(item, action, by=by, key=key, data=data)
    return items


def _is_astray(key: ReceivedKey) -> bool:
    """No delivery of a running order says where it is: it was given back, or its order has ended meanwhile."""
    return key.item is None or bool(key.mismatch) or key.item.order.ending is not None


_SETTLED: Final = {
    "delivered": (Event.DELIVERED, Shipment.State.DELIVERED, ""),
    "came_back": (Event.CAME_BACK, Shipment.State.CAME_BACK, Shipment.Trouble.UNDELIVERABLE),
    "lost": (Event.LOST, Shipment.State.LOST, Shipment.Trouble.LOST),
    "unpack": (Event.UNPACKED, Shipment.State.WITHDRAWN, ""),
}


def _settle(parcel: Shipment, held: Sequence[ReceivedKey], action: str, *, by: Actor, act_key: str) -> None:
    """What became of a parcel that no order waits for; a key that came back is owed to its owner again."""
    wanted = Shipment.State.PACKING if action == "unpack" else Shipment.State.SENT
    if action not in _SETTLED or parcel.state != wanted:
        raise ParcelNotOpen()
    event, state, trouble = _SETTLED[action]
    now = timezone.now()
    for key in held:
        if event in {Event.CAME_BACK, Event.UNPACKED}:
            key.outbound = None
        custody.move(key, event, by=by, now=now, shipment=parcel)
        if event is Event.CAME_BACK and key.item is not None and goes_back(key):
            of_ended(key.item, key, "key_came_back", by=by, key_of_act=f"{act_key}:{key.public_id}")
    parcel.state, parcel.trouble, parcel.closed_at = state, trouble, now
    parcel.save(update_fields=["state", "trouble", "closed_at"])
    audit.record(f"parcels.{action}", by=by, subject=f"shipment:{parcel.public_id}", detail={"keys": len(held)})


def keys_in(parcel: Shipment) -> list[ReceivedKey]:
    """What is packed in it, or travels in it."""
    inside = parcel.packed_keys.filter(hand__in=[Hand.PARCEL, Hand.CARRIER, Hand.CUSTOMER])
    return list(inside.select_related("item__order__programme", "item__certificate").order_by("id"))


def label_of(parcel: Shipment, *, by: Actor, reason: str) -> dict[str, str]:
    """{name, mobile, address} in clear, for the label; an audit row says who read it. {} where nobody is known."""
    if parcel.other_side is None:
        return {}
    label: dict[str, str] = json.loads(vault.reveal(parcel, "other_side", by=by, reason=reason))
    return label


def give_back(
    keys: Sequence[ReceivedKey], *, carrier: str, tracking_number: str, sent_on: date, to: dict[str, str], by: Actor
) -> Shipment:
    """Keys that no order waits for go back to whoever sent them: unclaimed, not as announced, or of an ended order.

    Raises NothingArrived, HandMissingHere, TrackingNumberTaken, carriers.TrackingNumberWrong. A key whose order goes
    on leaves by its delivery alone (NothingArrived).
    """
    require_tx(write=True)
    number = carriers.parse(carrier, tracking_number)
    if not keys or any(not may_give_back(key) for key in keys):
        raise NothingArrived()
    known = Shipment.objects.filter(
        direction=Shipment.Direction.OUTBOUND, carrier=carrier, tracking_number=number
    ).exclude(state=Shipment.State.WITHDRAWN)
    if known.exists():
        raise TrackingNumberTaken(number=number)
    first = keys[0].item
    parcel = Shipment.objects.create(
        direction=Shipment.Direction.OUTBOUND,
        state=Shipment.State.SENT,
        order=first.order if first is not None else None,
        carrier=carrier,
        tracking_number=number,
        sent_on=sent_on,
        other_side=json.dumps(to, ensure_ascii=False, sort_keys=True),
        freight="collect",
        made_by_id=by.user_id,
    )
    now = timezone.now()
    place = f"{carriers.title_of(carrier)} {number}"
    for key in keys:
        key.outbound = parcel
        custody.move(key, Event.PACKED, by=by, now=now, place=key.shelf, shipment=parcel)
        custody.move(key, Event.GIVEN_BACK, by=by, now=now, place=place, shipment=parcel)
        if key.item is not None and goes_back(key):
            act_key = f"given-back:{parcel.public_id}:{key.public_id}"
            of_ended(key.item, key, "key_given_back", by=by, key_of_act=act_key)
    audit.record(
        "parcels.given_back",
        by=by,
        subject=f"shipment:{parcel.public_id}",
        detail={"keys": [key.public_id for key in keys], "carrier": carrier, "tracking_number": number},
    )
    return parcel


def goes_back(key: ReceivedKey) -> bool:
    """Its order has ended and owes it to whoever sent it."""
    came_in = key.source != ReceivedKey.Source.PRODUCTION
    return came_in and key.item is not None and key.item.order.ending is not None


def address_of(key: ReceivedKey, *, by: Actor) -> dict[str, str]:
    """{name, mobile, address} from its ended order's application, audited; {} where there is none, or not all of it."""
    if key.item is None:
        return {}
    wish = wish_of(key.item.order, by=by, reason="退还寄来的 Ekey")
    label = {name: wish[name] for name in ("name", "mobile", "address")}
    return label if all(label.values()) else {}


def may_scrap(key: ReceivedKey) -> bool:
    """Made here for an order that has ended: nobody gets it (RULES B7, D9)."""
    made = key.source == ReceivedKey.Source.PRODUCTION
    return made and key.hand == Hand.MAIL_ROOM and key.item is not None and key.item.order.ending is not None


def scrap(key: ReceivedKey, *, by: Actor) -> None:
    """Destroyed at the desk: an envelope whose codes are worth nothing, a medium for nobody. NothingArrived."""
    require_tx(write=True)
    if not may_scrap(key):
        raise NothingArrived()
    custody.move(key, Event.SCRAPPED, by=by)
    audit.record("parcels.scrapped", by=by, subject=f"key:{key.public_id}", detail={"thing": key.thing})


def may_give_back(key: ReceivedKey) -> bool:
    """On the shelf, and nobody's here any more: no order waits for it or works with it."""
    if key.hand != Hand.MAIL_ROOM or may_scrap(key):
        return False
    return key.item is None or bool(key.mismatch) or key.item.order.closed_at is not None
