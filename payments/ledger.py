"""The door to the ledger: charges, payments, refunds. Everything here wants a write ``tenant_tx``.

References are the asker's own strings; the ledger knows nothing of orders or certificates. The asker learns
by jobs: ``charge_settled`` {charge, reference, total_fen, channel, paid_at}, ``charge_refunded`` and
``refund_declined`` {charge, reference, refund, amount_fen}, ``invoice_issued`` {charge, reference, invoice, url};
``charge_transfer`` is told in ``transfers``.
"""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from payments.bundle_settling import dissolve
from payments.bundle_shares import live_bundle
from payments.carrying import carry_over
from payments.channel_orders import start_payment
from payments.crediting import Credited, close_live_orders, credit, lock_charge, settle
from payments.errors import ChargeIsSettled, QuoteDiffers
from payments.fees import QuoteLine, total
from payments.matching.names import payer_key
from payments.models import Charge, ChargeState
from payments.refundable import owed_under_key
from payments.refunds import approve_refund, decline_refund, request_refund, request_surplus_refund
from portal import audit
from portal.accounts.actor import Actor

__all__ = [
    "Credited",
    "approve_refund",
    "carry_over",
    "close_charge",
    "credit",
    "decline_refund",
    "open_charge",
    "owed_under_key",
    "request_refund",
    "request_surplus_refund",
    "start_payment",
]


def open_charge(
    *,
    reference: str,
    description: str,
    payer_name: str,
    lines: Iterable[QuoteLine],
    by: Actor,
    return_to: str = "",
    number: str = "",
    holder_kind: str = "",
    payer_must_be_holder: bool = True,
) -> Charge:
    """Freeze a quote. The same reference and lines again → the same charge; other lines → QuoteDiffers.

    ``return_to``: the path of the page to go to after payment. Nothing to pay is settled at once.
    ``number``: what payers are asked to write; ``holder_kind``: matching.NameKind, "" where unknown;
    ``payer_must_be_holder``: RULES C9.
    """
    frozen = tuple(lines)
    known = Charge.objects.filter(reference=reference)
    charge: Charge | None = known.first()
    if charge is None:
        fresh = Charge(
            reference=reference,
            description=description,
            payer_name=payer_name,
            payer_key=payer_key(payer_name),
            number=number,
            holder_kind=holder_kind,
            payer_must_be_holder=payer_must_be_holder,
            lines=[line.as_json() for line in frozen],
            total_fen=total(frozen),
            return_to=return_to,
        )
        try:
            with transaction.atomic():
                fresh.save(force_insert=True)
        except IntegrityError:
            charge = known.first()
            if charge is None:
                raise
        else:
            return _opened(fresh, by=by)
    if charge.quote != frozen:
        raise QuoteDiffers
    return charge


def _opened(charge: Charge, *, by: Actor) -> Charge:
    audit.record(
        "charge.opened",
        by=by,
        subject=f"charge:{charge.public_id}",
        detail={"reference": charge.reference, "total_fen": charge.total_fen, "lines": charge.lines},
    )
    if charge.total_fen == 0:
        settle(lock_charge(charge.pk), channel="", paid_at=timezone.now(), by=by)
        charge.refresh_from_db()
    return charge


def close_charge(charge: Charge, *, by: Actor, reason: str) -> Charge:
    """Nobody shall pay it any more. Closed already is fine; paid in full is ChargeIsSettled (refund it)."""
    bundle = live_bundle(charge)
    if bundle is not None:  # the others are paid one by one again; locks the carrier before the charge
        dissolve(bundle, by=Actor.system("payments"), reason="charge_closed")
    locked = lock_charge(charge.pk)
    if locked.state == ChargeState.CLOSED:
        return locked
    won = Charge.objects.filter(pk=locked.pk, state=ChargeState.OPEN).update(
        state=ChargeState.CLOSED, closed_at=timezone.now(), close_reason=reason[:200]
    )
    if not won:
        raise ChargeIsSettled
    close_live_orders(locked)
    audit.record("charge.closed", by=by, subject=f"charge:{locked.public_id}", detail={"reason": reason[:200]})
    locked.refresh_from_db()
    return locked
