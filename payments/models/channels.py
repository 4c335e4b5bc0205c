"""Orders at payment channels, and the callbacks that came."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.accounts import ChannelAccount, ChannelName
from payments.models.charges import Charge
from portal.tenants.models import TenantModel, TenantRow


class ChannelOrderState(models.TextChoices):
    """The comment says who acts next."""

    PLACING = "placing", _("正在下单")  # system: the job that places it
    OPEN = "open", _("待支付")  # the customer; meanwhile the system asks the channel
    CLOSING = "closing", _("正在关闭")  # system: the job that closes it
    PAID = "paid", _("已支付")  # nobody
    CLOSED = "closed", _("已关闭")  # nobody; a late payment still makes it paid
    FAILED = "failed", _("下单失败")  # the customer: another channel, or again


LIVE = (ChannelOrderState.PLACING, ChannelOrderState.OPEN)


class ChannelOrder(TenantModel):
    """One attempt to pay a charge at a channel. ``out_trade_no`` is committed before the first call."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="channel_orders")
    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16, choices=ChannelName.choices)
    out_trade_no = models.CharField(max_length=32)
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=ChannelOrderState.choices, default=ChannelOrderState.PLACING)
    code_url = models.CharField(max_length=512, blank=True)
    pay_url = models.TextField(blank=True)
    pay_form = models.JSONField(default=dict, blank=True)  # what the browser posts to pay_url (UnionPay)
    failure = models.CharField(max_length=64, blank=True)  # the channel's own code
    key = models.CharField(max_length=100)
    polls = models.PositiveIntegerField(default=0)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("渠道订单")
        verbose_name_plural = _("渠道订单")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "out_trade_no"], name="payments_out_trade_no"),
            models.UniqueConstraint(fields=["tenant", "key"], name="payments_order_key"),
            models.UniqueConstraint(
                fields=["tenant", "charge", "channel"],
                condition=Q(state__in=["placing", "open"]),
                name="payments_one_live_order",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_order_amount"),
        ]
        indexes = [models.Index(fields=["tenant", "state", "next_poll_at"], name="payments_order_polls")]

    def __str__(self) -> str:
        return str(self.out_trade_no)


class ChannelEvent(TenantRow):
    """A callback that was taken; the same bytes again are the same event. Holds no payload."""

    channel = models.CharField(max_length=16, choices=ChannelName.choices)
    digest = models.BinaryField(max_length=32)  # SHA-256 of the raw body
    event_id = models.CharField(max_length=128)
    number = models.CharField(max_length=64)  # out_trade_no or refund number
    outcome = models.CharField(max_length=24)
    received_at = models.DateTimeField(default=timezone.now, editable=False)

    pg_app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "channel", "digest"], name="payments_event_digest")]

    def __str__(self) -> str:
        return str(self.event_id)
