"""The same on a narrow screen, paid by Alipay."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import PHONE
from tests.journeys.customer import Customer, in_fours
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall

MOBILE, MEDIUM = "19900000012", "3888000000000202"


def test_renewed_with_alipay_at_375_px(hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page]) -> None:
    page = page_at(PHONE)
    customer = Customer(hall, page, MOBILE)
    customer.sign_in()
    customer.start(MEDIUM)
    customer.apply()
    customer.pay("支付宝", page_at(PHONE), amount="¥200.00")
    desk.insert(MEDIUM)
    customer.install()
    until = page.locator(".validity__new").inner_text()
    page.get_by_role("link", name="续期下一张证书").click()
    expect(page.locator(".certificate").filter(has_text=in_fours(MEDIUM))).to_contain_text(until)
    page.goto(customer.url("orders/"))
    line = page.locator(".order-line").filter(has_text=in_fours(customer.number))
    expect(line).to_contain_text("已办结")
