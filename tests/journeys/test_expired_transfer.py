"""An expired certificate paid by bank transfer: too little at first, confirmed by finance (RULES C9)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from renewals.walking import paper
from tests.journeys.browser import DESKTOP, look
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.lapsed import LapsedCustomer
from tests.journeys.reviewer import Finance, Reviewer
from tests.journeys.waiting import wait_for
from tests.journeys.walked import handed_in

MOBILE, MEDIUM = "19900000025", "3888000000000503"
LONG = 60_000


def test_paid_in_two_transfers(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page], staff_page: Callable[[str], Page]
) -> None:
    number = handed_in(hall, MOBILE, MEDIUM)
    page = page_at(DESKTOP)
    customer = LapsedCustomer(hall, page, MOBILE)
    customer.sign_in()
    customer.open_order(number)
    voucher = paper.licence("银行电子回单（演示）", number)
    page.get_by_role("link", name="去缴费").click()
    page.get_by_label("银行转账").check()
    page.get_by_role("button", name="去支付").click()
    expect(page.get_by_role("heading", name="银行转账", level=1)).to_be_visible()
    look(page, "expired-transfer")
    customer.claim_transfer("150.00", voucher)
    expect(page.locator(".badge", has_text="待财务核对")).to_be_visible()
    page.get_by_role("link", name="返回订单").click()
    expect(page.locator(".next-step")).to_contain_text("等待")
    look(page, "expired-transfer-order-waiting")

    finance = Finance(hall, staff_page("finance"))
    finance.open_claim(number)
    wait_for(
        lambda: finance.page.locator(".compare__paper img").count() or (finance.page.reload() and False),
        "the voucher has no picture",
    )
    look(finance.page, "expired-transfer-finance")
    finance.confirm(f"B{number}1")
    told = wait_for(lambda: [text for text in customer.messages() if "还差" in text], "nobody said what is missing")
    assert "还差 50.00 元" in told[0]

    page.goto(page.url + "pay/transfer/")
    expect(page.get_by_text("已收到 ¥150.00，还差 ¥50.00。")).to_be_visible()
    look(page, "expired-transfer-too-little")
    customer.claim_transfer("50.00", voucher)
    expect(page.locator(".badge", has_text="待财务核对")).to_be_visible()
    finance.open_claim(number)
    finance.confirm(f"B{number}2")
    page.get_by_role("link", name="返回订单").click()
    expect(page.locator(".next-step")).to_contain_text("正在审核", timeout=LONG)

    reviewer = Reviewer(hall, staff_page("reviewer"))
    reviewer.take(number)
    reviewer.accept("盖章的申请表", "盖章的证照")
    look(reviewer.page, "expired-transfer-review")
    reviewer.approve(number)
    page.reload()
    desk.insert(MEDIUM)
    desk.answer_pins()
    customer.to_installation()
    customer.note_code()
    customer.check_key()
    customer.begin()
    customer.until_installed()
