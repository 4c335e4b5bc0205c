"""Whose turn it is: what a walk, or a person, can do next with an order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals import lifecycle, projection
from renewals.lifecycle import Kind, NextActor, Phase, StepState
from renewals.models import Order
from renewals.publishing import pack_of


@dataclass(frozen=True)
class Turn:
    """One step on which ``who`` can act now. ``item``: the item's public id, None for a step of the whole order."""

    order: str
    step: str
    item: str | None
    kind: Kind
    state: StepState
    phase: Phase | None
    who: NextActor
    config: Any  # the step's own part of the rule pack


def turns_of(tenant: Tenant, order: str) -> list[Turn]:
    """In path order; [] when the order is over, or waits for the CA or a job alone."""
    with tenant_tx(tenant):
        row = Order.objects.select_related("programme").get(public_id=order)
        return list(_turns(row))


def _turns(order: Order) -> Iterator[Turn]:
    if order.closed_at is not None:
        return
    pack = pack_of(order.programme)
    path, steps = pack.path_spec(order.path), projection.load_steps(order)
    for step in steps:
        who = lifecycle.acting(path, steps, step)
        if who is None or who in {NextActor.SYSTEM, NextActor.CA}:
            continue
        config = pack.step_config(order.path, step.name)
        yield Turn(order.public_id, step.name, step.item, step.kind, step.state, step.phase, who, config)
