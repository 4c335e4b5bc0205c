"""What is owed: the frozen quote, and what a payer has paid too much."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.fees import QuoteLine
from portal.tenants.models import TenantModel


class ChargeState(models.TextChoices):
    """The comment says who acts next."""

    OPEN = "open", _("待支付")  # the customer pays
    SETTLED = "settled", _("已付清")  # nobody; finance, if a refund is asked for
    CLOSED = "closed", _("已关闭")  # nobody; money that still comes becomes balance


class Charge(TenantModel):
    """A frozen quote. ``reference`` is the asker's own name for it and means nothing here.

    ``credited_fen``: paid towards it, ever. ``refunding_fen``: reserved by refunds on their way.
    ``refunded_fen``: back at the payer. ``number``: the one that payers are asked to write (matching.NumberRule).
    ``holder_kind``: matching.NameKind, "" where unknown. ``payer_must_be_holder``: RULES C9, P10.
    """

    reference = models.CharField(max_length=64)
    description = models.CharField(max_length=120)
    payer_name = models.CharField(max_length=128, blank=True)
    payer_key = models.CharField(max_length=16, blank=True)  # matching.names.payer_key of payer_name
    number = models.CharField(max_length=32, blank=True)
    holder_kind = models.CharField(max_length=12, blank=True)
    payer_must_be_holder = models.BooleanField(default=True)
    lines = models.JSONField()
    total_fen = models.BigIntegerField()
    credited_fen = models.BigIntegerField(default=0)
    refunding_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=ChargeState.choices, default=ChargeState.OPEN)
    is_bundle = models.BooleanField(default=False)  # carries the money of several charges (bundles.py)
    return_to = models.CharField(max_length=300, blank=True)  # a path of the site, for after the payment
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("应收")
        verbose_name_plural = _("应收")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "reference"], name="payments_charge_reference"),
            models.CheckConstraint(condition=Q(total_fen__gte=0), name="payments_charge_total"),
            models.CheckConstraint(
                condition=Q(credited_fen__gte=0, credited_fen__lte=F("total_fen")), name="payments_charge_credited"
            ),
            models.CheckConstraint(
                condition=Q(refunding_fen__gte=0, refunded_fen__gte=0)
                & Q(credited_fen__gte=F("refunding_fen") + F("refunded_fen")),
                name="payments_charge_refunded",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "state", "-created_at", "-id"], name="payments_charge_queue"),
            models.Index(fields=["tenant", "number"], condition=~Q(number=""), name="payments_charge_number"),
            models.Index(
                "tenant", "state", "payer_key", F("total_fen") - F("credited_fen"), name="payments_charge_owing"
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)

    @property
    def open_fen(self) -> int:
        """What is still to be paid; 0 unless open."""
        return self.total_fen - self.credited_fen if self.state == ChargeState.OPEN else 0

    @property
    def refundable_fen(self) -> int:
        return self.credited_fen - self.refunding_fen - self.refunded_fen

    @property
    def quote(self) -> tuple[QuoteLine, ...]:
        return tuple(QuoteLine.from_json(line) for line in self.lines)


class CustomerBalance(TenantModel):
    """账户余额: money of a payer that no charge took. Refunds of it are reserved by taking it out at once."""

    holder = models.CharField(max_length=128)
    amount_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "holder"], name="payments_balance_holder"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="payments_balance_amount"),
        ]

    def __str__(self) -> str:
        return str(self.holder)
