"""A bidder of 深圳建设局 whose old Ekey is replaced (RULES D): the customer's part, page by page."""

import re

from playwright.sync_api import Locator, expect

from renewals.walking import paper
from tests.journeys.customer import LONG, id_number
from tests.journeys.desk import type_pin
from tests.journeys.lapsed import LapsedCustomer


class Bidder(LapsedCustomer):
    """``see`` looks at every page on the way."""

    def open_upgrade(self) -> None:
        page = self.page
        page.get_by_role("link", name="更换型号").click()
        expect(page.get_by_text("原证书随即吊销")).to_be_visible()
        self.see(page, "start")
        page.get_by_role("button", name="开始办理").click()
        page.wait_for_url("**/orders/*/")
        self.number = self.order_number()
        page.get_by_role("link", name="去阅读").click()
        expect(page.get_by_role("heading", name="阅读并同意协议")).to_be_visible()
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("button", name="同意并继续").click()
        page.wait_for_url("**/orders/*/")

    def prove_key(self) -> None:
        """The PIN goes into the bridge's own window."""
        page = self.page
        page.get_by_role("link", name="去验证").click()
        button = page.get_by_role("button", name="验证证书密码")
        expect(button).to_be_enabled()
        self.see(page, "key")
        button.click()
        with page.context.expect_page() as opened:
            page.locator("[data-pin-window]:visible").first.click()
        type_pin(opened.value)
        page.bring_to_front()
        page.wait_for_url("**/orders/*/")
        opened.value.close()

    def acknowledge(self) -> None:
        """RULES D3: three parts, each one's box; nothing goes on without all."""
        page = self.page
        page.get_by_role("link", name="去阅读").click()
        expect(page.get_by_role("heading", name="重要提示", level=1)).to_be_visible()
        page.get_by_role("button", name="我已知悉").click()
        expect(page.get_by_role("heading", name="有 3 处需要修改")).to_be_visible()
        self.see(page, "notice")
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("button", name="我已知悉").click()
        page.wait_for_url("**/orders/*/")

    def apply_for_seal(self) -> None:
        """RULES D4, D5: a seal, and to be collected at a counter."""
        page = self.page
        page.get_by_role("link", name="去填写").click()
        self.choice("办理").check()
        page.get_by_label("经办人姓名").fill(self.name)
        page.get_by_label("身份证号码").fill(id_number(self.mobile))
        self.choice("自取").check()
        self.choice("福田服务点").check()
        self.see(page, "application")
        self.organisation = page.get_by_label("单位名称").input_value()
        self.check_answers()

    def choice(self, words: str) -> Locator:
        return self.page.get_by_role("radio", name=re.compile(f"^{words}"))

    def bring_impression(self) -> None:
        page = self.page
        page.get_by_role("link", name="去上传").click()
        self.hand_over("公章印模", "印模.jpg", paper.licence(self.organisation, self.number))
        expect(page.locator(".paper img")).to_be_visible(timeout=LONG)
        self.see(page, "impression")
        self.hand_in()
        page.wait_for_url("**/orders/*/")
