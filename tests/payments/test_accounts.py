"""Accounts: sealed, one active per channel, from a file, and never a sandbox in production."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from payments import accounts, demo
from payments.channels.sandbox.state import Options, SandboxRefused
from payments.errors import AccountMisconfigured, ChannelNotOffered
from payments.models import ChannelAccount
from portal.conf import Environment
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import Hall


def test_keys_are_sealed_in_the_database(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    with tenant_tx(hall.tenant):
        for account in ChannelAccount.objects.all():
            stored = bytes(account.secrets) + json.dumps(account.params).encode()
            assert b"PRIVATE KEY" not in stored
            assert pay_sandbox.merchant.apiv3_key.encode() not in stored


def test_loading_the_demo_again_changes_nothing(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    demo.load(hall.tenant, folder=pay_sandbox.data_dir, pay_url=pay_sandbox.base_url, invoice_url="http://127.0.0.1:9")
    with tenant_tx(hall.tenant):
        assert ChannelAccount.objects.count() == 3
        assert accounts.offered() == ["wechat", "alipay", "unionpay"]


def test_a_new_account_replaces_the_old_one_which_still_answers(
    hall: Hall, pay_sandbox: SandboxForTests, tmp_path: Path
) -> None:
    merchant = pay_sandbox.merchant
    (tmp_path / "app.pem").write_text(merchant.app_key)
    (tmp_path / "alipay.pem").write_text(pay_sandbox.platform.alipay_public)
    file = tmp_path / "account.json"
    params = {
        "app_id": merchant.app_id,
        "seller_id": merchant.seller_id,
        "alipay_key": "@alipay.pem",
        "product": "page",
    }
    whole = {
        "label": "支付宝二",
        "base_url": pay_sandbox.base_url,
        "params": params,
        "secrets": {"app_key": "@app.pem"},
    }
    file.write_text(json.dumps(whole))
    call_command("payment-account", "demo-ca", "alipay", file)
    with tenant_tx(hall.tenant):
        assert accounts.active("alipay").label == "支付宝二"
        assert ChannelAccount.objects.filter(channel="alipay").count() == 2
    order = hall.start(hall.open_charge(), "alipay")
    assert (order.code_url, order.pay_url[:4]) == ("", "http")

    file.write_text(json.dumps({**whole, "secrets": {"app_key": "no key"}}))
    with pytest.raises(CommandError, match="参数或密钥不完整"):
        call_command("payment-account", "demo-ca", "alipay", file)
    with pytest.raises(CommandError, match="没有短名"):
        call_command("payment-account", "nobody", "alipay", file)
    with tenant_tx(hall.tenant):
        assert accounts.active("alipay").label == "支付宝二"


def test_a_sandbox_account_does_not_work_in_production(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant_tx(hall.tenant):
        account = accounts.active("wechat")
    production = settings.CERTHALL.model_copy(update={"env": Environment.PRODUCTION})
    monkeypatch.setattr(settings, "CERTHALL", production)
    with pytest.raises(AccountMisconfigured), tenant_tx(hall.tenant):
        accounts.connect(account)
    with pytest.raises(demo.DemoRefused):
        demo.load(hall.tenant)


def test_the_sandbox_refuses_production_and_other_hosts(tmp_path: Path) -> None:
    with pytest.raises(SandboxRefused):
        Options(folder=tmp_path, base_url="http://127.0.0.1:1", is_production=True)
    with pytest.raises(SandboxRefused):
        Options(folder=tmp_path, base_url="http://192.0.2.1:1", is_production=False)


def test_what_is_not_offered_is_refused(hall: Hall) -> None:
    with pytest.raises(ChannelNotOffered), tenant_tx(hall.tenant):
        accounts.active("bank_transfer")
