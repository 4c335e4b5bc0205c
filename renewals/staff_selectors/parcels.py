"""What the mail room's desk lists: parcels on their way in, keys on the shelf, what is to be packed, sent, or chased.

Every list is bounded: a desk works through its day, not through its archive (the search finds the rest).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone

from renewals.lifecycle import Kind, Phase, StepState
from renewals.models import CustodyEntry, Order, ReceivedKey, Shipment, StepRecord
from renewals.parcels.hands import HERE, Hand

SHOWN: Final = 100  # rows of a list
ARRIVES_WITHIN: Final = timedelta(days=7)  # after posting; later it is overdue in either direction (RULES P15)
HELD: Final = timedelta(days=30)  # at a service point, before it is called back (RULES P23)
_AT_DESK = (StepState.OPEN, StepState.RETURNED)


@dataclass(frozen=True)
class OutgoingRow:
    """An order with something to pack. ``back``: how many of its items came back or were lost."""

    order: Order
    items: int
    back: int
    due_on: date | None


@dataclass(frozen=True)
class Counts:
    """What each list of the desk holds; capped by nothing, they are indexed counts."""

    inbound: int
    shelf: int
    to_pack: int
    on_the_way: int
    at_counter: int
    trouble: int


def today() -> date:
    return timezone.localdate()


# -- in ---------------------------------------------------------------------------------------------------------------


def inbound() -> QuerySet[Shipment]:
    """Announced or arrived and not yet checked off; the oldest first, what lies on the desk before what is coming."""
    awaited = Q(announced__withdrawn_at__isnull=True)
    return (
        Shipment.objects.filter(
            direction=Shipment.Direction.INBOUND, state__in=[Shipment.State.ANNOUNCED, Shipment.State.ARRIVED]
        )
        .annotate(
            wanted=Count("announced", filter=awaited, distinct=True),
            taken_in=Count("keys", distinct=True),
            holder=Max("announced__item__order__organisation__name", filter=awaited),
        )
        .order_by(F("arrived_at").asc(nulls_last=True), "sent_on", "id")
    )


def is_overdue(parcel: Shipment) -> bool:
    """Posted a week ago, and not there."""
    awaited = parcel.state in {Shipment.State.ANNOUNCED, Shipment.State.SENT}
    return awaited and parcel.sent_on is not None and parcel.sent_on < today() - ARRIVES_WITHIN


def shelf() -> QuerySet[ReceivedKey]:
    """With nowhere to go: nobody's, not as announced, or of an order that has ended, wherever in the hall (P15)."""
    astray = Q(item__isnull=True) | ~Q(mismatch="") | Q(item__order__closed_at__isnull=False)
    return (
        ReceivedKey.objects.filter(
            Q(hand=Hand.MAIL_ROOM) & astray | Q(hand__in=HERE, item__order__ending__isnull=False)
        )
        .select_related("item__order__organisation", "shipment")
        .order_by("received_at", "id")
    )


# -- out --------------------------------------------------------------------------------------------------------------


def to_pack() -> list[OutgoingRow]:
    """Orders with items whose delivery waits for the mail room, the most urgent first."""
    waiting = Q(steps__kind=Kind.DELIVERY, steps__state__in=[str(state) for state in _AT_DESK])
    found = (
        Order.objects.filter(waiting, closed_at__isnull=True)
        .annotate(
            waiting_items=Count("steps", distinct=True),
            back_items=Count("steps", filter=Q(steps__state=StepState.RETURNED), distinct=True),
        )
        .select_related("organisation", "programme")
        .order_by(F("due_on").asc(nulls_last=True), "opened_at", "id")[:SHOWN]
    )
    return [OutgoingRow(order, order.waiting_items, order.back_items, order.due_on) for order in found]


def to_pack_count() -> int:
    """How many orders wait for the mail room: one query, for the navigation of every staff page."""
    waiting = StepRecord.objects.filter(kind=Kind.DELIVERY, state__in=_AT_DESK, order__closed_at__isnull=True)
    return waiting.values("order").distinct().count()


def on_the_way() -> QuerySet[Shipment]:
    return (
        Shipment.objects.filter(direction=Shipment.Direction.OUTBOUND, state=Shipment.State.SENT)
        .select_related("order__organisation")
        .annotate(inside=Count("packed_keys", distinct=True))
        .order_by("sent_on", "id")
    )


def at_counter() -> QuerySet[ReceivedKey]:
    return (
        ReceivedKey.objects.filter(hand=Hand.COUNTER, item__order__ending__isnull=True)
        .select_related("item__order__organisation", "item__certificate", "service_point")
        .order_by("moved_at", "id")
    )


def is_uncollected(key: ReceivedKey) -> bool:
    """At the counter longer than the hall keeps it (RULES P23)."""
    return key.hand == Hand.COUNTER and key.moved_at < timezone.now() - HELD


# -- what went wrong --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Troubles:
    """Overdue, refused, lost and uncollected: to be chased (RULES P23)."""

    overdue_in: Sequence[Shipment]
    overdue_out: Sequence[Shipment]
    came_back: Sequence[StepRecord]
    uncollected: Sequence[ReceivedKey]

    @property
    def number(self) -> int:
        return len(self.overdue_in) + len(self.overdue_out) + len(self.came_back) + len(self.uncollected)


def troubles() -> Troubles:
    late = today() - ARRIVES_WITHIN
    back = StepRecord.objects.filter(kind=Kind.DELIVERY, state=StepState.RETURNED, order__closed_at__isnull=True)
    return Troubles(
        overdue_in=list(inbound().filter(state=Shipment.State.ANNOUNCED, sent_on__lt=late)[:SHOWN]),
        overdue_out=list(on_the_way().filter(sent_on__lt=late)[:SHOWN]),
        came_back=list(back.select_related("order__organisation", "item__certificate").order_by("id")[:SHOWN]),
        uncollected=list(at_counter().filter(moved_at__lt=timezone.now() - HELD)[:SHOWN]),
    )


def counts() -> Counts:
    late = today() - ARRIVES_WITHIN
    return Counts(
        inbound=inbound().count(),
        shelf=shelf().count(),
        to_pack=to_pack_count(),
        on_the_way=on_the_way().count(),
        at_counter=at_counter().count(),
        trouble=inbound().filter(state=Shipment.State.ANNOUNCED, sent_on__lt=late).count()
        + on_the_way().filter(sent_on__lt=late).count()
        + StepRecord.objects.filter(kind=Kind.DELIVERY, state=StepState.RETURNED, order__closed_at__isnull=True).count()
        + at_counter().filter(moved_at__lt=timezone.now() - HELD).count(),
    )


# -- one order's delivery ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaving:
    """An item with its delivery step and the key or envelope that is to leave, None where none is here."""

    step: StepRecord
    key: ReceivedKey | None

    @property
    def item(self) -> Any:
        return self.step.item

    @property
    def is_at_desk(self) -> bool:
        return self.step.state in _AT_DESK

    @property
    def may_pack(self) -> bool:
        return self.is_at_desk and self.key is not None and self.key.hand == Hand.MAIL_ROOM

    @property
    def is_packed(self) -> bool:
        return self.is_at_desk and self.key is not None and self.key.hand == Hand.PARCEL

    @property
    def is_ready(self) -> bool:
        return self.step.state == StepState.SUBMITTED and self.step.phase == Phase.READY

    @property
    def is_sent(self) -> bool:
        return self.step.state == StepState.SUBMITTED and self.step.phase == Phase.SENT


def leaving(order: Order) -> list[Leaving]:
    """Every item that this order delivers."""
    steps = list(
        StepRecord.objects.filter(order=order, kind=Kind.DELIVERY)
        .exclude(state=StepState.SKIPPED)
        .select_related("item__certificate", "item__issued", "item__order__programme")
        .order_by("item_id")
    )
    keys: dict[int, ReceivedKey] = {}
    for key in (
        ReceivedKey.objects.filter(item__order=order, mismatch="")
        .exclude(hand__in=["", Hand.LOST, Hand.SCRAPPED])
        .select_related("outbound", "service_point")
        .order_by("id")
    ):
        if key.item_id is not None:
            keys[key.item_id] = key
    return [Leaving(step, keys.get(step.item_id or 0)) for step in steps]


def parcels_of(order: Order) -> list[Shipment]:
    """The order's outbound parcels, the newest first."""
    return list(
        Shipment.objects.filter(order=order, direction=Shipment.Direction.OUTBOUND)
        .exclude(state=Shipment.State.WITHDRAWN)
        .prefetch_related("packed_keys__item__certificate")
        .order_by("-id")
    )


def chain(key: ReceivedKey) -> list[CustodyEntry]:
    """The key's entries and the announcements of its item, in the order of time."""
    own = Q(key=key)
    if key.item_id is not None:
        own |= Q(item_id=key.item_id, key__isnull=True)
    return list(CustodyEntry.objects.filter(own).select_related("shipment").order_by("id"))
