"""A replacement takes the place of what is under way for the same certificate (RULES Across 2).

The earlier order ends in the act that takes the certificate; nothing is refunded, because what was paid waits in its
closed charge for this order's quote (quote.carry). How the earlier one ends stands in ending.py.
"""

from portal.accounts.actor import Actor
from renewals.models import Certificate, Order, OrderItem
from renewals.steps.base import ActContext


def superseded_orders(certificate: Certificate, business: str) -> list[Order]:
    """The open orders that a new one for this business would end: those that put another certificate in its place."""
    if business != Order.Business.REPLACEMENT:
        return []
    items = OrderItem.objects.filter(certificate=certificate, effect="renewal", reserves=True)
    found = [item.order for item in items.select_related("order")]
    return [order for order in found if order.business != Order.Business.REPLACEMENT and order.items.count() == 1]


def end_superseded(act: ActContext) -> None:
    """In the act that takes the order's certificates. NotCancellable where the earlier one has gone too far.

    Who couldn't prove the key yet (P2) ends nobody's order.
    """
    if act.order.claim or act.door is None:
        return
    for item in act.order.items.select_related("certificate"):
        if item.reserves:
            continue
        for order in superseded_orders(item.certificate, act.order.business):
            act.door(
                order.public_id,
                "supersede",
                by=Actor.system("superseding"),
                key=f"superseded:{act.order.public_id}",
                data={"by": act.order.public_id},
            )
            act.audit_detail.setdefault("superseded", []).append(order.number)
