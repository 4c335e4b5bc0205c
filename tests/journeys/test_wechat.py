"""From sign-in to the new validity on screen, paid by WeChat; every page that is passed is looked at (RULES C1–C12)."""

import re
from collections.abc import Callable
from datetime import date

import httpx
from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.customer import Customer, id_number, in_fours, look_as
from tests.journeys.desk import KeyDesk, expect_said, type_pin
from tests.journeys.hall import Hall
from tests.journeys.phone import pay
from tests.journeys.waiting import wait_for

OpenPage = Callable[[int], Page]
MOBILE, MEDIUM = "19900000011", "3888000000000201"
LONG = 60_000


def test_renewed_with_wechat(hall: Hall, desk: KeyDesk, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    customer = Customer(hall, page, MOBILE, look_as("wechat"))
    customer.sign_in()
    customer.start(MEDIUM)
    customer.consent()
    _application(customer)
    customer.submit()
    customer.until_payable()
    look(page, "wechat-order-awaiting-payment")
    pay(page_at(PHONE), customer.show_code("微信支付"), amount="¥")
    expect(page.get_by_role("link", name="去安装")).to_be_visible(timeout=LONG)  # by itself
    look(page, "wechat-order-paid")
    desk.insert(MEDIUM)
    until = _install(customer)
    _afterwards(customer, until)


def _application(customer: Customer) -> None:
    """Kept while it is typed; a wrong ID number is told apart, linked to, and costs nothing that was typed."""
    page = customer.page
    expect(page.get_by_label("手机号码")).to_have_value(MOBILE)
    customer.fill_in(years="2 年")
    expect(page.locator("[data-autosave-status]")).to_have_text(re.compile(r"^已保存 \d\d:\d\d$"), timeout=LONG)
    page.reload()
    expect(page.get_by_label("经办人姓名")).to_have_value(customer.name)
    expect(page.get_by_label("2 年")).to_be_checked()
    look(page, "wechat-application")
    right = id_number(MOBILE)
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    page.get_by_label("身份证号码").fill(wrong)
    page.get_by_role("button", name="下一步，核对内容").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    look(page, "wechat-application-wrong")
    summary.get_by_role("link", name=re.compile("身份证号码")).click()
    number = page.get_by_label("身份证号码")
    expect(number).to_be_focused()
    expect(number).to_have_value(wrong)
    expect(page.get_by_label("经办人姓名")).to_have_value(customer.name)
    expect(page.get_by_label("电子邮箱")).to_have_value(f"{MOBILE}@example.cn")
    number.fill(right)
    customer.check_answers()
    expect(page.get_by_text(right)).to_be_visible()


def _install(customer: Customer) -> str:
    """The new last day, as the page shows it."""
    page = customer.page
    customer.to_installation()
    start = page.get_by_role("button", name="开始更新")
    customer.check_key()
    expect(start).to_be_disabled()  # the renewal code first (RULES A8)
    code = customer.note_code()
    assert page.evaluate("() => navigator.clipboard.writeText('')") is None
    page.get_by_role("button", name="复制").click()
    assert page.evaluate("() => navigator.clipboard.readText()") == code
    look(page, "wechat-install-checked")
    start.click()
    window = customer.pin_window()
    page.bring_to_front()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look(page, "wechat-install-pin")
    type_pin(window)
    expect_said(window, "密码正确")
    page.bring_to_front()
    customer.until_installed()
    look(page, "wechat-installed")
    old, new = (page.locator(f".validity__{name}").inner_text() for name in ("old", "new"))
    begins, ends = date.fromisoformat(old), date.fromisoformat(new)
    assert (ends.year, ends.month) == (begins.year + 2, begins.month)  # from the old end on (RULES Across 7)
    return new


def _afterwards(customer: Customer, until: str) -> None:
    page = customer.page
    page.get_by_role("link", name="查看订单和发票").click()
    expect(page.get_by_text("已办结").first).to_be_visible()
    invoice = page.get_by_role("link", name=re.compile("查看电子发票"))
    wait_for(lambda: page.reload() and invoice.count(), "no invoice on the order page")
    look(page, "wechat-order-completed")
    link = invoice.get_attribute("href") or ""
    for channel in ("sms", "email"):  # RULES C11
        found = wait_for(
            lambda channel=channel: [text for text in customer.messages(channel) if "发票" in text],
            f"no invoice by {channel}",
        )
        assert link in found[0]
    opened = httpx.get(link, trust_env=False, timeout=30)
    assert opened.status_code == 200
    installed = wait_for(
        lambda: [text for text in customer.messages() if "新证书已安装" in text], "nobody said that it is installed"
    )
    day = f"{int(until[:4])}年{int(until[5:7])}月{int(until[8:])}日"
    assert day in installed[0].replace(" ", "")
    assert customer.number in installed[0]
    page.goto(customer.url())
    card = page.locator(".certificate").filter(has_text=in_fours(MEDIUM))
    expect(card.filter(has_text=until)).to_have_count(1)
    look(page, "wechat-home-after")
