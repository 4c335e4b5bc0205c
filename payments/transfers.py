"""Corporate bank transfers, as payers claim them and finance confirms them (RULES C9, E4, P9).

draft ─ claim ─→ waiting ─ finance: confirm ─→ confirmed (the money is recorded, credited or in suspense)
                    ├──── finance: refuse ──→ refused (the payer corrects it; finance may still find the money)
                    └──── the payer ────────→ withdrawn

Everything here wants a write ``tenant_tx``. Whoever opened the charge hears of each decision by the job
``charge_transfer`` {charge, reference, claim, outcome, amount_fen, missing_fen, reason}.
Lock order: bank account → line → charge → claim.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

from payments import bank_accounts, bank_lines
from payments.bundle_shares import refuse_bundled, told_reference
from payments.crediting import Credited, close_live_orders, credit, lock_charge
from payments.errors import (
    BankLineUsed,
    ChargeNotFound,
    ChargeNotOpen,
    ClaimNotFound,
    ClaimNotWaiting,
    TransferNotAllowed,
    TransfersNotOffered,
)
from payments.matching.names import payer_key
from payments.models import (
    ChannelName,
    Charge,
    ClaimState,
    Payment,
    RefusalReason,
    Suspense,
    SuspenseState,
    TransferClaim,
)
from payments.payers import same_payer
from portal import audit, jobs
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files import store
from portal.files.models import StoredFile
from portal.tenants import current_tenant

PERMISSION = "payments.confirm"
CHANNEL = ChannelName.BANK_TRANSFER
VOUCHER, EXPLANATION = "transfer_voucher", "third_party_explanation"  # purposes of files
_FINDABLE = (ClaimState.WAITING, ClaimState.REFUSED)  # money may come after finance has looked


@dataclass(frozen=True, slots=True)
class Payee:
    """Where transfers go: the tenant's own account."""

    name: str
    bank: str
    account: str


@dataclass(frozen=True, slots=True)
class ClaimData:
    """What a payer says of one transfer; ``amount_fen`` positive, ``paid_on`` in the tenant's zone."""

    payer_name: str
    payer_account: str
    amount_fen: int
    paid_on: date
    remittance: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What the bank's statement says of one line."""

    amount_fen: int
    payer_name: str
    paid_on: date
    bank_serial: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """``suspense``: the payer is another one, nothing was credited."""

    claim: TransferClaim
    payment: Payment
    suspense: Suspense | None = None


def payee() -> Payee:
    """Raises TransfersNotOffered when the tenant hasn't named its account."""
    found = {name: str((current_tenant().payee or {}).get(name, "")) for name in ("name", "bank", "account")}
    if not all(found.values()):
        raise TransfersNotOffered
    return Payee(**found)


def keep_voucher(charge_public_id: str, file: StoredFile, *, by: Actor) -> TransferClaim:
    """The voucher of the claim that is being written; one that it replaces is destroyed."""
    charge = _locked_charge(charge_public_id)
    draft, _made = TransferClaim.objects.select_related("voucher").get_or_create(charge=charge, state=ClaimState.DRAFT)
    if draft.voucher is not None and draft.voucher_id != file.pk:
        store.destroy(draft.voucher, by=by, reason="replaced")
    draft.voucher = file
    draft.save(update_fields=["voucher"])
    kept: TransferClaim = draft
    return kept


def claim(charge_public_id: str, data: ClaimData, *, by: Actor, corrects: str = "") -> TransferClaim:
    """A transfer is claimed; what could still be paid online is closed, so that nobody pays twice (P9).

    The draft's voucher belongs to it; without one that of the refused claim that it ``corrects``. Raises
    ChargeNotFound, ChargeNotOpen, ClaimNotFound.
    """
    charge = _locked_charge(charge_public_id)
    if not charge.open_fen:
        raise ChargeNotOpen(state=charge.get_state_display())
    refuse_bundled(charge)
    made = TransferClaim.objects.filter(charge=charge, state=ClaimState.DRAFT).first() or TransferClaim(charge=charge)
    if corrects:
        old = TransferClaim.objects.filter(charge=charge, public_id=corrects, state=ClaimState.REFUSED).first()
        if old is None:
            raise ClaimNotFound
        made.voucher = made.voucher or old.voucher
        old.state = ClaimState.WITHDRAWN
        old.save(update_fields=["state"])
    made.payer_name, made.payer_account = data.payer_name, data.payer_account
    made.payer_key = payer_key(data.payer_name)
    made.amount_fen, made.paid_on, made.remittance = data.amount_fen, data.paid_on, data.remittance
    made.state, made.claimed_at = ClaimState.WAITING, timezone.now()
    made.save()
    close_live_orders(charge)
    audit.record(
        "transfer.claimed",
        by=by,
        subject=f"charge:{charge.public_id}",
        detail={"claim": made.public_id, "amount_fen": made.amount_fen, "corrects": corrects},
    )
    claimed: TransferClaim = made
    return claimed


def withdraw(charge_public_id: str, claim_public_id: str, *, by: Actor) -> TransferClaim:
    """The payer takes a claim back that finance hasn't confirmed. Again is fine. Raises ClaimNotWaiting."""
    charge = _locked_charge(charge_public_id)
    found = _locked_claim(claim_public_id, charge)
    if found.state == ClaimState.WITHDRAWN:
        return found
    _move(found, ClaimState.WITHDRAWN)
    audit.record("transfer.withdrawn", by=by, subject=f"charge:{charge.public_id}", detail={"claim": found.public_id})
    return found


def confirm(claim_public_id: str, told: Received, *, by: Actor) -> Confirmed:
    """Finance has found the money: recorded once, whoever asks how often, under the bank's serial number.

    The payer is the one who owes it → credited (short, exact or too much). Somebody else → suspense (P10).
    Raises ClaimNotFound, ClaimNotWaiting, BankLineUsed, TransferNotAllowed, TransfersNotOffered.
    """
    account = payee().account
    bank_accounts.lock(account)
    charge, found = _for_finance(claim_public_id, by=by)
    if found.state == ClaimState.CONFIRMED and found.payment is not None:
        if found.payment.transaction_id != told.bank_serial:
            raise ClaimNotWaiting
        return Confirmed(found, found.payment, Suspense.objects.filter(payment=found.payment).first())
    if found.state not in _FINDABLE:
        raise ClaimNotWaiting
    ours = same_payer(told.payer_name, charge.payer_name)
    line = bank_lines.waiting_line(
        account=account, serial=told.bank_serial, amount_fen=told.amount_fen, day=told.paid_on
    )
    credited = _recorded(charge if ours else None, told, account=account, by=by)
    if not credited.created:
        raise BankLineUsed(reference=told.bank_serial)
    _move(found, ClaimState.CONFIRMED, by=by, payment=credited.payment, reason_code="", reason="")
    suspense = None if ours else Suspense.objects.create(payment=credited.payment, charge=charge)
    bank_lines.use(line, credited.payment, held=suspense is not None, by=by)
    audit.record(
        "transfer.confirmed",
        by=by,
        subject=f"charge:{charge.public_id}",
        detail={"claim": found.public_id, "amount_fen": told.amount_fen, "held": suspense is not None},
    )
    charge.refresh_from_db()
    outcome = "held" if suspense else "partly" if charge.open_fen else "credited"
    report(charge, outcome, claim=found, amount_fen=told.amount_fen)
    return Confirmed(found, credited.payment, suspense)


def refuse(claim_public_id: str, *, code: str, reason: str, by: Actor) -> TransferClaim:
    """Finance doesn't find it, or something doesn't fit; the payer is told why. The same again is fine."""
    charge, found = _for_finance(claim_public_id, by=by)
    code = RefusalReason(code).value
    if found.state == ClaimState.REFUSED and (found.reason_code, found.reason) == (code, reason[:200]):
        return found
    if found.state != ClaimState.WAITING:
        raise ClaimNotWaiting
    _move(found, ClaimState.REFUSED, by=by, reason_code=code, reason=reason[:200])
    audit.record(
        "transfer.refused",
        by=by,
        subject=f"charge:{charge.public_id}",
        detail={"claim": found.public_id, "code": code, "reason": reason[:200]},
    )
    report(
        charge, "refused", claim=found, amount_fen=found.amount_fen, reason=reason or found.get_reason_code_display()
    )
    return found


def finance_is_next(charge_public_id: str) -> bool:
    """A claim waits, or the payer has said what is to become of money in suspense."""
    if TransferClaim.objects.filter(charge__public_id=charge_public_id, state=ClaimState.WAITING).exists():
        return True
    held = Suspense.objects.filter(charge__public_id=charge_public_id, state=SuspenseState.HELD)
    return bool(held.exclude(wish="").exists())


def report(
    charge: Charge, outcome: str, *, claim: TransferClaim | None = None, amount_fen: int = 0, reason: str = ""
) -> None:
    """``outcome``: credited, partly, held, refused, released, returning."""
    payload, group, key = news(charge, outcome, claim, amount_fen, reason)
    jobs.enqueue("charge_transfer", payload, group=group, key=key)


def news(
    charge: Charge, outcome: str, claim: TransferClaim | None, amount_fen: int, reason: str = ""
) -> tuple[dict[str, object], str, str]:
    """Payload, group and key of the job that tells it."""
    subject = claim.public_id if claim else ""
    payload: dict[str, object] = {
        "charge": charge.public_id,
        "reference": told_reference(charge),
        "claim": subject,
        "outcome": outcome,
        "amount_fen": amount_fen,
        "missing_fen": charge.open_fen,
        "reason": reason,
    }
    key = f"charge_transfer:{charge.public_id}:{subject}:{outcome}:{timezone.now().timestamp()}"
    return payload, f"charge:{charge.public_id}", key


def _recorded(charge: Charge | None, told: Received, *, account: str, by: Actor) -> Credited:
    known = Payment.objects.filter(channel=CHANNEL, account=account, transaction_id=told.bank_serial).first()
    if known is not None:  # said before the ledger notes a contradiction
        raise BankLineUsed(reference=told.bank_serial)
    return credit(
        channel=CHANNEL,
        transaction_id=told.bank_serial,
        amount_fen=told.amount_fen,
        paid_at=datetime.combine(told.paid_on, time(), ZoneInfo(current_tenant().timezone)),
        evidence="person",
        by=by,
        charge_id=charge.pk if charge else None,
        payer_name=told.payer_name[:128],
        account=account,
    )


def _for_finance(claim_public_id: str, *, by: Actor) -> tuple[Charge, TransferClaim]:
    if not policy.allows(by, PERMISSION):
        raise TransferNotAllowed
    charge_id = (
        TransferClaim.objects.filter(public_id=claim_public_id)
        .exclude(state=ClaimState.DRAFT)
        .values_list("charge_id", flat=True)
        .first()
    )
    if charge_id is None:
        raise ClaimNotFound
    charge = lock_charge(charge_id)
    return charge, _locked_claim(claim_public_id, charge)


def _locked_charge(public_id: str) -> Charge:
    found = Charge.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    if found is None:
        raise ChargeNotFound
    return lock_charge(found)


def _locked_claim(public_id: str, charge: Charge) -> TransferClaim:
    found: TransferClaim | None = (
        TransferClaim.objects.select_for_update(of=("self",))
        .select_related("payment")
        .filter(public_id=public_id, charge=charge)
        .exclude(state=ClaimState.DRAFT)
        .first()
    )
    if found is None:
        raise ClaimNotFound
    return found


def _move(claim: TransferClaim, target: ClaimState, *, by: Actor | None = None, **fields: object) -> None:
    if by is not None:
        fields |= {"decided_by": by.label, "decided_by_id": by.user_id, "decided_at": timezone.now()}
    won = TransferClaim.objects.filter(pk=claim.pk, state__in=_FINDABLE).update(state=target, **fields)
    if not won:
        raise ClaimNotWaiting
    claim.refresh_from_db()
