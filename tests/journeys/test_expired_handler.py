"""A new handler in the middle, with papers in and paid: said beforehand what follows, and only that (RULES P3)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.customer import id_number
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.lapsed import LapsedCustomer, words_of
from tests.journeys.reviewer import Reviewer
from tests.journeys.waiting import wait_for
from tests.journeys.walked import handed_in

MOBILE, MEDIUM = "19900000028", "3888000000000506"
SUCCESSOR, SUCCESSORS_MOBILE = "温以宁", "19900000068"
LONG = 60_000


def test_the_handler_changes_in_the_middle(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page], staff_page: Callable[[str], Page]
) -> None:
    number = handed_in(hall, MOBILE, MEDIUM, pay="wechat")
    page = page_at(DESKTOP)
    customer = LapsedCustomer(hall, page, MOBILE)
    customer.sign_in()
    customer.open_order(number)
    page.get_by_role("link", name="填写申请信息").click()
    page.get_by_role("link", name="修改申请信息").click()
    customer.organisation = page.get_by_label("单位名称").input_value()
    page.get_by_label("经办人姓名").fill(SUCCESSOR)
    page.get_by_label("居民身份证号码").fill(id_number(SUCCESSORS_MOBILE))
    page.get_by_label("手机号码").fill(SUCCESSORS_MOBILE)
    customer.check_answers()
    said = page.locator(".notice").filter(has_text="提交这次修改以后")
    expect(said).to_contain_text("要重新办理：核对经办人信息、手机核验身份、打印申请表、上传资料。")
    expect(said).to_contain_text("请重新打印申请表，签字盖章后再上传；原来打印的作废。")
    expect(said).to_contain_text("已付的费用和其他已交的资料不受影响。")
    look(page, "expired-handler-check")
    customer.submit()
    expect(page.get_by_role("link", name="去核验")).to_be_visible(timeout=LONG)
    customer.handler = SUCCESSOR
    customer.identify_by(page_at(PHONE))
    form = customer.fetch_form()
    assert SUCCESSOR in words_of(form)
    assert customer.name not in words_of(form)
    page.get_by_role("link", name="去上传资料").click()
    look(page, "expired-handler-papers")
    assert page.locator("input[type=file]").count() == 1  # the licence stays
    customer.hand_over("盖章的申请表", "新申请表.pdf", customer.signed(form))
    expect(page.get_by_text("二维码核对一致：本订单第 2 版申请表。")).to_be_visible(timeout=LONG)
    customer.hand_in()
    expect(page.locator(".next-step")).to_contain_text("正在审核")  # paid already

    reviewer = Reviewer(hall, staff_page("reviewer"))
    reviewer.take(number)
    reviewer.accept("盖章的申请表", "盖章的证照")
    reviewer.approve(number)
    wait_for(
        lambda: [each for each in hall.inbox("szca", SUCCESSORS_MOBILE) if "审核已通过" in each["text"]],
        "the new handler wasn't told",
    )
    page.reload()
    desk.insert(MEDIUM)
    desk.answer_pins()
    customer.to_installation()
    customer.note_code()
    customer.check_key()
    customer.begin()
    customer.until_installed()
