"""From tables to the pure rules and back: steps and ending of an order, and the projection that queues read."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.choosing import choose_path, facts_of
from renewals.lifecycle import Derived, Duty, Flags, Kind, NextActor, Phase, Status, Step, Steps, StepState
from renewals.lifecycle.states import ISSUANCE_PHASES
from renewals.models import Order, OrderItem, StepRecord
from renewals.programmes.schema import RulePack
from renewals.programmes.working_days import due_date
from renewals.steps.base import ActContext

__all__ = [
    "STILL_TO_BE_DONE",
    "agrees",
    "choose_path",
    "closes_in",
    "disagreement",
    "facts_of",
    "load_flags",
    "load_steps",
    "steps_of",
    "write",
]


def load_steps(order: Order) -> Steps:
    return steps_of(StepRecord.objects.filter(order=order).select_related("item").order_by("position", "id"))


def steps_of(rows: Iterable[StepRecord]) -> Steps:
    """The rows of one order, in their order, as the rules see them."""
    return tuple(
        lifecycle.step_from_record(
            {
                "name": row.name,
                "kind": row.kind,
                "scope": "item" if row.item_id else "order",
                "state": row.state,
                "item": row.item.public_id if row.item else None,
                "reason": row.reason,
                "evidence": None
                if row.evidence_version is None
                else {"form_version": row.evidence_version, "fields": row.evidence_fields},
                "phase": row.phase or None,
                "since_version": row.since_version,
            }
        )
        for row in rows
    )


def load_flags(order: Order) -> Flags:
    return Flags(lifecycle.ending_from_record(order.ending)) if order.ending else lifecycle.RUNNING


def write(context: ActContext) -> None:
    """Store steps, ending and projection of an act; release the certificates of an order that has ended."""
    order = context.order
    _write_steps(order, context.steps)
    order.ending = lifecycle.ending_to_record(context.flags.ending) if context.flags.ending else None
    derived = lifecycle.derive(context.path, context.steps, context.flags)
    order.status = derived.status
    order.next_actor = derived.next_actor
    clock = closes_in(context.pack, context.steps, derived)
    days = derived.due_working_days if clock is None else clock
    order.due_on = None
    if days is not None:
        today = context.now.astimezone(ZoneInfo(current_tenant().timezone)).date()
        order.due_on = due_date(today, days).day
    if derived.status.terminal and order.closed_at is None:
        order.closed_at = context.now
    if derived.status.terminal and not context.owes(Duty.REVOKE_NEW):
        OrderItem.objects.filter(order=order, reserves=True).update(reserves=False)
    order.save()


def closes_in(pack: RulePack, steps: Steps, derived: Derived) -> int | None:
    """Working days after which the order is closed if its customer does nothing; None where no clock runs.

    Whatever is awaited before the money counts as a draft: application, phone, form, papers, what was returned. The
    certificate isn't kept from others for good. Money that is in, or claimed to be on its way, stops it (P9).
    """
    if derived.next_actor is not NextActor.CUSTOMER or derived.status.terminal or _money_in(steps):
        return None
    if derived.status is Status.AWAITING_PAYMENT:
        return pack.clocks.payment_expires
    if any(step.phase in ISSUANCE_PHASES or (step.kind is Kind.MAIL_IN and step.settled) for step in steps):
        return None  # there is a certificate, or a key of theirs in the house
    return pack.clocks.draft_expires if derived.status in STILL_TO_BE_DONE else None


STILL_TO_BE_DONE = frozenset({Status.DRAFT, Status.IN_PROGRESS, Status.AWAITING_PARCEL, Status.READY_TO_INSTALL})


def _money_in(steps: Steps) -> bool:
    payments = [step for step in steps if step.kind is Kind.PAYMENT]
    return any(
        step.state is StepState.DONE or (step.state is StepState.SUBMITTED and step.phase is Phase.TRANSFER)
        for step in payments
    )


def _write_steps(order: Order, steps: Steps) -> None:
    rows = {(row.name, row.item.public_id if row.item else None): row for row in order.steps.select_related("item")}
    items = {item.public_id: item for item in order.items.all()}
    for position, step in enumerate(steps):
        row = rows.pop((step.name, step.item), None)
        if row is None:
            row = StepRecord(order=order, name=step.name, item=items[step.item] if step.item else None)
        elif _same(row, step, position):
            continue
        record = lifecycle.step_to_record(step)
        evidence = record["evidence"] or {"form_version": None, "fields": []}
        row.position = position
        row.kind, row.state, row.reason = record["kind"], record["state"], record["reason"]
        row.phase, row.since_version = record["phase"] or "", record["since_version"]
        row.evidence_version, row.evidence_fields = evidence["form_version"], evidence["fields"]
        row.save()
    for row in rows.values():  # steps that only the other path had
        row.delete()


def _same(row: StepRecord, step: Step, position: int) -> bool:
    evidence = step.evidence
    return (
        row.position == position
        and row.state == step.state
        and row.reason == step.reason
        and row.phase == (step.phase or "")
        and row.since_version == step.since_version
        and row.evidence_version == (evidence.form_version if evidence else None)
        and row.evidence_fields == (sorted(evidence.fields) if evidence else [])
    )


def agrees(order: Order, pack: RulePack) -> bool:
    """Whether the stored projection is what the rules derive from the stored steps."""
    return disagreement(order, pack, load_steps(order)) is None


def disagreement(order: Order, pack: RulePack, steps: Steps) -> str | None:
    """What the stored projection says otherwise than the rules, in words; None where they agree."""
    path = pack.path_spec(order.path)
    if order.ending is None and lifecycle.recompute(path, steps) != steps:
        return "a step is waiting or open against its gates"
    derived = lifecycle.derive(path, steps, load_flags(order))
    if order.status != derived.status:
        return f"status is {order.status}, derived {derived.status}"
    if order.next_actor != derived.next_actor:
        return f"next actor is {order.next_actor}, derived {derived.next_actor}"
    if (order.closed_at is not None) != derived.status.terminal:
        return f"closed_at is {order.closed_at}, status {derived.status}"
    clock = closes_in(pack, steps, derived)
    if (order.due_on is None) != (clock is None and derived.due_working_days is None):
        return f"due on {order.due_on}, against the pack's clocks"
    return None
