"""A step that the customer's own bridge carries out for one item: environment, unblocking. What page and API share."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.actor import actor_of
from renewals import orders, projection, selectors
from renewals.bridge.protocol import MIN_BRIDGE_VERSION
from renewals.errors import OrderNotFound
from renewals.issuing.requests import parse
from renewals.lifecycle import Kind, Step
from renewals.models import Certificate, Order, OrderItem
from renewals.programmes.schema import Path, RulePack
from renewals.programmes.schema_steps import EnvironmentStep
from renewals.publishing import pack_of
from renewals.views.customer import new_key, own_order
from renewals.views.progress import page_of

ANY_BRIDGE = "1.0"  # any that speaks the protocol


@dataclass(frozen=True)
class BridgeStep:
    """The item's step of that kind, of the customer's own order. ``config``: its part of the pack."""

    order: Order
    item: OrderItem
    step: Step
    pack: RulePack
    config: Any

    @property
    def certificate(self) -> Certificate:
        return self.item.certificate

    @property
    def fingerprint(self) -> str:
        """SM3 of the certificate that must be there, lower-case hex."""
        return parse(bytes(self.certificate.signing_der)).fingerprint_sm3.hex()

    def act(self, request: HttpRequest, action: str, data: dict[str, Any], *, key: str = "") -> orders.ActResult:
        """Through the one door. Inside a write tenant_tx."""
        return orders.act(
            self.order.public_id,
            action,
            step=self.step.name,
            item=self.item.public_id,
            by=actor_of(request),
            data=data,
            key=key or new_key(),
        )


def find(request: HttpRequest, item_id: str, kind: Kind) -> BridgeStep:
    """OrderNotFound for everybody else's item, and where its path has no such step. Inside a tenant_tx."""
    item = (
        OrderItem.objects.select_related("order__programme", "order__organisation", "certificate")
        .filter(public_id=item_id if item_id.isprintable() else "")
        .first()
    )
    if item is None:
        raise OrderNotFound()
    order = own_order(request, item.order.public_id)
    pack = pack_of(order.programme)
    specs = pack.path_spec(order.path).of_kind(kind)
    steps = [s for s in projection.load_steps(order) if s.item == item.public_id and s.name in {x.name for x in specs}]
    if not steps:
        raise OrderNotFound()
    step = next((one for one in steps if not one.settled), steps[-1])
    return BridgeStep(order, item, step, pack, pack.step_config(order.path, step.name))


def next_page(order: Order) -> str:
    """Where the customer goes on: the page of the task that waits for them, or the order."""
    view = selectors.order_view(Order.objects.get(pk=order.pk))
    name = page_of(view, view.current) if view.current is not None else ""
    return reverse(name or "order", args=[order.public_id])


def oldest_bridge(pack: RulePack, path: str) -> str:
    """The bridge that the path wants: its own check's, or any where only other paths of the pack ask (RULES E1).

    A pack that says nothing at all gets the oldest one that the pages were made for.
    """
    asked = {one.name: _asked(one) for one in pack.paths}
    if not any(asked.values()):
        return MIN_BRIDGE_VERSION
    return asked[path] or ANY_BRIDGE


def _asked(path: Path) -> str:
    checks = (check for step in path.steps if isinstance(step, EnvironmentStep) for check in step.checks)
    return next((check.minimum for check in checks if check.what == "bridge" and check.minimum), "")
