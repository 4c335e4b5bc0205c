"""Every hand that a key passes through, written in the transaction of the act that moves it (RULES P15).

``ReceivedKey.hand`` changes here alone, together with its entry. What other steps say:

    custody.made(act, medium_number=…)         production has made it: a new medium, or an envelope
    custody.to_production(act)                  taken off the shelf to be worked on; again does nothing
    custody.record(act, Event.PIN_RESET, note=…)
    custody.record(act, Event.RENEWED)

A path without parcels has no key here: then these do nothing, but ``made``.
"""

from datetime import datetime

from django.utils import timezone

from portal.accounts.actor import Actor
from portal.tenants import require_tx
from renewals.mail_room.errors import HandMissingHere, NothingArrived
from renewals.mail_room.words import HANDS
from renewals.models import CustodyEntry, OrderItem, ReceivedKey, Shipment
from renewals.parcels.hands import GONE, Event, Hand, HandMissing, after
from renewals.steps.base import ActContext

ANNOUNCED = "announced"


def key_of(item: OrderItem) -> ReceivedKey | None:
    """The item's own key or envelope that is here or on its way out; None before it came and when it is gone."""
    return (
        ReceivedKey.objects.filter(item=item, mismatch=ReceivedKey.Mismatch.NONE)
        .exclude(hand__in=[*GONE, ""])
        .order_by("-id")
        .first()
    )


def entries_of(item: OrderItem) -> list[CustodyEntry]:
    """The item's chain, from the announcement on, whichever parcels it took."""
    own = CustodyEntry.objects.filter(item=item) | CustodyEntry.objects.filter(key__item=item)
    return list(own.select_related("key", "shipment", "by_user").order_by("id").distinct())


# -- moving -----------------------------------------------------------------------------------------------------------


def move(
    key: ReceivedKey,
    event: Event,
    *,
    by: Actor,
    now: datetime | None = None,
    place: str = "",
    note: str = "",
    shipment: Shipment | None = None,
) -> ReceivedKey:
    """Into the next hand, with its entry. HandMissingHere when a hand in between is missing.

    ``key`` is brought up to date and locked: of two who move it at once, the second meets the first one's hand.
    """
    require_tx(write=True)
    key.hand = ReceivedKey.objects.select_for_update().get(pk=key.pk).hand
    try:
        hand = after(Hand(key.hand), event)
    except HandMissing as missing:
        raise HandMissingHere(key=str(key), hand=str(HANDS[missing.hand])) from None
    at = now or timezone.now()
    key.hand, key.moved_at = hand, at
    key.save()
    _write(event, by=by, at=at, key=key, item=key.item, hand=hand, place=place, note=note, shipment=shipment)
    return key


def enter(key: ReceivedKey, event: Event, *, by: Actor, now: datetime, **more: object) -> ReceivedKey:
    """The first entry of a new key's chain: received, or made. The key isn't saved yet."""
    key.hand, key.received_at, key.moved_at = Hand.NOBODY, now, now
    key.save()
    return move(key, event, by=by, now=now, **more)  # type: ignore[arg-type]


def announce(item: OrderItem, shipment: Shipment, *, by: Actor, now: datetime, place: str) -> None:
    """The customer says that it is on its way: an entry of the item, because no key is here yet."""
    require_tx(write=True)
    _write(ANNOUNCED, by=by, at=now, key=None, item=item, hand=Hand.CARRIER, place=place, note="", shipment=shipment)


def _write(
    event: str,
    *,
    by: Actor,
    at: datetime,
    key: ReceivedKey | None,
    item: OrderItem | None,
    hand: str,
    place: str,
    note: str,
    shipment: Shipment | None,
) -> None:
    CustodyEntry.objects.create(
        key=key,
        item=item,
        shipment=shipment,
        event=event,
        hand=hand,
        place=place[:80],
        note=note[:200],
        by_kind=by.kind,
        by_user_id=by.user_id,
        by_label=by.label[:80],
        at=at,
    )


# -- inside acts ------------------------------------------------------------------------------------------------------


def of_item(act: ActContext) -> ReceivedKey:
    """The key of the act's item. NothingArrived when there is none here: nothing leaves that did not arrive."""
    key = key_of(act.the_item)
    if key is None:
        raise NothingArrived()
    return key


def record(act: ActContext, event: Event, *, place: str = "", note: str = "") -> ReceivedKey | None:
    """One more hand of the item's key, in this act. None on a path where no key is kept here."""
    key = key_of(act.the_item)
    return key and move(key, event, by=act.by, now=act.now, place=place, note=note)


def to_production(act: ActContext) -> ReceivedKey | None:
    """Off the shelf, to be worked on by whoever acts; nothing where it is there already, or where none is kept."""
    key = key_of(act.the_item)
    if key is None or key.hand != Hand.MAIL_ROOM:
        return key
    return move(key, Event.TO_PRODUCTION, by=act.by, now=act.now, place=key.shelf)


def made(
    act: ActContext, *, medium_number: str = "", thing: str = ReceivedKey.Thing.KEY, note: str = ""
) -> ReceivedKey:
    """Production has made it: the chain of a new medium or envelope begins. Again gives the one that is here."""
    here = key_of(act.the_item)
    if here is not None and here.source == ReceivedKey.Source.PRODUCTION:  # else the old one, which was sent in
        return here
    key = ReceivedKey(source=ReceivedKey.Source.PRODUCTION, thing=thing, item=act.the_item, medium_number=medium_number)
    return enter(key, Event.MADE, by=act.by, now=act.now, note=note)
