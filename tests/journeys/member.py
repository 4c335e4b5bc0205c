"""A customer of 深证通, whose certificates vouch for gateways (RULES A, B)."""

from dataclasses import dataclass

from playwright.sync_api import Locator

from tests.journeys.customer import Customer

SLUG = "sscc"


@dataclass
class Member(Customer):
    """Its certificates are told apart by their numbers."""

    def url(self, path: str = "") -> str:
        return self.hall.url(SLUG, path)

    def messages(self, channel: str = "sms") -> list[str]:
        return [each["text"] for each in self.hall.inbox(SLUG, self.mobile) if each["channel"] == channel]

    def certificate(self, words: str) -> Locator:
        """The card on the first page that has these words on it."""
        return self.page.locator(".certificate").filter(has_text=words)

    def begin_order(self) -> None:
        """From the page that offers the order to the order."""
        self.page.locator("main form").get_by_role("button").last.click()
        self.page.wait_for_url("**/orders/*/")
        self.number = self.order_number()
