"""What was paid for loses its purpose, and its money shall serve another charge of the same payer.

``release`` closes the charge, paid or not; ``carrying.carry_over`` takes the money on; ``follow_invoice`` then takes
back the invoice of what has left.
"""

from django.utils import timezone

from payments.bundle_shares import invoiced_as
from payments.crediting import lock_charge
from payments.invoicing.requests import follow
from payments.ledger import close_charge
from payments.models import Charge, ChargeState
from portal import audit
from portal.accounts.actor import Actor


def release(charge: Charge, *, by: Actor, reason: str) -> Charge:
    """Closed, whatever was paid into it. In a write tenant_tx. Again changes nothing."""
    locked = lock_charge(charge.pk)
    if locked.state != ChargeState.SETTLED:
        return close_charge(locked, by=by, reason=reason)
    Charge.objects.filter(pk=locked.pk, state=ChargeState.SETTLED).update(
        state=ChargeState.CLOSED, closed_at=timezone.now(), close_reason=reason[:200]
    )
    audit.record("charge.released", by=by, subject=f"charge:{locked.public_id}", detail={"reason": reason[:200]})
    locked.refresh_from_db()
    return locked


def follow_invoice(charge: Charge, *, by: Actor) -> None:
    """Its money has gone on to another charge, which is invoiced itself: the invoice is reversed."""
    subject = invoiced_as(charge).charge
    follow(lock_charge(subject.pk), by=by)
