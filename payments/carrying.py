"""Money that follows its payer from one charge to another: a quote was replaced after a part of it was paid.

Append-only like everything here: what leaves the old charge is a negative row, what arrives a positive one.
"""

from django.db.models import F

from payments.crediting import allocate, lock_charge, place, to_balance
from payments.errors import ChargeNotOpen
from payments.models import Charge, ChargeState, Payment, Suspense, SuspenseState
from payments.refundable import free_of
from portal import audit
from portal.accounts.actor import Actor


def carry_over(old: Charge, new: Charge | None, *, by: Actor) -> int:
    """Move what lies in a closed charge to ``new``, its rest (or without ``new`` all) to the payer's balance.

    In a write tenant_tx. What is on its way back stays where it is. Returns the fen moved; again moves nothing.
    Raises ChargeNotOpen when ``old`` isn't closed: its money has a purpose.
    """
    targets = {row.pk: lock_charge(row.pk) for row in sorted(filter(None, (old, new)), key=lambda row: row.pk)}
    source, target = targets[old.pk], targets[new.pk] if new is not None else None
    if source.state != ChargeState.CLOSED:
        raise ChargeNotOpen(state=source.get_state_display())
    moved = 0
    for payment in Payment.objects.filter(allocations__charge=source).distinct().order_by("paid_at", "id"):
        fen = free_of(payment, source)
        if not fen:
            continue
        allocate(payment, -fen, why="carried_over", by=by, charge=source)
        Charge.objects.filter(pk=source.pk).update(credited_fen=F("credited_fen") - fen)
        if target is None:
            to_balance(payment, fen, holder=source.payer_name or source.reference, why="carried_over", by=by)
        else:
            place(payment, fen, charge=target, why="carried_over", by=by)
        moved += fen
    if target is not None:  # somebody else's money follows too, and is still held
        Suspense.objects.filter(charge=source, state=SuspenseState.HELD).update(charge=target)
    if moved:
        detail = {"to": target.public_id if target else "", "amount_fen": moved}
        audit.record("charge.carried_over", by=by, subject=f"charge:{source.public_id}", detail=detail)
    return moved
