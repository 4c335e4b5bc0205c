"""What leaves: the parcel of an order as one act each of its items, and what goes back to whoever sent it (P23)."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from portal import audit, vault
from portal.accounts.actor import Actor
from portal.tenants import require_tx
from renewals import orders
from renewals.lifecycle import Kind
from renewals.mail_room.errors import NothingArrived, ParcelNotOpen, TrackingNumberTaken
from renewals.mail_room.intake import step_name
from renewals.models import OrderItem, ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.hands import Event, Hand
from renewals.steps import custody


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
    items = [held.item for held in keys_in(parcel) if held.item is not None]
    if not items:
        raise ParcelNotOpen()
    for item in items:
        act_on(item, action, by=by, key=key, data=data)
    return items


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
    audit.record(
        "parcels.given_back",
        by=by,
        subject=f"shipment:{parcel.public_id}",
        detail={"keys": [key.public_id for key in keys], "carrier": carrier, "tracking_number": number},
    )
    return parcel


def may_give_back(key: ReceivedKey) -> bool:
    """On the shelf, and nobody's here any more: no order waits for it or works with it."""
    if key.hand != Hand.MAIL_ROOM:
        return False
    return key.item is None or bool(key.mismatch) or key.item.order.closed_at is not None
