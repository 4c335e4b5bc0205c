"""How far the making of one medium is: what the desk's page, its script and its JSON API share (RULES D8, P14)."""

import base64
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from portal.accounts.actor import Actor, actor_of
from renewals import orders, projection
from renewals.bridge import challenges
from renewals.bridge.protocol import install_action
from renewals.issuing import history
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject, model_of
from renewals.issuing.wishes import keeps_key
from renewals.lifecycle import Phase, Status, Step, StepState
from renewals.models import FirstPin, Issuance, PinReset, ProductionTask
from renewals.producing import first_pins
from renewals.producing.errors import TaskUnknown
from renewals.programmes.schema_steps import ProductionStep
from renewals.publishing import pack_of
from renewals.staff_selectors import production
from renewals.steps.issuing import live_of

_STATES = {Phase.REQUESTED: "requested", Phase.ISSUED: "issued", Phase.INSTALLED: "installed"}


@dataclass(frozen=True)
class Making:
    """One task on the desk. ``by``: whoever sits there, for `orders.act`."""

    task: ProductionTask
    step: Step
    config: ProductionStep
    issuance: Issuance | None
    pin: FirstPin | None
    reset: PinReset | None
    by: Actor

    @property
    def state(self) -> str:
        """open, requested, issued, installed, made (also scrapped: another task goes on), over, or waiting."""
        if self.task.state == ProductionTask.State.SCRAPPED or self.step.state is StepState.DONE:
            return "made"
        if Status(self.task.order.status).terminal:
            return "over"
        if self.step.state is StepState.SUBMITTED and self.step.phase is not None:
            return _STATES.get(self.step.phase, "waiting")
        return "open" if self.step.state in {StepState.OPEN, StepState.RETURNED} else "waiting"

    @property
    def reset_state(self) -> str:
        """Of a mailed-in key's PIN (P14): "" not wanted, wanted, asked, released (the CA answers), ready, used."""
        if not self.config.reset_pin:
            return ""
        if self.reset is None:
            used = PinReset.objects.filter(item=self.task.item, used_at__isnull=False).exists()
            return "used" if used else "wanted"
        if self.reset.authorization is not None:
            return "ready"
        return "released" if self.reset.released_at else "asked"


def find(request: HttpRequest, task_id: str) -> Making:
    """TaskUnknown. Inside a tenant_tx."""
    task = production.task(task_id) if task_id.isprintable() else None
    if task is None:
        raise TaskUnknown()
    config = pack_of(task.order.programme).step_config(task.order.path, task.step)
    steps = projection.load_steps(task.order)
    step = next(each for each in steps if each.name == task.step and each.item == task.item.public_id)
    return Making(
        task=task,
        step=step,
        config=config,  # type: ignore[arg-type]  # a production step's
        issuance=live_of(task.item),
        pin=first_pins.live_of(task),
        reset=PinReset.objects.select_related("asked_by").filter(item=task.item, used_at__isnull=True).first(),
        by=actor_of(request),
    )


def act(making: Making, action: str, data: dict[str, Any] | None = None, *, key: str = "") -> orders.ActResult:
    """An act on the task's step; ``key`` where the page has one of its own."""
    order = making.task.order
    return orders.act(
        order.public_id,
        action,
        step=making.task.step,
        item=making.task.item.public_id,
        by=making.by,
        data=data or {},
        key=key or f"{action}:{making.task.public_id}:{order.version}",
    )


def state_of(making: Making) -> dict[str, Any]:
    """What the desk's script needs to go on from where things stand; nothing personal, no secret."""
    task, model = making.task, model_of(making.task.item)
    old = parse(bytes(model.signing_der))
    renewed = task.makes == ProductionTask.Makes.RENEWED_KEY
    found: dict[str, Any] = {
        "state": making.state,
        "txn": challenges.transaction_of(task.item),
        "algorithm": "RSA2048" if old.algorithm == "RSA" else old.algorithm,
        "subject": _text(expected_subject(task.item)),
        "old": old.fingerprint_sm3.hex() if renewed else "",
        "keySerial": task.key_serial,
        "wanted": model.medium_number if renewed else "",
        "model": making.config.key_model or "",
        "reset": making.reset_state,
        "pin": making.config.first_pin != "none",
        "historyContainers": history.expected(task.item, kept=keeps_key(task.item)),
    }
    issuance = making.issuance
    if issuance is not None and issuance.signing_certificate:
        new = parse(bytes(issuance.signing_certificate))
        found["new"] = {
            "fingerprint": new.fingerprint_sm3.hex(),
            "action": install_action(new.serial),
            "signing": _text(issuance.signing_certificate),
            "encryption": _text(issuance.encryption_certificate),
            "enveloped": _text(issuance.enveloped_key),
            "history": [
                {"certificate": _text(certificate), "envelopedKey": _text(enveloped)}
                for certificate, enveloped in history.history_of(issuance)
            ],
        }
    return found


def _text(der: bytes | memoryview | None) -> str | None:
    return base64.b64encode(bytes(der)).decode() if der else None
