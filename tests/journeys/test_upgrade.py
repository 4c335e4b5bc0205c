"""An old tender Ekey: a seal is paid for, the hall makes the new Ekey, somebody else collects it (RULES D1–D9, P7)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import phone
from tests.journeys.bidder import Bidder
from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.customer import LONG, look_as
from tests.journeys.desk import PIN, KeyDesk, type_pin
from tests.journeys.hall import Hall
from tests.journeys.lapsed import words_of

MOBILE, OLD, NEW = "19900000051", "FT3003000001", "FT300390000051"


def test_a_new_ekey_with_a_seal(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page], staff_page: Callable[[str], Page]
) -> None:
    page, hand = page_at(DESKTOP), page_at(PHONE)
    customer = Bidder(hall, page, MOBILE, look_as("upgrade"))
    desk.insert(OLD)
    customer.sign_in()
    customer.open_upgrade()
    customer.prove_key()
    customer.acknowledge()
    customer.apply_for_seal()
    expect(page.get_by_role("table", name="费用明细")).to_contain_text("¥221.00")  # RULES D5: 180 × 450 ÷ 365
    customer.submit()
    customer.bring_impression()
    customer.see = lambda _page, _name: None  # other journeys look at the phone's pages and at paying
    customer.identify_by(hand)
    page.goto(hall.url("szca", "orders/"))
    customer.open_order(customer.number)
    phone.pay(hand, customer.show_code("微信"), amount="221.00")
    expect(page.locator(".next-step")).to_contain_text("正在制作", timeout=LONG)
    expect(page.get_by_role("link", name="取消这个订单")).to_have_count(0)  # RULES D7
    look(page, "upgrade-making")
    order = page.url

    made_at_the_hall(hall, desk, staff_page("production"))
    first_pins = [text for text in customer.messages() if "初始 PIN 码" in text]
    assert len(first_pins) == 1  # RULES D9, Across 5
    assert "••••••" in first_pins[0]
    mail_room = staff_page("mailroom")
    ready_at_the_counter(hall, mail_room, customer.number)

    page.goto(order)
    page.get_by_role("link", name="看地址和文件").click()
    expect(page.get_by_text(NEW)).to_be_visible()
    look(page, "upgrade-collect")
    for button, words in (("下载签收单", "签收单"), ("下载授权委托书", "授权委托书")):
        with page.expect_download() as fetched:
            page.get_by_role("link", name=button).click()
        assert words in words_of(fetched.value.path().read_bytes())

    handed_to_a_proxy(mail_room)
    page.goto(order)
    expect(page.get_by_role("heading", name="新 Ekey 已交付")).to_be_visible()
    look(page, "upgrade-done")


def made_at_the_hall(hall: Hall, desk: KeyDesk, page: Page) -> None:
    """RULES D8: the production desk's bridge makes key and first PIN; then the seal is written and read back."""
    desk.act("provision", mediumNumber=NEW, label="空白介质", pin=PIN, algorithm="RSA2048", model="SZCA-RSA Ukey")
    desk.insert(NEW)
    page.goto(hall.url("szca", "staff/production/"))
    look(page, "production-queue")
    page.locator("table a").first.click()
    page.get_by_role("button", name="开始检测").click()
    expect(page.locator("[data-check-says]")).to_have_text("检测通过，可以开始制作。")
    look(page, "production-checked")
    page.get_by_role("button", name="开始制作").click()
    with page.context.expect_page() as opened:
        page.locator("[data-pin-window]:visible").first.click()
    look(page, "production-running")
    type_pin(opened.value)
    page.bring_to_front()
    expect(page.get_by_text("已制作完成")).to_be_visible(timeout=2 * LONG)
    opened.value.close()
    look(page, "production-made")

    page.get_by_role("link", name="去写入电子签章").click()
    expect(page.get_by_role("img", name="印模图片")).to_be_visible()
    look(page, "seal-impression")
    page.get_by_role("button", name="印模无误，提交制作").click()
    write = page.get_by_role("button", name="写入并验证")
    while not write.count():
        page.get_by_role("link", name="刷新页面").click()
    look(page, "seal-write")
    desk.answer_pins()
    write.click()
    expect(page.get_by_text("电子签章已写入并验证通过")).to_be_visible(timeout=LONG)


def ready_at_the_counter(hall: Hall, page: Page, number: str) -> None:
    page.goto(hall.url("szca", f"staff/parcels/?scan={number}"))
    page.locator(".hits a").first.click()
    expect(page.get_by_role("group", name="送到网点的 Ekey")).to_contain_text(NEW)
    look(page, "mail-room-made")
    page.get_by_role("button", name="已到网点，通知领取").click()
    expect(page.get_by_text("已登记到网点，领取通知已发给客户。")).to_be_visible()


def handed_to_a_proxy(page: Page) -> None:
    """RULES D8: without the letter of authorisation nothing is handed over."""
    page.get_by_role("radio", name="受托人").check()
    page.get_by_label("领取人姓名").fill("李代领")
    page.get_by_label("领取人证件号码").fill("110105194912310021")
    page.get_by_label("本人身份证原件").check()
    page.get_by_label("签收单", exact=True).check()
    page.get_by_role("button", name="证件文件齐全，交付").click()
    expect(page.get_by_role("alert")).to_contain_text("没有这份文件不能交付。")
    look(page, "mail-room-proxy")
    page.get_by_label("加盖公章的授权委托书").check()
    page.get_by_role("button", name="证件文件齐全，交付").click()
    expect(page.get_by_text("已交付。")).to_be_visible()
