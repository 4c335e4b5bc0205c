"""Staff at their workbench: signing in by password and authenticator, and what they do to an order."""

from types import SimpleNamespace

from playwright.sync_api import Page, expect

from renewals.demo.people import PASSWORD, current_code
from tests.journeys.hall import Hall

SLUG = "szca"


def code_of(username: str, slug: str = SLUG) -> str:
    """What this account's authenticator shows now."""
    return current_code(SimpleNamespace(slug=slug), username)  # type: ignore[arg-type]


def sign_in(page: Page, hall: Hall, username: str, slug: str = SLUG) -> None:
    page.goto(hall.url(slug, "staff/sign-in/"))
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("动态码").fill(code_of(username, slug))
    page.get_by_role("button", name="登录").click()
    expect(page.locator(".staff-nav")).to_be_visible()


def open_order(page: Page, hall: Hall, number: str) -> None:
    """By its number, from the list."""
    page.goto(hall.url(SLUG, f"staff/orders/?q={number}"))
    page.locator("table a").first.click()
    page.wait_for_url("**/staff/orders/*/")


def act(page: Page, button: str, submit: str, fields: dict[str, str]) -> None:
    """Open the dialog of one offer, fill it in, send it."""
    page.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for label, value in fields.items():
        dialog.get_by_label(label).fill(value)
    dialog.get_by_role("button", name=submit).click()
    page.wait_for_url("**/staff/orders/*/")
