"""The key is pulled out while it is written to; somebody goes on at another computer (RULES A8, P6)."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from renewals.validation import make_order_number, new_renewal_code
from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.customer import Customer, check_key, id_number, no_look
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall

OpenPage = Callable[[int], Page]
LONG = 60_000


@pytest.mark.parametrize(
    ("mobile", "medium", "pulled_at", "name"),
    [
        ("19900000013", "3888000000000203", "cert.importSign/check", "after-request"),
        ("19900000014", "3888000000000204", "install.verify/check", "before-verify"),
    ],
)
def test_pulled_out_and_resumed_at_another_computer(
    mobile: str, medium: str, pulled_at: str, name: str, hall: Hall, desk: KeyDesk, page_at: OpenPage
) -> None:
    page = page_at(DESKTOP)
    customer = Customer(hall, page, mobile)
    customer.sign_in()
    organisation = customer.page.locator(".certificate__subject").first.inner_text()
    customer.start(medium)
    customer.apply()
    customer.pay("微信支付", page_at(PHONE))
    desk.insert(medium)
    desk.answer_pins()
    desk.faults(pull_at=pulled_at)
    customer.to_installation()
    code = customer.note_code()
    customer.check_key()
    customer.begin()
    trouble = page.locator("[data-trouble]").get_by_role("alert")
    expect(trouble).to_contain_text("操作过程中 Ekey 被拔出。", timeout=LONG)
    expect(trouble).to_contain_text("请重新插入同一个 Ekey，然后继续")
    expect(trouble).to_be_focused()
    see = look if name == "before-verify" else no_look  # the pages are the same
    see(page, f"interrupted-{name}")
    page.close()
    desk.insert(medium)
    secrets = (mobile, customer.name, id_number(mobile), organisation, "@example.cn")
    _resume(hall, page_at(DESKTOP), customer.number, code, secrets, see)


def _resume(
    hall: Hall, page: Page, number: str, code: str, secrets: tuple[str, ...], see: Callable[[Page, str], None]
) -> None:
    page.goto(hall.url("szca", "install/"))
    page.get_by_label("订单编号").fill(number)
    page.get_by_label("更新码").fill(code.lower().replace("-", " "))  # as somebody types it
    page.get_by_role("button", name="下一步，验证 Ekey").click()
    expect(page.get_by_role("heading", name="验证 Ekey", level=1)).to_be_visible()
    _tells_nothing(page, secrets)
    see(page, "resume-key")
    page.get_by_role("button", name="验证 Ekey").click()
    expect(page.get_by_role("heading", name="更新证书", level=1)).to_be_visible(timeout=LONG)
    _tells_nothing(page, secrets)
    see(page, "resume-install")
    check_key(page)
    page.get_by_role("button", name="继续更新").click()
    expect(page.get_by_role("heading", name="新证书已安装并验证")).to_be_visible(timeout=2 * LONG)
    _tells_nothing(page, secrets)
    see(page, "resume-installed")
    begins, ends = (date.fromisoformat(page.locator(f".validity__{which}").inner_text()) for which in ("old", "new"))
    assert (ends.year, ends.month) == (begins.year + 1, begins.month)


def _tells_nothing(page: Page, secrets: tuple[str, ...]) -> None:
    html = page.content()
    assert [secret for secret in secrets if secret in html] == []


def test_pulled_out_and_gone_on_with_at_the_same_page(hall: Hall, desk: KeyDesk, page_at: OpenPage) -> None:
    mobile, medium = "19900000015", "3888000000000205"
    page = page_at(DESKTOP)
    customer = Customer(hall, page, mobile)
    customer.sign_in()
    customer.start(medium)
    customer.apply()
    customer.pay("微信支付", page_at(PHONE))
    desk.insert(medium)
    desk.answer_pins()
    desk.faults(pull_at="key.genCsr/store")
    customer.to_installation()
    customer.note_code()
    customer.check_key()
    customer.begin()
    expect(page.locator("[data-trouble]")).to_contain_text("操作过程中 Ekey 被拔出。", timeout=LONG)
    desk.insert(medium)
    page.get_by_role("button", name="继续", exact=True).click()
    customer.until_installed()


def test_five_wrong_renewal_codes_are_enough(hall: Hall, page_at: OpenPage) -> None:
    """Unknown orders are treated like known ones, so that nobody learns which there are."""
    page = page_at(DESKTOP)
    page.goto(hall.url("szca", "install/"))
    number = make_order_number("01", date(2026, 1, 5), 999_999)
    for _try in range(5):
        _try_code(page, number)
        expect(page.locator("[data-error-summary]")).to_contain_text("订单编号或更新码不正确。")
    look(page, "resume-wrong")
    _try_code(page, number)
    expect(page.locator("[data-error-summary]")).to_contain_text("请在 30 分钟后再试")
    look(page, "resume-locked")


def _try_code(page: Page, number: str) -> None:
    page.get_by_label("订单编号").fill(number)
    page.get_by_label("更新码").fill(new_renewal_code())
    page.get_by_role("button", name="下一步，验证 Ekey").click()
    page.wait_for_load_state()
