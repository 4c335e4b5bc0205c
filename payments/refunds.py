"""Refunds: asked for, decided, sent, followed to the end; always back to where the money came from.

requested ─ finance ─→ approved ─ job ─→ sent ─→ succeeded
     └──────→ declined   │                └────→ failed (finance finds another way)
                         └─ of a bank transfer: finance sends it in the online bank ─→ succeeded, failed

What is on its way is reserved on charge and payment, so that refunds never exceed what was paid.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from payments import money
from payments.bundle_shares import told_reference
from payments.channels import base
from payments.crediting import allocate, lock_charge
from payments.errors import (
    BankLineUsed,
    KeyReused,
    NotInSuspense,
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
    ChannelName,
    Charge,
    CustomerBalance,
    Payment,
    Refund,
    RefundSource,
    RefundState,
    Suspense,
    SuspenseState,
)
from payments.models.refunds import ON_THEIR_WAY
from payments.refundable import (
    PART,
    balance_of,
    judged_fen,
    new_refund_number,
    refund_limit,
    refunds_of_key,
    split,
    surplus_of,
)
from portal import audit, jobs
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.errors import StaleVersion

PERMISSION = "payments.refund"
AUTOMATIC = frozenset({"orders"})  # parts of the portal whose own rules have decided before they ask
POLL_SECONDS = (10, 30, 60, 300, 900, 3600)


def request_refund(charge: Charge, *, amount_fen: int, reason: str, by: Actor, key: str) -> tuple[Refund, ...]:
    """Ask for money back from a charge, in a write tenant_tx. Same key → the same refunds.

    Where one payment can't give it all there is a refund for each that gives a part, with a number of its own:
    their sum is ``amount_fen``. By a member of finance, or by a rule of an order, and within the limit they are
    approved at once; else they wait for finance. The limit looks at the whole, not at the parts.
    Raises RefundTooMuch, KeyReused.
    """
    locked = lock_charge(charge.pk)
    known = refunds_of_key(key)
    if known:
        if {part.charge_id for part in known} != {locked.pk} or known[0].asked_fen != amount_fen:
            raise KeyReused
        return known
    if not 0 < amount_fen <= locked.refundable_fen:
        raise RefundTooMuch(refundable=money.display(locked.refundable_fen))
    parts = split(locked, amount_fen)
    Charge.objects.filter(pk=locked.pk).update(refunding_fen=F("refunding_fen") + amount_fen)
    made = []
    for number, (payment, part_fen) in enumerate(parts, start=1):
        _reserve_on_payment(payment, part_fen)
        refund = Refund.objects.create(
            refund_number=new_refund_number(),
            payment=payment,
            charge=locked,
            source=RefundSource.CHARGE,
            amount_fen=part_fen,
            asked_fen=amount_fen,
            reason=reason[:80],
            key=key if number == 1 else f"{key}{PART}{number}",
            requested_by=by.label,
            requested_by_id=by.user_id,
        )
        made.append(_requested(refund, by=by))
    return tuple(made)


def request_surplus_refund(payment: Payment, *, by: Actor, key: str) -> Refund:
    """RULES P9: money that came late or twice goes back to its source, after one click by finance."""
    locked: Payment = Payment.objects.select_for_update().get(pk=payment.pk)
    known: Refund | None = Refund.objects.filter(key=key).first()
    if known is not None:
        if known.payment_id != locked.pk:
            raise KeyReused
        return known
    amount = surplus_of(locked)
    balance = balance_of(locked)
    if not amount or balance is None:
        raise RefundTooMuch(refundable=money.display(0))
    taken = CustomerBalance.objects.filter(pk=balance.pk, amount_fen__gte=amount).update(
        amount_fen=F("amount_fen") - amount
    )
    if not taken:
        raise RefundTooMuch(refundable=money.display(0))
    _reserve_on_payment(locked, amount)
    refund = Refund.objects.create(
        refund_number=new_refund_number(),
        payment=locked,
        charge=None,
        source=RefundSource.BALANCE,
        amount_fen=amount,
        asked_fen=amount,
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
    if judged_fen(refund) > limit and by.user_id == refund.requested_by_id:
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
    if refund.charge is not None:
        group, key = f"charge:{refund.charge.public_id}", f"refund_declined:{refund.public_id}"
        jobs.enqueue("refund_declined", _news(refund, refund.charge), group=group, key=key)
    return refund


def withdraw_refund(key: str, *, by: Actor, reason: str) -> None:
    """What was asked for under this key and finance hasn't decided on: taken back, because more goes back by rule."""
    for found in refunds_of_key(key):
        refund = _locked(found.pk)
        if refund.state == RefundState.REQUESTED:
            _move(
                refund,
                [RefundState.REQUESTED],
                RefundState.DECLINED,
                decided_by=by.label,
                decision_reason=reason[:200],
                finished_at=timezone.now(),
            )
            _release(refund)
            audit.record("refund.withdrawn", by=by, subject=f"refund:{refund.public_id}", detail={"reason": reason})


def record_bank_refund(refund_public_id: str, *, bank_reference: str, by: Actor) -> Refund:
    """Finance has sent it in the online bank: approved → succeeded, in a write tenant_tx.

    ``bank_reference``: the bank's serial number; each stands for one refund (BankLineUsed). The same again is fine.
    Raises RefundNotFound, RefundNotAllowed, RefundNotWaiting.
    """
    refund = _by_hand(refund_public_id, by=by)
    if refund.state == RefundState.SUCCEEDED and refund.bank_reference == bank_reference:
        return refund
    if refund.state != RefundState.APPROVED:
        raise RefundNotWaiting
    try:
        with transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(bank_reference=bank_reference)
    except IntegrityError:
        raise BankLineUsed(reference=bank_reference) from None
    _succeeded(refund, bank_reference, timezone.now(), by=by)
    return refund


def bank_refund_failed(refund_public_id: str, *, reason: str, by: Actor) -> Refund:
    """The bank sent it back: approved → failed, in a write tenant_tx; finance asks anew, another way."""
    refund = _by_hand(refund_public_id, by=by)
    if refund.state != RefundState.APPROVED:
        raise RefundNotWaiting
    fail_refund(refund.pk, reason, by=by)
    refund.refresh_from_db()
    return refund


def is_by_hand(refund: Refund) -> bool:
    """Banks are asked by people, not by jobs."""
    return bool(refund.payment.channel == ChannelName.BANK_TRANSFER)


def request_suspense_refund(suspense: Suspense, *, by: Actor, key: str) -> Refund:
    """RULES P10: somebody else's money goes back to its source, in a write tenant_tx; the suspense is locked.

    The suspense is ``returning`` from now on, and held again should finance decline it or the bank refuse it.
    """
    known: Refund | None = Refund.objects.filter(key=key).first()
    if known is not None:
        if known.payment_id != suspense.payment_id:
            raise KeyReused
        return known
    won = Suspense.objects.filter(pk=suspense.pk, state=SuspenseState.HELD).update(state=SuspenseState.RETURNING)
    if not won:
        raise NotInSuspense
    payment = suspense.payment
    _reserve_on_payment(payment, payment.amount_fen)
    refund = Refund.objects.create(
        refund_number=new_refund_number(),
        payment=payment,
        charge=None,
        source=RefundSource.SUSPENSE,
        amount_fen=payment.amount_fen,
        asked_fen=payment.amount_fen,
        reason="付款人不符，原路退回",
        key=key,
        requested_by=by.label,
        requested_by_id=by.user_id,
    )
    return _requested(refund, by=by)


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
    if decided and judged_fen(refund) <= refund_limit():
        return _approved(refund, by=by)
    return refund


def _approved(refund: Refund, *, by: Actor) -> Refund:
    _move(refund, [RefundState.REQUESTED], RefundState.APPROVED, decided_by=by.label, decided_by_id=by.user_id)
    if not is_by_hand(refund):
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
    elif refund.source == RefundSource.BALANCE:
        Allocation.objects.create(
            payment=refund.payment,
            target=AllocationTarget.BALANCE,
            balance=balance_of(refund.payment),
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
    if refund.source == RefundSource.SUSPENSE:
        _move_suspense(refund, SuspenseState.RETURNED)
    if refund.charge is not None:
        group, key = f"charge:{refund.charge.public_id}", f"charge_refunded:{refund.public_id}"
        jobs.enqueue("charge_refunded", _news(refund, refund.charge), group=group, key=key)
        reverse_for_refund(refund, by=by)


def _news(refund: Refund, charge: Charge) -> dict[str, object]:
    """For whoever asked for the charge; surplus and strangers' money aren't its business."""
    return {
        "charge": charge.public_id,
        "reference": told_reference(charge),
        "refund": refund.public_id,
        "amount_fen": refund.amount_fen,
    }


def _move_suspense(refund: Refund, state: SuspenseState) -> None:
    Suspense.objects.filter(payment=refund.payment_id, state=SuspenseState.RETURNING).update(state=state)


def _by_hand(refund_public_id: str, *, by: Actor) -> Refund:
    if not policy.allows(by, PERMISSION):
        raise RefundNotAllowed
    found = Refund.objects.filter(public_id=refund_public_id, payment__channel=ChannelName.BANK_TRANSFER).first()
    if found is None:
        raise RefundNotFound
    return _locked(found.pk)


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


def _reserve_on_payment(payment: Payment, amount_fen: int) -> None:
    Payment.objects.filter(pk=payment.pk).update(refunding_fen=F("refunding_fen") + amount_fen)


def _release(refund: Refund) -> None:
    amount = refund.amount_fen
    Payment.objects.filter(pk=refund.payment_id).update(refunding_fen=F("refunding_fen") - amount)
    if refund.charge is not None:
        Charge.objects.filter(pk=refund.charge.pk).update(refunding_fen=F("refunding_fen") - amount)
    elif refund.source == RefundSource.SUSPENSE:
        _move_suspense(refund, SuspenseState.HELD)
    else:
        _back_to_balance(refund)


def _back_to_balance(refund: Refund) -> None:
    amount = refund.amount_fen
    balance = balance_of(refund.payment)
    if balance is not None:
        CustomerBalance.objects.filter(pk=balance.pk).update(amount_fen=F("amount_fen") + amount)
