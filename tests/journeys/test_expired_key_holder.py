"""网证通, expired, on a phone-sized screen: version, form, sealed paper, PIN, two transfers, progress (RULES E1–E7)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import PHONE, look
from tests.journeys.customer import LONG, id_number, in_fours
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.lapsed import ACCOUNT, LapsedCustomer
from tests.journeys.reviewer import Finance, Reviewer

SLUG, MOBILE, MEDIUM = "netca", "19900000063", "NETCA00000112"


class KeyHolder(LapsedCustomer):
    @property
    def slug(self) -> str:
        return SLUG


def test_an_expired_certificate_paid_in_two_transfers(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page], staff_page: Callable[..., Page]
) -> None:
    page = page_at(PHONE)
    customer = KeyHolder(hall, page, MOBILE)
    desk.insert(MEDIUM)
    customer.sign_in()
    begin(customer)
    check_version(page, desk)
    fill_in(customer)
    customer.submit()
    page.get_by_role("link", name="去打印").click()
    form = customer.fetch_form()
    customer.to_papers()
    customer.hand_over("盖章的续期申请表", "盖章申请表.pdf", customer.signed(form))
    expect(page.get_by_text("二维码核对一致")).to_be_visible(timeout=LONG)
    customer.hand_in()
    page.wait_for_url("**/orders/*/")
    order = page.url
    desk.answer_pins()
    page.get_by_role("link", name="去验证").click()  # RULES E3
    page.get_by_role("button", name="验证证书密码").click()
    page.wait_for_url(order)
    transfer_twice(page)
    query_progress(hall, page, customer.number)

    finance = Finance(hall, staff_page("finance", SLUG), SLUG)
    for half in ("1", "2"):
        finance.open_claim(customer.number)
        finance.confirm(f"B{customer.number}{half}")
        expect(finance.page.get_by_text("已入账")).to_be_visible()
    reviewer = Reviewer(hall, staff_page("reviewer", SLUG), SLUG)
    reviewer.take(customer.number)
    reviewer.accept("盖章的续期申请表")
    look(reviewer.page, "netca-review")
    reviewer.approve(customer.number)

    page.goto(order)
    customer.to_installation()
    customer.note_code()  # this computer was found ready: the check runs by itself
    expect(page.locator("[data-check-says]")).to_have_text("检测通过，可以开始更新。", timeout=LONG)
    look(page, "netca-install")
    customer.begin()
    customer.until_installed()
    look(page, "netca-installed")


def begin(customer: KeyHolder) -> None:
    page = customer.page
    page.locator(".certificate").filter(has_text=in_fours(MEDIUM)).get_by_role("link", name="续期").click()
    expect(page.get_by_text("3 份文件，敏感个人信息单独同意。")).to_be_visible()
    look(page, "netca-renew")
    page.get_by_role("button", name="开始续期").click()
    page.wait_for_url("**/orders/*/")
    customer.number = customer.order_number()
    page.get_by_role("link", name="去阅读").click()
    expect(page.get_by_role("heading", name="阅读并同意协议")).to_be_visible()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="同意并继续").click()
    page.wait_for_url("**/orders/*/")


def check_version(page: Page, desk: KeyDesk) -> None:
    """RULES E1: 4.7.6 at least."""
    page.get_by_role("link", name="去检测").click()
    desk.faults(old_version=True)
    page.get_by_role("button", name="开始检测").click()
    expect(page.get_by_text("过期证书在线续期需要 4.7.6 或更高版本的客户端。")).to_be_visible(timeout=LONG)
    look(page, "netca-version-low")
    desk.faults(old_version=False)
    page.get_by_role("button", name="重新检测").click()
    page.get_by_role("link", name="继续").click(timeout=LONG)


def fill_in(customer: KeyHolder) -> None:
    """RULES E2: the recipient is the handler, by one click."""
    page = customer.page
    expect(page.get_by_role("heading", name="填写申请信息")).to_be_visible()
    customer.organisation = page.get_by_label("单位名称").input_value()
    page.get_by_label("24 个月").check()
    page.get_by_label("居民身份证", exact=True).check()
    page.get_by_label("证件号码").fill(id_number(MOBILE))
    page.get_by_label("经办人姓名").fill(customer.name)
    page.get_by_label("经办人地址").fill("佛山市南海区示例路 8 号")
    page.get_by_label("手机号码").fill(MOBILE)
    page.get_by_role("button", name="从经办人处拷贝").click()
    expect(page.get_by_label("收件人姓名")).to_have_value(customer.name)
    expect(page.get_by_label("收件人地址")).to_have_value("佛山市南海区示例路 8 号")
    look(page, "netca-application")
    customer.check_answers()
    expect(page.get_by_text(customer.name)).to_have_count(2)
    expect(page.locator("main")).to_contain_text("¥200.00")
    look(page, "netca-check")


def transfer_twice(page: Page) -> None:
    """RULES E4: several transfers on one page, looked up before they are sent."""
    page.get_by_role("link", name="去缴费").click()
    page.get_by_label("银行转账").check()
    look(page, "netca-pay")
    page.get_by_role("button", name="去支付").click()
    rows = page.locator("fieldset.entry")
    _entry(page, 0, "150.00")
    page.get_by_role("button", name="添加一笔转账").click()
    expect(rows).to_have_count(2)
    _entry(page, 1, "50.00")
    page.get_by_role("button", name="核验转账信息").click()
    expect(page.get_by_text("查询结果：已查验")).to_have_count(2)
    look(page, "netca-transfers")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator(".claims__one").filter(has_text="待财务核对")).to_have_count(2)
    look(page, "netca-transfers-sent")


def _entry(page: Page, number: int, yuan: str) -> None:
    row = page.locator("fieldset.entry").nth(number)
    row.get_by_label("付款账号").fill(ACCOUNT)
    row.get_by_label("转账金额（元）").fill(yuan)


def query_progress(hall: Hall, page: Page, number: str) -> None:
    """RULES E6: the key is asked, not the order's number."""
    page.goto(hall.url(SLUG, "progress/"))
    page.get_by_role("button", name="查询进度").click()
    expect(page.locator("main")).to_contain_text(in_fours(number), timeout=LONG)
    look(page, "netca-progress")
