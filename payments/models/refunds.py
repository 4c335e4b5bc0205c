"""Money on its way back."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.charges import Charge
from payments.models.payments import Payment
from portal.tenants.models import TenantModel


class RefundState(models.TextChoices):
    """The comment says who acts next."""

    REQUESTED = "requested", _("待财务确认")  # finance; above the limit another person than who asked
    APPROVED = "approved", _("已批准")  # system: the job that sends it; finance, in the online bank
    SENT = "sent", _("渠道处理中")  # the channel; the system asks
    SUCCEEDED = "succeeded", _("已退款")  # nobody
    FAILED = "failed", _("退款失败")  # finance: another way
    DECLINED = "declined", _("不予退款")  # nobody


class RefundSource(models.TextChoices):
    CHARGE = "charge", _("订单款")
    BALANCE = "balance", _("多付款")
    SUSPENSE = "suspense", _("待认领款")


ON_THEIR_WAY = (RefundState.REQUESTED, RefundState.APPROVED, RefundState.SENT)


class Refund(TenantModel):
    """Always to where the money came from. ``refund_number`` is committed before the first call and never changes.

    What is asked for at once may come from several payments: a refund each, ``asked_fen`` says how much altogether.
    ``bank_reference``: the bank's serial number of a refund that finance made in the online bank.
    """

    refund_number = models.CharField(max_length=32)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    charge = models.ForeignKey(Charge, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    source = models.CharField(max_length=8, choices=RefundSource.choices, default=RefundSource.CHARGE)
    amount_fen = models.BigIntegerField()
    asked_fen = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=RefundState.choices, default=RefundState.REQUESTED)
    key = models.CharField(max_length=100)
    requested_by = models.CharField(max_length=100)
    requested_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by = models.CharField(max_length=100, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decision_reason = models.CharField(max_length=200, blank=True)
    channel_refund_id = models.CharField(max_length=64, blank=True)
    bank_reference = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=100, blank=True)
    polls = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("退款")
        verbose_name_plural = _("退款")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "refund_number"], name="payments_refund_number"),
            models.UniqueConstraint(fields=["tenant", "key"], name="payments_refund_key"),
            models.UniqueConstraint(
                fields=["tenant", "bank_reference"],
                condition=~Q(bank_reference=""),
                name="payments_refund_bank_reference",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_refund_amount"),
            models.CheckConstraint(
                condition=Q(source="charge", charge__isnull=False) | Q(source__in=["balance", "suspense"]),
                name="payments_refund_source",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "created_at", "id"], name="payments_refund_queue")]

    def __str__(self) -> str:
        return str(self.refund_number)
