"""A decision on a line taken back: each allocation by a negative row, with who and why.

Refused when the money has gone on. After it the line waits for people, and automatic work leaves it alone. All in a
write ``tenant_tx``.
"""

from collections import defaultdict
from zoneinfo import ZoneInfo

from django.db.models import F, Sum

from payments import days, transfers
from payments.crediting import allocate, lock_charge
from payments.models import (
    Allocation,
    AllocationTarget,
    BankTransaction,
    Charge,
    ChargeState,
    CustomerBalance,
    Invoice,
    InvoiceState,
    LineState,
    Payment,
    Suspense,
    SuspenseState,
)
from payments.workbench import claims
from payments.workbench.deciding import WHY, locked_lines, move
from payments.workbench.errors import (
    CustomerAnswered,
    MoneyGoneOn,
    NotUndoable,
    OrderGoneOn,
    ReasonMissing,
)
from portal import audit
from portal.accounts.actor import Actor
from portal.jobs.recalling import recall
from portal.tenants import current_tenant

_UNDONE = "undone"
#: what put money where it is; anything else (carried over, a bundle's shares) has moved it on since
_OURS = {WHY, _UNDONE, "payment", "surplus", "third_party", "refund"}
_DECIDED = (LineState.MATCHED, LineState.HELD, LineState.IGNORED)


def undo(line_id: str, *, reason: str, by: Actor) -> BankTransaction:
    """Whoever decided it, machine or person. Again is refused.

    Raises LineNotFound, NotUndoable, ReasonMissing, MoneyGoneOn, OrderGoneOn, CustomerAnswered, DayIsClosed,
    TransferNotAllowed.
    """
    line = locked_lines([line_id], by=by)[0]
    if line.state not in _DECIDED:
        raise NotUndoable
    if not reason.strip():
        raise ReasonMissing
    if line.decided_at is not None:
        days.ensure_open(line.decided_at.astimezone(ZoneInfo(current_tenant().timezone)).date())
    if line.payment is not None:
        _free(line.payment, reason=reason, by=by)
    before = {"state": line.state, "decided_by": line.decided_by, "matched_by": line.matched_by}
    move(line, LineState.LEFT, by=by, note=reason, matched_by="")
    audit.record("line.undone", by=by, subject=f"line:{line.public_id}", detail={**before, "reason": reason[:200]})
    return line


def _free(payment: Payment, *, reason: str, by: Actor) -> None:
    """All of it unallocated again."""
    charges = {
        pk: lock_charge(pk)
        for pk in Charge.objects.filter(allocations__payment=payment)
        .distinct()
        .order_by("pk")
        .values_list("pk", flat=True)
    }
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.refunding_fen or payment.refunded_fen:
        raise MoneyGoneOn
    _take_out_of_suspense(payment)
    for charge_id, balance_id, fen in _where(payment):
        if charge_id is not None:
            _out_of_charge(payment, charges[charge_id], fen, by=by)
        elif balance_id is not None:
            _out_of_balance(payment, balance_id, fen, by=by)
    claims.wait_again(payment, by=by)
    for charge in charges.values():
        charge.refresh_from_db()
        transfers.report(charge, _UNDONE, amount_fen=payment.amount_fen, reason=reason[:200])


def _where(payment: Payment) -> list[tuple[int | None, int | None, int]]:
    """(charge, balance, fen) of what isn't nil. Raises MoneyGoneOn where something else has moved it since."""
    rows = Allocation.objects.filter(payment=payment)
    if rows.exclude(why__in=_OURS).exclude(target=AllocationTarget.REFUND).exists():
        raise MoneyGoneOn
    sums: dict[tuple[int | None, int | None], int] = defaultdict(int)
    for charge_id, balance_id, fen in rows.values_list("charge_id", "balance_id").annotate(fen=Sum("amount_fen")):
        sums[charge_id, balance_id] += fen
    return [(charge_id, balance_id, fen) for (charge_id, balance_id), fen in sums.items() if fen]


def _out_of_charge(payment: Payment, charge: Charge, fen: int, *, by: Actor) -> None:
    if charge.refunding_fen or charge.refunded_fen:
        raise MoneyGoneOn
    if charge.state == ChargeState.SETTLED:
        _reopen(charge, by=by)
    won = Charge.objects.filter(pk=charge.pk, credited_fen__gte=fen).update(credited_fen=F("credited_fen") - fen)
    if not won:
        raise MoneyGoneOn
    allocate(payment, -fen, why=_UNDONE, by=by, charge=charge)


def _reopen(charge: Charge, *, by: Actor) -> None:
    """Only while nobody has heard that it was settled: what has gone on isn't unpaid again (renewals.lifecycle)."""
    invoiced = Invoice.objects.filter(charge=charge).exclude(state__in=[InvoiceState.FAILED, InvoiceState.REVERSED])
    if invoiced.exists() or not recall(f"charge_settled:{charge.public_id}"):
        raise OrderGoneOn(charge=charge.description)
    Charge.objects.filter(pk=charge.pk).update(state=ChargeState.OPEN, settled_at=None)
    audit.record("charge.reopened", by=by, subject=f"charge:{charge.public_id}", detail={"total_fen": charge.total_fen})


def _out_of_balance(payment: Payment, balance_id: int, fen: int, *, by: Actor) -> None:
    won = CustomerBalance.objects.filter(pk=balance_id, amount_fen__gte=fen).update(amount_fen=F("amount_fen") - fen)
    if not won:
        raise MoneyGoneOn
    Allocation.objects.create(
        payment=payment,
        target=AllocationTarget.BALANCE,
        balance_id=balance_id,
        amount_fen=-fen,
        why=_UNDONE,
        by=by.label,
    )


def _take_out_of_suspense(payment: Payment) -> None:
    """What was held isn't meant for that charge after all; nothing was allocated yet."""
    held = Suspense.objects.select_for_update().filter(payment=payment).first()
    if held is None:
        return
    if held.state != SuspenseState.HELD or held.wish:
        raise CustomerAnswered
    held.delete()
