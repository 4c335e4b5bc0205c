"""The frozen quote of an order: the charge that its number names, and what it was made for."""

from payments import ledger
from payments.models import Charge
from renewals.models import ApplicationVersion, Order
from renewals.steps.base import ActContext


def charge_of(order: Order) -> Charge:
    """The order's charge, once its quote was frozen."""
    return Charge.objects.get(public_id=order.charge)


def quoted_term(order: Order) -> str:
    """The term that the frozen quote is for: its reference names the application's version."""
    version = charge_of(order).reference.rpartition(".")[2]
    return ApplicationVersion.objects.get(order=order, version=int(version)).term


def drop(act: ActContext) -> Charge | None:
    """The price has changed: nobody shall pay the old quote any more. Gives the closed charge, for its money.

    ChargeIsSettled when somebody has just paid it; then the change comes too late.
    """
    if not act.order.charge:
        return None
    closed = ledger.close_charge(charge_of(act.order), by=act.by, reason="quote_replaced")
    act.order.charge = ""
    return closed
