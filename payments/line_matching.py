"""New lines of an account to the charges they can only be for (``payments.matching``); the rest is left for finance.

Decided without a lock, applied under one: the account, the lines, the charges. What isn't as it was is left to people.
Automatic work touches lines that are new, and nothing that a person has done.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from payments import bank_accounts
from payments.charge_index import DjangoIndex
from payments.crediting import InFull, credit_in_full
from payments.matching import Line, Match, Matcher, MatchRule, Policy
from payments.models import (
    BankAccount,
    BankTransaction,
    ChannelName,
    Charge,
    ClaimState,
    LineState,
    MatchedBy,
    Payment,
    Suspense,
    SuspenseState,
    TransferClaim,
)
from payments.numbering import number_rule
from payments.payers import same_payer
from payments.transfers import news
from portal import audit, jobs
from portal.accounts.actor import Actor
from portal.errors import StaleVersion
from portal.tenants import current_tenant, tenant_tx
from portal.tenants.models import Tenant

T = TypeVar("T")
CHUNK = 500  # lines in one transaction
CHANNEL = ChannelName.BANK_TRANSFER
ME = Actor.system("matching")
_APART = timedelta(days=4)  # between the day that finance has typed and the day booked
_FACTS = ("id", "identity", "amount_fen", "payer_name", "booked_on", "booked_at", "remittance", "bank_serial")


@dataclass(slots=True)
class Matched:
    """How many lines became what. ``known``: finance had confirmed them by hand. ``left``: for people."""

    number: int = 0
    claim: int = 0
    known: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        return self.number + self.claim + self.known


@dataclass(frozen=True, slots=True)
class _New:
    id: int
    identity: str
    amount_fen: int
    payer_name: str
    booked_on: date
    booked_at: datetime | None
    remittance: str
    bank_serial: str


def match_new(
    tenant: Tenant, account: BankAccount, *, by: Actor = ME, accounts: Mapping[str, str] | None = None
) -> Matched:
    """Every line of the account that is new, whoever stored it. Outside any transaction.

    ``accounts``: identity → the payer's account, where whoever asks has just read it.
    """
    with tenant_tx(tenant):
        new = [
            _New(*row)
            for row in BankTransaction.objects.filter(account=account, state=LineState.NEW)
            .order_by("booked_on", "id")
            .values_list(*_FACTS)
        ]
        told = accounts or {}
        matcher = Matcher(DjangoIndex(), number_rule(), Policy(bank_cuts_names_at=account.cuts_names_at))
        matcher.add(
            Line(str(one.id), one.amount_fen, one.payer_name, told.get(one.identity, ""), one.booked_on, one.remittance)
            for one in new
        )
        matches = {int(match.line_id): match for match in matcher.matches()}
    done = Matched()
    for chunk in _chunks(new):
        with tenant_tx(tenant, write=True):
            bank_accounts.lock(account.number)
            _apply(account, chunk, matches, done, by=by)
    return done


def _apply(account: BankAccount, chunk: list[_New], matches: dict[int, Match], done: Matched, *, by: Actor) -> None:
    still = set(
        BankTransaction.objects.select_for_update()
        .filter(pk__in=[one.id for one in chunk], state=LineState.NEW)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    chunk = [one for one in chunk if one.id in still]
    by_hand = _confirmed_by_hand(account, chunk)
    settled = {line_id for line_id, payment in by_hand.items() if payment is not None}
    _link_known({line_id: payment for line_id, payment in by_hand.items() if payment is not None}, by=by)
    wanted = [one for one in chunk if one.id in matches and one.id not in by_hand]
    credited = _credit(account, wanted, matches, by=by)
    left = [one.id for one in chunk if one.id not in settled and one.id not in credited]
    BankTransaction.objects.filter(pk__in=left).update(state=LineState.LEFT)
    doubtful = [line_id for line_id, payment in by_hand.items() if payment is None]
    if doubtful:
        BankTransaction.objects.filter(pk__in=doubtful).update(note="这个流水号已人工登记，但金额或日期不同")
    rules = Counter(matches[line_id].rule for line_id in credited)
    done.number += rules[MatchRule.NUMBER]
    done.claim += rules[MatchRule.CLAIM]
    done.known += len(settled)
    done.left += len(left)


def _credit(account: BankAccount, lines: list[_New], matches: dict[int, Match], *, by: Actor) -> set[int]:
    """Line ids that were credited. A claim that tells the line is confirmed with it."""
    zone = ZoneInfo(current_tenant().timezone)
    payments = credit_in_full(
        [
            InFull(
                int(matches[one.id].charge_id),
                one.identity,
                one.amount_fen,
                one.booked_at or datetime.combine(one.booked_on, time(), zone),
                one.payer_name[:128],
            )
            for one in lines
        ],
        channel=CHANNEL,
        account=account.number,
        evidence="statement",
        by=by,
    )
    credited = {one.id: one for one in lines if one.identity in payments}
    if not credited:
        return set()
    rows = BankTransaction.objects.filter(pk__in=credited)
    by_claim = [line_id for line_id in credited if matches[line_id].rule is MatchRule.CLAIM]
    told = {"state": LineState.MATCHED, "decided_by": by.label, "decided_at": timezone.now()}
    payment = Payment.objects.filter(channel=CHANNEL, account=account.number, transaction_id=OuterRef("identity"))
    rows.update(payment=Subquery(payment.values("pk")[:1]), matched_by=MatchedBy.NUMBER, **told)
    if by_claim:
        BankTransaction.objects.filter(pk__in=by_claim).update(matched_by=MatchedBy.CLAIM)
    of_charge = {int(matches[one.id].charge_id): (one, payments[one.identity]) for one in credited.values()}
    _confirm_claims(of_charge, matches, by=by)
    return set(credited)


def _confirm_claims(of_charge: dict[int, tuple[_New, Payment]], matches: dict[int, Match], *, by: Actor) -> None:
    """The claim that the matcher went by; else the only one on the charge that tells name and amount."""
    waiting: dict[int, list[TransferClaim]] = {}
    for claim in (
        TransferClaim.objects.select_for_update(of=("self",))
        .filter(charge__in=of_charge, state=ClaimState.WAITING)
        .order_by("pk")
    ):
        waiting.setdefault(claim.charge_id, []).append(claim)
    if not waiting:
        return
    confirmed: list[tuple[TransferClaim, Payment]] = []
    for charge_id, claims in waiting.items():
        line, payment = of_charge[charge_id]
        fitting = [
            claim
            for claim in claims
            if str(claim.pk) == matches[line.id].claim_id
            or (claim.amount_fen == line.amount_fen and same_payer(line.payer_name, claim.payer_name))
        ]
        if len(fitting) == 1:
            confirmed.append((fitting[0], payment))
    _confirm(confirmed, by=by)


def _confirm(found: list[tuple[TransferClaim, Payment]], *, by: Actor) -> None:
    """As ``transfers.confirm`` does, many at once. Each payment pays its claim's charge in full."""
    if not found:
        return
    charges = Charge.objects.in_bulk([claim.charge_id for claim, _payment in found])
    of_claim = Payment.objects.filter(
        pk__in=[payment.pk for _claim, payment in found], allocations__charge=OuterRef("charge_id")
    )
    won = TransferClaim.objects.filter(pk__in=[claim.pk for claim, _payment in found], state=ClaimState.WAITING).update(
        state=ClaimState.CONFIRMED,
        payment=Subquery(of_claim.values("pk")[:1]),
        decided_by=by.label,
        decided_by_id=by.user_id,
        decided_at=timezone.now(),
    )
    if won != len(found):
        raise StaleVersion
    for claim, payment in found:
        audit.record(
            "transfer.confirmed",
            by=by,
            subject=f"charge:{charges[claim.charge_id].public_id}",
            detail={"claim": claim.public_id, "amount_fen": payment.amount_fen, "held": False},
        )
    jobs.enqueue_many(
        "charge_transfer",
        [news(charges[claim.charge_id], "credited", claim, payment.amount_fen) for claim, payment in found],
    )


# Confirmed by hand before the line came


def _confirmed_by_hand(account: BankAccount, chunk: Sequence[_New]) -> dict[int, Payment | None]:
    """Line → the payment that finance has typed under its serial; None where amount or day are others: people look."""
    serials = {one.bank_serial for one in chunk if one.bank_serial}
    typed: dict[str, Payment] = {
        payment.transaction_id: payment
        for payment in Payment.objects.filter(
            channel=CHANNEL, account=account.number, transaction_id__in=serials, bank_lines=None
        )
    }
    found: dict[int, Payment | None] = {}
    for one in chunk if typed else ():
        payment = typed.get(one.bank_serial)
        if payment is None:
            continue
        day = payment.paid_at.astimezone(ZoneInfo(current_tenant().timezone)).date()
        agrees = payment.amount_fen == one.amount_fen and abs(day - one.booked_on) <= _APART
        found[one.id] = payment if agrees else None
        if agrees:
            del typed[one.bank_serial]  # a teller's serial begins anew: it is one line's
    return found


def _link_known(known: dict[int, Payment], *, by: Actor) -> None:
    held = set(
        Suspense.objects.filter(payment__in=known.values(), state=SuspenseState.HELD).values_list(
            "payment_id", flat=True
        )
    )
    for line_id, payment in known.items():
        BankTransaction.objects.filter(pk=line_id).update(
            state=LineState.HELD if payment.pk in held else LineState.MATCHED,
            matched_by=MatchedBy.KNOWN,
            payment=payment,
            decided_by=by.label,
            decided_at=timezone.now(),
        )


def _chunks(lines: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(lines)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
