"""Invoices for what was paid: asked for, reissued without refund (RULES P5), lowered by refunds.

What is to be true: one blue invoice over what was paid and hasn't gone back. ``follow`` takes the next step towards
that, whenever something has happened, so that repeats, orders and failures all lead to the same end:

requested ─ job ─→ issued ─ (another buyer or amount is wanted: a red one over all of it) ─→ reversed
waiting (the new one) ────────────────────────── the red one is issued ─→ requested ─ job ─→ issued

Every request number is committed before the issuer is asked. Jobs of one charge's invoices run one after another.
"""

from dataclasses import replace

from payments.bundle_shares import invoiced_as, told_reference
from payments.buyers import Buyer
from payments.crediting import lock_charge
from payments.errors import InvoiceBeforePayment, InvoiceBusy, ReissuesUsed
from payments.invoicing import store
from payments.invoicing.base import Issued
from payments.models import Charge, Invoice, InvoiceCause, InvoiceColour, InvoiceKind, InvoiceState, Refund
from portal import audit, jobs
from portal.accounts.actor import Actor

ME = Actor.system("payments")


def request_invoice(
    charge: Charge, *, title: str, tax_number: str, email: str, phone: str, by: Actor, kind: str = InvoiceKind.ORDINARY
) -> Invoice:
    """Ask for the invoice of a settled charge, in a write tenant_tx; title and tax number are checked already.

    The same buyer again → the same invoice. Another buyer → the issued one is reversed in full and the new one
    follows; customers so often as the settings say. A charge in a bundle with one invoice for all: that one, whoever
    the machine thinks its buyer is. Raises InvoiceBeforePayment, InvoiceBusy, ReissuesUsed.
    """
    subject = invoiced_as(charge)
    locked = lock_charge(subject.charge.pk)
    amount = store.payable_fen(locked)
    if not store.is_paid(locked) or amount <= 0:
        raise InvoiceBeforePayment
    wanted = Buyer(InvoiceKind(kind), title, tax_number, email, phone)
    if subject.buyer is not None and by.kind == "system":
        wanted = replace(
            wanted, kind=subject.buyer.kind, title=subject.buyer.title, tax_number=subject.buyer.tax_number
        )
    live, waiting = store.live_blue(locked), store.waiting_blue(locked)
    latest = waiting or live
    by_rule = subject.buyer is not None and by.kind == "system"  # a customer's own reissue stands
    if latest is not None and (by_rule or store.is_same_buyer(latest, wanted)):
        return latest
    if live is None:
        return store.ask(store.new_blue(locked, wanted, amount), by=by)
    if waiting is not None or live.state == InvoiceState.REQUESTED:
        raise InvoiceBusy
    if by.kind == "customer" and store.reissues_left(locked) <= 0:
        raise ReissuesUsed(limit=store.reissue_limit())
    made = store.new_blue(locked, wanted, amount, cause=InvoiceCause.REISSUE, replaces=live)
    follow(locked, by=by)
    made.refresh_from_db()
    return made


def reverse_for_refund(refund: Refund, *, by: Actor) -> None:
    """Money has gone back: the invoice is reversed, and what is left is invoiced anew. The charge is locked."""
    if refund.charge is None:
        return
    subject = invoiced_as(refund.charge).charge
    # Of a paid bundle: nothing else locks its charges after its carrier any more.
    follow(subject if subject.pk == refund.charge.pk else lock_charge(subject.pk), by=by, refund=refund)


def follow(charge: Charge, *, by: Actor = ME, refund: Refund | None = None) -> None:
    """The next step towards one blue invoice over what was paid, in a write tenant_tx. Again changes nothing."""
    live, waiting = store.live_blue(charge), store.waiting_blue(charge)
    amount = store.payable_fen(charge)
    if waiting is not None and waiting.amount_fen != amount:
        waiting = store.lower(waiting, amount, by=by)
    if live is None:
        if waiting is not None:
            store.ask(waiting, by=by)
        return
    if live.state == InvoiceState.REQUESTED or (waiting is None and live.amount_fen == amount):
        return
    if waiting is None and amount > 0:
        buyer = Buyer(InvoiceKind(live.kind), live.title, live.tax_number)
        store.new_blue(charge, buyer, amount, cause=InvoiceCause.REFUND, replaces=live)
    cause = InvoiceCause.REISSUE if waiting is not None and waiting.cause else InvoiceCause.REFUND
    store.reverse(live, cause=cause, by=by, refund=refund)


def issued(invoice_id: int, answer: Issued) -> None:
    """requested → issued, in a write tenant_tx; once. Tells whoever asked for the charge, and goes on."""
    charge = _lock_charge_of(invoice_id)
    invoice: Invoice = Invoice.objects.select_related("charge", "red_of").get(pk=invoice_id)
    won = Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.REQUESTED).update(
        state=InvoiceState.ISSUED, number=answer.number, url=answer.url, issued_at=answer.issued_at
    )
    if not won:
        return
    if invoice.red_of is not None and not store.not_reversed(invoice.red_of):
        Invoice.objects.filter(pk=invoice.red_of.pk).update(state=InvoiceState.REVERSED)
    audit.record(
        "invoice.issued",
        by=ME,
        subject=f"invoice:{invoice.public_id}",
        detail={"number": answer.number, "colour": invoice.colour, "amount_fen": invoice.amount_fen},
    )
    jobs.enqueue(
        "invoice_issued",
        {
            "charge": charge.public_id,
            "reference": told_reference(charge),
            "invoice": invoice.public_id,
            "colour": invoice.colour,
            "url": answer.url,
            "followed": invoice.red_of is not None and store.waiting_blue(charge) is not None,
        },
        group=f"charge:{charge.public_id}",
        key=f"invoice_issued:{invoice.public_id}",
    )
    follow(charge)


def failed(invoice_id: int, code: str) -> None:
    """requested → failed, in a write tenant_tx: finance is shown it, and asks again (``again``).

    Where a red one fails, the blue one stands and what should have replaced it waits for nothing any more.
    """
    charge = _lock_charge_of(invoice_id)
    won = Invoice.objects.filter(pk=invoice_id, state=InvoiceState.REQUESTED).update(
        state=InvoiceState.FAILED, failure=code[:64]
    )
    if not won:
        return
    invoice = Invoice.objects.get(pk=invoice_id)
    if invoice.colour == InvoiceColour.RED:
        Invoice.objects.filter(charge=charge, colour=InvoiceColour.BLUE, state=InvoiceState.WAITING).update(
            state=InvoiceState.WITHDRAWN, failure="NOT_REVERSED"
        )
    audit.record("invoice.failed", by=ME, subject=f"invoice:{invoice.public_id}", detail={"code": code[:64]})


def again(charge: Charge, *, by: Actor) -> Invoice | None:
    """Finance asks again after a failure, in a write tenant_tx: the same buyer, a number of its own.

    None: nothing is missing, or nothing was ever asked for.
    """
    locked = lock_charge(charge.pk)
    amount = store.payable_fen(locked)
    if store.live_blue(locked) is not None or store.waiting_blue(locked) is not None:
        follow(locked, by=by)
        return store.waiting_blue(locked) or store.live_blue(locked)
    last: Invoice | None = (
        Invoice.objects.filter(charge=locked, colour=InvoiceColour.BLUE, state=InvoiceState.FAILED)
        .order_by("-id")
        .first()
    )
    if last is None or amount <= 0:
        return None
    buyer = Buyer(InvoiceKind(last.kind), last.title, last.tax_number)
    return store.ask(store.new_blue(locked, buyer, amount, cause=InvoiceCause(last.cause)), by=by)


def _lock_charge_of(invoice_id: int) -> Charge:
    return lock_charge(Invoice.objects.values_list("charge_id", flat=True).get(pk=invoice_id))
