"""Refunds: asked for, decided, sent, followed to the end; always back to where the money came from.

requested ─ finance ─→ approved ─ job ─→ sent ─→ succeeded
     └──────→ declined                    └────→ failed (finance finds another way)

What is on its way is reserved on charge and payment, so that refunds never exceed what was paid.
"""

import secrets
from datetime import datetime, timedelta

from django.db.models import F, Sum
from django.utils import timezone

from payments import money
from payments.channels import base
from payments.crediting import allocate, lock_charge
from payments.errors import (
    KeyReused,
    RefundNeedsSecondPerson,
    RefundNotAllowed,
    RefundNotFound,
    RefundNotWaiting,
    RefundTooMuch,
)
from payments.invoicing.requests import reverse_for_refund
from payments.models import (
    Allocation,
    AllocationTarget,
    Charge,
    CustomerBalance,
    Payment,
    PaymentSettings,
    Refund,
    RefundSource,
    RefundState,
)
from payments.models.refunds import ON_THEIR_WAY
from portal import audit, jobs
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.errors import StaleVersion

PERMISSION = "payments.refund"
AUTOMATIC = frozenset({"orders"})  # parts of the portal whose own rules have decided before they ask
POLL_SECONDS = (10, 30, 60, 300, 900, 3600)


def request_refund(charge: Charge, *, amount_fen: int, reason: str, by: Actor, key: str) -> Refund:
    """Ask for money back from a charge, in a write tenant_tx. Same key → same refund.

    By a member of finance, or by a rule of an order, and within the limit it is approved at once; else it
    waits for finance.
    Raises RefundTooMuch, KeyReused.
    """
    locked = lock_charge(charge.pk)
    known: Refund | None = Refund.objects.filter(key=key).first()
    if known is not None:
        if (known.charge_id, known.amount_fen) != (locked.pk, amount_fen):
            raise KeyReused
        return known
    if not 0 < amount_fen <= locked.refundable_fen:
        raise RefundTooMuch(refundable=money.display(locked.refundable_fen))
    payment = _payment_to_refund(locked, amount_fen)
    _reserve_on_payment(payment, amount_fen)
    Charge.objects.filter(pk=locked.pk).update(refunding_fen=F("refunding_fen") + amount_fen)
    refund = Refund.objects.create(
        refund_number=_new_number(),
        payment=payment,
        charge=locked,
        source=RefundSource.CHARGE,
        amount_fen=amount_fen,
        reason=reason[:80],
        key=key,
        requested_by=by.label,
        requested_by_id=by.user_id,
    )
    return _requested(refund, by=by)


def request_surplus_refund(payment: Payment, *, by: Actor, key: str) -> Refund:
    """RULES P9: money that came late or twice goes back to its source, after one click by finance."""
    locked: Payment = Payment.objects.select_for_update().get(pk=payment.pk)
    known: Refund | None = Refund.objects.filter(key=key).first()
    if known is not None:
        if known.payment_id != locked.pk:
            raise KeyReused
        return known
    amount = surplus_of(locked)
    balance = _balance_of(locked)
    if not amount or balance is None:
        raise RefundTooMuch(refundable=money.display(0))
    taken = CustomerBalance.objects.filter(pk=balance.pk, amount_fen__gte=amount).update(
        amount_fen=F("amount_fen") - amount
    )
    if not taken:
        raise RefundTooMuch(refundable=money.display(0))
    _reserve_on_payment(locked, amount)
    refund = Refund.objects.create(
        refund_number=_new_number(),
        payment=locked,
        charge=None,
        source=RefundSource.BALANCE,
        amount_fen=amount,
        reason="多付款项原路退回",
        key=key,
        requested_by=by.label,
        requested_by_id=by.user_id,
    )
    return _requested(refund, by=by)


def approve_refund(refund_public_id: str, *, by: Actor) -> Refund:
    """requested → approved, in a write tenant_tx; a job sends it. Above the limit never by who asked."""
    refund = _decidable(refund_public_id, by=by)
    limit = refund_limit()
    if refund.amount_fen > limit and by.user_id == refund.requested_by_id:
        raise RefundNeedsSecondPerson(limit=money.display(limit))
    return _approved(refund, by=by)


def decline_refund(refund_public_id: str, *, by: Actor, reason: str) -> Refund:
    """requested → declined, in a write tenant_tx; what was reserved is free again."""
    refund = _decidable(refund_public_id, by=by)
    _move(
        refund,
        [RefundState.REQUESTED],
        RefundState.DECLINED,
        decided_by=by.label,
        decided_by_id=by.user_id,
        decision_reason=reason[:200],
        finished_at=timezone.now(),
    )
    _release(refund)
    audit.record("refund.declined", by=by, subject=f"refund:{refund.public_id}", detail={"reason": reason[:200]})
    return refund


def apply_refund_state(refund_id: int, state: base.RefundState, *, by: Actor) -> Refund:
    """What the channel says about a refund, in a write tenant_tx. Repeats and late news change nothing."""
    refund = _locked(refund_id)
    match state.status:
        case base.RefundStatus.SUCCEEDED if refund.state in ON_THEIR_WAY:
            _succeeded(refund, state.channel_refund_id, state.finished_at or timezone.now(), by=by)
        case base.RefundStatus.FAILED if refund.state in ON_THEIR_WAY:
            fail_refund(refund_id, "channel", by=by)
        case base.RefundStatus.PROCESSING | base.RefundStatus.NOT_FOUND if refund.state == RefundState.APPROVED:
            _move(refund, [RefundState.APPROVED], RefundState.SENT, channel_refund_id=state.channel_refund_id)
            follow_refund(refund, polls=0)
    refund.refresh_from_db()
    return refund


def fail_refund(refund_id: int, code: str, *, by: Actor) -> None:
    """The channel gave up for good, in a write tenant_tx: the reservation is free, finance is shown the row."""
    refund = _locked(refund_id)
    _move(
        refund,
        [RefundState.APPROVED, RefundState.SENT],
        RefundState.FAILED,
        failure=code[:64],
        finished_at=timezone.now(),
    )
    _release(refund)
    audit.record("refund.failed", by=by, subject=f"refund:{refund.public_id}", detail={"code": code[:64]})


def follow_refund(refund: Refund, *, polls: int) -> None:
    """The next question to the channel, in a write tenant_tx."""
    delay = POLL_SECONDS[min(polls, len(POLL_SECONDS) - 1)]
    Refund.objects.filter(pk=refund.pk).update(polls=polls)
    jobs.enqueue(
        "payments.follow_refund",
        {"refund": refund.public_id, "polls": polls},
        after=timezone.now() + timedelta(seconds=delay),
        key=f"follow:{refund.public_id}:{polls}",
    )


def surplus_of(payment: Payment) -> int:
    """Fen of this payment that lie in the payer's balance and aren't on their way back."""
    there = Allocation.objects.filter(payment=payment, target=AllocationTarget.BALANCE).aggregate(
        fen=Sum("amount_fen")
    )["fen"]
    leaving = Refund.objects.filter(payment=payment, source=RefundSource.BALANCE, state__in=ON_THEIR_WAY).aggregate(
        fen=Sum("amount_fen")
    )["fen"]
    return int(there or 0) - int(leaving or 0)


def refund_limit() -> int:
    """Fen; above it a second person decides."""
    chosen: int | None = PaymentSettings.objects.values_list("two_person_refund_fen", flat=True).first()
    return int(PaymentSettings._meta.get_field("two_person_refund_fen").default) if chosen is None else chosen


def _requested(refund: Refund, *, by: Actor) -> Refund:
    audit.record(
        "refund.requested",
        by=by,
        subject=f"refund:{refund.public_id}",
        detail={
            "number": refund.refund_number,
            "amount_fen": refund.amount_fen,
            "reason": refund.reason,
            "charge": refund.charge.public_id if refund.charge else "",
        },
    )
    decided = policy.allows(by, PERMISSION) or (by.kind == "system" and by.label in AUTOMATIC)
    if decided and refund.amount_fen <= refund_limit():
        return _approved(refund, by=by)
    return refund


def _approved(refund: Refund, *, by: Actor) -> Refund:
    _move(refund, [RefundState.REQUESTED], RefundState.APPROVED, decided_by=by.label, decided_by_id=by.user_id)
    jobs.enqueue("payments.send_refund", {"refund": refund.public_id}, key=f"refund:{refund.public_id}")
    audit.record(
        "refund.approved", by=by, subject=f"refund:{refund.public_id}", detail={"amount_fen": refund.amount_fen}
    )
    return refund


def _succeeded(refund: Refund, channel_refund_id: str, finished_at: datetime, *, by: Actor) -> None:
    _move(
        refund,
        list(ON_THEIR_WAY),
        RefundState.SUCCEEDED,
        finished_at=finished_at,
        channel_refund_id=channel_refund_id or refund.channel_refund_id,
    )
    amount = refund.amount_fen
    Payment.objects.filter(pk=refund.payment_id).update(
        refunding_fen=F("refunding_fen") - amount, refunded_fen=F("refunded_fen") + amount
    )
    if refund.charge is not None:
        Charge.objects.filter(pk=refund.charge.pk).update(
            refunding_fen=F("refunding_fen") - amount, refunded_fen=F("refunded_fen") + amount
        )
        allocate(refund.payment, -amount, why="refund", by=by, charge=refund.charge)
    else:
        Allocation.objects.create(
            payment=refund.payment,
            target=AllocationTarget.BALANCE,
            balance=_balance_of(refund.payment),
            amount_fen=-amount,
            why="refund",
            by=by.label,
        )
    Allocation.objects.create(
        payment=refund.payment,
        target=AllocationTarget.REFUND,
        charge=refund.charge,
        amount_fen=amount,
        why=refund.refund_number,
        by=by.label,
    )
    audit.record("refund.succeeded", by=by, subject=f"refund:{refund.public_id}", detail={"amount_fen": amount})
    if refund.charge is not None:
        _tell(refund, refund.charge)
        reverse_for_refund(refund, by=by)


def _tell(refund: Refund, charge: Charge) -> None:
    jobs.enqueue(
        "charge_refunded",
        {
            "charge": charge.public_id,
            "reference": charge.reference,
            "refund": refund.public_id,
            "amount_fen": refund.amount_fen,
        },
        group=f"charge:{charge.public_id}",
        key=f"charge_refunded:{refund.public_id}",
    )


def _decidable(refund_public_id: str, *, by: Actor) -> Refund:
    if not policy.allows(by, PERMISSION):
        raise RefundNotAllowed
    found = Refund.objects.filter(public_id=refund_public_id).values_list("pk", flat=True).first()
    if found is None:
        raise RefundNotFound
    refund = _locked(found)
    if refund.state != RefundState.REQUESTED:
        raise RefundNotWaiting
    return refund


def _locked(refund_id: int) -> Refund:
    """Charge first, as everywhere; a refund of balance locks its payment."""
    charge_id, payment_id = Refund.objects.values_list("charge_id", "payment_id").get(pk=refund_id)
    if charge_id is not None:
        lock_charge(charge_id)
    else:
        Payment.objects.select_for_update().get(pk=payment_id)
    refund: Refund = Refund.objects.select_for_update().get(pk=refund_id)
    return refund


def _move(refund: Refund, sources: list[RefundState], target: RefundState, **fields: object) -> None:
    won = Refund.objects.filter(pk=refund.pk, state__in=sources).update(state=target, **fields)
    if not won:
        raise StaleVersion
    refund.refresh_from_db()


def _balance_of(payment: Payment) -> CustomerBalance | None:
    """The balance that took what was too much of this payment."""
    row: Allocation | None = (
        Allocation.objects.select_related("balance").filter(payment=payment, target=AllocationTarget.BALANCE).first()
    )
    return row.balance if row is not None else None


def _payment_to_refund(charge: Charge, amount_fen: int) -> Payment:
    """A payment that put at least that much into the charge. Raises RefundTooMuch with what one can give."""
    best = 0
    for payment in Payment.objects.filter(allocations__charge=charge).distinct().order_by("-paid_at", "-id"):
        given = Allocation.objects.filter(payment=payment, charge=charge, target=AllocationTarget.CHARGE).aggregate(
            fen=Sum("amount_fen")
        )["fen"]
        leaving = Refund.objects.filter(payment=payment, charge=charge, state__in=ON_THEIR_WAY).aggregate(
            fen=Sum("amount_fen")
        )["fen"]
        free = int(given or 0) - int(leaving or 0)
        if free >= amount_fen:
            found: Payment = payment
            return found
        best = max(best, free)
    raise RefundTooMuch(refundable=money.display(best))


def _reserve_on_payment(payment: Payment, amount_fen: int) -> None:
    Payment.objects.filter(pk=payment.pk).update(refunding_fen=F("refunding_fen") + amount_fen)


def _release(refund: Refund) -> None:
    amount = refund.amount_fen
    Payment.objects.filter(pk=refund.payment_id).update(refunding_fen=F("refunding_fen") - amount)
    if refund.charge is not None:
        Charge.objects.filter(pk=refund.charge.pk).update(refunding_fen=F("refunding_fen") - amount)
        return
    CustomerBalance.objects.filter(allocations__payment=refund.payment_id).update(amount_fen=F("amount_fen") + amount)


def _new_number() -> str:
    return f"R{timezone.localdate():%Y%m%d}{secrets.randbelow(10**14):014d}"
