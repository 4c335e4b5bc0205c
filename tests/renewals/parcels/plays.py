"""Everything that can be done to a key that travels, once each (tests/renewals/test_every_action.py)."""

from portal.tenants import tenant_tx
from renewals.mail_room import intake
from tests.renewals.hall import Hall
from tests.renewals.parcels.room import OTHER_SF, Room


def keys_travel(hall: Hall) -> None:
    """Announced, not as announced, announced again, received; packed, taken out, sent, refused, sent, lost; and at the
    counter, not collected, collected."""
    room = Room(hall)
    order = room.order()
    room.announce(order)
    item = room.items(order)[0]
    parcel = room.arrives()
    key = room.take_in(parcel, "3888000000009999")
    with tenant_tx(hall.tenant, write=True):
        intake.mismatch(room.key(key), item, "wrong_key", by=room.by, act_key="play-mismatch")
    room.announce(order, number=OTHER_SF)
    room.assign(room.take_in(room.arrives(number=OTHER_SF), item), item)
    room.deliver(item, "pack")
    room.deliver(item, "unpack")
    room.sent(item, number="SF1234567890131")
    room.deliver(item, "came_back", {"reason": "refused"})
    room.sent(item, number="SF1234567890132")
    room.deliver(item, "lost")
    for number, way in (("SF1234567890133", "delivered"), ("SF1234567890134", "confirm")):
        _order, [item] = room.received()
        room.sent(item, number=number)
        if way == "delivered":
            room.deliver(item, "delivered")
        else:
            hall.act(item.order.public_id, "delivery", "confirm", item=item.public_id)
    _order, [item] = room.received()
    point = {"service_point": room.point()}
    room.deliver(item, "ready", point)
    room.deliver(item, "came_back", {"reason": "uncollected"})
    room.deliver(item, "ready", point)
    room.deliver(item, "hand_over", {"collector": "handler", "name": "王小明", "papers": ["id_card", "receipt"]})
