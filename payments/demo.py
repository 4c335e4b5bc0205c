"""Demo data: sandbox accounts for a tenant, with keys made in the data folder on first use. Refuses production."""

from pathlib import Path

from django.conf import settings

from payments import accounts
from payments.channels.sandbox import keys
from payments.invoicing import sandbox as invoice_sandbox
from payments.models import ChannelAccount, IssuerAccount
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant


class DemoRefused(RuntimeError):
    """Demo accounts don't belong in production."""


def load(tenant: Tenant, *, folder: Path | None = None, pay_url: str = "", invoice_url: str = "") -> None:
    """WeChat, Alipay, UnionPay and invoice accounts at the sandboxes; what is there already for these addresses stays.

    ``folder``: the data folder (default: the installation's); the URLs default to the settings' sandboxes.
    """
    conf = settings.CERTHALL
    if conf.is_production:
        raise DemoRefused("demo accounts refuse production")
    data_dir = folder or conf.data_dir
    pay_url, invoice_url = pay_url or conf.pay_sandbox_url, invoice_url or conf.outside_sandbox_url
    merchant = keys.merchant(data_dir / "pay-sandbox", tenant.slug)
    platform = keys.platform(data_dir / "pay-sandbox")
    issuer_key = invoice_sandbox.app_key(data_dir / "invoice-sandbox", tenant.slug)
    by = Actor.system("demo")
    with tenant_tx(tenant, write=True):
        if not _is_there("wechat", pay_url, "mchid", merchant.mchid):
            wechat = merchant.wechat_account(platform)
            accounts.add(
                channel="wechat",
                label="微信支付（沙箱）",
                base_url=pay_url,
                params={
                    "mchid": wechat.mchid,
                    "appid": wechat.appid,
                    "merchant_serial": wechat.merchant_serial,
                    "platform_keys": dict(wechat.platform_keys),
                },
                secrets={"merchant_key": wechat.merchant_key, "apiv3_key": merchant.apiv3_key},
                by=by,
            )
        if not _is_there("alipay", pay_url, "app_id", merchant.app_id):
            alipay = merchant.alipay_account(platform)
            accounts.add(
                channel="alipay",
                label="支付宝（沙箱）",
                base_url=pay_url,
                params={"app_id": alipay.app_id, "seller_id": alipay.seller_id, "alipay_key": alipay.alipay_key},
                secrets={"app_key": alipay.app_key},
                by=by,
            )
        if not _is_there("unionpay", pay_url, "mer_id", merchant.mer_id):
            unionpay = merchant.unionpay_account(platform)
            accounts.add(
                channel="unionpay",
                label="银联（沙箱）",
                base_url=pay_url,
                params={
                    "mer_id": unionpay.mer_id,
                    "cert_id": unionpay.cert_id,
                    "issuers": unionpay.issuers,
                    "file_url": f"{pay_url.rstrip('/')}/file-download/",
                },
                secrets={"sign_key": unionpay.sign_key},
                by=by,
            )
        if not IssuerAccount.objects.filter(is_active=True, base_url=invoice_url).exists():
            accounts.add_issuer(
                label="电子发票（沙箱）",
                base_url=invoice_url,
                params={"app": tenant.slug},
                secrets={"key": issuer_key},
                by=by,
            )


def _is_there(channel: str, base_url: str, number_field: str, number: str) -> bool:
    account: ChannelAccount | None = ChannelAccount.objects.filter(
        channel=channel, is_active=True, base_url=base_url
    ).first()
    return account is not None and account.params.get(number_field) == number
