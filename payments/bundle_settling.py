"""A bundle's money goes on to its charges: all of it at once, when the last fen is there (RULES P16).

The rules: what comes in stays with the carrier until it covers the sum, so that no charge is half paid by somebody
else's transfer; too much becomes the balance of who pays for the bundle; a share that its charge can't take any more
(paid or closed meanwhile) too. Dissolved while a part is paid: that part goes to the charges in their order.
Lock order: carrier → its charges by id.
"""

from django.db.models import F
from django.utils import timezone

from payments.crediting import allocate, close_live_orders, lock_charge, place, to_balance
from payments.errors import BundleNotOpen, BundleUnfit
from payments.models import (
    Bundle,
    BundleShare,
    BundleState,
    Charge,
    ChargeState,
    ClaimState,
    Payment,
    Suspense,
    SuspenseState,
    TransferClaim,
)
from payments.refundable import free_of
from portal import audit
from portal.accounts.actor import Actor


def distribute(carrier: Charge, *, by: Actor) -> None:
    """The carrier is locked, open and full: its money goes on, each charge is credited by ``crediting.place``."""
    _end(carrier, BundleState.PAID, reason="bundle_paid", by=by)
    _hand_on(carrier, by=by)


def dissolve(bundle: Bundle, *, by: Actor, reason: str) -> None:
    """Its charges are paid one by one again, in a write tenant_tx. Raises BundleNotOpen.

    For a person BundleUnfit while finance looks for a transfer, or holds somebody else's money: that comes first.
    """
    carrier = lock_charge(bundle.carrier_id)
    if carrier.state != ChargeState.OPEN:
        raise BundleNotOpen
    if by.kind != "system" and _is_looked_for(carrier):
        raise BundleUnfit(what="有转账正在核对")
    _end(carrier, BundleState.DISSOLVED, reason=reason, by=by)
    _hand_on(carrier, by=by)
    BundleShare.objects.filter(bundle__carrier=carrier).update(is_live=False)


def _is_looked_for(carrier: Charge) -> bool:
    return bool(
        TransferClaim.objects.filter(charge=carrier, state=ClaimState.WAITING).exists()
        or Suspense.objects.filter(charge=carrier, state=SuspenseState.HELD).exists()
    )


def _end(carrier: Charge, state: BundleState, *, reason: str, by: Actor) -> None:
    now = timezone.now()
    won = Charge.objects.filter(pk=carrier.pk, state=ChargeState.OPEN).update(
        state=ChargeState.CLOSED, closed_at=now, close_reason=reason[:200]
    )
    ended = Bundle.objects.filter(carrier=carrier, state=BundleState.OPEN).update(state=state, ended_at=now)
    if not won or not ended:
        raise BundleNotOpen
    close_live_orders(carrier)
    audit.record(
        f"bundle.{state}", by=by, subject=f"charge:{carrier.public_id}", detail={"amount_fen": carrier.credited_fen}
    )
    carrier.refresh_from_db()


def _hand_on(carrier: Charge, *, by: Actor) -> None:
    shares = list(BundleShare.objects.filter(bundle__carrier=carrier, is_live=True).order_by("charge_id"))
    charges = {share.charge_id: lock_charge(share.charge_id) for share in shares}
    for payment in Payment.objects.filter(allocations__charge=carrier).distinct().order_by("paid_at", "id"):
        left = free_of(payment, carrier)
        if not left:
            continue
        allocate(payment, -left, why="bundle", by=by, charge=carrier)
        Charge.objects.filter(pk=carrier.pk).update(credited_fen=F("credited_fen") - left)
        for share in shares:
            charge = charges[share.charge_id]
            fen = min(left, charge.open_fen)
            if not fen:
                continue
            place(payment, fen, charge=charge, why="bundle", by=by)
            BundleShare.objects.filter(pk=share.pk).update(given_fen=F("given_fen") + fen)
            left -= fen
        if left:
            to_balance(payment, left, holder=carrier.payer_name or carrier.reference, why="surplus", by=by)
    carrier.refresh_from_db()
