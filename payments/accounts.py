"""From a stored account to a connected client: the only place that opens their secrets.

Sealed by the vault under the account's own scope; machine use makes no audit row (it would be one a poll),
every change of an account does.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from payments.channels import alipay, rsa, unionpay, unionpay_crypto, wechat
from payments.channels.base import PaymentChannel
from payments.channels.sandbox.state import is_loopback
from payments.errors import AccountMisconfigured, ChannelNotOffered
from payments.models import ONLINE, ChannelAccount, ChannelName, IssuerAccount
from payments.models.accounts import SealedAccount
from portal import audit, vault
from portal.accounts.actor import Actor
from portal.tenants import current_tenant_id

TIMEOUT_SECONDS = 10.0
_OUR_KEY = {ChannelName.WECHAT: "merchant_key", ChannelName.ALIPAY: "app_key", ChannelName.UNIONPAY: "sign_key"}


def add(
    *, channel: str, label: str, base_url: str, params: Mapping[str, Any], secrets: Mapping[str, str], by: Actor
) -> ChannelAccount:
    """Make this the tenant's active account at the channel, in a write tenant_tx; the old one is retired."""
    account = ChannelAccount(channel=ChannelName(channel), label=label, base_url=base_url, params=dict(params))
    _seal(account, secrets)
    _build(account, secrets, checked=True).disconnect()  # a wrong key is told now, not at the first payment
    ChannelAccount.objects.filter(channel=account.channel, is_active=True).update(is_active=False)
    account.save()
    audit.record("channel_account.added", by=by, subject=_subject(account), detail={"channel": channel, "label": label})
    return account


def add_issuer(
    *, label: str, base_url: str, params: Mapping[str, Any], secrets: Mapping[str, str], by: Actor
) -> IssuerAccount:
    """The same for the invoice issuer; ``secrets``: {key}."""
    account = IssuerAccount(label=label, base_url=base_url, params=dict(params))
    _seal(account, secrets)
    IssuerAccount.objects.filter(is_active=True).update(is_active=False)
    account.save()
    audit.record("issuer_account.added", by=by, subject=_subject(account), detail={"label": label})
    return account


def update_platform_keys(account: ChannelAccount, keys: Mapping[str, str], *, by: Actor) -> None:
    """In a write tenant_tx: WeChat's platform keys as just downloaded; those it no longer names are dropped."""
    if dict(keys) != account.params.get("platform_keys"):
        account.params = {**account.params, "platform_keys": dict(keys)}
        account.save(update_fields=["params"])
        audit.record(
            "channel_account.platform_keys", by=by, subject=_subject(account), detail={"serials": sorted(keys)}
        )


def active(channel: str) -> ChannelAccount:
    """Raises ChannelNotOffered."""
    account: ChannelAccount | None = ChannelAccount.objects.filter(channel=channel, is_active=True).first()
    if account is None:
        raise ChannelNotOffered(channel=channel)
    return account


def offered() -> list[str]:
    """The channels that this tenant's customers may choose from."""
    return [name for name in ONLINE if ChannelAccount.objects.filter(channel=name, is_active=True).exists()]


def open_secrets(account: SealedAccount) -> dict[str, str]:
    """In a tenant_tx. Raises AccountMisconfigured for a sandbox account in production."""
    if settings.CERTHALL.is_production and is_loopback(account.base_url):
        raise AccountMisconfigured(account=account.label, what="沙箱账户不能用于生产环境")
    opened = vault.open_text(account.tenant_id, account.secrets_scope(), account.secrets_aad(), bytes(account.secrets))
    secrets: dict[str, str] = json.loads(opened)
    return secrets


def connect(account: ChannelAccount) -> PaymentChannel:
    """In a tenant_tx; calls nobody yet. The caller disconnects."""
    return _build(account, open_secrets(account))


@contextmanager
def disconnecting(channel: PaymentChannel) -> Iterator[PaymentChannel]:
    try:
        yield channel
    finally:
        channel.disconnect()


def clock() -> datetime:
    return timezone.now()


def _seal(account: SealedAccount, secrets: Mapping[str, str]) -> None:
    tenant_id = current_tenant_id()
    if tenant_id is None:
        raise RuntimeError("accounts are added inside a write tenant_tx")
    account.secrets = vault.seal_text(
        tenant_id, account.secrets_scope(), account.secrets_aad(), json.dumps(dict(secrets))
    )


def _build(account: ChannelAccount, secrets: Mapping[str, str], *, checked: bool = False) -> PaymentChannel:
    params: Mapping[str, Any] = account.params
    try:
        if checked:
            rsa.private_key(secrets[_OUR_KEY[ChannelName(account.channel)]])
        if account.channel == ChannelName.WECHAT:
            return wechat.connect(
                wechat.WeChatAccount(
                    mchid=params["mchid"],
                    appid=params["appid"],
                    merchant_serial=params["merchant_serial"],
                    merchant_key=secrets["merchant_key"],
                    apiv3_key=secrets["apiv3_key"].encode("ascii"),
                    platform_keys=params["platform_keys"],
                ),
                base_url=account.base_url,
                clock=clock,
                timeout=TIMEOUT_SECONDS,
            )
        if account.channel == ChannelName.UNIONPAY:
            return unionpay.connect(
                unionpay.UnionPayAccount(
                    mer_id=params["mer_id"],
                    cert_id=params["cert_id"],
                    sign_key=secrets["sign_key"],
                    issuers=params["issuers"],
                    signer=params.get("signer", unionpay_crypto.SIGNER),
                    file_url=params.get("file_url", ""),
                ),
                base_url=account.base_url,
                clock=clock,
                timeout=TIMEOUT_SECONDS,
            )
        return alipay.connect(
            alipay.AlipayAccount(
                app_id=params["app_id"],
                seller_id=params["seller_id"],
                app_key=secrets["app_key"],
                alipay_key=params["alipay_key"],
                product=params.get("product", "qr"),
            ),
            base_url=account.base_url,
            clock=clock,
            timeout=TIMEOUT_SECONDS,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise AccountMisconfigured(account=account.label, what=f"参数或密钥不完整（{type(error).__name__}）") from error


def _subject(account: SealedAccount) -> str:
    return f"{account._meta.model_name}:{account.public_id}"
