"""The first PIN of a medium: asked of the desk's bridge, set, sent or printed once, wiped (RULES D9, Across 5)."""

import base64

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from renewals.bridge.first_pin import PIN_DIGITS
from renewals.lifecycle import Phase, StepNotOpen
from renewals.models import FirstPin
from renewals.producing import first_pins
from renewals.producing.errors import NotStarted, PinGone
from renewals.steps.base import ActContext, NoData
from renewals.steps.production.making import finish, task_of


class SealedPin(BaseModel):
    """What `pin.issue` of the desk's bridge answered, for the medium with this serial."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sealed_pin: Base64Bytes = Field(max_length=1024)


class Which(BaseModel):
    """``pin``: public id of the FirstPin that has left."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pin: str = Field(max_length=22)


def ask(act: ActContext, data: NoData) -> None:
    """What the bridge needs to make it. The certificate is on the medium already: the PIN is the last thing."""
    del data
    step, task = act.find(), task_of(act.the_item)
    if step.phase is not Phase.INSTALLED:
        raise StepNotOpen(step=act.step, item=act.item_key, state=step.state)
    pin = first_pins.ask(task, way=act.config.first_pin, now=act.now)
    act.answer |= {
        "pin": pin.public_id,
        "txn": pin.txn,
        "recipient": base64.b64encode(bytes(pin.public_key)).decode(),
        "digits": PIN_DIGITS,
    }


def set_pin(act: ActContext, data: SealedPin) -> None:
    """The medium has it: production is done."""
    task = task_of(act.the_item)
    pin = first_pins.live_of(task)
    if pin is None:
        raise NotStarted()
    first_pins.accept(pin, data.sealed_pin, now=act.now)
    finish(act, task)


def sent(act: ActContext, data: Which) -> None:
    """The SMS service has taken it: nobody here has it any more."""
    pin = FirstPin.objects.filter(public_id=data.pin, task__item=act.the_item).first()
    if pin is None or pin.state != FirstPin.State.SET:
        raise PinGone()
    first_pins.wipe(pin, FirstPin.State.SENT, now=act.now, reason="已用短信发出")


def mailer_printed(act: ActContext, data: Which) -> None:
    """The mailer has been drawn, for exactly this request; the second of two at once gets PinGone and no paper."""
    pin = FirstPin.objects.filter(public_id=data.pin, task__item=act.the_item).first()
    if pin is None or pin.state != FirstPin.State.SET or pin.way != FirstPin.Way.MAILER:
        raise PinGone()
    first_pins.wipe(pin, FirstPin.State.SENT, now=act.now, reason="已打印密码信封")
