"""Invoices for what was paid: asked for, issued by a job, reissued without refund (RULES P5), red on refund.

Every request number is committed before the issuer is asked. Jobs of one charge's invoices run one after
another, so that red never overtakes blue.
"""

import secrets

from django.db.models import Sum
from django.utils import timezone

from payments.crediting import lock_charge
from payments.errors import InvoiceBeforePayment, InvoiceBusy
from payments.invoicing.base import Issued
from payments.models import Charge, ChargeState, Invoice, InvoiceColour, InvoiceKind, InvoiceState, Refund
from portal import audit, jobs
from portal.accounts.actor import Actor


def request_invoice(
    charge: Charge, *, title: str, tax_number: str, email: str, phone: str, by: Actor, kind: str = InvoiceKind.ORDINARY
) -> Invoice:
    """Ask for the invoice of a settled charge, in a write tenant_tx; title and tax number are checked already.

    The same buyer again → the same invoice. Another buyer → the issued one is reversed and a new one asked
    for. Raises InvoiceBeforePayment, InvoiceBusy.
    """
    locked = lock_charge(charge.pk)
    amount = locked.credited_fen - locked.refunded_fen
    if locked.state != ChargeState.SETTLED or amount <= 0:
        raise InvoiceBeforePayment
    live: Invoice | None = _live_blue(locked)
    if live is not None:
        if (live.kind, live.title, live.tax_number) == (kind, title, tax_number):
            return live
        if live.state == InvoiceState.REQUESTED:
            raise InvoiceBusy
        _reverse(live, _not_reversed(live), reason="reissue", by=by)
        Invoice.objects.filter(pk=live.pk).update(state=InvoiceState.REVERSED)
    invoice = Invoice(
        request_number=_new_number(),
        charge=locked,
        kind=InvoiceKind(kind),
        title=title,
        tax_number=tax_number,
        amount_fen=amount,
        email=email or None,
        phone=phone or None,
    )
    invoice.save(force_insert=True)
    _enqueue(invoice, by=by)
    return invoice


def reverse_for_refund(refund: Refund, *, by: Actor) -> None:
    """The refund's red invoice, if the charge was invoiced. The charge is locked."""
    if refund.charge is None:
        return
    blue = _live_blue(refund.charge)
    if blue is None:
        return
    amount = min(refund.amount_fen, _not_reversed(blue))
    if amount:
        _reverse(blue, amount, reason="refund", by=by, refund=refund)


def issued(invoice_id: int, answer: Issued) -> None:
    """requested → issued, in a write tenant_tx; once. Tells whoever asked for the charge."""
    invoice: Invoice = Invoice.objects.select_related("charge", "red_of").get(pk=invoice_id)
    won = Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.REQUESTED).update(
        state=InvoiceState.ISSUED, number=answer.number, url=answer.url, issued_at=answer.issued_at
    )
    if not won:
        return
    if invoice.red_of is not None and not _not_reversed(invoice.red_of):
        Invoice.objects.filter(pk=invoice.red_of.pk).update(state=InvoiceState.REVERSED)
    audit.record(
        "invoice.issued",
        by=Actor.system("payments"),
        subject=f"invoice:{invoice.public_id}",
        detail={"number": answer.number, "colour": invoice.colour, "amount_fen": invoice.amount_fen},
    )
    jobs.enqueue(
        "invoice_issued",
        {
            "charge": invoice.charge.public_id,
            "reference": invoice.charge.reference,
            "invoice": invoice.public_id,
            "colour": invoice.colour,
            "url": answer.url,
        },
        group=f"charge:{invoice.charge.public_id}",
        key=f"invoice_issued:{invoice.public_id}",
    )


def failed(invoice_id: int, code: str) -> None:
    """requested → failed, in a write tenant_tx: finance is shown it; it may be asked for again."""
    won = Invoice.objects.filter(pk=invoice_id, state=InvoiceState.REQUESTED).update(
        state=InvoiceState.FAILED, failure=code[:64]
    )
    if won:
        invoice = Invoice.objects.get(pk=invoice_id)
        audit.record(
            "invoice.failed",
            by=Actor.system("payments"),
            subject=f"invoice:{invoice.public_id}",
            detail={"code": code[:64]},
        )


def _reverse(blue: Invoice, amount_fen: int, *, reason: str, by: Actor, refund: Refund | None = None) -> None:
    red = Invoice(
        request_number=_new_number(),
        charge=blue.charge,
        colour=InvoiceColour.RED,
        kind=blue.kind,
        red_of=blue,
        refund=refund,
        title=blue.title,
        tax_number=blue.tax_number,
        amount_fen=amount_fen,
    )
    red.save(force_insert=True)
    _enqueue(red, by=by, reason=reason)


def _enqueue(invoice: Invoice, *, by: Actor, reason: str = "") -> None:
    audit.record(
        "invoice.requested",
        by=by,
        subject=f"invoice:{invoice.public_id}",
        detail={"colour": invoice.colour, "amount_fen": invoice.amount_fen, "reason": reason},
    )
    jobs.enqueue(
        "payments.issue_invoice",
        {"invoice": invoice.public_id},
        group=f"invoice:{invoice.charge.public_id}",
        key=f"invoice:{invoice.public_id}",
    )


def _live_blue(charge: Charge) -> Invoice | None:
    found: Invoice | None = Invoice.objects.filter(
        charge=charge, colour=InvoiceColour.BLUE, state__in=[InvoiceState.REQUESTED, InvoiceState.ISSUED]
    ).first()
    return found


def _not_reversed(blue: Invoice) -> int:
    """Fen of it that no red invoice takes back."""
    reds = Invoice.objects.filter(red_of=blue).exclude(state=InvoiceState.FAILED)
    return int(blue.amount_fen) - int(reds.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def _new_number() -> str:
    return f"I{timezone.localdate():%Y%m%d}{secrets.randbelow(10**14):014d}"
