"""What arrives: intake first, order later (RULES P15).

A parcel is opened and every key in it taken in, with its condition and its shelf, whether or not anybody knows whose
it is. Then it is matched: by the number on it, by the scanned form, or by hand from the unclaimed shelf. What changes
an order is an act; what happens in the mail room alone leaves custody entries and audit rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from portal import audit
from portal.accounts.actor import Actor
from portal.tenants import require_tx
from renewals import orders
from renewals.lifecycle import Kind, StepState
from renewals.mail_room.errors import AlreadyHere, NotAwaited, ParcelNotFound, ParcelNotOpen
from renewals.models import Certificate, Order, OrderItem, ReceivedKey, Shipment, StepRecord
from renewals.parcels import carriers
from renewals.parcels.hands import GONE, Event, Hand
from renewals.publishing import pack_of
from renewals.request_form.qr import Payload
from renewals.steps import custody, mail_in
from renewals.steps.mail_in import NOT_IN_PARCEL
from renewals.validation.order_number import is_order_number

AWAITED: Final = (StepState.OPEN, StepState.SUBMITTED, StepState.RETURNED)
INBOUND = Shipment.Direction.INBOUND
_TO_OPEN = (Shipment.State.ANNOUNCED, Shipment.State.ARRIVED, Shipment.State.CHECKED)


@dataclass(frozen=True)
class Found:
    """What a scan leads to; all empty when nothing fits. ``parcels``: inbound ones, the newest first."""

    text: str
    parcels: tuple[Shipment, ...] = ()
    order: Order | None = None
    keys: tuple[ReceivedKey, ...] = ()
    items: tuple[OrderItem, ...] = ()  # that wait for a key with this number

    @property
    def is_nothing(self) -> bool:
        return not (self.parcels or self.order or self.keys or self.items)


@dataclass(frozen=True)
class Seen:
    """A key as it lay in the parcel. ``medium_number`` "" when nothing can be read on it."""

    medium_number: str
    condition: str
    shelf: str


# -- finding ----------------------------------------------------------------------------------------------------------


def look_up(text: str) -> Found:
    """The QR code or the number of a form, a tracking number, or the number on a key: whatever was scanned."""
    sought = carriers.normal(text)
    printed = Payload.parse(sought)
    number = printed.order_number if printed else sought if is_order_number(sought) else ""
    if number:
        order = Order.objects.filter(number=number).select_related("organisation").first()
        parcels = Shipment.objects.filter(direction=INBOUND, announced__item__order=order) if order else ()
        return Found(sought, tuple(_newest(parcels)) if order else (), order)
    if not sought:
        return Found(sought)
    parcels = Shipment.objects.filter(direction=INBOUND, tracking_number=sought)
    keys = ReceivedKey.objects.filter(medium_number=sought).exclude(hand__in=GONE)
    return Found(sought, tuple(_newest(parcels)), None, tuple(keys.order_by("-id")[:10]), tuple(items_for(sought)))


def _newest(parcels: Any) -> list[Shipment]:
    return list(parcels.exclude(state=Shipment.State.WITHDRAWN).distinct().order_by("-id")[:10])


def items_for(medium_number: str) -> list[OrderItem]:
    """The items of any order that wait for a key with this number on it."""
    wanted = carriers.normal(medium_number)
    if not wanted:
        return []
    same = Certificate.objects.filter(medium_number__iexact=wanted).values("pk")
    return list(_waiting().filter(certificate__in=same))


def awaited(order: Order) -> list[OrderItem]:
    """The items of this order whose keys are still to come; those whose step opens later as well."""
    return list(_waiting().filter(order=order))


def _waiting() -> Any:
    waiting = StepRecord.objects.filter(kind=Kind.MAIL_IN, state__in=[*AWAITED, StepState.WAITING])
    return (
        OrderItem.objects.filter(pk__in=waiting.values("item"), order__closed_at__isnull=True)
        .select_related("certificate", "order__organisation", "order__programme")
        .order_by("id")
    )


# -- parcels ----------------------------------------------------------------------------------------------------------


def arrive(*, carrier: str, tracking_number: str, by: Actor) -> Shipment:
    """The parcel with this number, announced or not, is on the desk. "" where the label can't be read.

    Raises carriers.TrackingNumberWrong.
    """
    require_tx(write=True)
    number = carriers.parse(carrier, tracking_number) if tracking_number.strip() else ""
    known = (
        Shipment.objects.select_for_update()
        .filter(direction=INBOUND, carrier=carrier, tracking_number=number, state__in=_TO_OPEN)
        .first()
        if number
        else None
    )
    parcel = known or Shipment(direction=INBOUND, carrier=carrier, tracking_number=number, made_by_id=by.user_id)
    if parcel.arrived_at is None:
        parcel.state, parcel.arrived_at, parcel.arrived_by_id = Shipment.State.ARRIVED, timezone.now(), by.user_id
        parcel.save()
        _audit("parcels.arrived", parcel, by, carrier=carrier, tracking_number=number, announced=known is not None)
    return parcel


def check_off(parcel: Shipment, *, by: Actor, key: str) -> list[OrderItem]:
    """The parcel is empty. What was announced and wasn't in it goes back to its customer, item by item (P15)."""
    require_tx(write=True)
    parcel = _opened(parcel)
    missing = [
        announced.item
        for announced in parcel.announced.filter(withdrawn_at__isnull=True).select_related("item__order__programme")
        if _state(announced.item) is StepState.SUBMITTED and announced.item.order.closed_at is None
    ]
    for item in missing:
        _act(item, "mismatch", {"reason": NOT_IN_PARCEL}, by=by, key=f"{key}:{item.public_id}")
    parcel.state, parcel.closed_at = Shipment.State.CHECKED, timezone.now()
    parcel.save(update_fields=["state", "closed_at"])
    _audit("parcels.checked", parcel, by, keys=parcel.keys.count(), missing=len(missing))
    return missing


def _opened(parcel: Shipment) -> Shipment:
    found = Shipment.objects.select_for_update().get(pk=parcel.pk)
    if found.direction != INBOUND or found.state not in {Shipment.State.ARRIVED, Shipment.State.CHECKED}:
        raise ParcelNotOpen()
    return found


# -- keys -------------------------------------------------------------------------------------------------------------


def take_in(parcel: Shipment, seen: Seen, *, by: Actor) -> ReceivedKey:
    """A key out of the parcel, onto its shelf. Whose it is comes later."""
    require_tx(write=True)
    parcel = _opened(parcel)
    number = carriers.normal(seen.medium_number)
    if number:
        here = ReceivedKey.objects.filter(medium_number=number, hand__in=_KEPT).first()
        if here is not None:
            raise AlreadyHere(medium_number=number)
    key = ReceivedKey(
        source=ReceivedKey.Source.PARCEL,
        shipment=parcel,
        medium_number=number,
        condition=seen.condition,
        shelf=seen.shelf,
    )
    now = timezone.now()
    place = f"{carriers.title_of(parcel.carrier)} {parcel.tracking_number}".strip()
    custody.enter(key, Event.RECEIVED, by=by, now=now, place=place, shipment=parcel, note=key.get_condition_display())
    if seen.shelf:
        custody.move(key, Event.STORED, by=by, now=now, place=seen.shelf)
    _audit("parcels.key_received", parcel, by, key=key.public_id, medium_number=number, condition=seen.condition)
    return key


_KEPT = (Hand.MAIL_ROOM, Hand.PRODUCTION, Hand.PARCEL, Hand.COUNTER)


def assign(
    key: ReceivedKey, item: OrderItem, *, by: Actor, act_key: str, form_enclosed: bool = False, compared: bool = False
) -> bool:
    """This key is that item's: received by an act where its step can take it; kept for it where the step opens later.

    True when the step is done with it. NotAwaited, and what mail_in.check_key refuses. The key of an order that has
    ended is known from now on, and goes back.
    """
    require_tx(write=True)
    state = _state(item)
    if item.order.ending is not None:
        of_ended(item, key, "key_arrived", by=by, key_of_act=act_key, compared=compared)
        return False
    if state in AWAITED:
        data = {"key": key.public_id, "compared": compared, "form_enclosed": form_enclosed}
        _act(item, "receive", data, by=by, key=act_key)
        return True
    if state is not StepState.WAITING or item.order.closed_at is not None:
        raise NotAwaited()
    mail_in.check_key(key, item, compared=compared)
    mail_in.match(key, item, by=by, now=timezone.now())
    audit.record("parcels.key_matched", by=by, subject=f"order:{item.order.public_id}", detail={"key": key.public_id})
    return False


def mismatch(key: ReceivedKey, item: OrderItem, reason: str, *, by: Actor, act_key: str) -> None:
    """What arrived isn't what the order says: back to the customer, with the reason (RULES P15)."""
    if _state(item) not in AWAITED or item.order.closed_at is not None:
        raise NotAwaited()
    _act(item, "mismatch", {"key": key.public_id, "reason": reason}, by=by, key=act_key)


def came_too_late(key: ReceivedKey) -> list[OrderItem]:
    """Items of orders that have ended, which this key may be of: by its number, or announced in its parcel."""
    ended = OrderItem.objects.filter(order__ending__isnull=False, steps__kind=Kind.MAIL_IN)
    same = Certificate.objects.filter(medium_number__iexact=key.medium_number or "-").values("pk")
    mine = Q(certificate__in=same)
    if key.shipment is not None:
        mine |= Q(pk__in=key.shipment.announced.filter(withdrawn_at__isnull=True).values("item"))
    found = ended.filter(mine).select_related("certificate", "order__programme", "order__organisation")
    return list(found.distinct().order_by("-id")[:20])


def take_back(key: ReceivedKey, *, by: Actor) -> None:
    """Of an order that has ended: out of production, its parcel or the counter, back onto the shelf."""
    require_tx(write=True)
    event = _BACK.get(Hand(key.hand))
    if event is None or key.item is None or key.item.order.ending is None:
        raise NotAwaited()
    parcel, key.outbound, key.service_point = key.outbound, None, None
    custody.move(key, event, by=by, place=key.shelf, shipment=parcel)
    if parcel is not None and not parcel.packed_keys.exists():
        parcel.state, parcel.closed_at = Shipment.State.WITHDRAWN, timezone.now()
        parcel.save(update_fields=["state", "closed_at"])
    audit.record("parcels.taken_back", by=by, subject=f"key:{key.public_id}", detail={"number": str(key)})


_BACK: Final = {
    Hand.PRODUCTION: Event.TO_MAIL_ROOM,
    Hand.PARCEL: Event.UNPACKED,
    Hand.COUNTER: Event.NOT_COLLECTED,
}


def shelve(key: ReceivedKey, shelf: str, *, by: Actor) -> None:
    """Onto another shelf."""
    require_tx(write=True)
    key.shelf = shelf
    custody.move(key, Event.STORED, by=by, place=shelf)


def to_production(keys: Sequence[ReceivedKey], *, by: Actor) -> None:
    """Carried over to the production desk, one entry each."""
    for key in keys:
        custody.move(key, Event.TO_PRODUCTION, by=by, place=key.shelf)
        audit.record("parcels.to_production", by=by, subject=f"key:{key.public_id}", detail={"number": str(key)})


def find_parcel(public_id: str) -> Shipment:
    """ParcelNotFound."""
    found = Shipment.objects.filter(public_id=public_id).select_related("order", "arrived_by", "made_by").first()
    if found is None:
        raise ParcelNotFound()
    return found


def find_key(public_id: str) -> ReceivedKey:
    """ParcelNotFound."""
    known = ReceivedKey.objects.select_related("item__order__organisation", "item__certificate", "shipment", "photo")
    found = known.filter(public_id=public_id).first()
    if found is None:
        raise ParcelNotFound()
    return found


# -- the door ---------------------------------------------------------------------------------------------------------


def step_name(item: OrderItem, kind: Kind) -> str:
    """The order's step of that kind. NotAwaited where its path has none."""
    specs = pack_of(item.order.programme).path_spec(item.order.path).of_kind(kind)
    if not specs:
        raise NotAwaited()
    return specs[0].name


def _state(item: OrderItem) -> StepState | None:
    row = StepRecord.objects.filter(item=item, kind=Kind.MAIL_IN).first()
    return StepState(row.state) if row else None


def _act(item: OrderItem, action: str, data: dict[str, Any], *, by: Actor, key: str) -> None:
    step = step_name(item, Kind.MAIL_IN)
    orders.act(item.order.public_id, action, step=step, item=item.public_id, by=by, data=data, key=key)


def of_ended(
    item: OrderItem, key: ReceivedKey, action: str, *, by: Actor, key_of_act: str, compared: bool = False
) -> None:
    """An act of steps/returning.py on an order that has ended."""
    data = {"key": key.public_id, "compared": compared}
    orders.act(item.order.public_id, action, item=item.public_id, by=by, data=data, key=key_of_act[: orders.KEY_LENGTH])


def _audit(action: str, parcel: Shipment, by: Actor, **detail: object) -> None:
    audit.record(action, by=by, subject=f"shipment:{parcel.public_id}", detail=detail)
