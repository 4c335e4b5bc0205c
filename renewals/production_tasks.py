"""Production's jobs: revoke before and after the making, authorise a PIN reset, send a first PIN, wipe old ones.

As in tasks.py every job may run again after a crash: the CA is asked under the same request id, the SMS service whether
it has the message, and what comes back enters through `orders.act` under a key made of the job's ids.
"""

import base64
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from portal import jobs, notices, vault
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.notices.errors import SmsRejected, SmsTemplateMissing
from portal.tenants import tenant_tx
from renewals import orders
from renewals.ca.base import CertificateExpired, UnknownCertificate, UnknownMedium
from renewals.ca_of_tenant import ca_of
from renewals.issuing.requests import parse
from renewals.lifecycle import OrderEnded
from renewals.models import FirstPin, Issuance, OrderItem, PinReset, ProductionTask
from renewals.producing import first_pins
from renewals.producing.errors import PinGone
from renewals.producing.texts import FIRST_PIN
from renewals.publishing import pack_of
from renewals.steps.application import handler_of
from renewals.steps.revocation import CRL_REASONS

PIN_KEPT: Final = timedelta(days=30)  # a first PIN that never left by then is wiped; the key can be unblocked (P1)
_REASONS: Final = {  # why a certificate that was made is revoked, as CRLReason
    ProductionTask.Remake.LOST_IN_TRANSIT: "keyCompromise",
    ProductionTask.Remake.DEAD_ON_ARRIVAL: "cessationOfOperation",
    ProductionTask.Remake.FAULTY: "cessationOfOperation",
}


@jobs.handler("renewals.revoke_before", kind="outside", max_attempts=40)
def revoke_before(job: jobs.JobContext) -> jobs.Finish:
    """The old certificate, before the new one is made (D7, 补办). What can't be renewed any more stops here (P13)."""
    with tenant_tx(job.tenant):
        item = OrderItem.objects.select_related("certificate", "order__programme").get(public_id=job.payload["item"])
        order = item.order
        config: Any = pack_of(order.programme).step_config(order.path, job.payload["step"])
        reason = str(config.reason)
    ca, serial, crl_reason = ca_of(job.tenant), item.certificate.serial, CRL_REASONS[reason]
    key = f"revoke_before:{item.public_id}"
    try:
        found = ca.status(serial)
        elsewhere = found.state == "revoked" and found.reason != crl_reason and reason == "superseded"
        if found.state in {"frozen", "replaced", "unknown"} or found.successor_serial or elsewhere:
            return _act(job, item, "refused", {"reason": f"status_{found.state}"}, key=key)
        ca.revoke(serial, crl_reason, request_id=f"before-{item.public_id}")
    except UnknownCertificate:
        return _act(job, item, "refused", {"reason": "status_unknown"}, key=key)
    except CertificateExpired:  # there is nothing left to revoke
        return _act(job, item, "revoked", {"outcome": "expired"}, key=key)
    return _act(job, item, "revoked", {"outcome": "revoked"}, key=key)


@jobs.handler("renewals.revoke_made", kind="outside", max_attempts=40)
def revoke_made(job: jobs.JobContext) -> jobs.Finish:
    """A certificate on a medium that was lost, or is dead, before another one is made (P18, P23)."""
    with tenant_tx(job.tenant):
        issuance = Issuance.objects.select_related("item__order").get(public_id=job.payload["issuance"])
        item, serial = issuance.item, parse(bytes(issuance.signing_certificate or b"")).serial_hex
    outcome, reason = "revoked", job.payload["reason"]
    try:
        ca_of(job.tenant).revoke(serial, _REASONS[reason], request_id=f"made-{issuance.public_id}")
    except CertificateExpired:
        outcome = "expired"
    return _act(job, item, "remade", {"reason": reason, "outcome": outcome}, key=f"revoke_made:{issuance.public_id}")


@jobs.handler("renewals.authorise_pin_reset", kind="outside", max_attempts=40)
def authorise_pin_reset(job: jobs.JobContext) -> jobs.Finish | None:
    """Two persons have agreed (P14); the CA answers the same however often it is asked."""
    with tenant_tx(job.tenant):
        reset = (
            PinReset.objects.select_related("item__certificate", "item__order")
            .filter(public_id=job.payload["reset"], used_at__isnull=True)
            .first()
        )
    if reset is None:  # asked anew with another nonce meanwhile
        return None
    item, action, data = reset.item, "reset_authorised", {}
    try:
        made = ca_of(job.tenant).unlock_authorization(
            reset.key_serial, bytes(reset.nonce), medium_number=item.certificate.medium_number
        )
        data = {"authorization": base64.b64encode(made).decode()}
    except UnknownMedium:
        action, data = "reset_refused", {"reason": "unknown_medium"}
    return _act(job, item, action, data, key=f"authorise_pin_reset:{reset.public_id}")


@jobs.handler("renewals.send_first_pin", kind="outside", max_attempts=12)
def send_first_pin(job: jobs.JobContext) -> jobs.Finish | None:
    """The one message with a first PIN (D9): opened here, handed to the SMS service, wiped with the job's own end.

    The PIN is in no payload and no message row. After a crash the service is asked first whether it has it
    (``attempt``), so that it is sent once.
    """
    with tenant_tx(job.tenant, write=True):  # revealing the handler's phone leaves an audit row
        pin = FirstPin.objects.select_related("task__item", "task__order__customer").get(public_id=job.payload["pin"])
        if pin.state != FirstPin.State.SET:
            return None
        order, item = pin.task.order, pin.task.item
        phone, text = _phone(handler_of(order)), first_pins.opened(pin)
    context = {"number": order.number, "tail": pin.task.medium_number[-4:], "pin": text}
    try:
        notices.send_once(
            job.tenant,
            FIRST_PIN,
            phone=phone,
            context=context,
            secret="pin",  # noqa: S106  (a name of the context)
            request_id=pin.public_id,
            attempt=job.attempt,
        )
    except (SmsRejected, SmsTemplateMissing) as error:
        raise jobs.GiveUp from error
    return _act(job, item, "pin_sent", {"pin": pin.public_id}, key=f"pin_sent:{pin.public_id}")


def _phone(to: notices.Recipient) -> str:
    if to.phone or not isinstance(to.user, User):
        return to.phone
    return vault.reveal(to.user, "phone", by=Actor.system("first PINs"), reason="发送初始 PIN 码")


@jobs.handler("renewals.wipe_first_pins", kind="local", max_attempts=3)
def wipe_first_pins(job: jobs.JobContext) -> None:
    """What never left is of no use after a month, and shouldn't lie about."""
    del job
    now = timezone.now()
    for pin in FirstPin.objects.filter(state__in=FirstPin.LIVE, asked_at__lt=now - PIN_KEPT)[:500]:
        first_pins.wipe(pin, FirstPin.State.VOID, now=now, reason="30 天内没有发出")


jobs.recurring("renewals.wipe_first_pins", every=timedelta(days=1))


def _act(job: jobs.JobContext, item: OrderItem, action: str, data: dict[str, Any], *, key: str) -> jobs.Finish:
    """Bring it home; an order that ended meanwhile, or a PIN that is gone, keeps its end."""

    def finish() -> None:
        try:
            orders.act(
                item.order.public_id,
                action,
                step=job.payload["step"],
                item=item.public_id,
                by=Actor.system("jobs"),
                data=data,
                key=key,
            )
        except (OrderEnded, PinGone):
            return

    return jobs.Finish(finish)
