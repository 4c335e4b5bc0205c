"""What the customer is told when the key, its PIN or the bridge isn't as it should be (RULES A5, A10, A11)."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.customer import Customer
from tests.journeys.desk import KeyDesk, expect_said, type_pin
from tests.journeys.hall import Hall

MOBILE, MEDIUM, OTHER = "19900000021", "3888000000000211", "3888000000000104"
LONG = 60_000


def test_what_is_wrong_with_the_key_is_said_with_its_cure(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page]
) -> None:
    page = page_at(DESKTOP)
    customer = Customer(hall, page, MOBILE)
    customer.sign_in()
    customer.start(MEDIUM)
    customer.apply()
    customer.pay("微信支付", page_at(PHONE))
    customer.to_installation()
    customer.note_code()
    trouble = page.locator("[data-trouble]").get_by_role("alert")
    _checks(page, desk, trouble)
    _wrong_pins(customer, desk, trouble)


def _checks(page: Page, desk: KeyDesk, trouble: Locator) -> None:
    check = page.get_by_role("button", name=re.compile("开始检测|重新检测"))

    def told(*sentences: str) -> None:
        check.click()
        for sentence in sentences:
            expect(trouble).to_contain_text(sentence, timeout=LONG)
        expect(page.get_by_role("button", name="开始更新")).to_be_disabled()

    desk.faults(old_version=True)
    told("本机的证书助手版本过低。", "请到下载页面安装最新版本")
    look(page, "key-bridge-old")
    desk.faults(old_version=False, driver="missing")
    told("没有找到 Ekey 驱动程序。")
    desk.faults(driver="old")
    told("Ekey 驱动程序版本过低。")
    desk.faults(driver="ok")
    told("没有检测到 Ekey。", "请把 Ekey 插入电脑")
    look(page, "key-none")
    desk.insert(MEDIUM, OTHER)
    told("检测到不止一个 Ekey。", "请只保留要办理业务的那一个")
    look(page, "key-two")
    desk.insert(OTHER)
    told("更新的证书与您当前 Ekey 的证书主题不符，无法更新证书。", "请确认插入的是要续期的那个 Ekey", MEDIUM[-4:])
    look(page, "key-wrong")
    desk.insert(MEDIUM)
    expect(page.locator("[data-check-says]")).to_have_text("检测通过，可以开始更新。", timeout=LONG)  # by itself


def _wrong_pins(customer: Customer, desk: KeyDesk, trouble: Locator) -> None:
    page = customer.page
    customer.begin()
    window = customer.pin_window()
    for left in (5, 4):
        type_pin(window, "000000")
        expect_said(window, f"还可以再试 {left} 次")
        page.bring_to_front()
        expect(trouble).to_contain_text(f"还可以再试 {left} 次", timeout=LONG)
        if left == 5:
            look(page, "key-pin-wrong")
        page.get_by_role("button", name="继续", exact=True).click()
    cancel = window.get_by_role("button", name="取消")
    expect(cancel).to_be_visible(timeout=LONG)
    desk.answer_pins("000000")
    cancel.click()
    page.bring_to_front()
    expect(trouble).to_contain_text("您在密码窗口中选择了取消。", timeout=LONG)
    for left in (3, 2, 1):
        page.get_by_role("button", name="继续", exact=True).click()
        expect(trouble).to_contain_text(f"还可以再试 {left} 次", timeout=LONG)
    page.get_by_role("button", name="继续", exact=True).click()
    expect(trouble).to_contain_text("Ekey 密码已连续输错六次，Ekey 被锁定。", timeout=LONG)
    expect(trouble).to_contain_text("解锁")
    look(page, "key-locked")
