"""What customers have claimed of money that people found: confirmed with it, waiting again when it is undone."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from payments import transfers
from payments.matching.names import may_be_one
from payments.models import BankTransaction, Charge, ClaimState, Payment, TransferClaim
from portal import audit
from portal.accounts.actor import Actor

_FINDABLE = (ClaimState.WAITING, ClaimState.REFUSED)
_NEAR = timedelta(days=3)


def tell_credited(charge: Charge, parts: Sequence[tuple[BankTransaction, Payment, int]], *, by: Actor) -> None:
    """The charge got these (line, payment, fen): its claims are confirmed, its customer hears what is missing."""
    got, claim = 0, None
    for line, payment, fen in parts:
        if fen:
            got += fen
            claim = confirm_told(charge, line, payment, by=by) or claim
    if got:
        transfers.report(charge, "partly" if charge.open_fen else "credited", claim=claim, amount_fen=got)


def confirm_told(charge: Charge, line: BankTransaction, payment: Payment, *, by: Actor) -> TransferClaim | None:
    """The one claim on the charge that tells this line: the amount, or at least payer and day. The charge is locked."""
    found = list(
        TransferClaim.objects.select_for_update(of=("self",)).filter(charge=charge, state__in=_FINDABLE).order_by("pk")
    )
    same_amount = [claim for claim in found if claim.amount_fen == line.amount_fen]
    near = [
        claim
        for claim in found
        if claim.state == ClaimState.WAITING
        and may_be_one(claim.payer_name, line.payer_name)
        and claim.paid_on is not None
        and abs(claim.paid_on - line.booked_on) <= _NEAR
    ]
    told = same_amount if len(same_amount) == 1 else [claim for claim in near if claim in same_amount] or near
    if len(told) != 1:
        return None
    claim: TransferClaim = told[0]
    claim.state, claim.payment, claim.reason_code, claim.reason = ClaimState.CONFIRMED, payment, "", ""
    claim.decided_by, claim.decided_by_id, claim.decided_at = by.label, by.user_id, timezone.now()
    claim.save(update_fields=["state", "payment", "reason_code", "reason", "decided_by", "decided_by_id", "decided_at"])
    _note("transfer.confirmed", charge, claim, by=by)
    return claim


def wait_again(payment: Payment, *, by: Actor) -> None:
    """What was confirmed with this money waits for finance again."""
    for claim in TransferClaim.objects.select_related("charge").filter(payment=payment, state=ClaimState.CONFIRMED):
        claim.state, claim.payment = ClaimState.WAITING, None
        claim.save(update_fields=["state", "payment"])
        _note("transfer.waits_again", claim.charge, claim, by=by)


def _note(what: str, charge: Charge, claim: TransferClaim, *, by: Actor) -> None:
    detail = {"claim": claim.public_id, "amount_fen": claim.amount_fen}
    audit.record(what, by=by, subject=f"charge:{charge.public_id}", detail=detail)
