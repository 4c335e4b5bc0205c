"""The transfer's pages in Chromium: looked at, and walked by keyboard at finance's desk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from payments.models import Suspense, TransferClaim
from portal.accounts.middleware import cookie_name
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.portal.accounts.people import browser_of, make_staff
from tests.portal.files import papers
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.steps.test_transfer import HOLDER, PARENT, claim, found, with_transfers

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def visit_as(page: Page, user: User, address: str, path: str) -> Page:
    name = cookie_name(user.tenant)
    value = browser_of(user).cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": f"{address}/{user.tenant.slug}/"}])
    page.goto(f"{address}{path}")
    return page


def test_the_customer_transfers_and_finance_confirms(
    hall: Hall,
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
) -> None:
    publish_changed(hall.tenant, with_transfers)
    order = hall.to("payment")
    base = f"/{hall.tenant.slug}/orders/{order}/pay/"
    page = visit_as(page_at(1280), hall.customer, live_server.url, base)
    look(page, "transfer-choose")
    page.get_by_label("银行转账").check()
    page.get_by_role("button", name="去支付").click()
    expect(page.get_by_role("heading", name="银行转账", level=1)).to_be_visible()
    look(page, "transfer-empty")
    page.get_by_label("付款账号").fill("6222")
    page.get_by_label("转账凭证").set_input_files(
        {"name": "回单.pdf", "mimeType": "application/pdf", "buffer": papers.plain_pdf()}
    )
    page.get_by_role("button", name="提交登记").click()
    expect(page.get_by_text("已上传")).to_be_visible()
    look(page, "transfer-mistake")
    page.get_by_label("付款账号").fill("6222000011112222")
    page.get_by_role("button", name="提交登记").click()
    expect(page.locator(".badge", has_text="待财务核对")).to_be_visible()
    look(page, "transfer-waiting")
    claim(hall, order, 100)
    hall.run()

    with tenant_tx(hall.tenant):
        first = TransferClaim.objects.order_by("id").first()
    assert first is not None
    staff = make_staff(hall.tenant, Role.FINANCE)
    desk = visit_as(page_at(1280), staff, live_server.url, f"/{hall.tenant.slug}/staff/payments/transfers/")
    look(desk, "transfer-staff-list")
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="转账凭证")).to_be_visible()
    look(desk, "transfer-staff-one")
    desk.get_by_label("银行流水号").fill("L20261121000001")
    desk.get_by_label("付款户名").fill(PARENT)
    desk.get_by_label("银行流水号").press("Enter")
    expect(desk.get_by_text("款项已登记但未入账")).to_be_visible()
    hall.run()

    page.goto(f"{live_server.url}{base}transfer/")
    expect(page.get_by_role("heading", name="付款人与申请单位不一致")).to_be_visible()
    look(page, "transfer-held")
    with tenant_tx(hall.tenant):
        money = Suspense.objects.select_related("payment").get()
    hall.act(order, "payment", "explain_payer", {"suspense": money.public_id})
    desk.goto(f"{live_server.url}/{hall.tenant.slug}/staff/payments/transfers/held/")
    look(desk, "transfer-staff-held-list")
    desk.get_by_role("link", name=hall.charge(order).description).click()
    look(desk, "transfer-staff-held")
    desk.get_by_role("button", name="原路退回").click()
    expect(desk.get_by_text("已处理。")).to_be_visible()
    desk.goto(f"{live_server.url}/{hall.tenant.slug}/staff/payments/refunds/")
    desk.get_by_role("link", name="R20").first.click()
    look(desk, "transfer-staff-refund")

    found(hall, claim(hall, order, 15_000), 15_000, payer=HOLDER, serial="L2")
    page.goto(f"{live_server.url}{base}transfer/")
    expect(page.get_by_text("还没有付清")).to_be_visible()
    look(page, "transfer-partly")
