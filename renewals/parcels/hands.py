"""Whose hands a key may pass through: the rules of the custody chain (RULES P14, P15, P23). Pure.

One key, one chain. An event is allowed from certain hands only, so that nothing can be sent that was never received
or made here, nothing can be handed out twice, and no hand can be left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Hand(StrEnum):
    """Who has the key now."""

    NOBODY = ""  # not here yet
    MAIL_ROOM = "mail_room"  # on its shelf
    PRODUCTION = "production"
    PARCEL = "parcel"  # packed, still in the mail room
    CARRIER = "carrier"
    COUNTER = "counter"  # at a service point, to be picked up
    CUSTOMER = "customer"
    LOST = "lost"
    SCRAPPED = "scrapped"  # destroyed here: made for an order that has ended


class Event(StrEnum):
    RECEIVED = "received"  # out of a parcel, or over the counter
    MADE = "made"  # by production: a new medium, or an envelope
    STORED = "stored"  # put on another shelf
    MATCHED = "matched"  # it is this item's
    MISMATCHED = "mismatched"  # it isn't what was announced
    TO_PRODUCTION = "to_production"
    PIN_RESET = "pin_reset"  # by two persons (P14)
    RENEWED = "renewed"
    TO_MAIL_ROOM = "to_mail_room"
    PACKED = "packed"
    UNPACKED = "unpacked"
    SENT = "sent"
    DELIVERED = "delivered"
    CAME_BACK = "came_back"  # refused, not collected, or undeliverable (P23)
    LOST = "lost"
    READY = "ready"
    HANDED_OVER = "handed_over"
    NOT_COLLECTED = "not_collected"
    SCRAPPED = "scrapped"  # destroyed at the desk: what was made for an order that has ended
    GIVEN_BACK = "given_back"  # to whoever sent it, without an order's delivery


@dataclass(frozen=True, slots=True)
class Move:
    """From which hands, and into whose; ``to`` None: it stays where it is."""

    frm: frozenset[Hand]
    to: Hand | None


def _move(to: Hand | None, *frm: Hand) -> Move:
    return Move(frozenset(frm), to)


MOVES: dict[Event, Move] = {
    Event.RECEIVED: _move(Hand.MAIL_ROOM, Hand.NOBODY),
    Event.MADE: _move(Hand.PRODUCTION, Hand.NOBODY),
    Event.STORED: _move(Hand.MAIL_ROOM, Hand.MAIL_ROOM),
    Event.MATCHED: _move(None, Hand.MAIL_ROOM),
    Event.MISMATCHED: _move(None, Hand.MAIL_ROOM),
    Event.TO_PRODUCTION: _move(Hand.PRODUCTION, Hand.MAIL_ROOM),
    Event.PIN_RESET: _move(None, Hand.MAIL_ROOM, Hand.PRODUCTION),
    Event.RENEWED: _move(None, Hand.PRODUCTION),
    Event.TO_MAIL_ROOM: _move(Hand.MAIL_ROOM, Hand.PRODUCTION),
    Event.PACKED: _move(Hand.PARCEL, Hand.MAIL_ROOM),
    Event.UNPACKED: _move(Hand.MAIL_ROOM, Hand.PARCEL),
    Event.SENT: _move(Hand.CARRIER, Hand.PARCEL),
    Event.DELIVERED: _move(Hand.CUSTOMER, Hand.CARRIER),
    Event.CAME_BACK: _move(Hand.MAIL_ROOM, Hand.CARRIER),
    Event.LOST: _move(Hand.LOST, Hand.CARRIER),
    Event.READY: _move(Hand.COUNTER, Hand.MAIL_ROOM),
    Event.HANDED_OVER: _move(Hand.CUSTOMER, Hand.COUNTER),
    Event.NOT_COLLECTED: _move(Hand.MAIL_ROOM, Hand.COUNTER),
    Event.SCRAPPED: _move(Hand.SCRAPPED, Hand.MAIL_ROOM),
    Event.GIVEN_BACK: _move(Hand.CARRIER, Hand.PARCEL),
}

GONE = frozenset({Hand.CUSTOMER, Hand.LOST, Hand.SCRAPPED})
HERE = frozenset({Hand.MAIL_ROOM, Hand.PRODUCTION, Hand.PARCEL, Hand.COUNTER})


class HandMissing(ValueError):
    """This event can't come now: a hand in between is missing. ``hand``: who has the key."""

    def __init__(self, hand: Hand, event: Event) -> None:
        super().__init__(f"{event} while it is with {hand or 'nobody'}")
        self.hand, self.event = hand, event


def after(hand: Hand, event: Event) -> Hand:
    """Who has the key after this event. HandMissing when it can't have come from ``hand``."""
    move = MOVES[event]
    if hand not in move.frm:
        raise HandMissing(hand, event)
    return hand if move.to is None else move.to


def last_hand(events: Iterable[Event]) -> Hand:
    """Who has the key after all of these, in their order. HandMissing at the first that can't have been."""
    hand = Hand.NOBODY
    for event in events:
        hand = after(hand, event)
    return hand
