"""A real sandbox on loopback for every test of payments, with a merchant of its own."""

import itertools
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from payments.channels import alipay, unionpay, unionpay_crypto, wechat
from payments.channels.base import PaymentChannel, Placed, PlaceOrder
from payments.channels.sandbox import keys
from payments.channels.sandbox.server import running_sandbox
from payments.channels.sandbox.state import Options, Sandbox

if TYPE_CHECKING:
    from tests.payments.hall import Hall

_numbers = itertools.count(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SandboxForTests:
    sandbox: Sandbox
    base_url: str
    data_dir: Path
    merchant: keys.Merchant
    platform: keys.PlatformKeys
    connected: list[PaymentChannel] = field(default_factory=list)

    def fault(self, kind: str, **more: object) -> None:
        answer = httpx.post(
            f"{self.base_url}/control/fault",
            json={"kind": kind, **more},
            headers={"X-Control-Token": self.platform.control_token},
            trust_env=False,
        )
        answer.raise_for_status()

    def pay(self, code_url: str, *, late: bool = False) -> dict[str, object]:
        answer = httpx.post(f"{self.base_url}/control/pay", json={"code_url": code_url, "late": late}, trust_env=False)
        answer.raise_for_status()
        data: dict[str, object] = answer.json()
        return data

    def wechat(self, *, timeout: float = 5.0) -> wechat.WeChatChannel:
        account = self.merchant.wechat_account(self.platform)
        channel = wechat.connect(account, base_url=self.base_url, clock=now, timeout=timeout)
        self.connected.append(channel)
        return channel

    def alipay(self, *, timeout: float = 5.0, product: alipay.Product = "qr") -> alipay.AlipayChannel:
        account = self.merchant.alipay_account(self.platform, product)
        channel = alipay.connect(account, base_url=self.base_url, clock=now, timeout=timeout)
        self.connected.append(channel)
        return channel

    def channel(self, name: str, *, timeout: float = 5.0) -> PaymentChannel:
        if name == "unionpay":
            return self.unionpay(timeout=timeout)
        return self.wechat(timeout=timeout) if name == "wechat" else self.alipay(timeout=timeout)

    def unionpay(self, *, timeout: float = 5.0) -> unionpay.UnionPayChannel:
        account = replace(self.merchant.unionpay_account(self.platform), file_url=f"{self.base_url}/file-download/")
        channel = unionpay.connect(account, base_url=self.base_url, clock=now, timeout=timeout)
        self.connected.append(channel)
        return channel

    def cashier(self, pay_url: str, form: Mapping[str, str]) -> str:
        """What the customer's browser does with UnionPay's form: the address of the page it ends on."""
        return str(httpx.post(pay_url, data=dict(form), follow_redirects=True, trust_env=False).url)

    def page_of(self, placed: Placed) -> str:
        """Where the customer pays: the code's address, or the page behind the form."""
        return placed.code_url or self.cashier(placed.pay_url, placed.form)


@pytest.fixture(scope="session")
def _sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxForTests]:
    data_dir, port = tmp_path_factory.mktemp("data"), free_port()
    folder = data_dir / "pay-sandbox"
    base_url = f"http://127.0.0.1:{port}"
    merchant = keys.merchant(folder, "demo-ca")
    options = Options(folder=folder, base_url=base_url, is_production=False, retry_scale=0.002)
    with running_sandbox(options, port=port) as running:
        yield SandboxForTests(running.sandbox, base_url, data_dir, merchant, running.sandbox.platform)


@pytest.fixture
def pay_sandbox(_sandbox_server: SandboxForTests) -> Iterator[SandboxForTests]:
    _sandbox_server.sandbox.faults.clear()
    yield _sandbox_server
    _sandbox_server.sandbox.faults.clear()
    for channel in _sandbox_server.connected:
        channel.disconnect()
    _sandbox_server.connected.clear()


def an_order(*, amount_fen: int = 20_000, notify_url: str = "http://127.0.0.1:9/none", **more: str) -> PlaceOrder:
    return PlaceOrder(
        out_trade_no=f"T{unionpay_crypto.wire_time(now())}{next(_numbers):08d}",  # UnionPay's carry their time
        description="数字证书续期 2 年",
        amount_fen=amount_fen,
        notify_url=notify_url,
        expires_at=now() + timedelta(hours=2),
        **more,
    )


@pytest.fixture
def hall(transactional_db: None, pay_sandbox: SandboxForTests) -> "Hall":
    """A tenant with accounts at the running sandbox; its transactions are real ones."""
    from payments import demo
    from portal.tenants.models import Tenant
    from portal.vault import keys as vault_keys
    from tests.payments.hall import Hall

    vault_keys.forget()
    tenant = Tenant.objects.create(slug="demo-ca", name="测试电子认证有限公司", short_name="测试 CA")
    demo.load(tenant, folder=pay_sandbox.data_dir, pay_url=pay_sandbox.base_url, invoice_url="http://127.0.0.1:9")
    return Hall(tenant)
