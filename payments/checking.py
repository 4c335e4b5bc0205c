"""核验转账信息: what a customer is told about one claim of their own (RULES C9, E4). Reads only; see matching.verify.

Which lines of others exist makes no difference to the answer: ``verify`` counts those alone that are the asker's own.
"""

from collections import defaultdict
from datetime import date

from django.db.models import Q, QuerySet, Sum

from payments import transfers
from payments.errors import ChargeNotFound, ClaimNotFound, ClaimNotWaiting
from payments.matching import Answer, Candidate, Claim, Line, NameKind, OpenCharge, Policy, Standing, verify
from payments.matching.names import payer_key
from payments.models import (
    Allocation,
    AllocationTarget,
    BankAccount,
    BankTransaction,
    Charge,
    ClaimState,
    FurtherNumber,
    LineState,
    TransferClaim,
)
from payments.numbering import number_rule

_CHECKED = (ClaimState.WAITING, ClaimState.REFUSED, ClaimState.CONFIRMED)


def check_claim(charge_public_id: str, claim_public_id: str, *, holder_is_proven: bool) -> Answer:
    """In a tenant_tx. The caller limits how often. Raises ChargeNotFound, ClaimNotFound, ClaimNotWaiting."""
    charge = Charge.objects.filter(public_id=charge_public_id).first()
    if charge is None:
        raise ChargeNotFound
    told = (
        TransferClaim.objects.filter(charge=charge, public_id=claim_public_id).exclude(state=ClaimState.DRAFT).first()
    )
    if told is None:
        raise ClaimNotFound
    if told.state not in _CHECKED or told.paid_on is None:
        raise ClaimNotWaiting
    return _answer(charge, told, told.paid_on, holder_is_proven=holder_is_proven)


def check_entry(charge_public_id: str, told: transfers.ClaimData, *, holder_is_proven: bool) -> Answer:
    """The same of a transfer that is being typed and nobody has claimed yet (RULES E4). Raises ChargeNotFound."""
    charge = Charge.objects.filter(public_id=charge_public_id).first()
    if charge is None:
        raise ChargeNotFound
    claim = TransferClaim(
        payer_name=told.payer_name,
        payer_key=payer_key(told.payer_name),
        amount_fen=told.amount_fen,
        paid_on=told.paid_on,
        remittance=told.remittance,
    )
    return _answer(charge, claim, told.paid_on, holder_is_proven=holder_is_proven)


def _answer(charge: Charge, told: TransferClaim, paid_on: date, *, holder_is_proven: bool) -> Answer:
    claim = Claim(str(told.pk or ""), _owed(charge), told.payer_name, "", told.amount_fen, paid_on, told.remittance)
    account = transfers.payee().account
    cuts_at = BankAccount.objects.filter(number=account).values_list("cuts_names_at", flat=True).first()
    return verify(
        claim,
        _candidates(charge, told),
        rule=number_rule(),
        policy=Policy(bank_cuts_names_at=cuts_at),
        holder_is_proven=holder_is_proven,
    )


def _owed(charge: Charge) -> OpenCharge:
    kind = NameKind(charge.holder_kind) if charge.holder_kind else None
    return OpenCharge(
        str(charge.pk),
        charge.number,
        charge.open_fen,
        charge.payer_name,
        charge.created_at.date(),
        charge.payer_key,
        charge.payer_must_be_holder,
        kind,
        Standing(charge.state),
        charge.total_fen,
    )


def _candidates(charge: Charge, told: TransferClaim) -> list[Candidate]:
    """Lines that may be the asker's: by the charge's number, its holder's name, or the money that it has."""
    own = Q(payer_key__in={charge.payer_key, told.payer_key} - {""}) | Q(payment__allocations__charge=charge)
    if charge.number:
        own |= Q(number=charge.number)
        own |= Q(pk__in=FurtherNumber.objects.filter(number=charge.number).values("line_id"))
    found = _came().filter(own).distinct()
    lines = list(found.order_by("-booked_on", "-id")[:200])
    used = _used([line.payment_id for line in lines if line.payment_id])
    return [
        Candidate(
            Line(str(line.pk), line.amount_fen, line.payer_name, "", line.booked_on, line.remittance),
            frozenset(used[line.payment_id]) if line.payment_id else frozenset(),
        )
        for line in lines
    ]


def _came() -> "QuerySet[BankTransaction]":
    return BankTransaction.objects.filter(amount_fen__gt=0).exclude(state=LineState.IGNORED)


def _used(payments: list[int]) -> dict[int, set[str]]:
    """Payment → charges that its money is in; also "balance", which no charge is called."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = Allocation.objects.filter(payment__in=payments).exclude(target=AllocationTarget.REFUND)
    for payment, charge, fen in rows.values_list("payment_id", "charge_id").annotate(fen=Sum("amount_fen")):
        if fen:
            found[payment].add(str(charge) if charge is not None else "balance")
    return found
