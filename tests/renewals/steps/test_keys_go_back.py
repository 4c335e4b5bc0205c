"""Keys that came in by post, when their order ends early: owed to their owners until the last has left (P15, P23)."""

import pytest
from django.utils import timezone

from portal.notices import inbox
from portal.tenants import tenant_tx
from renewals import orders
from renewals.lifecycle import StepNotOpen
from renewals.mail_room import intake, outgoing
from renewals.mail_room.errors import NotAwaited, NothingArrived, ParcelNotOpen
from renewals.models import OrderItem, PinReset, ReceivedKey, Shipment
from renewals.parcels.hands import Event
from renewals.staff_selectors import parcels as desk
from renewals.steps import custody
from tests.portal.accounts.people import make_staff
from tests.renewals.hall import Hall
from tests.renewals.parcels.room import OTHER_SF, Room
from tests.renewals.snapshot import refused

pytestmark = pytest.mark.django_db

CANCEL = {"reason": "no_longer_needed"}
TO = {"name": "王小明", "mobile": "19900000001", "address": "广东省深圳市福田区测试路 1 号"}


@pytest.fixture
def room(hall: Hall) -> Room:
    return Room(hall)


def owed(room: Room, order: str) -> tuple[str, str, list[str]]:
    row = room.hall.order(order)
    return row.status, row.next_actor, (row.ending or {}).get("duties", [])


def key_of(room: Room, item: OrderItem) -> ReceivedKey:
    with tenant_tx(room.hall.tenant):
        return ReceivedKey.objects.select_related("item__order").filter(item=item).latest("id")


def given_back(room: Room, item: OrderItem, *, number: str = OTHER_SF) -> Shipment:
    with tenant_tx(room.hall.tenant, write=True):
        key = ReceivedKey.objects.select_related("item__order__programme").filter(item=item).latest("id")
        return outgoing.give_back(
            [key], carrier="sf", tracking_number=number, sent_on=timezone.localdate(), to=TO, by=room.by
        )


def test_the_mail_room_owes_the_keys_until_the_last_has_left(room: Room) -> None:
    order, items = room.received(2)
    room.hall.act(order, "", "cancel", CANCEL)
    assert owed(room, order) == ("cancelled", "mail_room", ["return_keys"])
    given_back(room, items[0], number="SF1234567890131")
    assert owed(room, order) == ("cancelled", "mail_room", ["return_keys"])
    given_back(room, items[1], number="SF1234567890132")
    assert owed(room, order) == ("cancelled", "nobody", [])
    assert room.hall.notices().count("parcel.given_back") == 2


def test_money_and_keys_are_owed_each_by_its_own_people(hall: Hall) -> None:
    room = Room(hall, first="payment")
    order = room.order()
    hall.pay(order)
    item = room.items(order)[0]
    room.assign(room.take_in(room.arrives(), item), item)
    hall.act(order, "", "cancel", CANCEL)
    assert owed(room, order) == ("cancelled", "system", ["refund", "return_keys"])
    given_back(room, item)
    assert owed(room, order) == ("cancelled", "system", ["refund"])
    hall.refund_arrives()
    assert owed(room, order) == ("cancelled", "nobody", [])


def test_a_key_that_is_not_as_announced_goes_back_too_when_nobody_goes_on(room: Room) -> None:
    order = room.order()
    room.announce(order)
    item = room.items(order)[0]
    key = room.take_in(room.arrives(), item, condition="broken")
    with tenant_tx(room.hall.tenant, write=True):
        intake.mismatch(room.key(key), item, "key_broken", by=room.by, act_key="m-1")
    room.hall.system(order, "", "expire")
    assert owed(room, order) == ("expired", "mail_room", ["return_keys"])


def test_what_came_back_is_owed_again(room: Room) -> None:
    order, [item] = room.received()
    room.hall.act(order, "", "cancel", CANCEL)
    parcel = given_back(room, item)
    with tenant_tx(room.hall.tenant, write=True):
        outgoing.act_on_parcel(parcel, "came_back", by=room.by, key="back")
    assert owed(room, order) == ("cancelled", "mail_room", ["return_keys"])
    assert (room.parcel(parcel).state, key_of(room, item).hand) == ("came_back", "mail_room")
    parcel = given_back(room, item, number="SF1234567890133")
    with tenant_tx(room.hall.tenant, write=True):
        outgoing.act_on_parcel(parcel, "delivered", by=room.by, key="there")
    assert owed(room, order) == ("cancelled", "nobody", [])
    assert (room.parcel(parcel).state, key_of(room, item).hand) == ("delivered", "customer")
    with refused(ParcelNotOpen), tenant_tx(room.hall.tenant, write=True):
        outgoing.act_on_parcel(parcel, "delivered", by=room.by, key="twice")


def test_nothing_is_given_back_of_an_order_that_goes_on(room: Room) -> None:
    order, [item] = room.received()
    key = {"key": key_of(room, item).public_id}
    for action in ("key_arrived", "key_given_back", "key_came_back"):
        with refused(StepNotOpen):
            room.hall.act(order, "", action, key, item=item.public_id, by=room.by)
    with refused(NothingArrived):
        given_back(room, item)


def test_a_parcel_that_arrives_after_the_end_goes_to_the_shelf_and_back(room: Room) -> None:
    order = room.order(2)
    room.announce(order)
    room.hall.act(order, "", "cancel", CANCEL)
    assert owed(room, order) == ("cancelled", "nobody", [])
    first, second = room.items(order)
    parcel = room.arrives()
    key = room.take_in(parcel, first)
    with tenant_tx(room.hall.tenant, write=True):
        assert [row.pk for row in desk.shelf()] == [key.pk]  # nobody's yet
        assert {item.pk for item in intake.came_too_late(room.key(key))} == {first.pk, second.pk}
        assert intake.check_off(parcel, by=room.by, key="check") == []  # nobody is asked for the other one any more
    with refused(NotAwaited), tenant_tx(room.hall.tenant, write=True):
        intake.mismatch(room.key(key), first, "wrong_key", by=room.by, act_key="m")
    assert room.assign(key, first) is False
    assert owed(room, order) == ("cancelled", "mail_room", ["return_keys"])
    assert room.states(order, "mail_in") == ["submitted", "submitted"]  # the steps stand as they stood
    assert room.hall.notices()[-1] == "parcel.arrived_late"
    given_back(room, first)
    assert owed(room, order) == ("cancelled", "nobody", [])


def test_a_key_in_production_is_fetched_before_it_is_given_back(room: Room) -> None:
    order, [item] = room.received()
    key = key_of(room, item)
    with tenant_tx(room.hall.tenant, write=True):
        intake.to_production([key], by=room.by)
    room.hall.act(order, "", "cancel", CANCEL)
    with refused(NothingArrived):
        given_back(room, item)
    with tenant_tx(room.hall.tenant, write=True):
        assert [row.pk for row in desk.shelf()] == [key.pk]
        intake.take_back(room.key(key), by=room.by)
    given_back(room, item)
    assert owed(room, order) == ("cancelled", "nobody", [])
    assert room.chain(key)[-4:] == ["to_production", "to_mail_room", "packed", "given_back"]


def test_a_packed_key_comes_out_of_its_parcel(room: Room) -> None:
    order, [item] = room.received()
    room.deliver(item, "pack")
    room.hall.act(order, "", "cancel", CANCEL)
    with tenant_tx(room.hall.tenant, write=True):
        intake.take_back(room.key(key_of(room, item)), by=room.by)
        assert list(Shipment.objects.filter(direction="outbound").values_list("state", flat=True)) == ["withdrawn"]
    given_back(room, item)
    assert owed(room, order)[2] == []


def test_what_goes_on_is_not_taken_back(room: Room) -> None:
    _order, [item] = room.received()
    room.deliver(item, "pack")
    with refused(NotAwaited), tenant_tx(room.hall.tenant, write=True):
        intake.take_back(room.key(key_of(room, item)), by=room.by)


def test_who_gets_a_key_back_whose_pin_was_reset_is_told_how_to_set_a_new_one(room: Room) -> None:
    """RULES P14, P1: the hall's working PIN is nobody's; the owner unlocks it."""
    order, [item] = room.received()
    with tenant_tx(room.hall.tenant, write=True):
        asked, released = (make_staff(room.hall.tenant, enrolled=False) for _ in range(2))
        PinReset.objects.create(
            item=item,
            key_serial="K1",
            nonce=b"0" * 16,
            asked_by=asked,
            released_by=released,
            asked_at=timezone.now(),
            used_at=timezone.now(),
        )
    room.hall.act(order, "", "cancel", CANCEL)
    given_back(room, item)
    room.hall.run()
    with tenant_tx(room.hall.tenant):
        said = [message.body for message in inbox.latest(room.hall.tenant) if message.kind == "parcel.given_back"]
    assert len(said) == 1
    assert "原 PIN 码不能再用" in said[0]
    assert "办理“解锁”" in said[0]


def test_what_was_made_here_is_destroyed_and_never_sent(room: Room) -> None:
    """RULES B7: the envelope of an order that has ended."""
    order = room.order()
    item = room.items(order)[0]
    with tenant_tx(room.hall.tenant, write=True):
        key = ReceivedKey(source="production", thing="envelope", item=item)
        custody.enter(key, Event.MADE, by=room.by, now=timezone.now())
        custody.move(key, Event.TO_MAIL_ROOM, by=room.by)
    with refused(NothingArrived), tenant_tx(room.hall.tenant, write=True):
        outgoing.scrap(room.key(key), by=room.by)  # its order goes on
    room.hall.act(order, "", "cancel", CANCEL)
    assert owed(room, order) == ("cancelled", "nobody", [])
    with refused(NothingArrived):
        given_back(room, item)
    with tenant_tx(room.hall.tenant, write=True):
        outgoing.scrap(room.key(key), by=room.by)
        assert list(desk.shelf()) == []
    assert (room.key(key).hand, room.chain(key)[-1]) == ("scrapped", "scrapped")


def test_only_the_mail_room_says_that_a_key_has_gone(room: Room) -> None:
    from renewals.errors import NotYourOrder

    order, [item] = room.received()
    room.hall.act(order, "", "cancel", CANCEL)
    with refused(NotYourOrder), tenant_tx(room.hall.tenant, write=True):
        orders.act(
            order,
            "key_given_back",
            item=item.public_id,
            by=room.hall.by,
            data={"key": key_of(room, item).public_id},
            key="mine",
        )
