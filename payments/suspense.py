"""Money from somebody else than the payer who owes it (RULES P10): held, then released or sent back.

held ─ the payer: 代付说明 ─ finance: release ─→ released (credited to its charge)
  └─── the payer: wants it back ─ finance ─→ returning ─→ returned

Everything here wants a write ``tenant_tx``. Lock order: charge → suspense.
"""

from django.utils import timezone

from payments import transfers
from payments.crediting import lock_charge, place
from payments.errors import ChargeNotFound, ExplanationMissing, NotInSuspense, TransferNotAllowed
from payments.models import BankTransaction, Charge, LineState, Payment, Refund, Suspense, SuspenseState, Wish
from payments.refunds import request_suspense_refund
from portal import audit
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files import store
from portal.files.models import StoredFile


def explanation_needed(charge_public_id: str) -> bool:
    """Whether money of this charge lies in suspense and its payer hasn't said yet why (a paper is wanted)."""
    held = Suspense.objects.filter(charge__public_id=charge_public_id, state=SuspenseState.HELD, wish="")
    return bool(held.exists())


def explain(charge_public_id: str, suspense_public_id: str, file: StoredFile, *, by: Actor) -> Suspense:
    """The sealed 代付说明 is here, for finance and the reviewer. Raises NotInSuspense.

    A former one is destroyed, unless it is a paper of the asker's own, who keeps it or not by rules of their own.
    """
    found = _locked(suspense_public_id, charge_public_id)
    if found.state != SuspenseState.HELD:
        raise NotInSuspense
    former = found.explanation
    if former is not None and former.pk != file.pk and former.purpose == transfers.EXPLANATION:
        store.destroy(former, by=by, reason="replaced")
    found.explanation, found.wish, found.wished_at = file, Wish.EXPLAINED, timezone.now()
    found.save(update_fields=["explanation", "wish", "wished_at"])
    _note("suspense.explained", found, by=by)
    return found


def ask_back(charge_public_id: str, suspense_public_id: str, *, by: Actor) -> Suspense:
    """The payer wants it sent back to where it came from; finance does that. Raises NotInSuspense."""
    found = _locked(suspense_public_id, charge_public_id)
    if found.state != SuspenseState.HELD:
        raise NotInSuspense
    if found.wish != Wish.REFUND:
        found.wish, found.wished_at = Wish.REFUND, timezone.now()
        found.save(update_fields=["wish", "wished_at"])
        _note("suspense.asked_back", found, by=by)
    return found


def ask_all_back(charge_public_id: str, *, by: Actor) -> int:
    """Nothing is bought any more: what is still held shall go back to its source, which finance does. How many."""
    held = Suspense.objects.filter(charge__public_id=charge_public_id, state=SuspenseState.HELD)
    for public_id in list(held.exclude(wish=Wish.REFUND).values_list("public_id", flat=True)):
        ask_back(charge_public_id, public_id, by=by)
    return held.count()


def release_from_suspense(payment: Payment, *, by: Actor, explanation_file: StoredFile | None = None) -> Suspense:
    """Finance accepts that somebody else pays: the money goes to its charge, what is too much to the payer's balance.

    ``explanation_file``: a paper that came another way than by ``explain``. Again changes nothing. Raises
    ExplanationMissing without one, NotInSuspense when it goes back, TransferNotAllowed.
    """
    found = _for_finance(payment, by=by)
    if found.state == SuspenseState.RELEASED:
        return found
    explanation = explanation_file or found.explanation
    if explanation is None:
        raise ExplanationMissing
    won = Suspense.objects.filter(pk=found.pk, state=SuspenseState.HELD).update(
        state=SuspenseState.RELEASED, explanation=explanation, decided_by=by.label, decided_at=timezone.now()
    )
    if not won:
        raise NotInSuspense
    charge = lock_charge(found.charge_id)
    place(found.payment, found.payment.amount_fen, charge=charge, why="third_party", by=by)
    BankTransaction.objects.filter(payment=found.payment, state=LineState.HELD).update(state=LineState.MATCHED)
    charge.refresh_from_db()
    _note("suspense.released", found, by=by)
    transfers.report(charge, "partly" if charge.open_fen else "released", amount_fen=found.payment.amount_fen)
    found.refresh_from_db()
    return found


def return_from_suspense(payment: Payment, *, by: Actor, key: str) -> Refund:
    """Finance sends it back to its source; the refund is decided and done like every other. Same key → same refund."""
    found = _for_finance(payment, by=by)
    refund = request_suspense_refund(found, by=by, key=key)
    _note("suspense.returning", found, by=by)
    transfers.report(found.charge, "returning", amount_fen=found.payment.amount_fen)
    return refund


def _for_finance(payment: Payment, *, by: Actor) -> Suspense:
    if not policy.allows(by, transfers.PERMISSION):
        raise TransferNotAllowed
    found = Suspense.objects.filter(payment=payment).values_list("public_id", "charge__public_id").first()
    if found is None:
        raise NotInSuspense
    return _locked(*found)


def _locked(suspense_public_id: str, charge_public_id: str) -> Suspense:
    charge = Charge.objects.filter(public_id=charge_public_id).values_list("pk", flat=True).first()
    if charge is None:
        raise ChargeNotFound
    lock_charge(charge)
    found: Suspense | None = (
        Suspense.objects.select_for_update(of=("self",))
        .select_related("payment", "charge", "explanation")
        .filter(public_id=suspense_public_id, charge_id=charge)
        .first()
    )
    if found is None:
        raise NotInSuspense
    return found


def _note(what: str, found: Suspense, *, by: Actor) -> None:
    audit.record(
        what,
        by=by,
        subject=f"payment:{found.payment.public_id}",
        detail={"charge": found.charge.public_id, "amount_fen": found.payment.amount_fen},
    )
