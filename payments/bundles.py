"""Bundles (RULES P16): one payment number for several charges, made and looked at.

The number goes where an order's goes: into the remark of one transfer, or onto one code to scan. Everything that pays
a charge pays the bundle's carrier; ``bundle_settling`` hands the money on.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from payments import ledger
from payments.buyers import Buyer
from payments.crediting import close_live_orders, lock_charge
from payments.errors import BundleNotFound, BundleUnfit
from payments.fees import QuoteLine
from payments.models import (
    Bundle,
    BundleSerial,
    BundleShare,
    Charge,
    ChargeState,
    ClaimState,
    Suspense,
    SuspenseState,
    TransferClaim,
)
from payments.numbering import number_rule
from portal import audit
from portal.accounts.actor import Actor
from portal.tenants import current_tenant

KIND = "98"  # of payment numbers, beside the orders' kinds
PREFIX = "bundle:"  # of the carriers' references
FEWEST, MOST = 2, 200


def make(
    charges: Sequence[str], *, payer_name: str, by: Actor, key: str, buyer: Buyer | None = None, return_to: str = ""
) -> Bundle:
    """A bundle of these open charges (public ids), in a write tenant_tx; whose they are the caller has checked.

    ``buyer``: one invoice for all, made out to them. Same key → the same bundle. What could still be paid for a single
    charge is closed. Raises BundleUnfit: fewer than two or too many, one that isn't open, is in a bundle, is looked
    for by finance.
    """
    known: Bundle | None = Bundle.objects.select_related("carrier").filter(key=key).first()
    if known is not None:
        return known
    found = _locked(charges)
    number = _next_number()
    carrier = ledger.open_charge(
        reference=f"{PREFIX}{number}",
        description=f"合并付款 {number}",
        payer_name=payer_name,
        lines=[QuoteLine(charge.description, charge.open_fen, "笔", 1, charge.open_fen) for charge in found],
        by=by,
        return_to=return_to,
        number=number,
        payer_must_be_holder=any(charge.payer_must_be_holder for charge in found),
    )
    Charge.objects.filter(pk=carrier.pk).update(is_bundle=True)
    carrier.is_bundle = True
    bundle = Bundle(number=number, carrier=carrier, made_by=by.label, made_by_id=by.user_id, key=key)
    if buyer is not None:
        bundle.one_invoice, bundle.invoice_kind = True, buyer.kind
        bundle.invoice_title, bundle.invoice_tax_number = buyer.title, buyer.tax_number
    bundle.save(force_insert=True)
    for charge in found:
        BundleShare.objects.create(bundle=bundle, charge=charge, amount_fen=charge.open_fen)
        close_live_orders(charge)
    audit.record(
        "bundle.made",
        by=by,
        subject=f"charge:{carrier.public_id}",
        detail={"number": number, "charges": len(found), "total_fen": carrier.total_fen},
    )
    return bundle


def get(public_id: str) -> Bundle:
    """Raises BundleNotFound."""
    found: Bundle | None = Bundle.objects.select_related("carrier").filter(public_id=public_id).first()
    if found is None:
        raise BundleNotFound
    return found


def of_reference(reference: str) -> Bundle | None:
    """The bundle whose carrier has this reference."""
    if not reference.startswith(PREFIX):
        return None
    found: Bundle | None = Bundle.objects.filter(number=reference.removeprefix(PREFIX)).first()
    return found


def shares_of(bundle: Bundle) -> list[BundleShare]:
    return list(BundleShare.objects.select_related("charge").filter(bundle=bundle).order_by("charge_id"))


def _locked(public_ids: Sequence[str]) -> list[Charge]:
    wanted = set(public_ids)
    if not FEWEST <= len(wanted) <= MOST:
        raise BundleUnfit(what=f"请选择 {FEWEST} 至 {MOST} 笔")
    ids = Charge.objects.filter(public_id__in=wanted).order_by("pk").values_list("pk", flat=True)
    found = [lock_charge(pk) for pk in ids]
    if len(found) != len(wanted):
        raise BundleUnfit(what="有一笔找不到")
    if any(charge.state != ChargeState.OPEN or charge.is_bundle or not charge.open_fen for charge in found):
        raise BundleUnfit(what="有一笔已付清或已关闭")
    if BundleShare.objects.filter(charge__in=found, is_live=True).exists():
        raise BundleUnfit(what="有一笔已在另一笔合并付款里")
    waits = TransferClaim.objects.filter(charge__in=found, state=ClaimState.WAITING).exists()
    if waits or Suspense.objects.filter(charge__in=found, state=SuspenseState.HELD).exists():
        raise BundleUnfit(what="有一笔正在核对转账")
    return found


def _next_number() -> str:
    """17 digits like an order's, with the same check digit, which the registered rule knows."""
    day = timezone.now().astimezone(ZoneInfo(current_tenant().timezone)).date()
    BundleSerial.objects.get_or_create(day=day)
    BundleSerial.objects.filter(day=day).update(last=F("last") + 1)  # locks the row until commit
    serial = BundleSerial.objects.values_list("last", flat=True).get(day=day)
    body = f"{KIND}{day:%Y%m%d}{serial:06d}"
    return next(body + digit for digit in "0123456789" if number_rule().valid(body + digit))
