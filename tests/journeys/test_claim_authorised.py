"""An expired certificate without its key: described, claimed, applied for under a new name (RULES C6, P2, P11)."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.customer import Customer, id_number, in_fours
from tests.journeys.hall import Hall

MEDIUM = "3888000000000105"
NEW_NAME = "深圳市测试智能制造股份有限公司"


def test_a_new_handler_without_the_key(hall: Hall, page_at: Callable[[int], Page]) -> None:
    holder = Customer(hall, page_at(DESKTOP), "19900000006")
    holder.sign_in()
    serial, name, code = described(holder)

    page = page_at(PHONE)
    newcomer = Customer(hall, page, "19900000088")
    newcomer.sign_in()
    page.goto(newcomer.url("certificates/claim/"))
    look(page, "claim")
    page.get_by_role("link", name="凭盖章授权办理").click()
    look(page, "claim-authorised")
    fill(page, serial, "深圳市示例海运物流有限公司", code)
    expect(page.get_by_text("没有找到可以这样办理的证书")).to_be_visible()
    look(page, "claim-authorised-refused")
    fill(page, serial, name, code)
    page.wait_for_url("**/orders/*/")
    look(page, "claim-authorised-order")
    assert in_fours(MEDIUM) not in page.content()

    newcomer.consent()
    look(page, "expired-application")
    expect(page.get_by_label("单位名称")).to_have_value(name)
    page.get_by_label("单位名称").fill(NEW_NAME)
    page.get_by_label("法定代表人").fill("周明远")
    page.get_by_label("经办人姓名").fill("卫清扬")
    page.get_by_label("身份证号码").fill(id_number("19900000088"))
    page.get_by_label("手机号码").fill("19900000088")
    page.get_by_role("button", name="下一步，核对内容").click()
    expect(page.get_by_text("单位名称与证书上的不同")).to_be_visible()
    look(page, "expired-check")
    page.get_by_role("button", name="确认并提交").click()
    page.wait_for_url("**/orders/*/")
    page.goto(page.url + "authorisation/")
    expect(page.get_by_role("heading", name="授权委托书")).to_be_visible()
    expect(page.get_by_text(NEW_NAME)).to_be_visible()
    look(page, "authorisation")


def described(holder: Customer) -> tuple[str, str, str]:
    """Serial, name and code, as they stand in the certificate: off the holder's own pages."""
    page = holder.page
    page.goto(holder.url())
    look(page, "home-expired")
    card = page.locator(".certificate").filter(has_text=in_fours(MEDIUM))
    name = card.get_by_role("heading").inner_text()
    serial = re.sub(r"[^0-9A-F]", "", card.locator(".code").inner_text())
    card.get_by_role("link", name="续期").click()
    expect(page.get_by_text("证书已过期，按过期续期办理")).to_be_visible()
    look(page, "renew-expired")
    return serial, name, "91440300MA5DEM0019"


def fill(page: Page, serial: str, name: str, code: str) -> None:
    page.get_by_label("证书序列号").fill(serial)
    page.get_by_label("证书上的单位名称").fill(name)
    page.get_by_label("统一社会信用代码").fill(code)
    page.get_by_role("button", name="核对并开始办理").click()
