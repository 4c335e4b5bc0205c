"""Invoices of an order: asked for when the pack says so, reissued when the customer asks (RULES C11, P5)."""

from pydantic import BaseModel, ConfigDict, Field

from payments import invoicing
from payments.buyers import Buyer
from payments.models import Charge, ChargeState, InvoiceKind
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from renewals.lifecycle import Kind
from renewals.models import Order
from renewals.programmes.schema import RulePack
from renewals.publishing import pack_of
from renewals.steps import quote
from renewals.steps.answers import Answers, check_answers
from renewals.steps.application import answers_of, latest, written_by_another
from renewals.steps.base import ActContext
from renewals.validation import parse_invoice_title, parse_tax_number

FIELDS = {"kind": "invoice_kind", "title": "invoice_title", "tax_number": "invoice_tax_number"}


class ReissueData(BaseModel):
    """Whom the invoice shall be made out to instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(max_length=16)
    title: str = Field(max_length=200)
    tax_number: str = Field("", max_length=40)


def ask_when_due(act: ActContext) -> None:
    """``invoice_at: payment`` → once paid; ``approval`` → once paid and approved, whichever comes later (P5)."""
    if not act.order.charge or not act.pack.invoice_kinds:  # RULES A17: none on offer, finance makes them
        return
    wanted = (Kind.PAYMENT, Kind.REVIEW) if act.pack.invoice_at == "approval" else (Kind.PAYMENT,)
    if not all(step.settled for step in act.steps if step.kind in wanted):
        return
    charge = quote.charge_of(act.order)
    if charge.state != ChargeState.SETTLED or not charge.total_fen:
        return
    application = latest(act.order)
    answers = answers_of(application, by=Actor.system("invoicing"), reason="开具发票")
    if written_by_another(act.order, application):  # the handler who has left isn't written to any more (P2)
        answers |= {"representative_email": "", "representative_mobile": ""}
    invoicing.request_invoice(
        charge,
        kind=answers.get("invoice_kind", "ordinary"),
        title=answers.get("invoice_title") or act.order.organisation.name,  # a form needn't ask for it (D4)
        tax_number=answers.get("invoice_tax_number", ""),
        email=answers.get("representative_email", ""),
        phone=answers.get("representative_mobile", ""),
        by=Actor.system("payments"),
    )


def reissue(act: ActContext, data: ReissueData) -> None:
    """Another buyer or kind, without refund: red, then blue, counted.

    Raises InvalidInput, ReissuesUsed, InvoiceBusy.
    """
    buyer = checked_buyer(act.pack, data.kind, data.title, data.tax_number)
    made = invoicing.request_invoice(
        quote.charge_of(act.order),
        kind=buyer.kind,
        title=buyer.title,
        tax_number=buyer.tax_number,
        email="",
        phone="",
        by=act.by,
    )
    act.answer["invoice"] = made.public_id


def checked_buyer(pack: RulePack, kind: str, title: str, tax_number: str) -> Buyer:
    """By the rules of the application. InvalidInput by field: kind, title, tax_number."""
    answers = Answers(invoice_kind=kind, invoice_title=title, invoice_tax_number=tax_number)
    told = check_answers(answers, pack, FIELDS.values())
    if told:
        raise InvalidInput({name: told[field] for name, field in FIELDS.items() if field in told})
    one = next(one for one in pack.invoice_kinds if one.name == kind)
    number = parse_tax_number(tax_number, required=one.tax_number == "required")
    return Buyer(InvoiceKind(kind), parse_invoice_title(title), number)


def buyer_of_reference(reference: str, kind: str, title: str, tax_number: str) -> Buyer | None:
    """A checker of ``payments.buyers``: by the pack of the order that opened the charge."""
    order = Order.objects.select_related("programme").filter(public_id=reference.rpartition(".")[0]).first()
    return None if order is None else checked_buyer(pack_of(order.programme), kind, title, tax_number)


def charge_of_order(order: Order) -> Charge | None:
    return Charge.objects.filter(public_id=order.charge).first() if order.charge else None
