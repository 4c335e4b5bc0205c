"""The reviewer's desk: queue, lease, papers, decision; and finance's, where transfers are confirmed (RULES C9, C10)."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.journeys.customer import in_fours
from tests.journeys.hall import Hall
from tests.journeys.staff import SLUG
from tests.journeys.waiting import wait_for


@dataclass
class Reviewer:
    """``page``: signed in as a reviewer."""

    hall: Hall
    page: Page
    slug: str = SLUG

    def take(self, number: str) -> None:
        """From the queue: opened and claimed, once the CA has said that the certificate can be renewed."""
        page = self.page
        self.find(number)
        page.get_by_role("button", name="领取").click()
        expect(page.locator(".lease__mine")).to_contain_text("您已领取")
        expect(page.locator("#ca")).not_to_contain_text("还没有查询", timeout=60_000)

    def find(self, number: str) -> None:
        page = self.page
        page.goto(self.hall.url(self.slug, "staff/review/"))
        row = page.locator("table").get_by_role("link", name=in_fours(number))
        wait_for(lambda: row.count() or (page.reload() and False), f"{number} isn't in the queue")
        row.first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(in_fours(number))

    def accept(self, *titles: str) -> None:
        for title in titles:
            self._mark(title).get_by_label("接受").check()

    def give_back(self, title: str, reason: str, more: str = "") -> None:
        mark = self._mark(title)
        mark.get_by_label("退回", exact=True).check()
        mark.get_by_role("combobox").select_option(label=reason)
        mark.get_by_label(f"{title}：给客户的补充说明").fill(more)

    def approve(self, number: str) -> None:
        self.page.get_by_role("button", name="通过", exact=True).click()
        self._told(number, "已通过，已通知客户。")

    def ask_return(self) -> None:
        """The page before: what the customer will read."""
        self.page.get_by_role("button", name="退回…").click()
        expect(self.page.get_by_role("heading", name="确认退回")).to_be_visible()

    def confirm_return(self, number: str) -> None:
        self.page.get_by_role("button", name="退回并通知客户").click()
        self._told(number, "已退回，已通知客户更正。")

    def reject(self, number: str, reason: str) -> None:
        page = self.page
        page.get_by_text("驳回订单…").click()
        page.get_by_label("驳回的原因").select_option(label=reason)
        page.get_by_role("button", name="驳回…").click()
        page.get_by_role("button", name="驳回并通知客户").click()
        self._told(number, "已驳回，已通知客户。")

    def _mark(self, title: str) -> Locator:
        return self.page.get_by_role("group", name=title)

    def _told(self, number: str, words: str) -> None:
        expect(self.page.get_by_text(f"订单 {in_fours(number)} {words}")).to_be_visible()


@dataclass
class Finance:
    """``page``: signed in as finance."""

    hall: Hall
    page: Page
    slug: str = SLUG

    def open_claim(self, number: str) -> None:
        """The oldest transfer of this order that waits."""
        page = self.page
        page.goto(self.hall.url(self.slug, "staff/payments/transfers/"))
        page.locator("table").get_by_role("link", name=number).first.click()
        expect(page.get_by_role("heading", name="转账凭证")).to_be_visible()

    def confirm(self, serial: str) -> None:
        """As the claim says it, found on the statement under this serial number."""
        self.page.get_by_label("银行流水号").fill(serial)
        self.page.get_by_role("button", name="确认到账").click()
