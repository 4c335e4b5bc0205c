"""What a review can end in besides approval: one paper goes back; the order is refused and paid back (RULES C10)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from renewals.walking import paper
from tests.journeys.browser import PHONE, look
from tests.journeys.hall import Hall
from tests.journeys.lapsed import LapsedCustomer
from tests.journeys.pay_sandbox import paid_back
from tests.journeys.reviewer import Reviewer
from tests.journeys.waiting import wait_for
from tests.journeys.walked import handed_in

OpenPage = Callable[[int], Page]
StaffPage = Callable[[str], Page]


def test_one_paper_is_returned_and_brought_again(hall: Hall, page_at: OpenPage, staff_page: StaffPage) -> None:
    mobile, medium = "19900000026", "3888000000000504"
    number = handed_in(hall, mobile, medium, pay="wechat")
    reviewer = Reviewer(hall, staff_page("reviewer"))
    reviewer.take(number)
    reviewer.accept("盖章的申请表")
    reviewer.give_back("盖章的证照", "证照看不清", "右下角的日期被印章盖住了。")
    reviewer.ask_return()
    look(reviewer.page, "expired-review-return")
    reviewer.confirm_return(number)

    page = page_at(PHONE)
    customer = LapsedCustomer(hall, page, mobile)
    customer.sign_in()
    [sms] = _told(customer, "sms", "有材料要更正")
    assert "证照看不清" in sms
    assert number in sms
    [letter] = _told(customer, "email", "有材料要更正")
    why = "证照的扫描件看不清或不完整，请重新扫描上传。右下角的日期被印章盖住了。"
    assert why in letter
    assert "盖章的申请表" not in letter
    page.goto(_link_in(sms))
    expect(page.locator(".next-step")).to_contain_text(why)
    look(page, "expired-order-returned")
    customer.to_papers()
    assert page.locator("input[type=file]").count() == 1
    expect(customer.paper("盖章的申请表")).to_contain_text("已通过")
    expect(customer.paper("盖章的证照")).to_contain_text(why)
    look(page, "expired-papers-returned")
    customer.hand_over("盖章的证照", "新照片.jpg", paper.licence("深圳市示范医疗器械有限公司", ""))
    customer.hand_in()
    expect(page.locator(".next-step")).to_contain_text("正在审核")

    reviewer.take(number)
    expect(reviewer.page.locator(".page-head")).to_contain_text("退回过")
    look(reviewer.page, "expired-review-again")
    reviewer.accept("盖章的证照")
    reviewer.approve(number)
    page.reload()  # a review takes days: its page doesn't ask
    expect(page.get_by_role("link", name="去安装")).to_be_visible()


def test_refused_and_paid_back(hall: Hall, page_at: OpenPage, staff_page: StaffPage) -> None:
    mobile, medium = "19900000027", "3888000000000505"
    number = handed_in(hall, mobile, medium, pay="alipay")
    reviewer = Reviewer(hall, staff_page("reviewer"))
    reviewer.take(number)
    reviewer.reject(number, "单位已注销或吊销")
    assert wait_for(lambda: paid_back(hall, number), "the channel paid nothing back") == 20_000

    page = page_at(PHONE)
    customer = LapsedCustomer(hall, page, mobile)
    customer.sign_in()
    why = "登记信息显示该单位已经注销或被吊销，不能续期证书。已缴的费用会退回。"
    [sms] = _told(customer, "sms", "未通过审核")
    assert why in sms
    [letter] = _told(customer, "email", "未通过审核")
    assert why in letter
    assert _told(customer, "sms", "退款已原路退回")
    customer.open_order(number)
    expect(page.locator(".page-head")).to_contain_text("已驳回")
    expect(page.locator(".next-step")).to_contain_text(why)
    expect(page.locator(".next-step")).to_contain_text("¥200.00 已原路退回")
    look(page, "expired-order-rejected")


def _told(customer: LapsedCustomer, channel: str, words: str) -> list[str]:
    return wait_for(
        lambda: [text for text in customer.messages(channel) if words in text], f"no {channel} says {words}"
    )


def _link_in(sms: str) -> str:
    return sms[sms.index("http") :].split(maxsplit=1)[0]
