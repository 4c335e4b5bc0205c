"""Money that came in, and where it went."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.channels import ChannelOrder
from payments.models.charges import Charge, CustomerBalance
from portal.tenants.models import TenantModel, TenantRow


class Payment(TenantModel):
    """One movement of money to us, unique by the channel's own number.

    Of a bank transfer: ``account`` is our own that it came to, ``transaction_id`` the bank's serial number there.
    """

    channel = models.CharField(max_length=16)
    account = models.CharField(max_length=40, blank=True)
    transaction_id = models.CharField(max_length=64)
    amount_fen = models.BigIntegerField()
    refunding_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    channel_order = models.ForeignKey(
        ChannelOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    payer_name = models.CharField(max_length=128, blank=True)  # an organisation's, as the bank tells it
    evidence = models.CharField(max_length=12)  # what told us: callback, query; later bill, statement, person
    paid_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("收款")
        verbose_name_plural = _("收款")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "channel", "account", "transaction_id"], name="payments_transaction"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_payment_amount"),
            models.CheckConstraint(
                condition=Q(refunding_fen__gte=0, refunded_fen__gte=0)
                & Q(amount_fen__gte=F("refunding_fen") + F("refunded_fen")),
                name="payments_payment_refunded",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-paid_at", "-id"], name="payments_payment_list")]

    def __str__(self) -> str:
        return str(self.transaction_id)


class AllocationTarget(models.TextChoices):
    CHARGE = "charge", _("应收")
    BALANCE = "balance", _("账户余额")
    REFUND = "refund", _("退款")


class Allocation(TenantRow):
    """A part of a payment and where it is. Append-only: what is taken back is a negative row.

    For every payment: Σ amount_fen + unallocated = the payment's amount.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    target = models.CharField(max_length=8, choices=AllocationTarget.choices)
    charge = models.ForeignKey(Charge, null=True, blank=True, on_delete=models.PROTECT, related_name="allocations")
    balance = models.ForeignKey(
        CustomerBalance, null=True, blank=True, on_delete=models.PROTECT, related_name="allocations"
    )
    amount_fen = models.BigIntegerField()
    why = models.CharField(max_length=100)
    by = models.CharField(max_length=100)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    pg_app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(target="charge", charge__isnull=False, balance__isnull=True)
                | Q(target="balance", balance__isnull=False, charge__isnull=True)
                | Q(target="refund", balance__isnull=True),
                name="payments_allocation_target",
            ),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="payments_allocation_amount"),
        ]
        indexes = [
            models.Index(fields=["tenant", "payment"], name="payments_alloc_payment"),
            models.Index(fields=["tenant", "charge"], name="payments_alloc_charge"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.amount_fen}"
