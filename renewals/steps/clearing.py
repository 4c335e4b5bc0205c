"""What an order that ends early leaves behind: nothing that still works, and keys that go back (RULES P14, P15, P19).

In the act that ends it, before anybody else can use them: download codes, first PINs that nobody has, authorisations
for a new PIN, and what is asked and not confirmed. Each is wiped with its data key (RULES Across 5).
"""

from django.db.models import QuerySet

from portal import vault
from portal.accounts.actor import Actor
from renewals.issuing import download_codes
from renewals.models import (
    DualControl,
    FirstPin,
    Order,
    PinReset,
    PinUnblock,
    ProductionTask,
    ReceivedKey,
    SealRecord,
)
from renewals.parcels.hands import HERE
from renewals.producing import first_pins
from renewals.steps.base import ActContext

BY, WHY = Actor.system("clearing"), "订单已结束"


def keys_here(order: Order) -> QuerySet[ReceivedKey]:
    """The customer's own keys that are in the hall, whichever way they came; not what was made here."""
    return ReceivedKey.objects.filter(item__order=order, hand__in=HERE).exclude(source=ReceivedKey.Source.PRODUCTION)


def clear(act: ActContext) -> None:
    """Nothing of what was handed out or prepared works any more."""
    download_codes.end(act.order, now=act.now)
    for pin in FirstPin.objects.filter(task__order=act.order, state__in=FirstPin.LIVE):
        first_pins.wipe(pin, FirstPin.State.VOID, now=act.now, reason=WHY)
    for unblock in PinUnblock.objects.filter(item__order=act.order).exclude(state__in=PinUnblock.OVER):
        unblock.state = PinUnblock.State.LAPSED
        vault.wipe(unblock, ["authorization"], also=["state"], by=BY, reason=WHY)
    for reset in PinReset.objects.filter(item__order=act.order, used_at__isnull=True):
        vault.wipe(reset, ["authorization"], by=BY, reason=WHY)
        reset.delete()
    ProductionTask.objects.filter(order=act.order).exclude(state=ProductionTask.State.MADE).update(
        state=ProductionTask.State.SCRAPPED, is_open=False
    )
    SealRecord.objects.filter(item__order=act.order, state__in=SealRecord.LIVE).update(
        state=SealRecord.State.REFUSED, refusal="order_ended"
    )
    DualControl.objects.filter(order=act.order, confirmed_at__isnull=True).delete()
