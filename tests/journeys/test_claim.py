"""Certificates that aren't in the account yet: claimed with the key, and never found out by serial (RULES P2, C2)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, look
from tests.journeys.customer import Customer, in_fours
from tests.journeys.desk import KeyDesk, type_pin
from tests.journeys.hall import Hall

OpenPage = Callable[[int], Page]
LONG = 60_000


def test_nobodys_certificate_is_claimed_with_the_key(hall: Hall, desk: KeyDesk, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    customer = Customer(hall, page, "19900000081")
    customer.sign_in()
    expect(page.get_by_text("这里还没有您的证书")).to_be_visible()
    look(page, "claim-home-empty")
    page.get_by_role("link", name="用 Ekey 认领证书").click()
    desk.insert("3888000000000399")
    look(page, "claim")
    page.get_by_role("button", name="读取证书").click()
    expect(page.get_by_role("heading", name="2. 选择证书")).to_be_visible(timeout=LONG)
    look(page, "claim-pick")
    page.get_by_role("button", name="验证并认领").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="打开密码窗口").click()
    type_pin(opened.value)
    page.bring_to_front()
    expect(page.get_by_role("heading", name="认领成功")).to_be_visible(timeout=LONG)
    look(page, "claim-done")
    page.get_by_role("link", name="现在续期").click()
    expect(page.get_by_role("heading", name="续期这张证书")).to_be_visible()
    expect(page.locator("main")).to_contain_text(in_fours("3888000000000399"))
    page.get_by_role("button", name="开始续期").click()
    expect(page.get_by_role("link", name="去阅读")).to_be_visible()


def test_a_serial_tells_nothing_about_other_peoples_certificates(hall: Hall, page_at: OpenPage) -> None:
    """RULES C2: what isn't there and what belongs to others get the same page."""
    foreign = _serial_of(hall, "3888000000000211")
    page = page_at(DESKTOP)
    Customer(hall, page, "19900000082").sign_in()
    pages = []
    for serial in ("0123456789ABCDEF0123456789ABCDEF"[: len(foreign)], foreign):
        page.goto(hall.url("szca", "renew/"))
        page.get_by_label("证书序列号").fill(serial)
        page.get_by_role("button", name="进入续费").click()
        expect(page.locator("[data-error-summary]")).to_contain_text("在您名下没有找到这张证书。")
        pages.append(page.locator("main").inner_html().replace(serial, "…"))
    assert pages[0] == pages[1]
    look(page, "renew-unknown")


def _serial_of(hall: Hall, medium: str) -> str:
    key = KeyDesk(hall).key(medium)
    return str(next(each["serial"] for each in key["containers"] if each["state"] == "current")).upper()
