"""The customer's invoice and bundle pages in Chromium, at both widths, with axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.renewals.hall import Hall
from tests.renewals.views.test_bundles import orders  # noqa: F401  fixture
from tests.renewals.views.test_invoice import issue_all
from tests.renewals.views.test_transfer_in_browser import visit_as

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("channels"),
]


def test_paying_together_and_another_buyer(
    hall: Hall,
    orders: list[str],  # noqa: F811
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
) -> None:
    page = visit_as(page_at(1280), hall.customer, live_server.url, f"/{hall.tenant.slug}/orders/")
    page.get_by_role("link", name="合并付款").click()
    look(page, "bundles")
    page.get_by_role("button", name="合并勾选的订单").click()
    expect(page.get_by_text("付款编号").first).to_be_visible()
    look(page, "bundle")
    page.get_by_role("button", name="解散，各订单单独付款").click()
    expect(page.get_by_text("已解散，各订单可以单独付款。")).to_be_visible()
    hall.pay(orders[0])
    hall.run()
    issue_all(hall)
    page.goto(f"{live_server.url}/{hall.tenant.slug}/orders/{orders[0]}/invoice/")
    look(page, "invoice")
    page.get_by_label("发票抬头").fill("")
    page.get_by_role("button", name="申请换开").click()
    look(page, "invoice-mistake")
