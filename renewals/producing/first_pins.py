"""First PINs on the hall's side: asked of the desk's bridge, kept sealed, opened once, wiped (RULES D9, Across 5).

pin = ask(task, …)                 a key pair for this one PIN; the bridge gets the public half
accept(pin, sealed, now=…)         what the bridge made; it opens, or PinNotOurs
text = opened(pin)                 for the message or the mailer, in the job or request that gives it out
wipe(pin, FirstPin.State.SENT, …)  from here on nobody has it but whom it was for
"""

from datetime import datetime
from typing import Final

from portal import vault
from portal.accounts.actor import Actor
from portal.gm import SM2PrivateKey
from portal.gm.certificate import public_key_of, spki_der
from portal.tenants import current_tenant
from renewals.bridge.challenges import transaction_of
from renewals.bridge.first_pin import SealedPinInvalid, open_pin
from renewals.models import FirstPin, ProductionTask
from renewals.producing.errors import PinGone, PinNotOurs

BY: Final = Actor.system("first PINs")


def live_of(task: ProductionTask) -> FirstPin | None:
    return FirstPin.objects.filter(task=task, state__in=FirstPin.LIVE).first()


def ask(task: ProductionTask, *, way: str, now: datetime) -> FirstPin:
    """The PIN that the desk's bridge is to make for this task's medium; asked again, the same one."""
    live = live_of(task)
    if live is not None and live.key_serial == task.key_serial:
        return live
    if live is not None:
        wipe(live, FirstPin.State.VOID, now=now, reason="换了介质")
    ours = SM2PrivateKey.generate()
    made = FirstPin(
        task=task,
        way=way,
        key_serial=task.key_serial,
        public_key=spki_der(public_key_of(ours)),
        private_key=ours.to_pkcs8_der().hex(),
        asked_at=now,
    )
    first = not FirstPin.objects.filter(task=task).exists()  # then the PIN that was entered for the making counts
    made.txn = transaction_of(task.item) if first else f"{current_tenant().slug}/{made.public_id}"
    made.save()
    return made


def accept(pin: FirstPin, sealed: bytes, *, now: datetime) -> None:
    """PinNotOurs unless it opens and is of this medium and txn; nothing of it leaves this function."""
    if pin.state != FirstPin.State.ASKED:
        raise PinGone()
    pin.sealed_pin = sealed
    opened(pin)
    pin.state, pin.set_at = FirstPin.State.SET, now
    pin.save(update_fields=["sealed_pin", "state", "set_at"])


def opened(pin: FirstPin) -> str:
    """The PIN itself, for whom it is. PinGone once it was wiped, PinNotOurs."""
    if pin.private_key is None or pin.sealed_pin is None:
        raise PinGone()
    ours = SM2PrivateKey.from_pkcs8_der(bytes.fromhex(vault.open_field(pin, "private_key")))
    try:
        return open_pin(ours, bytes(pin.sealed_pin), key_serial=pin.key_serial, txn=pin.txn)
    except SealedPinInvalid:
        raise PinNotOurs() from None


def wipe(pin: FirstPin, state: str, *, now: datetime, reason: str) -> None:
    """Sent, printed or void: ciphertext and key are gone, and the key's data key with them."""
    pin.state, pin.wiped_at, pin.sealed_pin = state, now, None
    if state == FirstPin.State.SENT:
        pin.sent_at = now
    vault.wipe(pin, ["private_key"], also=["state", "wiped_at", "sent_at", "sealed_pin"], by=BY, reason=reason)
