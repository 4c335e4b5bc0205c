"""Keys that leave: by post or over the counter against papers, and only those that are here (RULES D8, P23)."""

import ast
import json
from pathlib import Path

import pytest

from portal import vault
from portal.errors import InvalidInput
from portal.tenants import tenant_tx
from renewals.lifecycle import StepNotOpen
from renewals.mail_room import outgoing
from renewals.mail_room.errors import (
    HandMissingHere,
    NothingArrived,
    PapersMissing,
    ParcelNotOpen,
    TrackingNumberTaken,
)
from renewals.models import CustodyEntry, HandOver, OrderItem, ReceivedKey, Shipment
from renewals.parcels.hands import Event, last_hand
from tests.renewals.hall import Hall
from tests.renewals.parcels.room import ADDRESS, OTHER_SF, Room

SEND = {"carrier": "sf", "tracking_number": OTHER_SF}
HANDLER = {"collector": "handler", "name": "王小明", "papers": ["id_card", "receipt"]}
OTHER = {
    "collector": "other",
    "name": "李小红",
    "id_number": "11010519491231002X",
    "papers": ["id_card", "receipt", "authorisation_letter"],
}


@pytest.fixture
def room(hall: Hall) -> Room:
    return Room(hall)


def key_of(room: Room, item: OrderItem) -> ReceivedKey:
    with tenant_tx(room.hall.tenant):
        return ReceivedKey.objects.get(item=item, mismatch="")


# -- nothing leaves that did not arrive -------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "data"), [("pack", {}), ("ready", None), ("send", SEND)])
def test_nothing_leaves_that_did_not_arrive(room: Room, action: str, data: dict[str, str] | None) -> None:
    """The key is taken away behind the step's back; without custody's look the act would go through."""
    order, [item] = room.received()
    with tenant_tx(room.hall.tenant, write=True):
        CustodyEntry.objects.all()._raw_delete(CustodyEntry.objects.all().db)  # as if it had never come
        ReceivedKey.objects.all().delete()
    point = {"service_point": room.point()}
    with pytest.raises(NothingArrived):
        room.deliver(item, action, point if data is None else data)
    assert room.states(order, "delivery") == ["open"]
    with tenant_tx(room.hall.tenant):
        assert not Shipment.objects.filter(direction="outbound", state="sent").exists()


def test_what_is_not_packed_is_not_sent(room: Room) -> None:
    order, [item] = room.received()
    with pytest.raises(HandMissingHere):
        room.deliver(item, "send", SEND)
    assert room.states(order, "delivery") == ["open"]
    assert room.chain(key_of(room, item))[-1] == "matched"


def test_what_has_left_does_not_leave_again(room: Room) -> None:
    _order, [item] = room.received()
    room.sent(item)
    for action, data in (("pack", {}), ("ready", {"service_point": room.point()})):
        with pytest.raises((ParcelNotOpen, StepNotOpen)):
            room.deliver(item, action, data)
    room.deliver(item, "delivered")
    with tenant_tx(room.hall.tenant):
        assert key_of(room, item).hand == "customer"


def test_a_key_of_an_order_that_goes_on_leaves_by_its_delivery_alone(room: Room) -> None:
    _order, [item] = room.received()
    with tenant_tx(room.hall.tenant, write=True), pytest.raises(NothingArrived):
        outgoing.give_back(
            [key_of(room, item)],
            carrier="sf",
            tracking_number=OTHER_SF,
            sent_on=None,
            to={},
            by=room.by,  # type: ignore[arg-type]
        )
    assert key_of(room, item).hand == "mail_room"


# -- by post ----------------------------------------------------------------------------------------------------------


def test_packed_sent_and_confirmed_by_the_customer(room: Room) -> None:
    order, [item] = room.received()
    room.sent(item)
    assert room.states(order, "delivery") == ["submitted:sent"]
    assert room.hall.order(order).next_actor == "customer"
    assert "delivery.sent" in room.hall.notices()
    room.hall.act(order, "delivery", "confirm", item=item.public_id)
    assert room.states(order, "delivery") == ["done"]
    assert room.hall.order(order).status == "completed"
    key = key_of(room, item)
    assert room.chain(key) == ["received", "stored", "matched", "packed", "sent", "delivered"]
    with tenant_tx(room.hall.tenant):
        parcel = Shipment.objects.get(direction="outbound")
        assert (parcel.state, parcel.tracking_number, parcel.freight) == ("delivered", OTHER_SF, "collect")
        last = CustodyEntry.objects.filter(key=key).last()
        assert last is not None
        assert (last.hand, last.by_kind, last.shipment_id) == ("customer", "customer", parcel.pk)


def test_the_label_is_the_applications_and_sealed(room: Room) -> None:
    _order, [item] = room.received()
    room.deliver(item, "pack")
    with tenant_tx(room.hall.tenant, write=True):
        parcel = Shipment.objects.get(direction="outbound")
        assert ADDRESS not in str(parcel.other_side)
        label = json.loads(vault.reveal(parcel, "other_side", by=room.by, reason="test"))
        assert label["address"] == ADDRESS
        assert outgoing.label_of(parcel, by=room.by, reason="打印快递面单") == label


def test_keys_of_one_order_may_share_a_parcel_and_still_go_their_own_way(room: Room) -> None:
    order, items = room.received(3)
    for item in items[:2]:
        room.deliver(item, "pack")
    with tenant_tx(room.hall.tenant, write=True):
        parcel = Shipment.objects.get(direction="outbound")
        outgoing.act_on_parcel(parcel, "send", by=room.by, key="s-1", data=SEND)
    assert room.states(order, "delivery") == ["submitted:sent", "submitted:sent", "open"]
    room.sent(items[2], number="SF1234567890125")
    room.hall.act(order, "delivery", "confirm", item=items[0].public_id)
    assert room.states(order, "delivery") == ["done", "submitted:sent", "submitted:sent"]
    assert room.parcel(parcel).state == "sent"  # with the last of its keys
    room.hall.act(order, "delivery", "confirm", item=items[1].public_id)
    assert room.parcel(parcel).state == "delivered"
    assert room.hall.notices().count("delivery.sent") == 2  # once a parcel, not once a key


@pytest.mark.parametrize("number", ["SF123", "", "YT1234567890123"])
def test_a_number_that_is_not_the_carriers_is_refused_and_the_parcel_stays(room: Room, number: str) -> None:
    order, [item] = room.received()
    room.deliver(item, "pack")
    with pytest.raises(InvalidInput) as refused:
        room.deliver(item, "send", {"carrier": "sf", "tracking_number": number})
    assert list(refused.value.fields) == ["tracking_number"]
    assert room.states(order, "delivery") == ["open"]
    assert key_of(room, item).hand == "parcel"


def test_one_number_is_one_parcels(room: Room) -> None:
    for number, refused in ((OTHER_SF, False), (OTHER_SF, True)):
        _order, [item] = room.received()
        room.deliver(item, "pack")
        if not refused:
            room.deliver(item, "send", {"carrier": "sf", "tracking_number": number})
            continue
        with pytest.raises(TrackingNumberTaken):
            room.deliver(item, "send", {"carrier": "sf", "tracking_number": number})


def test_unpacked_again_the_empty_parcel_is_withdrawn(room: Room) -> None:
    _order, [item] = room.received()
    room.deliver(item, "pack")
    room.deliver(item, "unpack")
    key = key_of(room, item)
    assert (key.hand, key.outbound_id) == ("mail_room", None)
    with tenant_tx(room.hall.tenant):
        assert Shipment.objects.get(direction="outbound").state == "withdrawn"


# -- over the counter -------------------------------------------------------------------------------------------------


def test_ready_at_the_point_and_handed_to_the_handler_against_the_receipt(room: Room) -> None:
    """RULES D8: the handler brings the ID card and the 签收单."""
    order, [item] = room.received()
    room.deliver(item, "ready", {"service_point": room.point()})
    assert room.states(order, "delivery") == ["submitted:ready"]
    assert "delivery.ready" in room.hall.notices()
    room.deliver(item, "hand_over", HANDLER)
    assert room.states(order, "delivery") == ["done"]
    key = key_of(room, item)
    assert room.chain(key)[-2:] == ["ready", "handed_over"]
    with tenant_tx(room.hall.tenant):
        row = HandOver.objects.get()
        assert (row.collector, row.papers, row.by_id) == ("handler", ["id_card", "receipt"], room.by.user_id)
        assert "王小明" not in str(row.name)
        last = CustodyEntry.objects.filter(key=key).last()
        assert last is not None
        assert (last.place, last.note) == ("福田网点", "经办人本人")


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (HANDLER | {"papers": ["id_card"]}, ["papers.receipt"]),
        (HANDLER | {"papers": ["receipt"]}, ["papers.id_card"]),
        (OTHER | {"papers": ["id_card", "receipt"]}, ["papers.authorisation_letter"]),
        (OTHER | {"id_number": ""}, ["id_number"]),
    ],
)
def test_without_every_paper_nothing_is_handed_over(room: Room, data: dict[str, object], missing: list[str]) -> None:
    """RULES D8: somebody else brings own ID card, 签收单 and a sealed 授权委托书."""
    order, [item] = room.received()
    room.deliver(item, "ready", {"service_point": room.point()})
    with pytest.raises(PapersMissing) as refused:
        room.deliver(item, "hand_over", data)
    assert list(refused.value.fields) == missing
    assert room.states(order, "delivery") == ["submitted:ready"]
    assert key_of(room, item).hand == "counter"
    with tenant_tx(room.hall.tenant):
        assert not HandOver.objects.exists()


def test_somebody_else_collects_with_a_letter(room: Room) -> None:
    order, [item] = room.received()
    room.deliver(item, "ready", {"service_point": room.point()})
    room.deliver(item, "hand_over", OTHER)
    assert room.states(order, "delivery") == ["done"]
    with tenant_tx(room.hall.tenant):
        assert HandOver.objects.get().papers == ["id_card", "receipt", "authorisation_letter"]


# -- what goes wrong on the way ---------------------------------------------------------------------------------------


def test_refused_by_the_recipient_it_is_here_again_and_sent_once_more(room: Room) -> None:
    """RULES P23."""
    order, [item] = room.received()
    room.sent(item)
    room.deliver(item, "came_back", {"reason": "refused"})
    assert room.states(order, "delivery") == ["returned"]
    assert room.hall.order(order).next_actor == "mail_room"
    with tenant_tx(room.hall.tenant):
        parcel = Shipment.objects.get(direction="outbound")
        assert (parcel.state, parcel.trouble) == ("came_back", "refused")
    room.sent(item, number="SF1234567890125")
    assert room.states(order, "delivery") == ["submitted:sent"]
    assert "delivery.came_back" in room.hall.notices()


def test_not_collected_in_time_it_goes_by_post(room: Room) -> None:
    """RULES P23: held, then sent again or picked up."""
    order, [item] = room.received()
    room.deliver(item, "ready", {"service_point": room.point()})
    room.deliver(item, "came_back", {"reason": "uncollected"})
    key = key_of(room, item)
    assert (key.hand, key.service_point_id) == ("mail_room", None)
    room.sent(item)
    assert room.states(order, "delivery") == ["submitted:sent"]


def test_lost_on_the_way_its_chain_ends_and_nothing_more_can_leave(room: Room) -> None:
    """RULES P23: lost → revoke and remake; until then there is nothing to send."""
    order, [item] = room.received()
    room.sent(item)
    room.deliver(item, "lost")
    assert room.states(order, "delivery") == ["returned"]
    with pytest.raises(NothingArrived):
        room.deliver(item, "pack")
    with tenant_tx(room.hall.tenant):
        assert Shipment.objects.get(direction="outbound").state == "lost"


# -- the chain --------------------------------------------------------------------------------------------------------


def test_every_hand_stands_in_the_chain_and_every_chain_is_whole(room: Room) -> None:
    """Whatever happened above, hand and entries agree: replaying the entries leads to where the key is."""
    for troubles in (["refused"], ["uncollected"], []):
        _order, [item] = room.received()
        for number, trouble in enumerate(troubles):
            room.sent(item, number=f"SF99{item.pk:09d}{number:02d}")
            room.deliver(item, "came_back", {"reason": trouble})
        room.deliver(item, "ready", {"service_point": room.point()})
    with tenant_tx(room.hall.tenant):
        for key in ReceivedKey.objects.all():
            events = CustodyEntry.objects.filter(key=key).order_by("id").values_list("event", flat=True)
            assert last_hand(Event(event) for event in events) == key.hand


def test_a_refused_act_leaves_no_entry(room: Room) -> None:
    """The entry is written in the act's own transaction: with the act it goes."""
    _order, [item] = room.received()
    room.deliver(item, "pack")
    with tenant_tx(room.hall.tenant):
        before = CustodyEntry.objects.count()
    with pytest.raises(InvalidInput):
        room.deliver(item, "send", {"carrier": "sf", "tracking_number": "wrong"})
    with tenant_tx(room.hall.tenant):
        assert CustodyEntry.objects.count() == before


def test_only_custody_moves_a_key() -> None:
    """``hand`` is set in steps/custody.py alone, beside the entry that says why."""
    root = Path(__file__).resolve().parents[3]
    setting = {
        str(path.relative_to(root))
        for path in sorted((root / "renewals").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "hand" and isinstance(node.ctx, ast.Store)
    }
    assert setting - {"renewals/parcels/hands.py"} == {"renewals/steps/custody.py"}  # the pure rule knows no rows
