"""The custody chain: which hand may follow which (RULES P14, P15, P23)."""

import itertools

import pytest

from renewals.parcels.hands import GONE, HERE, MOVES, Event, Hand, HandMissing, after, last_hand

MAILED_IN = (Event.RECEIVED, Event.MATCHED, Event.TO_PRODUCTION, Event.PIN_RESET, Event.RENEWED, Event.TO_MAIL_ROOM)
BY_POST = (Event.PACKED, Event.SENT)
AT_THE_COUNTER = (Event.READY, Event.HANDED_OVER)


@pytest.mark.parametrize(
    ("chain", "hand"),
    [
        ((*MAILED_IN, *BY_POST, Event.DELIVERED), Hand.CUSTOMER),
        ((*MAILED_IN, *AT_THE_COUNTER), Hand.CUSTOMER),
        ((Event.MADE, Event.TO_MAIL_ROOM, *BY_POST, Event.CAME_BACK, Event.STORED), Hand.MAIL_ROOM),
        ((Event.MADE, Event.TO_MAIL_ROOM, *BY_POST, Event.CAME_BACK, *AT_THE_COUNTER), Hand.CUSTOMER),  # P23
        ((Event.MADE, Event.TO_MAIL_ROOM, Event.READY, Event.NOT_COLLECTED, *BY_POST), Hand.CARRIER),  # P23
        ((Event.MADE, Event.TO_MAIL_ROOM, *BY_POST, Event.LOST), Hand.LOST),
        ((Event.RECEIVED, Event.MISMATCHED, Event.PACKED, Event.GIVEN_BACK), Hand.CARRIER),
        ((Event.RECEIVED, Event.PACKED, Event.UNPACKED), Hand.MAIL_ROOM),
    ],
)
def test_whole_chains(chain: tuple[Event, ...], hand: Hand) -> None:
    assert last_hand(chain) == hand


@pytest.mark.parametrize("event", [Event.PACKED, Event.SENT, Event.READY, Event.HANDED_OVER, Event.DELIVERED])
def test_nothing_leaves_that_did_not_arrive(event: Event) -> None:
    with pytest.raises(HandMissing):
        after(Hand.NOBODY, event)


def test_every_way_out_of_the_hall_leads_through_the_mail_room_and_every_way_in_begins_with_receiving_or_making() -> (
    None
):
    """Looked for over all chains of up to six events, not over those somebody thought of."""
    ways_out = 0
    for length in range(1, 7):
        for chain in _chains(length):
            if chain[-1] in {Event.SENT, Event.GIVEN_BACK, Event.READY}:
                ways_out += 1
                assert chain[0] in {Event.RECEIVED, Event.MADE}
                assert Event.TO_MAIL_ROOM in chain or chain[0] is Event.RECEIVED
    assert ways_out > 100


def test_what_is_gone_stays_gone() -> None:
    for hand, event in itertools.product(GONE, Event):
        with pytest.raises(HandMissing):
            after(hand, event)


def test_every_hand_is_reached() -> None:
    assert {move.to for move in MOVES.values()} >= (HERE | GONE | {Hand.CARRIER})
    assert set(MOVES) == set(Event)


def _chains(length: int) -> list[tuple[Event, ...]]:
    chains: list[tuple[tuple[Event, ...], Hand]] = [((), Hand.NOBODY)]
    for _ in range(length):
        chains = [
            ((*chain, event), move.to or hand)
            for chain, hand in chains
            for event, move in MOVES.items()
            if hand in move.frm
        ]
    return [chain for chain, _hand in chains]
