"""A tenant's accounts at channels and invoice issuers, and what it decides about money."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import TenantModel, TenantRow


class ChannelName(models.TextChoices):
    WECHAT = "wechat", _("微信支付")
    ALIPAY = "alipay", _("支付宝")
    UNIONPAY = "unionpay", _("银联")
    BANK_TRANSFER = "bank_transfer", _("银行转账")  # no channel orders: claimed by the payer, confirmed by finance


ONLINE = (ChannelName.WECHAT, ChannelName.ALIPAY, ChannelName.UNIONPAY)


class SealedAccount(TenantModel):
    """``params`` is what may be seen (numbers, public keys); ``secrets`` is sealed JSON, opened by ``accounts``."""

    label = models.CharField(_("名称"), max_length=60)
    base_url = models.CharField(_("接口地址"), max_length=200)
    params = models.JSONField(_("参数"), default=dict)
    secrets = models.BinaryField(_("密钥"))
    is_active = models.BooleanField(_("启用"), default=True)  # a retired one still answers for its old orders
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.label)

    def secrets_scope(self) -> str:
        return f"{self._meta.model_name}:{self.public_id}"

    def secrets_aad(self) -> str:
        return f"{self._meta.db_table}|{self.public_id}|secrets"


class ChannelAccount(SealedAccount):
    channel = models.CharField(_("渠道"), max_length=16, choices=ChannelName.choices)

    class Meta:
        verbose_name = _("收款账户")
        verbose_name_plural = _("收款账户")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "channel"], condition=models.Q(is_active=True), name="payments_one_active_account"
            ),
        ]


class IssuerAccount(SealedAccount):
    """Where invoices come from; ``params``: {app, seller_name, seller_tax_number, item, tax_rate}."""

    class Meta:
        verbose_name = _("开票账户")
        verbose_name_plural = _("开票账户")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(is_active=True), name="payments_one_active_issuer"
            ),
        ]


class PaymentSettings(TenantRow):
    """One row a tenant; without it the defaults hold. Refunds above the limit need a second person."""

    two_person_refund_fen = models.BigIntegerField(_("需两人办理的退款金额（分）"), default=200_000)
    order_minutes = models.PositiveIntegerField(_("付款码有效分钟"), default=120)
    invoice_reissues = models.PositiveIntegerField(_("客户可自行换开发票的次数"), default=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="payments_one_settings")]
