"""Keys that come by post: announced, taken in, checked one by one (RULES A14, A16, P15)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.roles import Role
from portal.errors import InvalidInput
from portal.tenants import tenant_tx
from renewals.errors import NotYourOrder
from renewals.mail_room import intake
from renewals.mail_room.errors import FormIsMissing, KeyClaimed, KeyIsAnother, KeyIsBroken, KeyNotCompared
from renewals.models import ApplicationVersion, CustodyEntry, ReceivedKey, Shipment, ShipmentItem
from tests.renewals.hall import Hall
from tests.renewals.parcels.room import OTHER_SF, SF, Room, today


@pytest.fixture
def room(hall: Hall) -> Room:
    return Room(hall)


# -- announcing -------------------------------------------------------------------------------------------------------


def test_two_keys_in_one_parcel_are_announced_each_by_its_own_act(room: Room) -> None:
    order = room.order(2)
    room.announce(order)
    assert room.states(order, "mail_in") == ["submitted", "submitted"]
    with tenant_tx(room.hall.tenant):
        parcel = Shipment.objects.get()
        assert (parcel.direction, parcel.state) == ("inbound", "announced")
        assert (parcel.carrier, parcel.tracking_number, parcel.sent_on.isoformat()) == ("sf", SF, today())
        assert ShipmentItem.objects.filter(shipment=parcel, withdrawn_at=None).count() == 2
        assert (
            list(CustodyEntry.objects.values_list("event", "hand", "place", "by_kind"))
            == [("announced", "carrier", f"顺丰速运 {SF}", "customer")] * 2
        )
    assert room.hall.order(order).next_actor == "mail_room"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"carrier": ""}, "carrier"),
        ({"tracking_number": ""}, "tracking_number"),  # RULES A14: all three are required
        ({"sent_on": ""}, "sent_on"),
        ({"tracking_number": "SF123"}, "tracking_number"),
        ({"sent_on": (timezone.localdate() + timedelta(days=1)).isoformat()}, "sent_on"),
        ({"sent_on": (timezone.localdate() - timedelta(days=61)).isoformat()}, "sent_on"),
    ],
)
def test_tracking_data_that_cannot_be_are_refused_and_nothing_changes(
    room: Room, changed: dict[str, str], field: str
) -> None:
    order = room.order()
    with pytest.raises(InvalidInput) as refused:
        room.announce(order, **changed)
    assert list(refused.value.fields) == [field]
    assert room.states(order, "mail_in") == ["open"]
    with tenant_tx(room.hall.tenant):
        assert not Shipment.objects.exists()
        assert not CustodyEntry.objects.exists()


def test_a_wrong_number_is_corrected_without_a_new_version_of_the_form(room: Room) -> None:
    """RULES P15: tracking data are entered after printing and make no new form version."""
    order = room.order()
    room.announce(order, number=OTHER_SF)
    room.announce(order, number=SF)
    with tenant_tx(room.hall.tenant):
        assert dict(Shipment.objects.values_list("tracking_number", "state")) == {
            OTHER_SF: "withdrawn",
            SF: "announced",
        }
        assert ApplicationVersion.objects.filter(order__public_id=order).count() == 1
    assert room.chain(room.items(order)[0]) == ["announced", "announced"]


def test_two_orders_in_one_box_share_the_parcel_and_nothing_else(room: Room) -> None:
    """RULES P15: two companies in one box."""
    one, other = room.order(), room.order()
    room.announce(one)
    room.announce(other)
    parcel = room.arrives()
    item = room.items(other)[0]
    assert room.assign(room.take_in(parcel, item), item) is True
    assert (room.states(one, "mail_in"), room.states(other, "mail_in")) == (["submitted"], ["done"])


def test_only_the_customer_announces_and_only_the_mail_room_receives(room: Room) -> None:
    order = room.order()
    item = room.items(order)[0]
    data = {"carrier": "sf", "tracking_number": SF, "sent_on": today()}
    with pytest.raises(NotYourOrder):
        room.hall.act(order, "mail_in", "announce", data, item=item.public_id, by=room.by)
    key = room.take_in(room.arrives(), item)
    for by in (room.hall.by, *(room.hall.staff_member(role) for role in Role if role is not Role.MAIL_ROOM)):
        with pytest.raises(NotYourOrder):
            room.hall.act(order, "mail_in", "receive", {"key": key.public_id}, item=item.public_id, by=by)
    assert room.states(order, "mail_in") == ["open"]


# -- receiving --------------------------------------------------------------------------------------------------------


def test_a_key_that_is_the_certificates_is_received_with_every_hand_written_down(room: Room) -> None:
    order, [item] = room.received()
    assert room.states(order, "mail_in") == ["done"]
    assert room.states(order, "delivery") == ["open"]
    with tenant_tx(room.hall.tenant):
        rows = CustodyEntry.objects.filter(key__item=item).values_list("event", "hand", "place", "note", "by_user")
        assert list(rows) == [
            ("received", "mail_room", "顺丰速运 " + rows[0][2].split()[-1], "完好", room.by.user_id),
            ("stored", "mail_room", "A-01", "", room.by.user_id),
            ("matched", "mail_room", "A-01", "", room.by.user_id),
        ]


def test_one_missing_key_blocks_none_of_the_others(room: Room) -> None:
    """DESIGN §1; RULES P15, partial arrival: each key goes its own way."""
    order = room.order(3)
    room.announce(order)
    parcel, items = room.arrives(), room.items(order)
    for item in (items[0], items[2]):
        room.assign(room.take_in(parcel, item), item)
    assert room.states(order, "mail_in") == ["done", "submitted", "done"]
    assert room.states(order, "delivery") == ["open", "waiting", "open"]
    with tenant_tx(room.hall.tenant, write=True):
        missing = intake.check_off(parcel, by=room.by, key="check-1")
    assert [item.pk for item in missing] == [items[1].pk]
    assert room.states(order, "mail_in") == ["done", "returned", "done"]
    room.sent(items[0])
    assert room.states(order, "delivery") == ["submitted:sent", "waiting", "open"]
    room.announce(order, [items[1]], number=OTHER_SF)  # RULES P15: several parcels an order
    second = room.arrives(number=OTHER_SF)
    room.assign(room.take_in(second, items[1]), items[1])
    assert room.states(order, "mail_in") == ["done", "done", "done"]


def test_a_key_that_nobody_announced_is_received_all_the_same(room: Room) -> None:
    """RULES P15: intake first, order later."""
    order = room.order()
    item = room.items(order)[0]
    assert room.assign(room.take_in(room.arrives(), item), item) is True
    assert room.states(order, "mail_in") == ["done"]


def test_a_key_that_comes_before_its_step_is_kept_for_it_and_received_when_the_step_opens(hall: Hall) -> None:
    """RULES P15: intake first, order later."""
    room = Room(hall, first="payment")
    order = room.order()
    item = room.items(order)[0]
    key = room.take_in(room.arrives(), item)
    assert room.assign(key, item) is False
    assert room.states(order, "mail_in") == ["waiting"]
    hall.pay(order)
    assert room.states(order, "mail_in") == ["done"]
    assert room.chain(key) == ["received", "stored", "matched"]


def test_another_key_is_not_received(room: Room) -> None:
    order = room.order(2)
    room.announce(order)
    first, second = room.items(order)
    key = room.take_in(room.arrives(), second)
    with pytest.raises(KeyIsAnother) as refused:
        room.assign(key, first, compared=True)
    assert refused.value.params == {
        "read": second.certificate.medium_number,
        "wanted": first.certificate.medium_number,
    }
    assert room.states(order, "mail_in") == ["submitted", "submitted"]
    assert room.key(key).item_id is None
    assert room.chain(key) == ["received", "stored"]


def test_a_key_without_a_readable_number_needs_somebody_who_looked_at_its_certificate(room: Room) -> None:
    order = room.order()
    item = room.items(order)[0]
    key = room.take_in(room.arrives(), "")
    with pytest.raises(KeyNotCompared):
        room.assign(key, item)
    assert room.assign(key, item, compared=True) is True


def test_a_key_serves_one_item_alone(room: Room) -> None:
    order = room.order(2)
    first, second = room.items(order)
    key = room.take_in(room.arrives(), "")
    room.assign(key, first, compared=True)
    with pytest.raises(KeyClaimed):
        room.assign(key, second, compared=True)
    other = room.take_in(room.arrives(number=OTHER_SF), "")
    with pytest.raises(KeyClaimed):  # the first one's place is taken
        room.hall.act(
            order, "mail_in", "receive", {"key": other.public_id, "compared": True}, item=first.public_id, by=room.by
        )
    assert room.states(order, "mail_in") == ["done", "open"]


def test_where_the_paper_form_travels_along_the_key_waits_for_it(hall: Hall) -> None:
    """RULES A16, P15: a parcel without its form."""
    room = Room(hall, wants_form=True)
    order = room.order()
    room.announce(order)
    item = room.items(order)[0]
    key = room.take_in(room.arrives(), item)
    with pytest.raises(FormIsMissing):
        room.assign(key, item)
    with tenant_tx(hall.tenant, write=True):
        intake.mismatch(room.key(key), item, "form_missing", by=room.by, act_key="m-1")
    assert room.states(order, "mail_in") == ["returned"]
    assert room.key(key).hand == "mail_room"
    room.announce(order, number=OTHER_SF)  # the form alone
    room.arrives(number=OTHER_SF)
    assert room.assign(key, item, form_enclosed=True) is True
    assert room.chain(key) == ["received", "stored", "mismatched", "matched"]


# -- what isn't right -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("condition", "reason"), [("broken", "key_broken"), ("intact", "wrong_key")])
def test_a_mismatch_goes_back_to_the_customer_and_the_key_stays_on_the_shelf(
    room: Room, condition: str, reason: str
) -> None:
    """RULES P15: mismatch between form and parcel is raised to the customer."""
    order = room.order(2)
    room.announce(order)
    item = room.items(order)[0]
    key = room.take_in(room.arrives(), item if condition == "broken" else "3888999900001111", condition=condition)
    with pytest.raises(KeyIsBroken if condition == "broken" else KeyIsAnother):
        room.assign(key, item)
    with tenant_tx(room.hall.tenant, write=True):
        intake.mismatch(room.key(key), item, reason, by=room.by, act_key="m-1")
    assert room.states(order, "mail_in") == ["returned", "submitted"]
    assert (room.key(key).hand, room.key(key).mismatch) == ("mail_room", reason)
    assert room.hall.order(order).next_actor == "customer"
    assert "parcel.mismatch" in room.hall.notices()
    with tenant_tx(room.hall.tenant):
        assert ReceivedKey.objects.filter(item=item, mismatch="").count() == 0
