"""UnionPay's form in Chromium: the page's policy lets it through, to the gateway and on to the cashier, and back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from payments import access
from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import Hall
from tests.payments.test_in_browser import visit_as
from tests.portal.accounts.people import make_customer

pytestmark = pytest.mark.journey


def test_to_the_cashier_and_back(
    hall: Hall,
    pay_sandbox: SandboxForTests,
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access, "_guards", [lambda *_: True])
    choosing = access.Choosing("/demo-ca/orders/x/pay/", ("wechat", "unionpay"))
    monkeypatch.setattr(access, "_choosers", [lambda _reference: choosing])
    charge = hall.open_charge()
    hall.start(charge, "unionpay")
    page = visit_as(page_at(1280), make_customer(hall.tenant), live_server.url, f"/demo-ca/pay/{charge.public_id}/")
    look(page, "payments-unionpay")
    pay_sandbox.fault("drop", channel="unionpay")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="去银联付款").click()
    cashier = opened.value
    expect(cashier.get_by_text("¥200.00")).to_be_visible()
    look(cashier, "payments-unionpay-cashier")
    cashier.get_by_role("button", name="确认支付").click()
    expect(cashier.get_by_text("支付成功")).to_be_visible()
    expect(cashier.get_by_role("button", name="返回商户")).to_be_visible()
    hall.run("payments.poll_order")
    page.wait_for_url("**/demo-ca/orders/x/", timeout=30_000)
