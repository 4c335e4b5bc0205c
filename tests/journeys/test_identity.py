"""The three factors don't fit: returned with the reason, corrected, and it goes on (RULES C6, P4)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, look
from tests.journeys.customer import Customer
from tests.journeys.hall import Hall
from tests.journeys.waiting import wait_for

LONG = 60_000


def test_a_mobile_of_somebody_else_is_corrected(hall: Hall, page_at: Callable[[int], Page]) -> None:
    page = page_at(DESKTOP)
    customer = Customer(hall, page, "19900000020")
    customer.sign_in()
    customer.start("3888000000000210")
    customer.consent()
    customer.fill_in(mobile="19900000091")
    customer.check_answers()
    customer.submit()
    expect(page.get_by_role("link", name="去修改")).to_be_visible(timeout=LONG)  # by itself
    expect(page.locator(".next-step")).to_contain_text("三项核对不一致")
    expect(page.get_by_text("通过后就可以缴费")).to_have_count(0)  # said before, and no longer true
    look(page, "identity-returned")
    assert wait_for(
        lambda: (
            [each for each in hall.inbox("szca", "19900000091") if "实名核验未通过" in each["text"]]
            or [text for text in customer.messages() if "实名核验未通过" in text]
        ),
        "nobody was told",
    )
    page.get_by_role("link", name="去修改").click()
    expect(page.get_by_text("申请被退回，请修改后重新提交")).to_be_visible()
    expect(page.get_by_label("经办人姓名")).to_have_value(customer.name)
    expect(page.get_by_label("手机号码")).to_have_value("19900000091")
    look(page, "identity-correct")
    page.get_by_label("手机号码").fill(customer.mobile)
    customer.check_answers()
    customer.submit()
    customer.until_payable()
