"""A programme whose keys travel: mailed in, kept, sent back; and a mail room that handles them.

room = Room(hall)
order = room.order(3)                      # three keys, one order, which waits for its parcel
room.announce(order)                       # all of them in one parcel
parcel = room.arrives()                    # on the desk
key = room.take_in(parcel, items[0])
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.models import ServicePoint
from renewals import orders
from renewals.demo.answers import answers as typed
from renewals.mail_room import intake, outgoing
from renewals.mail_room.intake import Seen
from renewals.models import CustodyEntry, Order, OrderItem, ReceivedKey, Shipment
from renewals.publishing import current
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed

SF, OTHER_SF = "SF1234567890123", "SF1234567890124"
ADDRESS = "广东省深圳市福田区测试路 1 号 2 楼"
_counter = itertools.count(1)


def with_parcels(document: dict[str, Any], *, wants_form: bool = False, first: str = "") -> None:
    """Application, mail-in, delivery; nothing is made. ``first``: a step that mail-in waits for."""
    path = document["paths"][0]
    document["paths"] = [path]
    consent, application = path["steps"][0], path["steps"][1]
    application["fields"] += ["collection", "collection_address", "service_point"]
    document["tariff"][0]["price_fen"] = 0
    mail_in = {"kind": "mail_in", "name": "mail_in", "title": "寄件", "wants_form": wants_form}
    delivery = {
        "kind": "delivery",
        "name": "delivery",
        "title": "寄回",
        "methods": ["mail", "pickup"],
        "freight": "collect",
        "papers": ["receipt", "authorisation_letter"],
        "opens_when": [{"step": "mail_in", "state": "done"}],
    }
    steps = [consent, application]
    gate = "application"
    if first == "payment":
        payment = next(step for step in path["steps"] if step["kind"] == "payment")
        document["tariff"][0]["price_fen"] = 20_000
        steps.append(payment | {"opens_when": [{"step": "application", "state": "done"}]})
        gate = payment["name"]
    path["steps"] = [*steps, mail_in | {"opens_when": [{"step": gate, "state": "done"}]}, delivery]
    path["stages"] = [{"title": "办理", "steps": [step["name"] for step in path["steps"]]}]
    path["max_items"] = 50
    path["revoke_old"] = "never"
    document["next_certificate"]["starts"] = "any_time"


@dataclass
class Room:
    """``by``: a colleague in the mail room."""

    hall: Hall
    wants_form: bool = False
    first: str = ""
    by: Actor = field(init=False)

    def __post_init__(self) -> None:
        publish_changed(
            self.hall.tenant, lambda d: with_parcels(d, wants_form=self.wants_form, first=self.first), version=90
        )
        self.by = self.hall.staff_member(Role.MAIL_ROOM)

    # -- orders -------------------------------------------------------------------------------------------------------

    def order(self, count: int = 1, *, until: str = "mail_in", **answers: str) -> str:
        """An order for so many certificates, filled in: it waits for its keys."""
        certificates = [self.hall.certificate() for _ in range(count)]
        with tenant_tx(self.hall.tenant, write=True):
            made = orders.open_order(
                programme=current("cgn-sm2"),
                certificates=certificates,
                by=self.hall.by,
                key=f"open:{next(_counter)}",
            )
        order = made.public_id
        self.hall.consent(order)
        if until == "application":
            return order
        with tenant_tx(self.hall.tenant):
            first = OrderItem.objects.filter(order=made).order_by("id").first()
            assert first is not None
            base = typed(self.hall.mobile, first.certificate)
        wish = {"collection": "mail", "collection_address": ADDRESS} | answers
        self.hall.act(order, "application", "confirm", base | wish)
        return order

    def items(self, order: str) -> list[OrderItem]:
        with tenant_tx(self.hall.tenant):
            return list(
                OrderItem.objects.filter(order__public_id=order)
                .select_related("certificate", "order__programme", "order__organisation")
                .order_by("id")
            )

    def states(self, order: str, step: str) -> list[str]:
        """Of each item, in their order: state, with the phase where it has one."""
        with tenant_tx(self.hall.tenant):
            rows = Order.objects.get(public_id=order).steps.filter(name=step).order_by("item_id")
            return [f"{row.state}:{row.phase}" if row.phase and row.state == "submitted" else row.state for row in rows]

    # -- what people do -----------------------------------------------------------------------------------------------

    def announce(self, order: str, items: list[OrderItem] | None = None, *, number: str = SF, **more: str) -> None:
        data = {"carrier": "sf", "tracking_number": number, "sent_on": today()} | more
        for item in items if items is not None else self.items(order):
            self.hall.act(order, "mail_in", "announce", data, item=item.public_id)

    def arrives(self, *, number: str = SF, carrier: str = "sf") -> Shipment:
        with tenant_tx(self.hall.tenant, write=True):
            return intake.arrive(carrier=carrier, tracking_number=number, by=self.by)

    def take_in(self, parcel: Shipment, medium: OrderItem | str, *, condition: str = "intact") -> ReceivedKey:
        number = medium if isinstance(medium, str) else medium.certificate.medium_number
        with tenant_tx(self.hall.tenant, write=True):
            return intake.take_in(parcel, Seen(number, condition, "A-01"), by=self.by)

    def assign(self, key: ReceivedKey, item: OrderItem, **more: bool) -> bool:
        with tenant_tx(self.hall.tenant, write=True):
            return intake.assign(self.key(key), item, by=self.by, act_key=f"assign:{next(_counter)}", **more)

    def received(self, count: int = 1) -> tuple[str, list[OrderItem]]:
        """An order whose keys have all arrived."""
        order = self.order(count)
        self.announce(order, number=(number := f"SF{next(_counter):013d}"))
        parcel, items = self.arrives(number=number), self.items(order)
        for item in items:
            self.assign(self.take_in(parcel, item), item)
        return order, items

    def deliver(
        self, item: OrderItem, action: str, data: dict[str, Any] | None = None, *, by: Actor | None = None
    ) -> Any:
        with tenant_tx(self.hall.tenant, write=True):
            return outgoing.act_on(item, action, by=self.by, key=f"d:{next(_counter)}", data=data)

    def sent(self, item: OrderItem, *, number: str = OTHER_SF) -> None:
        self.deliver(item, "pack")
        self.deliver(item, "send", {"carrier": "sf", "tracking_number": number})

    def point(self) -> str:
        with tenant_tx(self.hall.tenant, write=True):
            made, _ = ServicePoint.objects.get_or_create(
                name="福田网点", defaults={"address": "测试路 2 号", "hours": "周一至周五 9:00–17:00"}
            )
        return made.public_id

    # -- what there is ------------------------------------------------------------------------------------------------

    def key(self, key: ReceivedKey) -> ReceivedKey:
        with tenant_tx(self.hall.tenant):
            return ReceivedKey.objects.select_related("item__order").get(pk=key.pk)

    def chain(self, key_or_item: ReceivedKey | OrderItem) -> list[str]:
        """Events in their order."""
        of = {"key": key_or_item} if isinstance(key_or_item, ReceivedKey) else {"item": key_or_item}
        with tenant_tx(self.hall.tenant):
            return list(CustodyEntry.objects.filter(**of).order_by("id").values_list("event", flat=True))

    def parcel(self, parcel: Shipment) -> Shipment:
        with tenant_tx(self.hall.tenant):
            return Shipment.objects.get(pk=parcel.pk)


def today() -> str:
    return timezone.localdate().isoformat()
