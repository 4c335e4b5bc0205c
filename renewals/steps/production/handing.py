"""When a first PIN leaves the hall (RULES D9, P14): as soon as the medium is made, or when its owner has it.

A new medium's goes when it is made: that message is what the handler may collect it with (D8). A mailed-in key's goes
after receipt: until then it would be a PIN for a key in the post.
"""

from portal import jobs
from renewals.models import FirstPin, OrderItem, ProductionTask
from renewals.steps.base import ActContext


def after_production(act: ActContext, task: ProductionTask) -> None:
    """The step is done; a renewed key still has to arrive."""
    if task.makes == ProductionTask.Makes.NEW_MEDIUM:
        _send(act, task)


def after_receipt(act: ActContext) -> None:
    """The key is in its owner's hands: delivered, handed over, or given back after the order ended."""
    items = [act.item] if act.item else list(OrderItem.objects.filter(order=act.order))
    for task in ProductionTask.objects.filter(item__in=items).exclude(state=ProductionTask.State.SCRAPPED):
        _send(act, task)


def _send(act: ActContext, task: ProductionTask) -> None:
    """By SMS through a job that opens it itself; a mailer is printed by hand (producing/mailers.py)."""
    for pin in FirstPin.objects.filter(task=task, state=FirstPin.State.SET, way=FirstPin.Way.SMS):
        jobs.enqueue(
            "renewals.send_first_pin",
            {"order": act.order.public_id, "pin": pin.public_id, "step": task.step, "item": task.item.public_id},
            group=f"order:{act.order.public_id}",
            key=f"send_first_pin:{pin.public_id}",
        )
