"""深证通 renewed by post: a customer at a phone; mail room, reviewer and production at their desks (RULES A12–A16)."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import PHONE, look
from tests.journeys.customer import LONG, in_fours
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.member import SLUG, Member
from tests.journeys.waiting import wait_for

MOBILE, MEDIUM, PARCEL, BACK = "19900000041", "EP3000GM000112", "SF1234567890112", "1012345678901"
WORKING_PIN = "135790"  # set at the hall's desk, and replaced there by the first PIN that the customer gets
OpenPage = Callable[[int], Page]
StaffPage = Callable[[str, str], Page]


def test_an_ekey_is_posted_renewed_and_sent_back(
    hall: Hall, desk: KeyDesk, page_at: OpenPage, staff_page: StaffPage
) -> None:
    page = page_at(PHONE)
    customer = Member(hall, page, MOBILE)
    customer.sign_in()
    _applied(customer)
    _posted(customer)

    mail_room = staff_page("mailroom", SLUG)
    _unpacked(mail_room, hall, customer.number)
    _approved(staff_page("reviewer", SLUG), hall, customer.number)
    desk.insert(MEDIUM)
    desk.act("auto_pin", pin=WORKING_PIN, newPin=WORKING_PIN)
    _made(staff_page("production", SLUG), lambda: staff_page("certadmin", SLUG), hall, customer.number)
    _sent_back(mail_room, hall, customer.number)

    customer.open_order(customer.number)
    page.get_by_role("link", name="去确认").click()
    expect(page.get_by_text(BACK)).to_be_visible()
    look(page, "post-delivery")
    page.get_by_role("button", name="确认收到").click()
    expect(page.get_by_text("已确认收到。")).to_be_visible()
    customer.open_order(customer.number)
    expect(page.locator(".page-head")).to_contain_text("已办结")
    look(page, "post-done")
    assert wait_for(lambda: [text for text in customer.messages() if "PIN" in text], "no first PIN came")  # RULES P14


def _applied(customer: Member) -> None:
    """RULES A12: the certificates of one gateway type are there already and can be taken out."""
    page = customer.page
    customer.certificate(in_fours(MEDIUM)).get_by_role("link", name="线下更新").click()
    expect(page.locator(".picked__row")).to_have_count(2)
    look(page, "post-apply")
    page.get_by_role("link", name="移除 JSB0111@1").click()
    expect(page.locator(".picked__row")).to_have_count(1)
    customer.begin_order()
    page.get_by_role("link", name="去填写").click()
    contact = page.get_by_role("group", name="第 1 位联系人")
    for label, value in {"姓名": customer.name, "手机": MOBILE, "邮箱": "office@example.cn"}.items():
        contact.get_by_label(label, exact=True).fill(value)
    page.get_by_label("经办人姓名").fill(customer.name)
    page.get_by_label("邮寄").check()
    page.get_by_label("收件地址").fill("广东省深圳市南山区示例路 1 号 测试大厦 6 楼")
    look(page, "post-application")
    customer.check_answers()
    expect(page.locator("main")).to_contain_text("RMB 0 元，不用缴费")  # RULES A17
    look(page, "post-check")
    customer.submit()
    page.get_by_role("link", name="去打印").click()
    button = page.get_by_role("button", name="下载申请表")
    expect(button).to_be_visible(timeout=LONG)
    with page.expect_download() as fetched:
        button.click()
    assert fetched.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="返回订单，下一步").click()
    page.get_by_role("link", name="附件").click()
    look(page, "post-documents")
    page.get_by_role("button", name="提交资料").click()
    expect(page.get_by_role("link", name="去登记")).to_be_visible()


def _posted(customer: Member) -> None:
    page = customer.page
    page.get_by_role("link", name="去登记").click()
    page.get_by_label("快递公司").select_option(label="顺丰速运")
    page.get_by_label("快递单号").fill("SF12345")
    page.get_by_role("button", name="登记寄件").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()  # RULES P15: found when it is typed
    look(page, "post-parcel-wrong")
    page.get_by_label("快递单号").fill(PARCEL)
    page.get_by_role("button", name="登记寄件").click()
    expect(page.get_by_text("已登记。收到包裹后会短信通知您。")).to_be_visible()
    look(page, "post-announced")


def _unpacked(page: Page, hall: Hall, number: str) -> None:
    page.goto(hall.url(SLUG, "staff/parcels/"))
    look(page, "post-desk")
    page.get_by_label("扫描表格二维码").fill(PARCEL)
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name="包裹已到，开箱").click()
    page.get_by_role("textbox", name="介质号").fill(MEDIUM)
    page.get_by_label("货架号").fill("A-01")
    page.get_by_label("随附盖章的纸质表，与订单一致").check()
    look(page, "post-intake")
    page.get_by_role("button", name="收件入库").click()
    expect(page.get_by_text(f"{MEDIUM} 已收到，归入订单 {in_fours(number)}。")).to_be_visible()
    page.get_by_role("button", name="清点完毕").click()
    expect(page.get_by_text("清点完毕。")).to_be_visible()


def _approved(page: Page, hall: Hall, number: str) -> None:
    _from_queue(page, hall.url(SLUG, "staff/review/"), number)
    page.get_by_role("button", name="领取").click()
    expect(page.locator("#ca")).not_to_contain_text("还没有查询", timeout=LONG)
    look(page, "post-review")
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text(f"订单 {in_fours(number)} 已通过，已通知客户。")).to_be_visible()


def _made(page: Page, colleague: Callable[[], Page], hall: Hall, number: str) -> None:
    """RULES P14: two persons reset the PIN that nobody here knows."""
    check = page.get_by_role("button", name="开始检测")
    _from_queue(page, hall.url(SLUG, "staff/production/"), number, look_at="post-production")
    check.click()
    page.get_by_role("button", name="申请重置").click(timeout=LONG)
    expect(page.get_by_text("已申请，等待另一人批准。")).to_be_visible()
    expect(page.get_by_role("button", name="批准")).to_have_count(0)
    look(page, "post-reset-asked")
    other = colleague()
    other.goto(page.url)
    look(other, "post-reset-release")
    other.get_by_role("button", name="批准").click()
    expect(other.get_by_text("已批准，正在向 CA 取得授权。")).to_be_visible()

    reset = page.get_by_role("button", name="用授权重置")
    wait_for(lambda: reset.count() or (page.reload() and False), "the CA gave no authorisation")
    check.click()
    reset.click(timeout=LONG)
    expect(reset).to_have_count(0, timeout=LONG)
    check.click()
    page.get_by_role("button", name="开始制作").click(timeout=LONG)
    expect(page.get_by_text("已制作完成")).to_be_visible(timeout=2 * LONG)
    look(page, "post-made")


def _sent_back(page: Page, hall: Hall, number: str) -> None:
    _from_queue(page, hall.url(SLUG, "staff/parcels/?tab=pack"), number)
    page.get_by_role("button", name="装进包裹").click()
    page.get_by_label("快递公司").select_option(label="邮政 EMS")
    page.get_by_label("快递单号").fill(BACK)
    look(page, "post-packed")
    page.get_by_role("button", name="已寄出").click()
    expect(page.get_by_text("已寄出，单号已短信告知客户。")).to_be_visible()


def _from_queue(page: Page, url: str, number: str, *, look_at: str = "") -> None:
    """Once it is there: a job may have to run first."""
    page.goto(url)
    row = page.locator("table").get_by_role("link", name=re.compile(in_fours(number).replace(" ", r"\s")))
    wait_for(lambda: row.count() or (page.reload() and False), f"{number} isn't there")
    if look_at:
        look(page, look_at)
    row.first.click()
    page.wait_for_url(re.compile(r"/staff/(review|production|parcels/orders)/[\w-]{20,}/"))
