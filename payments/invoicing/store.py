"""Rows of invoices: what there is of a charge, and the one place that writes new ones."""

import secrets

from django.db.models import F, Sum
from django.utils import timezone

from payments.bundle_shares import members_of
from payments.buyers import Buyer
from payments.models import (
    Charge,
    ChargeState,
    Invoice,
    InvoiceCause,
    InvoiceColour,
    InvoiceState,
    PaymentSettings,
    Refund,
)
from portal import audit, jobs
from portal.accounts.actor import Actor


def payable_fen(charge: Charge) -> int:
    """Paid and not back; of a bundle that of all its charges."""
    rows = members_of(charge) if charge.is_bundle else Charge.objects.filter(pk=charge.pk)
    return int(rows.aggregate(fen=Sum(F("credited_fen") - F("refunded_fen")))["fen"] or 0)


def is_paid(charge: Charge) -> bool:
    if charge.is_bundle:
        return charge.state == ChargeState.CLOSED and not members_of(charge).exclude(state=ChargeState.SETTLED).exists()
    return bool(charge.state == ChargeState.SETTLED)


def live_blue(charge: Charge) -> Invoice | None:
    found: Invoice | None = Invoice.objects.filter(
        charge=charge, colour=InvoiceColour.BLUE, state__in=[InvoiceState.REQUESTED, InvoiceState.ISSUED]
    ).first()
    return found


def waiting_blue(charge: Charge) -> Invoice | None:
    found: Invoice | None = Invoice.objects.filter(
        charge=charge, colour=InvoiceColour.BLUE, state=InvoiceState.WAITING
    ).first()
    return found


def is_same_buyer(invoice: Invoice, buyer: Buyer) -> bool:
    return (invoice.kind, invoice.title, invoice.tax_number) == (buyer.kind, buyer.title, buyer.tax_number)


def not_reversed(blue: Invoice) -> int:
    """Fen of it that no red invoice takes back."""
    reds = Invoice.objects.filter(red_of=blue).exclude(state=InvoiceState.FAILED)
    return int(blue.amount_fen) - int(reds.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def reissue_limit() -> int:
    chosen: int | None = PaymentSettings.objects.values_list("invoice_reissues", flat=True).first()
    return int(PaymentSettings._meta.get_field("invoice_reissues").default) if chosen is None else chosen


def reissues_left(charge: Charge) -> int:
    """How often the customer may still ask for another buyer; what didn't come about doesn't count."""
    used = Invoice.objects.filter(charge=charge, colour=InvoiceColour.BLUE, cause=InvoiceCause.REISSUE).exclude(
        state__in=[InvoiceState.FAILED, InvoiceState.WITHDRAWN]
    )
    return max(0, reissue_limit() - used.count())


def new_blue(
    charge: Charge,
    buyer: Buyer,
    amount_fen: int,
    *,
    cause: InvoiceCause = InvoiceCause.FIRST,
    replaces: Invoice | None = None,
) -> Invoice:
    """Waiting: ``ask`` asks for it."""
    invoice = Invoice(
        request_number=_new_number(),
        charge=charge,
        kind=buyer.kind,
        replaces=replaces,
        cause=cause,
        title=buyer.title,
        tax_number=buyer.tax_number,
        amount_fen=amount_fen,
        email=buyer.email or None,
        phone=buyer.phone or None,
        state=InvoiceState.WAITING,
    )
    invoice.save(force_insert=True)
    return invoice


def ask(invoice: Invoice, *, by: Actor) -> Invoice:
    """waiting → requested, and the job that asks the issuer."""
    Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.WAITING).update(state=InvoiceState.REQUESTED)
    invoice.state = InvoiceState.REQUESTED
    _enqueue(invoice, by=by)
    return invoice


def lower(waiting: Invoice, amount_fen: int, *, by: Actor) -> Invoice | None:
    """More has gone back before it was asked for; None: nothing is left to invoice."""
    if amount_fen > 0:
        Invoice.objects.filter(pk=waiting.pk).update(amount_fen=amount_fen)
        waiting.amount_fen = amount_fen
        return waiting
    Invoice.objects.filter(pk=waiting.pk).update(state=InvoiceState.WITHDRAWN, failure="NOTHING_LEFT")
    audit.record("invoice.withdrawn", by=by, subject=f"invoice:{waiting.public_id}", detail={"amount_fen": amount_fen})
    return None


def reverse(blue: Invoice, *, cause: InvoiceCause, by: Actor, refund: Refund | None = None) -> None:
    """A red invoice over all that stands of the blue one; one that is on its way already is enough."""
    amount = not_reversed(blue)
    if amount <= 0:
        return
    red = Invoice(
        request_number=_new_number(),
        charge=blue.charge,
        colour=InvoiceColour.RED,
        kind=blue.kind,
        red_of=blue,
        cause=cause,
        refund=refund,
        title=blue.title,
        tax_number=blue.tax_number,
        amount_fen=amount,
    )
    red.save(force_insert=True)
    _enqueue(red, by=by)


def _enqueue(invoice: Invoice, *, by: Actor) -> None:
    audit.record(
        "invoice.requested",
        by=by,
        subject=f"invoice:{invoice.public_id}",
        detail={"colour": invoice.colour, "amount_fen": invoice.amount_fen, "reason": str(invoice.cause)},
    )
    jobs.enqueue(
        "payments.issue_invoice",
        {"invoice": invoice.public_id},
        group=f"invoice:{invoice.charge.public_id}",
        key=f"invoice:{invoice.public_id}",
    )


def _new_number() -> str:
    return f"I{timezone.localdate():%Y%m%d}{secrets.randbelow(10**14):014d}"
