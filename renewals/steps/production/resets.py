"""A mailed-in key whose PIN nobody here knows: asked by one, released by another, authorised by the CA (RULES P14).

The key's own nonce is what is released, so an authorisation fits this key, once. The desk's bridge takes a working PIN
in its window (pin.unlock); at the end it gets a first PIN like any medium, which goes to its owner after receipt.
"""

import base64

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from portal import jobs, vault
from portal.accounts.actor import Actor
from renewals.errors import NeedsAnotherPerson
from renewals.lifecycle import StepNotOpen, StepState
from renewals.models import PinReset
from renewals.parcels.hands import Event
from renewals.producing.errors import PinResetMissing
from renewals.steps import custody
from renewals.steps.base import ActContext, NoData, StaffReason
from renewals.steps.issuing import RefusedData
from renewals.steps.production.making import Medium, fits


class KeyState(Medium):
    """The medium that is in, and the nonce that `pin.info` gives."""

    nonce: Base64Bytes = Field(min_length=8, max_length=64)


class Authorisation(BaseModel):
    """The CA's word for that nonce, 32 bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authorization: Base64Bytes = Field(min_length=44, max_length=44)  # characters of base64


def pending(act: ActContext) -> PinReset:
    """The reset that isn't used yet. PinResetMissing."""
    found = PinReset.objects.filter(item=act.the_item, used_at__isnull=True).first()
    if found is None:
        raise PinResetMissing()
    return found


def ask(act: ActContext, data: KeyState) -> None:
    """The first person, with the key in. Another nonce (the key was changed meanwhile) is another asking."""
    if act.find().state is not StepState.OPEN or not act.config.reset_pin:
        raise StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    fits(act, data)
    assert act.by.user_id is not None  # noqa: S101  (a staff permission was asked for)
    custody.to_production(act)
    known = PinReset.objects.filter(item=act.the_item, used_at__isnull=True).first()
    if known is not None and bytes(known.nonce) == data.nonce:
        return
    if known is not None:
        known.delete()
    PinReset.objects.create(
        item=act.the_item,
        key_serial=data.key_serial,
        nonce=data.nonce,
        asked_by_id=act.by.user_id,
        asked_at=act.now,
    )


def release(act: ActContext, data: StaffReason) -> None:
    """The second person. The CA is asked by a job; NeedsAnotherPerson for whoever asked (P20)."""
    del data
    reset = pending(act)
    if reset.asked_by_id == act.by.user_id:
        raise NeedsAnotherPerson()
    reset.released_by_id, reset.released_at = act.by.user_id, act.now
    reset.save(update_fields=["released_by", "released_at"])
    jobs.enqueue(
        "renewals.authorise_pin_reset",
        {"order": act.order.public_id, "reset": reset.public_id, "step": act.step},
        group=f"order:{act.order.public_id}",
        key=f"authorise_pin_reset:{reset.public_id}",
    )


def authorised(act: ActContext, data: Authorisation) -> None:
    reset = pending(act)
    reset.authorization = base64.b64encode(data.authorization).decode()
    reset.save(update_fields=["authorization"])


def refused(act: ActContext, data: RefusedData) -> None:
    """The CA can't authorise it: the medium isn't one that it knows. Staff see why and call the customer."""
    pending(act).delete()
    act.answer["reason"] = data.reason


def used(act: ActContext, data: NoData) -> None:
    """The desk's bridge has unlocked it: the authorisation is worth nothing any more, and is gone."""
    del data
    reset = pending(act)
    if reset.authorization is None:
        raise PinResetMissing()
    reset.used_at = act.now
    vault.wipe(reset, ["authorization"], also=["used_at"], by=Actor.system("production"), reason="PIN 码已重置")
    custody.record(act, Event.PIN_RESET, note=f"{reset.asked_by} + {reset.released_by}"[:200])
