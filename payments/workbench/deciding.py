"""What a person decides about lines of a statement: whose money it is (RULES C9, P9, P10, P16).

left ─ decide ─→ matched (to charges; the rest to a balance, or back to its source)
  ├─── hold ───→ held (of a charge: somebody else has paid, see suspense; of none: nobody knows yet)
  └─── ignore ─→ ignored (nothing of ours)
All ways back are ``undoing.undo``. Everything here wants a write ``tenant_tx``; whoever is refused has changed nothing.
Lock order: bank account → line → charge → claim → audit head. Amounts in fen.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils import timezone

from payments import bank_accounts, money, transfers
from payments.crediting import credit, lock_charge, place, to_balance
from payments.errors import BankLineUsed, ChargeNotFound, TransferNotAllowed
from payments.matching import NameKind
from payments.matching.names import cut_of, may_be_one, same_payer
from payments.models import (
    BankAccount,
    BankTransaction,
    ChannelName,
    Charge,
    ChargeState,
    LineState,
    MatchedBy,
    Payment,
    Suspense,
    SuspenseState,
)
from payments.refunds import request_surplus_refund
from payments.workbench import claims
from payments.workbench.errors import (
    HolderMissing,
    LineNotFound,
    LineNotWaiting,
    NothingDecided,
    PayerIsAnother,
    ReasonMissing,
    ShareTooMuch,
    TotalsDiffer,
)
from portal import audit
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.jobs.recalling import put_off
from portal.tenants import current_tenant

WHY = "person"  # of the allocations that are made here
GRACE = timedelta(seconds=90)  # a settled charge is told to whoever asked for it only then: until then it can be undone
_PERMISSION = transfers.PERMISSION


class RestTo(StrEnum):
    BALANCE = "balance"
    REFUND = "refund"  # to where it came from


@dataclass(frozen=True, slots=True)
class Share:
    """So much of the money for this charge (public id)."""

    charge: str
    fen: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Σ shares + rest must be Σ lines, to the fen.

    ``holder``: whose balance the rest becomes; "" for the first charge's payer, else the payer whom the bank names.
    ``holder_checked``: the person has seen that the payer is the holder where the bank shows no name, or a cut one.
    """

    shares: tuple[Share, ...] = ()
    rest_fen: int = 0
    rest_to: RestTo = RestTo.BALANCE
    holder: str = ""
    holder_checked: bool = False
    note: str = ""


@dataclass(slots=True)
class _Pot:
    line: BankTransaction
    payment: Payment
    left: int
    credited: dict[int, int] = field(default_factory=dict)  # charge → fen


def decide(line_ids: Sequence[str], decision: Decision, *, by: Actor) -> list[BankTransaction]:
    """These lines (one, or several that pay together) become what the decision says.

    Raises LineNotFound, LineNotWaiting, NothingDecided, TotalsDiffer, ShareTooMuch, PayerIsAnother, HolderMissing,
    ChargeNotFound, TransferNotAllowed, BankLineUsed.
    """
    lines = waiting_lines(line_ids, by=by)
    charges = _charges(decision.shares)
    _check(lines, charges, decision)
    first = charges[decision.shares[0].charge] if decision.shares else None
    holder = decision.holder.strip() or (first.payer_name or first.reference if first else lines[0].payer_name)
    if decision.rest_fen and not holder:
        raise HolderMissing
    pots = [_Pot(line, payment_of(line, by=by), line.amount_fen) for line in lines]
    was_open = {charge.pk for charge in charges.values() if charge.state == ChargeState.OPEN}
    for share in decision.shares:
        _pour(pots, share.fen, charges[share.charge], by=by)
    for pot in pots:
        if pot.left:
            to_balance(pot.payment, pot.left, holder=holder[:128], why=WHY, by=by)
            if decision.rest_to is RestTo.REFUND:
                request_surplus_refund(pot.payment, by=by, key=_refund_key(pot))
        move(pot.line, LineState.MATCHED, by=by, payment=pot.payment, matched_by=MatchedBy.PERSON, note=decision.note)
    _note(lines, decision, by=by)
    for charge in charges.values():
        charge.refresh_from_db()
        claims.tell_credited(charge, [(pot.line, pot.payment, pot.credited.get(charge.pk, 0)) for pot in pots], by=by)
        if charge.pk in was_open and charge.state == ChargeState.SETTLED:
            put_off(f"charge_settled:{charge.public_id}", timezone.now() + GRACE)
    return lines


def hold(line_id: str, *, charge: str = "", note: str, by: Actor) -> BankTransaction:
    """Into suspense: meant for a charge but from somebody else (the customer is told), or nobody knows for what."""
    line = waiting_lines([line_id], by=by)[0]
    if not charge and not note.strip():
        raise ReasonMissing
    found = _charges((Share(charge, 0),))[charge] if charge else None
    payment = payment_of(line, by=by)
    if found is not None:
        Suspense.objects.update_or_create(
            payment=payment, defaults={"charge": found, "state": SuspenseState.HELD, "decided_by": by.label}
        )
    move(line, LineState.HELD, by=by, payment=payment, matched_by=MatchedBy.PERSON, note=note)
    audit.record(
        "line.held",
        by=by,
        subject=f"line:{line.public_id}",
        detail={"charge": charge, "amount_fen": line.amount_fen, "note": note[:200]},
    )
    if found is not None:
        transfers.report(
            found, "held", claim=claims.confirm_told(found, line, payment, by=by), amount_fen=line.amount_fen
        )
    return line


def ignore(line_id: str, *, note: str, by: Actor) -> BankTransaction:
    """Nothing of ours: interest, a deposit back. Says why. Raises also ReasonMissing."""
    line = waiting_lines([line_id], by=by)[0]
    if not note.strip():
        raise ReasonMissing
    move(line, LineState.IGNORED, by=by, matched_by=MatchedBy.PERSON, note=note)
    audit.record("line.ignored", by=by, subject=f"line:{line.public_id}", detail={"note": note[:200]})
    return line


def pays_as_holder(line: BankTransaction, charge: Charge) -> bool:
    """RULES C9, P10: the payer is the holder, as far as the bank shows the name."""
    kind = NameKind(charge.holder_kind) if charge.holder_kind else None
    if same_payer(line.payer_name, charge.payer_name, other_kind=kind):
        return True
    at = line.account.cuts_names_at
    return at is not None and cut_of(line.payer_name, charge.payer_name, at=at)


def waiting_lines(line_ids: Sequence[str], *, by: Actor) -> list[BankTransaction]:
    """Locked, with their account; each waits for people. Raises LineNotFound, LineNotWaiting."""
    lines = locked_lines(line_ids, by=by)
    for line in lines:
        nobodys = line.state == LineState.HELD and not Suspense.objects.filter(payment=line.payment_id).exists()
        if line.state != LineState.LEFT and not nobodys:
            raise LineNotWaiting(by=line.decided_by or "—", state=line.get_state_display())
    return lines


def locked_lines(line_ids: Sequence[str], *, by: Actor) -> list[BankTransaction]:
    if not policy.allows(by, _PERMISSION):
        raise TransferNotAllowed
    wanted = dict.fromkeys(line_ids)
    numbers = BankAccount.objects.filter(transactions__public_id__in=wanted).distinct().order_by("number")
    for number in numbers.values_list("number", flat=True):
        bank_accounts.lock(number)
    lines = list(
        BankTransaction.objects.select_for_update(of=("self",))
        .select_related("account", "payment")
        .filter(public_id__in=wanted)
        .order_by("booked_on", "id")
    )
    if not wanted or len(lines) != len(wanted):
        raise LineNotFound
    return lines


def payment_of(line: BankTransaction, *, by: Actor) -> Payment:
    """The line's money in the ledger, nothing of it allocated; recorded once. Raises BankLineUsed."""
    if line.payment is not None:
        return line.payment
    booked = line.booked_at or datetime.combine(line.booked_on, time(), ZoneInfo(current_tenant().timezone))
    credited = credit(
        channel=ChannelName.BANK_TRANSFER,
        account=line.account.number,
        transaction_id=line.identity,
        amount_fen=line.amount_fen,
        paid_at=booked,
        evidence="statement",
        by=by,
        payer_name=line.payer_name[:128],
    )
    if not credited.created:
        raise BankLineUsed(reference=line.bank_serial or line.identity[:12])
    return credited.payment


def move(line: BankTransaction, state: LineState, *, by: Actor, note: str, **fields: object) -> None:
    fields |= {"decided_by": by.label, "decided_at": timezone.now(), "note": note.strip()[:200]}
    won = BankTransaction.objects.filter(pk=line.pk, state=line.state).update(state=state, **fields)
    if not won:
        raise LineNotWaiting(by=line.decided_by or "—", state=line.get_state_display())
    line.refresh_from_db()


def _charges(shares: Sequence[Share]) -> dict[str, Charge]:
    ids = dict(Charge.objects.filter(public_id__in={share.charge for share in shares}).values_list("public_id", "pk"))
    if len(ids) != len(shares):  # also for a charge that is named twice
        raise ChargeNotFound
    return {public_id: lock_charge(pk) for public_id, pk in sorted(ids.items(), key=lambda item: item[1])}


def _check(lines: Sequence[BankTransaction], charges: dict[str, Charge], decision: Decision) -> None:
    came = sum(line.amount_fen for line in lines)
    given = sum(share.fen for share in decision.shares) + decision.rest_fen
    if not decision.shares and not decision.rest_fen:
        raise NothingDecided
    if came != given or decision.rest_fen < 0 or any(share.fen <= 0 for share in decision.shares):
        raise TotalsDiffer(lines=money.display(came), shares=money.display(given))
    for share in decision.shares:
        charge = charges[share.charge]
        if share.fen > charge.open_fen:
            raise ShareTooMuch(charge=charge.description, open=money.display(charge.open_fen))
        for line in lines:
            if not charge.payer_must_be_holder or pays_as_holder(line, charge):
                continue
            shown = line.payer_name.strip()
            if not (decision.holder_checked and (not shown or may_be_one(shown, charge.payer_name))):
                raise PayerIsAnother(payer=shown or "（银行未显示）", holder=charge.payer_name)


def _pour(pots: Sequence[_Pot], fen: int, charge: Charge, *, by: Actor) -> None:
    """From the oldest line on, as much as each still holds."""
    for pot in pots:
        part = min(fen, pot.left)
        if part:
            place(pot.payment, part, charge=charge, why=WHY, by=by)
            pot.left -= part
            pot.credited[charge.pk] = part
            fen -= part


def _refund_key(pot: _Pot) -> str:
    """Of this decision: after an undo there is another."""
    told = f"{pot.line.public_id}|{pot.line.decided_at or ''}|{pot.left}"
    return f"line:{hashlib.sha256(told.encode()).hexdigest()[:40]}"


def _note(lines: Sequence[BankTransaction], decision: Decision, *, by: Actor) -> None:
    detail = {
        "shares": {share.charge: share.fen for share in decision.shares},
        "rest_fen": decision.rest_fen,
        "rest_to": decision.rest_to.value if decision.rest_fen else "",
        "lines": [line.public_id for line in lines],
        "holder_checked": decision.holder_checked,
        "note": decision.note[:200],
    }
    for line in lines:
        audit.record("line.decided", by=by, subject=f"line:{line.public_id}", detail=detail)
