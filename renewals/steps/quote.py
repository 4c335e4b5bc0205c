"""The frozen quote of an order: the charge that its number names, and what it was made for."""

from collections.abc import Mapping
from datetime import date

from django.db.models import F, Q, QuerySet

from payments import ledger, releasing
from payments.fees import QuoteLine
from payments.models import Charge, ChargeState
from renewals import pricing
from renewals.models import Order
from renewals.steps.base import ActContext


def charge_of(order: Order) -> Charge:
    """The order's charge, once its quote was frozen."""
    return Charge.objects.get(public_id=order.charge)


def lines_of(order: Order, answers: Mapping[str, str], *, on: date) -> tuple[QuoteLine, ...]:
    """The frozen quote where it is for the same things in the same quantities, else that day's prices."""
    lines = pricing.lines_for(order, answers, on=on)
    if order.charge:
        frozen = tuple(charge_of(order).quote)
        if [(line.name, line.quantity) for line in frozen] == [(line.name, line.quantity) for line in lines]:
            return frozen
    return lines


def drop(act: ActContext) -> None:
    """The price has changed: nobody shall pay the old quote any more. What was paid of it waits for ``carry``.

    ChargeIsSettled when somebody has just paid it; then the change comes too late.
    """
    if act.order.charge:
        ledger.close_charge(charge_of(act.order), by=act.by, reason="quote_replaced")
        act.order.charge = ""


def replaced(order: Order) -> QuerySet[Charge]:
    """The closed quotes that still have money in them: the order's own, and those of orders that it has superseded."""
    whose = Q(reference__startswith=f"{order.public_id}.")
    for public_id in Order.objects.filter(superseded_by=order).values_list("public_id", flat=True):
        whose |= Q(reference__startswith=f"{public_id}.")
    mine = Charge.objects.filter(whose, state=ChargeState.CLOSED)
    return mine.exclude(public_id=order.charge).filter(credited_fen__gt=F("refunding_fen") + F("refunded_fen"))


def carry(act: ActContext, charge: Charge | None) -> None:
    """What was paid of replaced quotes counts for this one; without one it becomes the payer's balance."""
    for old in replaced(act.order):
        if ledger.carry_over(old, charge, by=act.by):
            releasing.follow_invoice(old, by=act.by)
