"""The first journey up to check-your-answers without a mouse."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP
from tests.journeys.customer import Customer, answer_of, id_number
from tests.journeys.hall import Hall

MOBILE = "19900000022"  # hers alone: journeys come in any order
MOST_TABS = 60


class Keys:
    """Nothing but Tab, Enter, Space, arrows and letters."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, name: str, role: str = "") -> None:
        """Tab until the focus is on the control of this name."""
        for _tab in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            found = self.page.evaluate(_FOCUSED)
            if re.search(name, found["name"]) and role in found["role"]:
                return
        raise AssertionError(f"Tab doesn't reach {name} on {self.page.url}")

    def press(self, name: str) -> None:
        """A link or button."""
        self.to(name)
        self.page.keyboard.press("Enter")

    def fill(self, name: str, text: str) -> None:
        self.to(name, "input")
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)


_FOCUSED = """() => {
  const element = document.activeElement;
  const label = element.labels?.[0]?.innerText ?? element.closest("fieldset")?.querySelector("legend")?.innerText ?? "";
  return { name: (label || element.innerText || element.getAttribute("aria-label") || "").trim(),
           role: element.localName };
}"""


def test_signed_in_and_filled_in_by_keyboard(hall: Hall, page_at: Callable[[int], Page]) -> None:
    page = page_at(DESKTOP)
    customer, keys = Customer(hall, page, MOBILE), Keys(page)
    page.goto(customer.url())
    keys.press("登录")
    expect(page.get_by_role("heading", name="手机号登录")).to_be_visible()
    keys.fill("手机号", MOBILE)
    keys.press("改用文字题")
    expect(page.get_by_label("验证问题")).to_be_visible()
    keys.fill("验证问题", answer_of(page.locator("form").inner_text()))
    page.keyboard.press("Enter")  # the form's own button, not 换一题
    page.wait_for_url("**/sign-in/code/")
    keys.fill("短信验证码", customer.code())
    page.keyboard.press("Enter")
    expect(page.locator("#expiring-popup[open]")).to_be_visible()  # RULES A3
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="我的证书", level=1)).to_be_visible()
    keys.press("^续期")
    expect(page.get_by_role("heading", name="续期这张证书")).to_be_visible()
    keys.press("开始续期")
    expect(page.get_by_role("link", name="去阅读")).to_be_visible()
    keys.press("去阅读")
    expect(page.get_by_role("heading", name="阅读并同意协议")).to_be_visible()
    keys.press("《电子认证服务协议》")  # opens it
    expect(page.locator("details.text[open]")).to_have_count(1)
    for box in ("我已阅读并同意", "我已阅读并单独同意"):
        keys.to(box, "input")
        page.keyboard.press("Space")
    keys.press("同意并继续")
    expect(page.get_by_role("heading", name="填写申请信息")).to_be_visible()
    keys.to("年", "input")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("2 年")).to_be_checked()
    keys.fill("经办人姓名", customer.name)
    keys.fill("身份证号码", id_number(MOBILE))
    keys.press("下一步，核对内容")
    expect(page.get_by_role("heading", name="提交前请核对")).to_be_visible()
