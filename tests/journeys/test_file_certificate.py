"""A .pfx renewed online by the old one: the bridge makes key and file, the hall sees a request (RULES B2–B5)."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Request, expect

from tests.journeys.browser import look
from tests.journeys.customer import LONG
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.member import Member

OLD_PASSWORD, NEW_PASSWORD = "123456", "730514"  # of the demo's files; chosen in the bridge's own window


def test_the_old_file_vouches_and_the_new_one_is_saved(
    hall: Hall, desk: KeyDesk, page_at: Callable[[int], Page]
) -> None:
    page = page_at(1280)
    customer = Member(hall, page, "19900000048")
    desk.act("auto_pin", pin=OLD_PASSWORD, newPin=NEW_PASSWORD)
    customer.sign_in()
    sent: list[Request] = []
    page.context.on("request", lambda request: sent.append(request))  # noqa: PLW0108  (Playwright wants a function)
    page.locator(".certificate").filter(has_text="还剩").get_by_role("link", name="在线更新").click()
    page.locator("main").get_by_role("button").first.click()
    page.wait_for_url("**/orders/*/")

    page.get_by_role("link", name="去阅读").click()  # RULES B5: the second confirmation
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="我已知悉").click()
    page.get_by_role("link", name="去检测").click()
    page.get_by_role("button", name="开始检测").click()
    page.get_by_role("link", name="继续").click(timeout=LONG)

    expect(page.get_by_role("heading", name="更新文件证书", level=1)).to_be_visible()
    look(page, "file-renewal")
    page.get_by_role("button", name="开始更新").click()
    expect(page.get_by_text("新的证书文件已保存")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="再次保存").click()  # its own password is asked for, not the old file's
    expect(page.get_by_text("保护口令不正确。")).to_be_visible()
    desk.act("auto_pin", pin=NEW_PASSWORD)
    page.get_by_role("button", name="再次保存").click()
    expect(page.locator("[data-says]")).to_have_text("已再次保存。")

    wire = "\n".join(f"{request.url}\n{request.post_data or ''}" for request in sent)
    assert "csr" in wire
    assert NEW_PASSWORD not in wire
    assert not secret_names(sent)


def secret_names(sent: list[Request]) -> set[str]:
    """Fields of what was posted that sound like a secret."""
    names: set[str] = set()
    for request in sent:
        if request.method == "POST" and (request.post_data or "").startswith("{"):
            body: dict[str, Any] = json.loads(request.post_data or "{}")
            names |= {name for name in body if re.search("password|pin|key", name)}
    return names
