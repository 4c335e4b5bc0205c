"""An expired certificate up to its new validity, paid by WeChat; every new page is looked at (RULES C4–C12)."""

import re
from collections.abc import Callable
from datetime import date, datetime

from playwright.sync_api import Page, expect

from renewals.walking import paper
from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.lapsed import SHENZHEN, LapsedCustomer, words_of
from tests.journeys.reviewer import Reviewer
from tests.journeys.waiting import wait_for

MOBILE, MEDIUM = "19900000023", "3888000000000501"
LONG = 60_000
NEW = {"identity", "phone-link", "phone", "phone-photographed", "phone-passed", "identity-passed"} | {
    "order-awaiting-phone",
    "form",
    "form-fetched",
    "pay-choose",
    "install-checked",
}  # what no other journey looks at


def test_an_expired_certificate_is_renewed(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page], staff_page: Callable[[str], Page]
) -> None:
    page, hand = page_at(DESKTOP), page_at(PHONE)
    customer = LapsedCustomer(hall, page, MOBILE, _look_at_new)
    customer.sign_in()
    customer.start(MEDIUM)
    customer.apply()
    customer.identify_by(hand)
    form = customer.fetch_form()
    assert customer.number in words_of(form)
    assert customer.organisation in words_of(form)
    _papers(customer, form)
    customer.pay("微信支付", hand)
    look(page, "expired-order-in-review")
    _reviewed(Reviewer(hall, staff_page("reviewer")), customer.number)
    page.reload()  # a review takes days: its page doesn't ask
    expect(page.get_by_role("link", name="去安装")).to_be_visible()
    _installed(customer, desk)


def _look_at_new(page: Page, name: str) -> None:
    if name in NEW:
        look(page, f"expired-{name}")


def _papers(customer: LapsedCustomer, form: bytes) -> None:
    """The scan is known by its code; the licence asks for its kind (RULES C7, P22)."""
    page = customer.page
    page.get_by_role("link", name="去上传资料").click()
    look(page, "expired-papers")
    customer.hand_over("盖章的申请表", "申请表.pdf", customer.signed(form))
    code = re.sub(r"\s", "", page.locator(".page-head__meta").inner_text())
    assert customer.number in code
    customer.paper("盖章的证照").get_by_label("营业执照").check()
    customer.hand_over("盖章的证照", "营业执照.jpg", paper.licence(customer.organisation, "91440300MA5DEM0058"))
    expect(page.locator("#order-live")).to_have_text(re.compile(r"^已上传 2 份，共需 2 份。$"), timeout=LONG)
    look(page, "expired-papers-there")
    customer.hand_in()
    look(page, "expired-order-awaiting-payment")


def _reviewed(reviewer: Reviewer, number: str) -> None:
    """By keyboard: the next paper, back, accepted one after the other, to the decision (RULES C10)."""
    page = reviewer.page
    page.goto(reviewer.hall.url("szca", "staff/review/"))
    look(page, "expired-review-queue")
    reviewer.take(number)
    look(page, "expired-review")
    shown = page.locator("[data-sheet-link][aria-current]")
    expect(shown).to_have_text("盖章的申请表")
    page.keyboard.press("j")
    expect(shown).to_have_text(re.compile("^盖章的证照"))
    page.keyboard.press("k")
    expect(shown).to_have_text("盖章的申请表")
    page.keyboard.press("a")
    expect(shown).to_have_text(re.compile("^盖章的证照"))
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="通过", exact=True)).to_be_focused()
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已通过，已通知客户。")).to_be_visible()


def _installed(customer: LapsedCustomer, desk: KeyDesk) -> None:
    page = customer.page
    desk.insert(MEDIUM)
    customer.install()
    begins, ends = datetime.now(SHENZHEN).date(), date.fromisoformat(page.locator(".validity__new").inner_text())
    assert ends.year == begins.year + 1  # from issuing on (RULES Across 7)
    page.get_by_role("link", name="查看订单和发票").click()
    expect(page.get_by_text("已办结").first).to_be_visible()
    told = wait_for(lambda: [text for text in customer.messages() if "审核已通过" in text], "no word of the approval")
    assert customer.number in told[0]
    look(page, "expired-order-completed")
