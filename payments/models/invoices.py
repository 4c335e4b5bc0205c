"""数电发票 and their red counterparts."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.charges import Charge
from payments.models.refunds import Refund
from portal.tenants.models import TenantModel
from portal.vault.fields import SealedField


class InvoiceKind(models.TextChoices):
    ORDINARY = "ordinary", _("普通发票")
    SPECIAL = "special", _("专用发票")


class InvoiceColour(models.TextChoices):
    BLUE = "blue", _("蓝字发票")
    RED = "red", _("红字发票")


class InvoiceState(models.TextChoices):
    """The comment says who acts next."""

    WAITING = "waiting", _("待红冲后开具")  # system: the invoice that it replaces is being reversed
    REQUESTED = "requested", _("开票中")  # system: the job that asks the issuer
    ISSUED = "issued", _("已开具")  # nobody
    FAILED = "failed", _("开票失败")  # finance
    REVERSED = "reversed", _("已红冲")  # nobody
    WITHDRAWN = "withdrawn", _("已撤销")  # nobody: nothing was left to invoice, or what it replaces stayed


class InvoiceCause(models.TextChoices):
    """Why there is this one beside the first."""

    FIRST = "", _("首次开具")
    REISSUE = "reissue", _("换开")
    REFUND = "refund", _("退款")


class Invoice(TenantModel):
    """``request_number`` is committed before the issuer is asked; a red one names its blue one.

    ``charge``: that of an order, or of a bundle with one invoice for all. ``replaces``: the blue one that has to be
    reversed before this one is asked for.
    """

    request_number = models.CharField(max_length=32)
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="invoices")
    colour = models.CharField(max_length=4, choices=InvoiceColour.choices, default=InvoiceColour.BLUE)
    kind = models.CharField(max_length=8, choices=InvoiceKind.choices, default=InvoiceKind.ORDINARY)
    red_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reds")
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors")
    cause = models.CharField(max_length=8, choices=InvoiceCause.choices, blank=True, default=InvoiceCause.FIRST)
    refund = models.ForeignKey(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices")
    title = models.CharField(max_length=200)
    tax_number = models.CharField(max_length=20, blank=True)
    amount_fen = models.BigIntegerField()  # of a red one too: positive, the amount taken back
    email = SealedField(mask="email", null=True, blank=True)
    phone = SealedField(mask="phone", null=True, blank=True)
    state = models.CharField(max_length=10, choices=InvoiceState.choices, default=InvoiceState.REQUESTED)
    number = models.CharField(max_length=20, blank=True)
    url = models.CharField(max_length=300, blank=True)
    failure = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("发票")
        verbose_name_plural = _("发票")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "request_number"], name="payments_invoice_request"),
            models.UniqueConstraint(
                fields=["tenant", "charge"],
                condition=Q(colour="blue", state__in=["requested", "issued"]),
                name="payments_one_blue_invoice",
            ),
            models.UniqueConstraint(
                fields=["tenant", "charge"],
                condition=Q(colour="blue", state="waiting"),
                name="payments_one_waiting_invoice",
            ),
            models.UniqueConstraint(
                fields=["tenant", "red_of"],
                condition=Q(colour="red", state="requested"),
                name="payments_one_red_under_way",
            ),
            models.UniqueConstraint(
                fields=["tenant", "refund"], condition=Q(refund__isnull=False), name="payments_one_red_per_refund"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_invoice_amount"),
            models.CheckConstraint(
                condition=Q(colour="blue", red_of__isnull=True) | Q(colour="red", red_of__isnull=False),
                name="payments_invoice_red_of",
            ),
        ]

    def __str__(self) -> str:
        return str(self.request_number)

    def vault_scope(self) -> str:
        return f"charge:{self.charge.public_id}"
