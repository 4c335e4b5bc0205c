"""Bundles (RULES P16): one payment number for several charges of one payer or agent."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.charges import Charge
from payments.models.invoices import InvoiceKind
from portal.tenants.models import TenantModel, TenantRow


class BundleState(models.TextChoices):
    """The comment says who acts next."""

    OPEN = "open", _("待支付")  # whoever made it pays
    PAID = "paid", _("已付清")  # nobody
    DISSOLVED = "dissolved", _("已解散")  # nobody: its charges are paid one by one


class Bundle(TenantModel):
    """What is paid is ``carrier``, a charge like any other; once full, its money goes on to the ``shares``.

    ``number``: 17 digits with a check digit, asked for in the remark like an order's. ``invoice_*`` only where there
    is to be one invoice for all.
    """

    number = models.CharField(max_length=17)
    carrier = models.OneToOneField(Charge, on_delete=models.PROTECT, related_name="bundle")
    state = models.CharField(max_length=9, choices=BundleState.choices, default=BundleState.OPEN)
    made_by = models.CharField(max_length=100)
    made_by_id = models.BigIntegerField(null=True, blank=True)
    key = models.CharField(max_length=100, default="")
    one_invoice = models.BooleanField(default=False)
    invoice_kind = models.CharField(max_length=8, choices=InvoiceKind.choices, default=InvoiceKind.ORDINARY)
    invoice_title = models.CharField(max_length=200, blank=True)
    invoice_tax_number = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("合并付款")
        verbose_name_plural = _("合并付款")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="payments_bundle_number"),
            models.UniqueConstraint(fields=["tenant", "key"], condition=~Q(key=""), name="payments_bundle_key"),
            models.CheckConstraint(
                condition=Q(one_invoice=False) | ~Q(invoice_title=""), name="payments_bundle_invoice_title"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "made_by_id", "-id"], name="payments_bundle_list")]

    def __str__(self) -> str:
        return str(self.number)


class BundleShare(TenantRow):
    """One charge in a bundle. ``amount_fen``: what was open when it was put in; ``given_fen``: what it got."""

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="shares")
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="bundle_shares")
    amount_fen = models.BigIntegerField()
    given_fen = models.BigIntegerField(default=0)
    is_live = models.BooleanField(default=True)  # not of a dissolved bundle

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "charge"], condition=Q(is_live=True), name="payments_charge_in_one_bundle"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0, given_fen__gte=0), name="payments_share_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.bundle_id}:{self.charge_id}"


class BundleSerial(TenantRow):
    """The day's last serial of payment numbers; counted under the row's lock."""

    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="payments_bundle_serial")]

    def __str__(self) -> str:
        return f"{self.day} {self.last}"
