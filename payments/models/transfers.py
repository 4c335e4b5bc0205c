"""Bank transfers: what a payer says about one, and money whose payer isn't the one who owes (RULES C9, E4, P10)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.charges import Charge
from payments.models.payments import Payment
from portal.files.models import StoredFile
from portal.tenants.models import TenantModel
from portal.vault.fields import SealedField


class ClaimState(models.TextChoices):
    """The comment says who acts next."""

    DRAFT = "draft", _("填写中")  # the customer: only the voucher is here, what is typed comes with the claim
    WAITING = "waiting", _("待财务核对")  # finance
    CONFIRMED = "confirmed", _("已到账")  # nobody; the customer, where the money lies in suspense
    REFUSED = "refused", _("未查到")  # the customer corrects it
    WITHDRAWN = "withdrawn", _("已撤回")  # nobody


class RefusalReason(models.TextChoices):
    NOT_FOUND = "not_found", _("银行流水中没有查到这笔款项")
    WRONG = "wrong", _("填写内容与银行流水不一致")
    VOUCHER = "voucher", _("转账凭证看不清或不是这笔转账的凭证")


class TransferClaim(TenantModel):
    """One transfer as the payer tells it; a charge may have several. Amounts in fen.

    ``payment``: the money that finance found for it. ``payer_name`` is an organisation's, as a rule.
    """

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="transfer_claims")
    payer_name = models.CharField(max_length=128, blank=True)
    payer_key = models.CharField(max_length=16, blank=True)  # matching.names.payer_key of payer_name
    payer_account = SealedField(mask="account", null=True, blank=True)
    amount_fen = models.BigIntegerField(default=0)
    paid_on = models.DateField(null=True, blank=True)
    remittance = models.CharField(max_length=140, blank=True)  # 附言
    voucher = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=ClaimState.choices, default=ClaimState.DRAFT)
    reason_code = models.CharField(max_length=12, choices=RefusalReason.choices, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # for the customer, in finance's words
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="claims")
    decided_by = models.CharField(max_length=100, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("转账登记")
        verbose_name_plural = _("转账登记")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "charge"], condition=Q(state="draft"), name="payments_one_draft_claim"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(amount_fen__gt=0, paid_on__isnull=False), name="payments_claim_filled"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(payment__isnull=False), name="payments_claim_confirmed"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "state", "claimed_at", "id"], name="payments_claim_queue"),
            models.Index(fields=["tenant", "state", "payer_key"], name="payments_claim_payer"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def vault_scope(self) -> str:
        return f"charge:{self.charge.public_id}"


class SuspenseState(models.TextChoices):
    """The comment says who acts next."""

    HELD = "held", _("待说明")  # the customer: 代付说明, or ask for it back; then finance
    RELEASED = "released", _("已入账")  # nobody
    RETURNING = "returning", _("退款中")  # finance: the refund
    RETURNED = "returned", _("已退回")  # nobody


class Wish(models.TextChoices):
    EXPLAINED = "explained", _("已交代付说明")
    REFUND = "refund", _("要求退回")


class Suspense(TenantModel):
    """Money that is here and meant for a charge, from somebody else than its payer (RULES P10): not credited."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="suspense")
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="suspense")
    state = models.CharField(max_length=9, choices=SuspenseState.choices, default=SuspenseState.HELD)
    wish = models.CharField(max_length=9, choices=Wish.choices, blank=True)  # what the customer wants done
    explanation = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    wished_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("待认领款")
        verbose_name_plural = _("待认领款")
        indexes = [models.Index(fields=["tenant", "state", "created_at", "id"], name="payments_suspense_queue")]

    def __str__(self) -> str:
        return str(self.public_id)
