"""A customer at the screen: signs in, fills in, pays, installs. A method for each page; ``see`` looks at it or not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from playwright.sync_api import Page, expect
from stdnum.cn import ric

from renewals.demo.people import CUSTOMERS
from tests.journeys import phone
from tests.journeys.browser import look
from tests.journeys.desk import type_pin
from tests.journeys.hall import Hall
from tests.journeys.waiting import wait_for

SLUG = "szca"
LONG = 60_000  # milliseconds for what comes about by itself
NUMERALS = "零一二三四五六七八九十"
_SUM = re.compile(f"([{NUMERALS}])([加减])([{NUMERALS}])等于几")


def no_look(_page: Page, _name: str) -> None:
    """For journeys whose pages another journey has looked at."""


def id_number(mobile: str) -> str:
    """Right by its check digit; region 990101 is no place, so it is nobody's."""
    body = f"990101199{int(mobile[-2:]) % 10}0307{int(mobile[-3:]):03d}"
    return body + str(ric.calc_check_digit(body + "0"))


@dataclass
class Customer:
    """``mobile``: of renewals.demo.people; a number that isn't there has no certificates."""

    hall: Hall
    page: Page
    mobile: str
    see: Callable[[Page, str], None] = no_look
    number: str = field(default="", init=False)  # the order's 17 digits

    @property
    def slug(self) -> str:
        return SLUG

    @property
    def name(self) -> str:
        return CUSTOMERS[self.mobile]

    def url(self, path: str = "") -> str:
        return self.hall.url(self.slug, path)

    def messages(self, channel: str = "sms") -> list[str]:
        to = self.mobile if channel == "sms" else f"{self.mobile}@example.cn"
        return [each["text"] for each in self.hall.inbox(self.slug, to) if each["channel"] == channel]

    # -- signing in ---------------------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        page = self.page
        page.goto(self.url("sign-in/"))
        page.get_by_label("手机号").fill(self.mobile)
        page.get_by_role("button", name="改用文字题").click()
        expect(page.get_by_label("手机号")).to_have_value(self.mobile)
        self.see(page, "sign-in-sum")
        page.get_by_label("验证问题").fill(answer_of(page.locator("form").inner_text()))
        page.get_by_role("button", name="获取短信验证码").click()
        page.wait_for_url("**/sign-in/code/")
        self.see(page, "sign-in-code")
        page.get_by_label("短信验证码").fill(self.code())
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(self.url())
        popup = page.locator("#expiring-popup[open]")  # RULES A3
        if popup.count():
            self.see(page, "expiring-popup")
            popup.get_by_role("button", name="知道了").click()
        expect(page.get_by_role("heading", name="我的证书", level=1)).to_be_visible()

    def code(self) -> str:
        def newest() -> str | None:
            found = [re.search(r"验证码是?\s*(\d{6})", text) for text in self.messages()]
            return next((match[1] for match in found if match), None)

        return wait_for(newest, f"no code for {self.mobile}")

    # -- the order ----------------------------------------------------------------------------------------------------

    def start(self, medium: str) -> None:
        """From the certificates to the new order's page."""
        page = self.page
        page.goto(self.url())
        self.see(page, "home")
        card = page.locator(".certificate").filter(has_text=in_fours(medium))
        card.get_by_role("link", name="续期").click()
        expect(page.get_by_role("heading", name="续期这张证书")).to_be_visible()
        self.see(page, "renew")
        page.get_by_role("button", name="开始续期").click()
        page.wait_for_url("**/orders/*/")
        self.number = self.order_number()
        self.see(page, "order-new")

    def open_order(self, number: str) -> None:
        """One that is there already, from the list of orders."""
        self.number = number
        self.page.goto(self.url("orders/"))
        self.page.locator(".order-line").filter(has_text=in_fours(number)).get_by_role("link").first.click()
        self.page.wait_for_url("**/orders/*/")

    def order_number(self) -> str:
        meta = self.page.locator(".page-head__meta").inner_text()
        digits = re.sub(r"\D", "", meta.partition("订单编号")[2])
        assert len(digits) == 17, meta
        return digits

    def consent(self) -> None:
        page = self.page
        page.get_by_role("link", name="去阅读").click()
        expect(page.get_by_role("heading", name="阅读并同意协议")).to_be_visible()
        self.see(page, "consent")
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("button", name="同意并继续").click()
        expect(page.get_by_role("heading", name="填写申请信息")).to_be_visible()

    def fill_in(self, *, years: str = "1 年", mobile: str = "", typed_id: str = "") -> None:
        page = self.page
        page.get_by_label(years).check()
        page.get_by_label("经办人姓名").fill(self.name)
        page.get_by_label("身份证号码").fill(typed_id or id_number(self.mobile))
        page.get_by_label("手机号码").fill(mobile or self.mobile)
        page.get_by_label("电子邮箱").fill(f"{self.mobile}@example.cn")

    def check_answers(self) -> None:
        self.page.get_by_role("button", name="下一步，核对内容").click()
        expect(self.page.get_by_role("heading", name="提交前请核对")).to_be_visible()
        self.see(self.page, "check")

    def submit(self) -> None:
        self.page.get_by_role("button", name="确认并提交").click()
        self.page.wait_for_url("**/orders/*/")

    def apply(self) -> None:
        """Consents, application and identity check: until it is time to pay."""
        self.consent()
        self.fill_in()
        self.check_answers()
        self.submit()
        self.until_payable()

    def until_payable(self) -> None:
        """The page goes on by itself when the identity check has answered."""
        expect(self.page.get_by_role("link", name="去缴费")).to_be_visible(timeout=LONG)

    # -- paying -------------------------------------------------------------------------------------------------------

    def show_code(self, channel: str) -> str:
        """Choose how to pay; what the QR code on the screen says."""
        page = self.page
        page.get_by_role("link", name="去缴费").click()
        expect(page.get_by_role("heading", name="缴纳证书费用")).to_be_visible()
        self.see(page, "pay-choose")
        page.get_by_label(channel).check()
        page.get_by_role("button", name="去支付").click()
        code = phone.scan(page.get_by_role("img", name="付款二维码"))
        self.see(page, "pay-code")
        return code

    def pay(self, channel: str, hand: Page, *, amount: str = "") -> None:
        """``hand``: a page of the phone. The screen goes on to the order by itself."""
        wanted = amount or "¥"
        phone.pay(hand, self.show_code(channel), amount=wanted)
        expect(self.page.get_by_role("link", name="去安装")).to_be_visible(timeout=LONG)

    # -- installing ---------------------------------------------------------------------------------------------------

    def to_installation(self) -> None:
        self.page.get_by_role("link", name=re.compile("去安装|继续安装")).click()
        expect(self.page.get_by_role("heading", name="更新证书", level=1)).to_be_visible()

    def note_code(self) -> str:
        """The renewal code, noted."""
        page = self.page
        self.see(page, "install-before-code")
        page.get_by_role("button", name="显示更新码").click()
        value = page.locator("[data-code-value]")
        expect(value).to_have_text(re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){4}$"))
        self.see(page, "install-code")
        page.get_by_label("我已记下更新码").check()
        return value.inner_text()

    def check_key(self) -> None:
        check_key(self.page)

    def begin(self) -> None:
        self.page.get_by_role("button", name=re.compile("^(开始|继续)更新$")).click()

    def pin_window(self) -> Page:
        """The bridge's own window, opened in a second tab."""
        link = self.page.get_by_role("link", name="打开模拟的密码窗口")
        expect(link).to_be_visible(timeout=LONG)
        with self.page.context.expect_page() as opened:
            link.click()
        return opened.value

    def install(self) -> None:
        """All of it, the PIN typed in the bridge's window."""
        self.to_installation()
        self.note_code()
        self.check_key()
        self.see(self.page, "install-checked")
        self.begin()
        window = self.pin_window()
        type_pin(window)
        self.page.bring_to_front()
        self.until_installed()
        window.close()

    def until_installed(self) -> None:
        expect(self.page.get_by_role("heading", name="新证书已安装并验证")).to_be_visible(timeout=2 * LONG)


def check_key(page: Page) -> None:
    page.get_by_role("button", name="开始检测").click()
    expect(page.locator("[data-check-says]")).to_have_text("检测通过，可以开始更新。", timeout=LONG)


def answer_of(text: str) -> str:
    """Of the sum in words: 七加五等于几？"""
    asked = _SUM.search(text)
    assert asked, text
    first, second = NUMERALS.index(asked[1]), NUMERALS.index(asked[3])
    return str(first + second if asked[2] == "加" else first - second)


def in_fours(digits: str) -> str:
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def look_as(prefix: str) -> Callable[[Page, str], None]:
    """``look`` with the journey's name in front of the picture's."""
    return lambda page, name: look(page, f"{prefix}-{name}")


def renew_url(serial: str) -> str:
    return f"renew/?serial={quote(serial)}"
