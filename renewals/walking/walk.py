"""A walk through any programme: who walks, with which answers, keys and desks; the moves do the rest."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.accounts.actor import Actor
from portal.gm import sm3
from portal.tenants import tenant_tx
from renewals import orders
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo.answers import all_answers
from renewals.demo.people import CUSTOMERS, MAIN_CUSTOMER
from renewals.models import Order, OrderItem
from renewals.programmes.schema_steps import AnyStep
from renewals.publishing import pack_of
from renewals.steps.application import wanted_fields
from renewals.walking.paper_walker import PaperWalker
from renewals.walking.turns import Turn


@dataclass
class Walk(PaperWalker):
    """``desk`` is the customer's, ``hall_desk`` the hall's own. ``said``: answers that differ from the usual ones.

    ``pay``: the channel. ``choices``: what a scenario wants done otherwise, as the moves name it. ``made``: file name →
    content of what was printed and scanned on the way.
    """

    mobile: str = MAIN_CUSTOMER
    pay_by: str = "wechat"
    hall_desk: SoftKeyDesk | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    made: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the customer, who is the handler too."""
        return CUSTOMERS[self.mobile]

    def do(
        self, turn: Turn, action: str, data: Mapping[str, Any] | None = None, *, by: Actor | None = None
    ) -> orders.ActResult:
        """One act on the turn's step, by the customer unless ``by`` says who."""
        started, by = time.perf_counter(), by or self.by
        with tenant_tx(self.tenant, write=True):
            seen = Order.objects.get(public_id=turn.order).version
            result = orders.act(
                turn.order,
                action,
                step=turn.step,
                item=turn.item,
                by=by,
                data=data,
                key=f"walk:{action}:{sm3(repr((turn.order, turn.step, turn.item, seen)).encode()).hex()[:32]}",
                seen_version=seen,
            )
        self.told(by.kind if by.kind == "customer" else by.label, f"{turn.step}.{action}", started)
        return result

    def item(self, turn: Turn) -> OrderItem:
        """The turn's item; the order's first where the step is the whole order's."""
        with tenant_tx(self.tenant):
            items = OrderItem.objects.select_related(
                "certificate", "order__programme", "order__tenant", "order__organisation"
            )
            if turn.item:
                return items.get(public_id=turn.item)
            return items.filter(order__public_id=turn.order).order_by("id")[0]

    def answers(self, turn: Turn) -> dict[str, str]:
        """What the customer fills in: the fields that this step asks of this holder, no others."""
        item = self.item(turn)
        with tenant_tx(self.tenant):
            usual = all_answers(self.mobile, item.certificate, item.order.business) | dict(self.said)
        pack = pack_of(item.order.programme)
        wanted = wanted_fields(pack, item.order.path, turn.step, item.certificate, item.order.business)
        return {name: value for name, value in usual.items() if name in wanted}

    def has_step(self, order: str, fits: Callable[[AnyStep], bool]) -> bool:
        """Whether the order's path has such a step."""
        with tenant_tx(self.tenant):
            row = Order.objects.select_related("programme").get(public_id=order)
            return any(fits(step) for step in pack_of(row.programme).path(row.path).steps)
