"""Proving that what the lists are made from is what the rules say: projection, versions and reservations of orders.

Reads page after page, so that a tenant with a million orders needs no more memory than one with two hundred.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.db.models import Count, Max

from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals import projection
from renewals.lifecycle import Duty
from renewals.models import Order, OrderAct, OrderItem, StepRecord
from renewals.publishing import pack_of

BATCH: Final = 200  # orders in memory at once
LOOKS: Final = 3


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first order that isn't as its own rows say; ``problem`` in words for whoever mends it."""

    tenant: str
    number: str
    public_id: str
    problem: str


@dataclass(frozen=True, slots=True)
class Checked:
    orders: int
    found: Disagreement | None


def check(tenant: Tenant) -> Checked:
    """All orders of the tenant, the oldest first, up to the first disagreement. Opens its own transactions."""
    checked = 0
    for page in _pages(tenant):
        for order, suspected in page:
            problem = suspected and _looked_at_again(tenant, order)
            if problem:
                return Checked(checked, Disagreement(tenant.slug, order.number, order.public_id, problem))
            checked += 1
    return Checked(checked, None)


def _looked_at_again(tenant: Tenant, order: Order) -> str | None:
    """Somebody may have acted between two of the page's queries: only what is seen three times is wrong."""
    problem = None
    for _ in range(LOOKS):
        with tenant_tx(tenant):
            ((_order, problem),) = _judged([Order.objects.select_related("programme").get(pk=order.pk)])
        if problem is None:
            return None
    return problem


def _pages(tenant: Tenant) -> Iterator[list[tuple[Order, str | None]]]:
    """One page, one transaction: nothing is held while the next one is waited for."""
    last = 0
    while True:
        with tenant_tx(tenant):
            found = list(Order.objects.select_related("programme").filter(pk__gt=last).order_by("pk")[:BATCH])
            if not found:
                return
            judged = _judged(found)
        yield judged
        last = found[-1].pk


def _judged(orders: Sequence[Order]) -> list[tuple[Order, str | None]]:
    rows = StepRecord.objects.filter(order__in=orders).select_related("item").order_by("order_id", "position", "id")
    steps = {pk: list(group) for pk, group in groupby(rows, key=lambda row: row.order_id)}
    acts = {
        row["order_id"]: (row["acts"], row["newest"])
        for row in OrderAct.objects.filter(order__in=orders)
        .values("order_id")
        .order_by("order_id")
        .annotate(acts=Count("id"), newest=Max("order_version"))
    }
    reserving = set(OrderItem.objects.filter(order__in=orders, reserves=True).values_list("order_id", flat=True))
    return [
        (order, _problem(order, steps.get(order.pk, []), acts.get(order.pk, (0, 0)), reserves=order.pk in reserving))
        for order in orders
    ]


def _problem(order: Order, rows: list[StepRecord], acts: tuple[int, int], *, reserves: bool) -> str | None:
    if acts != (order.version, order.version):
        return f"version is {order.version}, but there are {acts[0]} acts up to version {acts[1]}"
    over = order.closed_at is not None and Duty.REVOKE_NEW.value not in (order.ending or {}).get("duties", ())
    if reserves and over:
        return "it has ended and still keeps a certificate from others"
    if not reserves and not over and order.submitted_at is not None:
        return "its application was submitted, and no certificate is taken"
    try:
        return projection.disagreement(order, pack_of(order.programme), projection.steps_of(rows))
    except (AssertionError, KeyError, ValueError) as error:
        return f"its rows say nothing that the rules know: {type(error).__name__}"
