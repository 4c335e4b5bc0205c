"""Channels' bills, what comparing them with our books found, and the days that finance has closed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.accounts import ChannelAccount, ChannelName
from portal.tenants.models import TenantModel, TenantRow


class BillState(models.TextChoices):
    """The comment says who acts next."""

    WAITING = "waiting", _("等待渠道出账单")  # system: asks again every hour
    REFUSED = "refused", _("账单有误，正在重取")  # system: asks again; it didn't add up
    READY = "ready", _("已取得")  # finance, if something differs
    EMPTY = "empty", _("当日无交易")  # nobody
    MISSING = "missing", _("渠道没有账单")  # finance: explains it


FINAL = (BillState.READY, BillState.EMPTY, BillState.MISSING)


class ChannelBill(TenantModel):
    """One account's bill of one day (China's; UnionPay: of settlement). Amounts in fen."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16, choices=ChannelName.choices)
    day = models.DateField()
    state = models.CharField(max_length=8, choices=BillState.choices, default=BillState.WAITING)
    told = models.CharField(max_length=64, blank=True)  # the channel's word for not yet, or what didn't add up
    line_count = models.PositiveIntegerField(default=0)
    received_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    fees_fen = models.BigIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("渠道账单")
        verbose_name_plural = _("渠道账单")
        constraints = [models.UniqueConstraint(fields=["tenant", "account", "day"], name="payments_bill_day")]
        indexes = [models.Index(fields=["tenant", "day"], name="payments_bill_list")]

    def __str__(self) -> str:
        return f"{self.channel} {self.day}"


class ChannelBillLine(TenantRow):
    """As the channel told it; never changed. ``key``: transaction id of a payment, number of a refund."""

    bill = models.ForeignKey(ChannelBill, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=8)  # payment, refund
    key = models.CharField(max_length=64)
    number = models.CharField(max_length=64, blank=True)
    transaction_id = models.CharField(max_length=64, blank=True)
    amount_fen = models.BigIntegerField()
    is_done = models.BooleanField()
    at = models.DateTimeField()

    pg_app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    class Meta:
        indexes = [models.Index(fields=["tenant", "kind", "key"], name="payments_bill_line_key")]

    def __str__(self) -> str:
        return str(self.key)


class ReconciliationRun(TenantRow):
    """One comparison of a bill with our books."""

    bill = models.ForeignKey(ChannelBill, on_delete=models.PROTECT, related_name="runs")
    agreed = models.PositiveIntegerField()
    differing = models.PositiveIntegerField()
    run_at = models.DateTimeField(default=timezone.now, editable=False)

    pg_app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    def __str__(self) -> str:
        return f"{self.agreed}/{self.differing}"


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing_here", _("我方没有")
    MISSING_THERE = "missing_there", _("渠道账单没有")
    AMOUNT = "amount", _("金额不同")
    STATE = "state", _("状态不同")
    DUPLICATE = "duplicate", _("账单重复")
    NO_BILL = "no_bill", _("没有账单")


class Difference(TenantModel):
    """Where bill and books differ, until somebody (or a later bill, or the channel's answer) explains it."""

    bill = models.ForeignKey(ChannelBill, on_delete=models.PROTECT, related_name="differences")
    kind = models.CharField(max_length=13, choices=DifferenceKind.choices)
    of = models.CharField(max_length=8, blank=True)  # payment, refund; "" for a whole bill
    key = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=64, blank=True)
    transaction_id = models.CharField(max_length=64, blank=True)
    ours_fen = models.BigIntegerField(null=True, blank=True)
    theirs_fen = models.BigIntegerField(null=True, blank=True)
    told = models.CharField(max_length=24, blank=True)  # what the channel answered when it was asked
    reason = models.CharField(max_length=200, blank=True)
    explained_at = models.DateTimeField(null=True, blank=True)
    explained_by = models.CharField(max_length=100, blank=True)
    found_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("对账差异")
        verbose_name_plural = _("对账差异")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "bill", "kind", "of", "key"], name="payments_difference_once"),
            models.CheckConstraint(
                condition=Q(explained_at__isnull=True) | ~Q(reason=""), name="payments_difference_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DayClose(TenantModel):
    """A day that finance has closed, with its figures as they were; reopened ones stay as history.

    ``totals``: {channel: {received_fen, received, refunded_fen, refunded, fees_fen}}.
    """

    day = models.DateField()
    totals = models.JSONField(default=dict)
    closed_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_by = models.CharField(max_length=100)
    closed_by_id = models.BigIntegerField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.CharField(max_length=100, blank=True)
    reopen_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("日结")
        verbose_name_plural = _("日结")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "day"], condition=Q(reopened_at__isnull=True), name="payments_day_closed_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.day)
