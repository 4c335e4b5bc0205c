"""深证通 ePass3000GM renewed online: the environment mended, the key pulled out, gone on with by the code (RULES A)."""

from collections.abc import Callable
from datetime import date

from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, look
from tests.journeys.customer import LONG, check_key, in_fours
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.member import Member

MOBILE, MEDIUM, NUMBER, OTHER = "19900000042", "EP3000GM000121", "JSB0121@1", "EP3000GM000122"
OpenPage = Callable[[int], Page]


def test_an_ekey_is_renewed_online_and_resumed_by_its_code(hall: Hall, desk: KeyDesk, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    customer = Member(hall, page, MOBILE, see=_the_popup)
    customer.sign_in()
    expect(page.locator(".bell--alert")).to_contain_text("1")  # RULES A3
    customer.certificate(in_fours(MEDIUM)).get_by_role("link", name="在线更新").click()
    look(page, "gateway-apply")
    customer.begin_order()
    look(page, "gateway-order")
    page.get_by_role("link", name="去检测").click()
    _mended(page, desk)

    page.get_by_role("link", name="继续").click()
    expect(page.get_by_role("heading", name="更新证书", level=1)).to_be_visible()
    code = customer.note_code()
    _another_key_is_refused(page, desk)
    _pulled_out(customer, desk)
    page.goto(customer.url("help/"))  # the bridge serves one page at a time
    _gone_on_with(hall, page_at(DESKTOP), customer.number, code, desk)
    page.goto(customer.url())
    expect(page.locator(".bell--alert")).to_have_count(0)  # RULES A3: gone once it is renewed
    customer.open_order(customer.number)
    look(page, "gateway-done")


def _the_popup(page: Page, name: str) -> None:
    if name == "expiring-popup":
        expect(page.get_by_role("dialog")).to_contain_text(NUMBER)
        look(page, "gateway-expiring")


def _mended(page: Page, desk: KeyDesk) -> None:
    """RULES A5: four items, red where something is missing, and 重新检测."""
    desk.insert(MEDIUM)
    desk.faults(component="old", component_name="NetSignCNG")
    look(page, "gateway-environment")
    page.get_by_role("button", name="开始检测").click()
    control = page.locator("[data-stage-name=control]")
    expect(control).to_contain_text("未通过", timeout=LONG)
    expect(control).to_contain_text("请到下载页下载并安装证书更新控件 NetSignCNG 3.0.5.0")
    expect(page.locator(".run__stage--done")).to_have_count(3)
    expect(page.get_by_role("link", name="继续")).to_be_hidden()
    look(page, "gateway-environment-red")
    desk.faults(component="ok", component_name="")
    page.get_by_role("button", name="重新检测").click()
    expect(page.get_by_role("link", name="继续")).to_be_visible(timeout=LONG)
    expect(page.locator(".run__stage--done")).to_have_count(4)
    look(page, "gateway-environment-green")


def _another_key_is_refused(page: Page, desk: KeyDesk) -> None:
    ready = page.locator("[data-check-says]")
    expect(ready).to_have_text("检测通过，可以开始更新。", timeout=LONG)  # by itself: the environment was fine just now
    desk.insert(OTHER)
    trouble = page.locator("[data-trouble]").get_by_role("alert")
    sentence = "更新的证书与您当前 Ekey 的证书主题不符，无法更新证书。"  # RULES A10: as the manual has it
    expect(trouble).to_contain_text(sentence, timeout=LONG)
    expect(page.get_by_role("button", name="开始更新")).to_be_disabled()
    look(page, "gateway-wrong-key")
    desk.insert(MEDIUM)
    expect(ready).to_have_text("检测通过，可以开始更新。", timeout=LONG)


def _pulled_out(customer: Member, desk: KeyDesk) -> None:
    desk.answer_pins()
    desk.faults(pull_at="cert.importSign/check")
    customer.begin()
    trouble = customer.page.locator("[data-trouble]").get_by_role("alert")
    expect(trouble).to_contain_text("操作过程中 Ekey 被拔出。", timeout=LONG)
    look(customer.page, "gateway-pulled")


def _gone_on_with(hall: Hall, page: Page, number: str, code: str, desk: KeyDesk) -> None:
    """RULES A8, A9: with code and PIN at any computer; five years from the old end."""
    desk.insert(MEDIUM)
    page.goto(hall.url("sscc", "install/"))
    page.get_by_label("订单编号").fill(number)
    page.get_by_label("更新码").fill(code)
    look(page, "gateway-resume")
    page.get_by_role("button", name="下一步，验证 Ekey").click()
    page.get_by_role("button", name="验证 Ekey").click()
    expect(page.get_by_role("heading", name="更新证书", level=1)).to_be_visible(timeout=LONG)
    check_key(page)
    page.get_by_role("button", name="继续更新").click()
    expect(page.get_by_role("heading", name="新证书已安装并验证")).to_be_visible(timeout=2 * LONG)
    look(page, "gateway-installed")
    old, new = (date.fromisoformat(page.locator(f".validity__{which}").inner_text()) for which in ("old", "new"))
    assert (new.year, new.month, new.day) == (old.year + 5, old.month, old.day)
