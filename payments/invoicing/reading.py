"""What pages show of a charge's invoices. Inside a tenant_tx."""

from dataclasses import dataclass
from datetime import datetime

from payments.bundle_shares import invoiced_as
from payments.invoicing import store
from payments.models import Charge, Invoice, InvoiceColour, InvoiceState


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """``amount_fen``: negative of a red one. ``against``: the number that a red one reverses."""

    public_id: str
    is_red: bool
    colour_label: str
    kind: str
    kind_label: str
    cause_label: str
    title: str
    tax_number: str
    amount_fen: int
    state: str
    state_label: str
    number: str
    against: str
    url: str
    failure: str
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvoicesView:
    """``current``: the blue one that counts, or None. ``under_way``: one is being issued or reversed.

    ``shared``: it is one for all charges of a bundle. ``reissues_left``: the customer's; ``failed``: finance acts next.
    """

    rows: tuple[InvoiceRow, ...]
    current: InvoiceRow | None
    reissues_left: int
    under_way: bool
    failed: bool
    shared: bool
    charge: str

    @property
    def may_reissue(self) -> bool:
        return self.current is not None and self.current.state == InvoiceState.ISSUED and not self.under_way


def invoices_of(charge: Charge) -> InvoicesView:
    """All invoices of a charge, or of the bundle that it was paid and invoiced with; oldest first."""
    subject = invoiced_as(charge).charge
    found = list(Invoice.objects.select_related("red_of").filter(charge=subject).order_by("id"))
    rows = tuple(_row(invoice) for invoice in found if invoice.state != InvoiceState.WITHDRAWN)
    blue = [row for row in rows if not row.is_red and row.state in (InvoiceState.ISSUED, InvoiceState.REVERSED)]
    return InvoicesView(
        rows=rows,
        current=blue[-1] if blue else None,
        reissues_left=store.reissues_left(subject),
        under_way=any(row.state in (InvoiceState.REQUESTED, InvoiceState.WAITING) for row in rows),
        failed=bool(found) and _needs_finance(found),
        shared=subject.pk != charge.pk,
        charge=subject.public_id,
    )


def _needs_finance(found: list[Invoice]) -> bool:
    """The last word on a blue or a red one is a failure."""
    last_blue = next((one for one in reversed(found) if one.colour == InvoiceColour.BLUE), None)
    last_red = next((one for one in reversed(found) if one.colour == InvoiceColour.RED), None)
    blue_failed = last_blue is not None and last_blue.state == InvoiceState.FAILED
    red_failed = last_red is not None and last_red.state == InvoiceState.FAILED
    return blue_failed or red_failed


def _row(invoice: Invoice) -> InvoiceRow:
    is_red = invoice.colour == InvoiceColour.RED
    return InvoiceRow(
        public_id=invoice.public_id,
        is_red=is_red,
        colour_label=invoice.get_colour_display(),
        kind=invoice.kind,
        kind_label=invoice.get_kind_display(),
        cause_label=invoice.get_cause_display(),
        title=invoice.title,
        tax_number=invoice.tax_number,
        amount_fen=-invoice.amount_fen if is_red else invoice.amount_fen,
        state=invoice.state,
        state_label=invoice.get_state_display(),
        number=invoice.number,
        against=invoice.red_of.number if invoice.red_of else "",
        url=invoice.url,
        failure=invoice.failure,
        issued_at=invoice.issued_at,
    )
