"""The pay page and finance's pages in Chromium: looked at, and alive (htmx leads on by itself when paid)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from payments import access, ledger
from payments.models import ChannelOrder
from portal.accounts.middleware import cookie_name
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import CUSTOMER, Hall
from tests.payments.test_refunds import ask, paid_charge
from tests.portal.accounts.people import browser_of, make_customer, make_staff

pytestmark = pytest.mark.journey


def visit_as(page: Page, user: User, address: str, path: str) -> Page:
    name = cookie_name(user.tenant)
    value = browser_of(user).cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": f"{address}/demo-ca/"}])
    page.goto(f"{address}{path}")
    return page


def test_scanning_and_paying(
    hall: Hall,
    pay_sandbox: SandboxForTests,
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access, "_guards", [lambda *_: True])
    charge = hall.open_charge()
    page = visit_as(page_at(1280), make_customer(hall.tenant), live_server.url, f"/demo-ca/pay/{charge.public_id}/")
    look(page, "payments-choose")
    with tenant_tx(hall.tenant, write=True):  # the asker's act, on the asker's page
        ledger.start_payment(charge.public_id, "alipay", by=CUSTOMER, key="k1")
    page.reload()
    expect(page.get_by_text("正在向支付宝下单")).to_be_visible()
    hall.run("payments.place_order")
    code = page.get_by_role("img", name="支付宝付款二维码")
    expect(code).to_be_visible()  # htmx brought it
    look(page, "payments-code")
    assert "/pay/" in (page.get_by_role("link", name="模拟扫码（沙箱）").get_attribute("href") or "")

    with tenant_tx(hall.tenant):
        order = ChannelOrder.objects.get()
    phone = page_at(375)
    phone.goto(order.code_url)
    expect(phone.get_by_text("¥200.00")).to_be_visible()
    look(phone, "payments-sandbox-phone")
    phone.get_by_role("button", name="确认支付").click()
    expect(phone.get_by_text("支付成功")).to_be_visible()
    hall.run("payments.poll_order")
    page.wait_for_url("**/demo-ca/orders/x/", timeout=10_000)
    page.goto(f"{live_server.url}/demo-ca/pay/{charge.public_id}/receipt/")
    look(page, "payments-receipt")


def test_finance_pages(
    hall: Hall,
    pay_sandbox: SandboxForTests,
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
) -> None:
    charge = paid_charge(hall, pay_sandbox)
    refund = ask(hall, charge, 5_000, by=CUSTOMER)
    page = visit_as(page_at(1280), make_staff(hall.tenant, Role.FINANCE), live_server.url, "/demo-ca/staff/payments/")
    look(page, "payments-staff-charges")
    page.get_by_role("link", name="退款", exact=False).first.click()
    look(page, "payments-staff-refunds")
    page.goto(f"{live_server.url}/demo-ca/staff/payments/received/")
    look(page, "payments-staff-received")
    page.goto(f"{live_server.url}/demo-ca/staff/payments/charges/{charge.public_id}/")
    look(page, "payments-staff-charge")
    page.goto(f"{live_server.url}/demo-ca/staff/payments/refunds/{refund.public_id}/")
    look(page, "payments-staff-refund")
    page.get_by_role("button", name="同意退款").click()
    expect(page.get_by_text("已批准")).to_be_visible()
