"""What happens behind an order: jobs that ask outside, and what they bring back through the one door.

The numbers are those of ORDER-PATH.md. Every job may run again after a crash: the CA is looked up by request id
before it is asked again, and what comes back enters through `orders.act` under a key made of the job's ids.
"""

import base64
from typing import Any

from django.utils.translation import gettext as _

from payments import ledger
from payments.models import Charge
from portal import jobs, notices
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from renewals import orders
from renewals.ca.base import CaConnector, CertificateExpired, Issued, Pending, UnknownCertificate
from renewals.ca_of_tenant import ca_of
from renewals.identity.base import Outcome
from renewals.identity.connect import identity_service
from renewals.issuing.requests import parse
from renewals.issuing.wishes import wish_of
from renewals.lifecycle import Kind, LifecycleRefused, OrderEnded
from renewals.models import IdentityCheck, Issuance, Order, OrderItem
from renewals.publishing import pack_of
from renewals.steps.application import answers_of, handler_of

RENEWABLE = frozenset({"valid", "expired"})  # what the CA may say right before issuing (P13)
REPLACEABLE = RENEWABLE | {"revoked"}  # of one that was revoked so that another one takes its place (D7, P23)
CA_POLL_SECONDS = 5.0


def _step(order: Order, kind: Kind) -> str:
    path = pack_of(order.programme).path_spec(order.path)
    return path.of_kind(kind)[0].name


# -- identity (3) -----------------------------------------------------------------------------------------------------


@jobs.handler("renewals.three_factor", kind="outside", max_attempts=12)
def three_factor(job: jobs.JobContext) -> jobs.Finish | None:
    """Ask the identity service; an unavailable one is asked again later, and the page says so."""
    with tenant_tx(job.tenant, write=True):  # revealing leaves an audit row
        check = IdentityCheck.objects.select_related("application__order__programme").get(
            public_id=job.payload["check"]
        )
        answers = answers_of(check.application, by=Actor.system("identity"), reason="三要素核验")
        order, step = check.application.order, _step(check.application.order, Kind.IDENTITY)
        if check.answered_at is not None:
            return None
    outcome = identity_service().three_factor(
        name=answers["representative_name"],
        id_number=answers["representative_id_number"],
        mobile=answers["representative_mobile"],
        request_id=check.request_id,
    )
    if outcome is Outcome.UNAVAILABLE:
        with tenant_tx(job.tenant, write=True):
            IdentityCheck.objects.filter(pk=check.pk, answered_at__isnull=True).update(
                outcome=IdentityCheck.Outcome.UNAVAILABLE
            )
        raise jobs.Retry(min(600, 5 * 2**job.attempt))

    def finish() -> None:
        data = {"request_id": check.request_id, "outcome": outcome.value}
        _act_unless_over(order.public_id, "answered", step=step, data=data, key=f"three_factor:{check.public_id}")

    return jobs.Finish(finish)


# -- money (4) --------------------------------------------------------------------------------------------------------


@jobs.handler("charge_settled", kind="local")
def charge_settled(job: jobs.JobContext) -> None:
    """Money has arrived. On an order that is over it goes back (P9); the ledger has it either way."""
    order = _order_of(job.payload["reference"])
    data = {name: job.payload[name] for name in ("charge", "total_fen", "channel")}
    try:
        orders.act(
            order.public_id,
            "settled",
            step=_step(order, Kind.PAYMENT),
            by=Actor.system("payments"),
            data=data,
            key=f"settled:{job.payload['charge']}",
        )
    except LifecycleRefused:
        ledger.request_refund(
            Charge.objects.get(public_id=job.payload["charge"]),
            amount_fen=job.payload["total_fen"],
            reason=_("订单已经结束，款项退回"),
            by=Actor.system("payments"),
            key=f"late:{job.payload['charge']}",
        )


@jobs.handler("charge_refunded", kind="local")
def charge_refunded(job: jobs.JobContext) -> None:
    order = _order_of(job.payload["reference"])
    orders.act(
        order.public_id,
        "refunded",
        by=Actor.system("payments"),
        data={"refund": job.payload["refund"], "amount_fen": job.payload["amount_fen"]},
        key=f"refunded:{job.payload['refund']}",
    )


@jobs.handler("refund_declined", kind="local")
def refund_declined(job: jobs.JobContext) -> None:
    """Finance has said no to a refund: an ended order mustn't wait for it."""
    order = _order_of(job.payload["reference"])
    orders.act(
        order.public_id,
        "refund_declined",
        by=Actor.system("payments"),
        data={"refund": job.payload["refund"], "amount_fen": job.payload["amount_fen"]},
        key=f"refund_declined:{job.payload['refund']}",
    )


@jobs.handler("charge_transfer", kind="local")
def charge_transfer(job: jobs.JobContext) -> None:
    """Finance has decided on a bank transfer (C9, P10). An order that is over has nothing to follow."""
    order = _order_of(job.payload["reference"])
    told = ("charge", "claim", "outcome", "amount_fen", "missing_fen", "reason")
    _act_unless_over(
        order.public_id,
        "transfer_news",
        step=_step(order, Kind.PAYMENT),
        data={name: job.payload[name] for name in told},
        key=f"transfer:{job.id}",
    )


@jobs.handler("invoice_issued", kind="local")
def invoice_issued(job: jobs.JobContext) -> None:
    """The invoice's link goes to the handler's mobile and e-mail (C11); of a red one only where no new one follows."""
    if job.payload.get("followed"):
        return
    order = _order_of(job.payload["reference"])
    notices.send(
        "invoice.reversed" if job.payload["colour"] == "red" else "invoice.ready",
        to=handler_of(order),
        context={"number": order.number, "link": job.payload["url"]},
        key=f"invoice.ready:{job.payload['invoice']}",
    )


def _order_of(reference: str) -> Order:
    """The ledger's references are opaque to it: here they are ``<order public id>.<application version>``."""
    return Order.objects.select_related("programme").get(public_id=reference.rpartition(".")[0])


# -- the CA (5, 6) ----------------------------------------------------------------------------------------------------


@jobs.handler("renewals.request_certificate", kind="outside", max_attempts=40)
def request_certificate(job: jobs.JobContext) -> jobs.Finish:
    """Ask the CA for the certificate whose request was committed before. Known already → take that answer."""
    with tenant_tx(job.tenant):
        issuance = Issuance.objects.select_related(
            "item__certificate", "item__issued", "item__order__programme", "item__order__tenant"
        ).get(public_id=job.payload["issuance"])
        item, order = issuance.item, issuance.item.order
        try:
            request = wish_of(issuance)
        except ValueError:  # the end that was to be kept has passed meanwhile (D5)
            return _finish_issuance(job, order, item, "refused", {"reason": "term_over"})
    ca = ca_of(job.tenant)
    answer = ca.lookup(issuance.request_id)
    if answer is None:
        state = _status(ca, request.old_serial)
        if request.kind != "enrol" and state not in (REPLACEABLE if request.kind == "replace" else RENEWABLE):
            return _finish_issuance(job, order, item, "refused", {"reason": f"status_{state}"})
        answer = ca.request_certificate(request)
    if isinstance(answer, Pending):
        raise jobs.Retry(CA_POLL_SECONDS)
    if isinstance(answer, Issued):
        return _finish_issuance(job, order, item, "issued", _issued_data(answer))
    return _finish_issuance(job, order, item, "refused", {"reason": answer.reason_code})


def _status(ca: CaConnector, serial: str) -> str:
    """The CA's word; "unknown" for a certificate that it never issued, which no asking again will change.

    One that was renewed elsewhere meanwhile is "replaced", also while it is still good or has simply lapsed.
    """
    try:
        found = ca.status(serial)
    except UnknownCertificate:
        return "unknown"
    return "replaced" if found.state in RENEWABLE and found.successor_serial else found.state


def _finish_issuance(
    job: jobs.JobContext, order: Order, item: OrderItem, action: str, data: dict[str, Any]
) -> jobs.Finish:
    step, key = job.payload["step"], f"request_certificate:{job.payload['issuance']}"
    return jobs.Finish(lambda: _act_unless_over(order.public_id, action, step=step, item=item, data=data, key=key))


def _issued_data(issued: Issued) -> dict[str, Any]:
    def text(der: bytes | None) -> str | None:
        return None if der is None else base64.b64encode(der).decode()

    return {
        "signing_certificate": text(issued.signing_certificate_der),
        "encryption_certificate": text(issued.encryption_certificate_der),
        "enveloped_key": text(issued.enveloped_key_der),
        "chain": [text(der) for der in issued.chain_der],
        "history": [
            {"certificate": text(each.certificate_der), "enveloped_key": text(each.enveloped_key_der)}
            for each in issued.history
        ],
    }


@jobs.handler("renewals.revoke_old", kind="outside", max_attempts=40)
def revoke_old(job: jobs.JobContext) -> jobs.Finish:
    """The replaced certificate is revoked at the moment that the pack names."""
    with tenant_tx(job.tenant):
        item = OrderItem.objects.select_related("certificate", "order").get(public_id=job.payload["item"])
    outcome = "revoked"
    try:
        ca_of(job.tenant).revoke(item.certificate.serial, "superseded", request_id=f"old-{item.public_id}")
    except CertificateExpired:  # on the expired path the rule: it can't be used any more either way
        outcome = "expired"
    data, key = {"outcome": outcome}, f"old_revoked:{item.public_id}"
    return jobs.Finish(lambda: _act_unless_over(item.order.public_id, "old_revoked", item=item, data=data, key=key))


@jobs.handler("renewals.revoke_new", kind="outside", max_attempts=40)
def revoke_new(job: jobs.JobContext) -> jobs.Finish:
    """A certificate that was issued and cancelled before it was installed (P19)."""
    with tenant_tx(job.tenant):
        item = OrderItem.objects.select_related("order").get(public_id=job.payload["item"])
        issuance = Issuance.objects.get(item=item, state=Issuance.State.ISSUED)
    serial = parse(bytes(issuance.signing_certificate or b"")).serial_hex
    ca_of(job.tenant).revoke(serial, "cessationOfOperation", request_id=f"new-{item.public_id}")
    key = f"new_revoked:{item.public_id}"
    return jobs.Finish(lambda: _act_unless_over(item.order.public_id, "new_revoked", item=item, key=key))


def _act_unless_over(
    order: str,
    action: str,
    *,
    key: str,
    step: str = "",
    item: OrderItem | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Bring an answer home; an order that ended meanwhile keeps its end."""
    try:
        orders.act(
            order,
            action,
            step=step,
            item=item.public_id if item else None,
            by=Actor.system("jobs"),
            data=data,
            key=key,
        )
    except OrderEnded:
        return
