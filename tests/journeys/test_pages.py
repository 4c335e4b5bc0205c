"""Pages that no order leads through: front pages, help, sign-in, errors, the directory of halls, the inbox."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, look
from tests.journeys.customer import Customer
from tests.journeys.hall import Hall

OpenPage = Callable[[int], Page]


@pytest.mark.parametrize(
    ("name", "tenant", "path"),
    [
        ("front", "szca", ""),
        ("front-sscc", "sscc", ""),
        ("help", "szca", "help/"),
        ("help-serial", "szca", "help/serial/"),
        ("help-messages", "szca", "help/messages/"),
        ("downloads", "szca", "downloads/"),
        ("sign-in", "szca", "sign-in/"),
        ("install-by-code", "szca", "install/"),
        ("inbox", "szca", "dev/inbox/"),
    ],
)
def test_looks_right(name: str, tenant: str, path: str, hall: Hall, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    answer = page.goto(hall.url(tenant, path))
    assert answer is not None
    assert answer.status == 200
    look(page, f"page-{name}")


def test_the_directory_leads_to_the_halls(hall: Hall, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    page.goto(f"http://127.0.0.1:{hall.ports['WEB_PORT']}/")
    look(page, "page-directory")
    page.get_by_role("link", name="深圳CA").first.click()
    page.wait_for_url("**/szca/")


@pytest.mark.parametrize("path", ["nothing-here/", "pay/AAAAAAAAAAAAAAAAAAAAAA/receipt/x"])
def test_what_isnt_there_is_said(path: str, hall: Hall, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    answer = page.goto(hall.url("szca", path))
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look(page, "page-404")


def test_a_customers_own_lists(hall: Hall, page_at: OpenPage) -> None:
    """The main customer: certificates in every state, an empty list of orders or a short one, notices."""
    page = page_at(DESKTOP)
    Customer(hall, page, "19900000053").sign_in()
    page.goto(hall.url("szca", "orders/"))
    look(page, "page-orders-none")
    page.goto(hall.url("szca", "notices/"))
    look(page, "page-notices")
    page.goto(hall.url("szca", "sign-out/"))
    look(page, "page-sign-out")
    page.get_by_role("main").get_by_role("button", name="退出").click()
    expect(page.get_by_text("您已安全退出。")).to_be_visible()
    page.goto(hall.url("szca", "orders/"))
    expect(page.get_by_role("heading", name="手机号登录")).to_be_visible()
