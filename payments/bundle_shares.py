"""What a charge has to do with a bundle: reads that crediting, invoicing and the doors rest on."""

from dataclasses import dataclass

from django.db.models import QuerySet

from payments.buyers import Buyer
from payments.errors import ChargeInBundle
from payments.models import Bundle, BundleShare, BundleState, Charge, InvoiceKind


@dataclass(frozen=True, slots=True)
class InvoicedAs:
    """The charge whose invoice it is. ``buyer``: chosen when the bundle was made; None for a charge of its own."""

    charge: Charge
    buyer: Buyer | None = None


def members_of(carrier: Charge) -> "QuerySet[Charge]":
    """The charges of a bundle that wasn't dissolved."""
    return Charge.objects.filter(bundle_shares__bundle__carrier=carrier, bundle_shares__is_live=True)


def live_bundle(charge: Charge) -> Bundle | None:
    """The open bundle that this charge is paid with."""
    share: BundleShare | None = (
        BundleShare.objects.select_related("bundle__carrier")
        .filter(charge=charge, is_live=True, bundle__state=BundleState.OPEN)
        .first()
    )
    return share.bundle if share is not None else None


def refuse_bundled(charge: Charge) -> None:
    """RULES P16: while it is paid with others it isn't paid alone. Raises ChargeInBundle."""
    bundle = live_bundle(charge)
    if bundle is not None:
        raise ChargeInBundle(number=bundle.number)


def told_reference(charge: Charge) -> str:
    """Under which whoever asked for the charge knows it; of a bundle its first charge's."""
    if not charge.is_bundle:
        return str(charge.reference)
    of_first = Charge.objects.filter(bundle_shares__bundle__carrier=charge).order_by("pk")
    return str(of_first.values_list("reference", flat=True).first() or charge.reference)


def invoiced_as(charge: Charge) -> InvoicedAs:
    """A charge of a paid bundle with one invoice for all is invoiced with the others; any other one by itself."""
    found: Bundle | None = (
        Bundle.objects.select_related("carrier")
        .filter(shares__charge=charge, shares__is_live=True, state=BundleState.PAID, one_invoice=True)
        .first()
    )
    if found is None:
        return InvoicedAs(charge)
    buyer = Buyer(InvoiceKind(found.invoice_kind), found.invoice_title, found.invoice_tax_number)
    return InvoicedAs(found.carrier, buyer)
