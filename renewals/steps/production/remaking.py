"""Made once more: dead on arrival, lost on its way, or broken while it was made (RULES P18, P23).

Two certificate administrators want it; the certificate that was made is revoked at the CA; then the step opens again,
first in line, and nothing is asked of the customer.
"""

from datetime import timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from portal import jobs, notices
from renewals import lifecycle
from renewals.lifecycle import Kind, Phase, StepState
from renewals.models import DualControl, Issuance, ProductionTask, StepRecord
from renewals.models.certificates import CaStatus
from renewals.producing import first_pins
from renewals.producing.errors import NotRemakable, TooLateToRemake
from renewals.steps import custody, issuing
from renewals.steps.application import handler_of
from renewals.steps.base import ActContext
from renewals.steps.ending import second_person
from renewals.steps.production.making import task_of

REMAKE_DAYS: Final = 30  # RULES P18
_MADE: Final = (Phase.ISSUED, Phase.INSTALLED)


class Reason(BaseModel):
    """Why; ``ProductionTask.Remake``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Literal["dead_on_arrival", "lost_in_transit", "faulty"]


class Revoked(Reason):
    """``outcome``: what the CA said of the certificate that was made."""

    outcome: Literal["revoked", "expired"]


def remake(act: ActContext, data: Reason) -> None:
    """Asked by the first, confirmed by the second person; then the CA is asked to revoke what was made."""
    _may(act, data.reason)
    if second_person(act, DualControl.Operation.REMAKE):
        jobs.enqueue(
            "renewals.revoke_made",
            {
                "order": act.order.public_id,
                "item": act.the_item.public_id,
                "step": act.step,
                "issuance": issuing.live_issuance(act).public_id,
                "reason": data.reason,
            },
            group=f"order:{act.order.public_id}",
            key=f"revoke_made:{issuing.live_issuance(act).public_id}",
        )


def _may(act: ActContext, reason: str) -> None:
    """What the chain of hands and the steps say bears the reason out. NotRemakable, TooLateToRemake."""
    step, delivery = act.find(), _delivery(act)
    makes_new = act.config.makes == ProductionTask.Makes.NEW_MEDIUM
    if reason == ProductionTask.Remake.FAULTY:  # in the making; afterwards it is somebody else's to say so
        if not makes_new or step.state is not StepState.SUBMITTED or step.phase not in _MADE:
            raise NotRemakable()
        return
    if not makes_new or step.state is not StepState.DONE or custody.key_of(act.the_item) is not None:
        raise NotRemakable()
    if reason == ProductionTask.Remake.LOST_IN_TRANSIT:
        if delivery is None or (delivery.state, delivery.reason) != (StepState.RETURNED, "lost"):
            raise NotRemakable()
        return
    if delivery is None or delivery.state != StepState.DONE:
        raise NotRemakable()
    if act.now - delivery.changed_at > timedelta(days=REMAKE_DAYS):
        raise TooLateToRemake()


def _delivery(act: ActContext) -> StepRecord | None:
    return StepRecord.objects.filter(item=act.item, kind=Kind.DELIVERY).first()


def remade(act: ActContext, data: Revoked) -> None:
    """What was made is revoked: the step opens again, for another medium."""
    issuance, task = issuing.live_issuance(act), task_of(act.the_item)
    issuance.state = Issuance.State.WITHDRAWN
    issuance.save(update_fields=["state"])
    made = act.the_item.issued
    if made is not None:
        made.ca_status, made.ca_status_at = CaStatus.REVOKED, act.now
        made.save(update_fields=["ca_status", "ca_status_at"])
    pin = first_pins.live_of(task)
    if pin is not None:
        first_pins.wipe(pin, "void", now=act.now, reason="介质重做")
    task.state, task.is_open, task.remake_reason = ProductionTask.State.SCRAPPED, False, data.reason
    task.save(update_fields=["state", "is_open", "remake_reason"])
    act.steps = lifecycle.remake(act.path, act.steps, act.step, item=act.the_item.public_id, flags=act.flags)
    act.order.closed_at = None
    notices.send(
        "production.remaking",
        to=handler_of(act.order),
        context={"number": act.order.number},
        key=f"production.remaking:{task.public_id}",
    )


def is_remake(act: ActContext) -> bool:
    """Whether what the act's item gets now is a remake: both freights are ours then (P18)."""
    return ProductionTask.objects.filter(item=act.item, remake_of__isnull=False).exists()
