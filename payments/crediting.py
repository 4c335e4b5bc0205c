"""The one function that credits a charge, whoever asks: callback, query, later bill, bank statement, person.

Money is never refused. What the charge doesn't take becomes the payer's balance; what names no charge stays
unallocated until finance finds its place. Same payment again changes nothing. Lock order: charge → audit head.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from payments.errors import ChargeNotFound
from payments.models import (
    Allocation,
    AllocationTarget,
    ChannelOrder,
    ChannelOrderState,
    Charge,
    ChargeState,
    CustomerBalance,
    Payment,
)
from portal import audit, jobs
from portal.accounts.actor import Actor
from portal.errors import StaleVersion


@dataclass(frozen=True, slots=True)
class Credited:
    """``created``: this call recorded the money. ``settled``: this call made the charge paid in full."""

    payment: Payment
    created: bool
    settled: bool = False
    surplus_fen: int = 0


def lock_charge(charge_id: int) -> Charge:
    """Raises ChargeNotFound. (SQLite: the write transaction itself is the lock.)"""
    charge: Charge | None = Charge.objects.select_for_update().filter(pk=charge_id).first()
    if charge is None:
        raise ChargeNotFound
    return charge


def credit(
    *,
    channel: str,
    transaction_id: str,
    amount_fen: int,
    paid_at: datetime,
    evidence: str,
    by: Actor,
    charge_id: int | None = None,
    channel_order: ChannelOrder | None = None,
    payer_name: str = "",
    account: str = "",
) -> Credited:
    """Record a payment once and allocate it, in a write tenant_tx.

    ``transaction_id`` is the channel's own number and makes the money unique (of a bank: on our ``account``).
    ``charge_id`` None: suspense.
    """
    charge = lock_charge(charge_id) if charge_id is not None else None
    payment, created = _recorded(
        Payment(
            channel=channel,
            account=account,
            transaction_id=transaction_id,
            amount_fen=amount_fen,
            channel_order=channel_order,
            payer_name=payer_name,
            evidence=evidence,
            paid_at=paid_at,
        )
    )
    if not created:
        _note_contradiction(payment, amount_fen, channel_order, by=by)
        return Credited(payment, created=False)
    audit.record(
        "payment.recorded",
        by=by,
        subject=f"payment:{payment.public_id}",
        detail={
            "channel": channel,
            "amount_fen": amount_fen,
            "evidence": evidence,
            "charge": charge.public_id if charge else "",
        },
    )
    if charge is None:
        return Credited(payment, created=True)
    settled, surplus = place(payment, amount_fen, charge=charge, why="payment", by=by)
    return Credited(payment, created=True, settled=settled, surplus_fen=surplus)


def place(payment: Payment, amount_fen: int, *, charge: Charge, why: str, by: Actor) -> tuple[bool, int]:
    """So much of a payment, unallocated until now, to a locked charge; the rest to its payer's balance.

    Whether the charge is settled by it, and the rest in fen.
    """
    to_charge = min(charge.open_fen, amount_fen)
    surplus = amount_fen - to_charge
    if to_charge:
        allocate(payment, to_charge, why=why, by=by, charge=charge)
    if surplus:
        to_balance(payment, surplus, holder=charge.payer_name or charge.reference, why="surplus", by=by)
    settled = bool(to_charge) and _add_credit(
        charge, to_charge, channel=payment.channel, paid_at=payment.paid_at, by=by
    )
    return settled, surplus


def settle(charge: Charge, *, channel: str, paid_at: datetime, by: Actor) -> None:
    """Open and fully credited → settled, once; tells whoever asked for the money. The charge is locked."""
    if charge.is_bundle:
        from payments.bundle_settling import distribute  # noqa: PLC0415  it places money by this module

        distribute(charge, by=by)
        return
    won = Charge.objects.filter(pk=charge.pk, state=ChargeState.OPEN, credited_fen=charge.total_fen).update(
        state=ChargeState.SETTLED, settled_at=timezone.now()
    )
    if not won:
        raise StaleVersion
    charge.refresh_from_db()
    audit.record("charge.settled", by=by, subject=f"charge:{charge.public_id}", detail={"total_fen": charge.total_fen})
    payload, group, key = _settled_news(charge, channel, paid_at)
    jobs.enqueue("charge_settled", payload, group=group, key=key)
    close_live_orders(charge)


def _settled_news(charge: Charge, channel: str, paid_at: datetime) -> tuple[dict[str, object], str, str]:
    payload = {
        "charge": charge.public_id,
        "reference": charge.reference,
        "total_fen": charge.total_fen,
        "channel": channel,
        "paid_at": paid_at.isoformat(),
    }
    return payload, f"charge:{charge.public_id}", f"charge_settled:{charge.public_id}"


@dataclass(frozen=True, slots=True)
class InFull:
    """A payment that is all that is open of its charge."""

    charge_id: int
    transaction_id: str
    amount_fen: int
    paid_at: datetime
    payer_name: str


def credit_in_full(
    wanted: Iterable[InFull], *, channel: str, account: str, evidence: str, by: Actor
) -> dict[str, Payment]:
    """``credit`` for many at once, with a dozen queries: transaction id → payment, of those that were credited.

    Charges are locked in the order of their ids, then looked at again: one that has something else open by now is left
    alone, and money that is recorded already. Leaves the same rows behind as ``credit`` would, one after another.
    """
    of_charge = {one.charge_id: one for one in reversed(list(wanted))}  # one a charge: the first
    locked = Charge.objects.select_for_update().filter(pk__in=of_charge).order_by("pk")
    charges = [charge for charge in locked if 0 < charge.open_fen == of_charge[charge.pk].amount_fen]
    ids = [of_charge[charge.pk].transaction_id for charge in charges]
    known = set(
        Payment.objects.filter(channel=channel, account=account, transaction_id__in=ids).values_list(
            "transaction_id", flat=True
        )
    )
    charges = [charge for charge in charges if of_charge[charge.pk].transaction_id not in known]
    bundles = {
        one.transaction_id: credit(
            channel=channel,
            transaction_id=one.transaction_id,
            amount_fen=one.amount_fen,
            paid_at=one.paid_at,
            evidence=evidence,
            by=by,
            charge_id=one.charge_id,
            payer_name=one.payer_name,
            account=account,
        ).payment
        for one in (of_charge[charge.pk] for charge in charges if charge.is_bundle)
    }
    charges = [charge for charge in charges if not charge.is_bundle]
    if not charges:
        return bundles
    payments = Payment.objects.bulk_create(
        [
            Payment(
                channel=channel,
                account=account,
                transaction_id=one.transaction_id,
                amount_fen=one.amount_fen,
                payer_name=one.payer_name,
                evidence=evidence,
                paid_at=one.paid_at,
            )
            for one in (of_charge[charge.pk] for charge in charges)
        ]
    )
    Allocation.objects.bulk_create(
        [
            Allocation(
                payment=payment,
                target=AllocationTarget.CHARGE,
                charge=charge,
                amount_fen=payment.amount_fen,
                why="payment",
                by=by.label,
            )
            for charge, payment in zip(charges, payments, strict=True)
        ]
    )
    won = Charge.objects.filter(pk__in=[charge.pk for charge in charges], state=ChargeState.OPEN).update(
        credited_fen=F("total_fen"), state=ChargeState.SETTLED, settled_at=timezone.now()
    )
    if won != len(charges):
        raise StaleVersion
    _tell_settled(list(zip(charges, payments, strict=True)), evidence=evidence, by=by)
    return bundles | {payment.transaction_id: payment for payment in payments}


def _tell_settled(pairs: list[tuple[Charge, Payment]], *, evidence: str, by: Actor) -> None:
    for charge, payment in pairs:
        audit.record(
            "payment.recorded",
            by=by,
            subject=f"payment:{payment.public_id}",
            detail={
                "channel": payment.channel,
                "amount_fen": payment.amount_fen,
                "evidence": evidence,
                "charge": charge.public_id,
            },
        )
        detail = {"total_fen": charge.total_fen}
        audit.record("charge.settled", by=by, subject=f"charge:{charge.public_id}", detail=detail)
    jobs.enqueue_many(
        "charge_settled", [_settled_news(charge, payment.channel, payment.paid_at) for charge, payment in pairs]
    )
    live = ChannelOrder.objects.filter(charge__in=[charge for charge, _ in pairs], state=ChannelOrderState.OPEN)
    for order in live:
        close_order_later(order)


def close_live_orders(charge: Charge) -> None:
    """RULES P9: what could still be paid elsewhere is closed, by jobs: the channel must be asked."""
    for order in ChannelOrder.objects.filter(charge=charge, state=ChannelOrderState.OPEN):
        close_order_later(order)
    # One that is just being placed closes itself when its code arrives and the charge isn't open any more.


def close_order_later(order: ChannelOrder) -> None:
    """In a write tenant_tx: open → closing, and the job that does it. Anything else is left alone."""
    moved = ChannelOrder.objects.filter(pk=order.pk, state=ChannelOrderState.OPEN).update(
        state=ChannelOrderState.CLOSING
    )
    if moved:
        order.state = ChannelOrderState.CLOSING
        jobs.enqueue("payments.close_order", {"order": order.public_id}, key=f"close:{order.public_id}")


def allocate(payment: Payment, amount_fen: int, *, why: str, by: Actor, charge: Charge | None = None) -> None:
    """A row towards a charge (negative: taken back from it)."""
    Allocation.objects.create(
        payment=payment,
        target=AllocationTarget.CHARGE,
        charge=charge,
        amount_fen=amount_fen,
        why=why,
        by=by.label,
    )


def to_balance(payment: Payment, amount_fen: int, *, holder: str, why: str, by: Actor) -> CustomerBalance:
    balance, _made = CustomerBalance.objects.get_or_create(holder=holder)
    CustomerBalance.objects.filter(pk=balance.pk).update(amount_fen=F("amount_fen") + amount_fen)
    Allocation.objects.create(
        payment=payment, target=AllocationTarget.BALANCE, balance=balance, amount_fen=amount_fen, why=why, by=by.label
    )
    audit.record("payment.to_balance", by=by, subject=f"payment:{payment.public_id}", detail={"amount_fen": amount_fen})
    found: CustomerBalance = balance
    return found


def _recorded(payment: Payment) -> tuple[Payment, bool]:
    """The payment of that channel and transaction, and whether we are who recorded it."""
    same = Payment.objects.filter(
        channel=payment.channel, account=payment.account, transaction_id=payment.transaction_id
    )
    known: Payment | None = same.first()
    if known is not None:
        return known, False
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:
        known = same.first()  # somebody who held another charge's lock was faster
        if known is None:
            raise
        return known, False
    return payment, True


def _add_credit(charge: Charge, amount_fen: int, *, channel: str, paid_at: datetime, by: Actor) -> bool:
    """The charge is locked; the condition makes sure that it really is. Whether it is settled now."""
    before = charge.credited_fen
    won = Charge.objects.filter(pk=charge.pk, credited_fen=before, state=ChargeState.OPEN).update(
        credited_fen=before + amount_fen
    )
    if not won:
        raise StaleVersion
    charge.credited_fen = before + amount_fen
    if charge.credited_fen < charge.total_fen:
        return False
    settle(charge, channel=channel, paid_at=paid_at, by=by)
    return True


def _note_contradiction(payment: Payment, amount_fen: int, order: ChannelOrder | None, *, by: Actor) -> None:
    """The same transaction told differently: the first stands, finance sees the row."""
    other_order = order is not None and payment.channel_order_id not in (None, order.pk)
    if payment.amount_fen != amount_fen or other_order:
        audit.record(
            "payment.contradicted",
            by=by,
            subject=f"payment:{payment.public_id}",
            detail={"amount_fen": payment.amount_fen, "told_fen": amount_fen},
        )
