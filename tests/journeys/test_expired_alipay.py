"""The same with nothing but a phone in the hand: identity on the same device, papers, Alipay, all at 375 px."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from renewals.walking import paper
from tests.journeys.browser import PHONE
from tests.journeys.customer import in_fours
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.lapsed import LapsedCustomer
from tests.journeys.reviewer import Reviewer

MOBILE, MEDIUM = "19900000024", "3888000000000502"
LONG = 60_000


def test_renewed_on_a_phone(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page], staff_page: Callable[[str], Page]
) -> None:
    page = page_at(PHONE)
    customer = LapsedCustomer(hall, page, MOBILE)
    customer.sign_in()
    customer.start(MEDIUM)
    customer.apply()
    customer.identify_here()
    photo = paper.as_photo(customer.signed(customer.fetch_form()))
    page.get_by_role("link", name="去上传资料").click()
    page.get_by_role("button", name="提交资料").click()  # nothing is there yet: said, and nothing is lost
    expect(page.locator("[data-error-summary]")).to_be_focused()
    customer.hand_over("盖章的申请表", "申请表.jpg", photo)
    customer.paper("盖章的证照").get_by_label("营业执照").check()
    customer.hand_over("盖章的证照", "营业执照.jpg", paper.licence(customer.organisation, ""))
    expect(page.get_by_text("二维码核对一致")).to_be_visible(timeout=LONG)
    customer.hand_in()
    customer.pay("支付宝", page_at(PHONE), amount="¥200.00")
    reviewer = Reviewer(hall, staff_page("reviewer"))
    reviewer.take(customer.number)
    reviewer.accept("盖章的申请表", "盖章的证照")
    reviewer.approve(customer.number)
    page.reload()  # a review takes days: its page doesn't ask
    expect(page.get_by_role("link", name="去安装")).to_be_visible()
    desk.insert(MEDIUM)
    customer.install()
    until = page.locator(".validity__new").inner_text()
    page.goto(customer.url())
    expect(page.locator(".certificate").filter(has_text=in_fours(MEDIUM)).filter(has_text=until)).to_have_count(1)
