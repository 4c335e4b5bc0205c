"""What can still go back, and from which payments: reads that refunds rest on; amounts in fen."""

import secrets

from django.db.models import Q, Sum
from django.utils import timezone

from payments import money
from payments.channels import unionpay_crypto
from payments.errors import RefundTooMuch
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

PART = "#part"  # in the keys of a refund's second and further parts


def new_refund_number() -> str:
    """R and 22 digits, with the time in it: UnionPay knows a refund by number and time (channels/unionpay.py)."""
    return f"R{unionpay_crypto.wire_time(timezone.now())}{secrets.randbelow(10**8):08d}"


def refunds_of_key(key: str) -> tuple[Refund, ...]:
    """What was made of one request, in the order in which it was made."""
    return tuple(Refund.objects.filter(Q(key=key) | Q(key__startswith=f"{key}{PART}")).order_by("id"))


def owed_under_key(charge: Charge, key: str) -> int:
    """Fen of a request that have neither gone back, under its own numbers or later ones, nor been declined.

    0 when nothing was asked under this key. A refund that failed stays owed until another of this charge succeeds.
    """
    parts = refunds_of_key(key)
    if not parts:
        return 0
    later = Refund.objects.filter(charge=charge, pk__gte=parts[0].pk)
    back = later.filter(state=RefundState.SUCCEEDED).aggregate(fen=Sum("amount_fen"))["fen"]
    declined = later.filter(state=RefundState.DECLINED).aggregate(fen=Sum("amount_fen"))["fen"]
    return max(0, parts[0].asked_fen - int(back or 0) - int(declined or 0))


def surplus_of(payment: Payment) -> int:
    """Fen of this payment that lie in the payer's balance and aren't on their way back."""
    there = Allocation.objects.filter(payment=payment, target=AllocationTarget.BALANCE).aggregate(
        fen=Sum("amount_fen")
    )["fen"]
    leaving = Refund.objects.filter(payment=payment, source=RefundSource.BALANCE, state__in=ON_THEIR_WAY).aggregate(
        fen=Sum("amount_fen")
    )["fen"]
    return int(there or 0) - int(leaving or 0)


def free_of(payment: Payment, charge: Charge) -> int:
    """Fen that this payment has put into the charge and that aren't on their way back."""
    given = Allocation.objects.filter(payment=payment, charge=charge, target=AllocationTarget.CHARGE).aggregate(
        fen=Sum("amount_fen")
    )["fen"]
    leaving = Refund.objects.filter(payment=payment, charge=charge, state__in=ON_THEIR_WAY).aggregate(
        fen=Sum("amount_fen")
    )["fen"]
    return int(given or 0) - int(leaving or 0)


def split(charge: Charge, amount_fen: int) -> list[tuple[Payment, int]]:
    """One payment that can give it all, else the latest ones first, each as much as it can."""
    paid = Payment.objects.filter(allocations__charge=charge).distinct().order_by("-paid_at", "-id")
    free = [(payment, fen) for payment in paid if (fen := free_of(payment, charge)) > 0]
    whole = next((payment for payment, fen in free if fen >= amount_fen), None)
    if whole is not None:
        return [(whole, amount_fen)]
    parts, left = [], amount_fen
    for payment, fen in free:
        take = min(fen, left)
        if take:
            parts.append((payment, take))
        left -= take
    if left:
        raise RefundTooMuch(refundable=money.display(amount_fen - left))
    return parts


def balance_of(payment: Payment) -> CustomerBalance | None:
    """The balance that holds what was too much of this payment: what was taken out again doesn't count."""
    there = (
        Allocation.objects.filter(payment=payment, target=AllocationTarget.BALANCE)
        .values("balance")
        .annotate(fen=Sum("amount_fen"))
        .filter(fen__gt=0)
        .order_by("balance")
        .values_list("balance", flat=True)
        .first()
    )
    return None if there is None else CustomerBalance.objects.get(pk=there)


def refund_limit() -> int:
    """Fen; above it a second person decides."""
    chosen: int | None = PaymentSettings.objects.values_list("two_person_refund_fen", flat=True).first()
    return int(PaymentSettings._meta.get_field("two_person_refund_fen").default) if chosen is None else chosen


def judged_fen(refund: Refund) -> int:
    """What the two-person limit looks at: parts of one request count as one."""
    return max(int(refund.asked_fen), int(refund.amount_fen))
