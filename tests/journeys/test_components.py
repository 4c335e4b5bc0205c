"""Every component and every model page, looked at in a browser."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from portal.ui.showcase.views import CUSTOMER_PAGES, STAFF_PAGES
from tests.journeys.browser import DESKTOP, PHONE, look

OpenPage = Callable[[int], Page]


@pytest.fixture
def components(live_server: LiveServer, page_at: OpenPage) -> Callable[[int], Page]:
    def at(width: int) -> Page:
        page = page_at(width)
        page.goto(f"{live_server.url}/dev/components/")
        return page

    return at


def test_components_look_right(components: OpenPage) -> None:
    look(components(DESKTOP), "components")


@pytest.mark.parametrize("name", CUSTOMER_PAGES + STAFF_PAGES)
def test_model_pages_look_right(name: str, live_server: LiveServer, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    page.goto(f"{live_server.url}/dev/components/pages/{name}/")
    look(page, f"model-{name}")


def test_the_error_summary_has_the_focus_and_leads_to_the_field(components: OpenPage) -> None:
    page = components(PHONE)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.title().startswith("有错误 · ")
    page.get_by_role("link", name="办理年限：请从给出的选项中选择一项。").click()
    expect(page.locator("#id_broken-term_0")).to_be_focused()
    expect(page.locator("#id_broken-term_0")).to_be_in_viewport()


def test_a_dialog_takes_the_focus_and_gives_it_back(components: OpenPage) -> None:
    page = components(DESKTOP)
    opener = page.get_by_role("button", name="打开对话框")
    opener.click()
    dialog = page.get_by_role("dialog", name="取消这个订单？")
    expect(dialog).to_be_visible()
    look_at_dialog = dialog.get_by_role("button", name="关闭")
    expect(look_at_dialog).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_user_menu_tells_the_last_sign_in_and_closes_on_escape(components: OpenPage) -> None:
    """RULES A2."""
    page = components(PHONE)
    summary = page.locator("details.menu summary")
    summary.click()
    panel = page.locator(".menu__panel")
    expect(panel).to_contain_text("第 12 次登录")
    expect(panel).to_contain_text("上次登录 2026-11-18 09:24")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_code_is_copied(components: OpenPage) -> None:
    page = components(DESKTOP)
    page.locator("[data-copy='7KQ4-M2XD-9PWT']").click()
    expect(page.locator("[data-copy='7KQ4-M2XD-9PWT']")).to_contain_text("已复制")
    assert page.evaluate("() => navigator.clipboard.readText()") == "7KQ4-M2XD-9PWT"


def test_staff_walk_the_rows_with_the_keyboard(live_server: LiveServer, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    page.goto(f"{live_server.url}/dev/components/pages/staff-orders/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("j")  # typed, not obeyed
    expect(page.get_by_role("searchbox")).to_have_value("j")
    page.get_by_role("searchbox").blur()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="0120 2611 2101 0017 2")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff-order/")


def test_a_draft_saves_itself(live_server: LiveServer, page_at: OpenPage) -> None:
    page = page_at(PHONE)
    page.goto(f"{live_server.url}/dev/components/pages/application/")
    with page.expect_request("**/dev/components/draft/") as sent:
        page.get_by_label("姓名").fill("测试员")
    expect(page.locator("[data-autosave-status]")).to_have_text(re.compile(r"^已保存 \d\d:\d\d$"))
    draft = parse_qs(sent.value.post_data or "")
    assert draft == {"term": ["2"], "name": ["测试员"], "phone": ["19900000001"], "email": ["handler@example.com"]}


def test_what_could_not_be_saved_is_still_there_after_a_reload(live_server: LiveServer, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    page.goto(f"{live_server.url}/dev/components/pages/application/")
    page.route("**/dev/components/draft/", lambda route: route.fulfill(status=503))
    page.get_by_label("姓名").fill("测试员")
    expect(page.locator("[data-autosave-status]")).to_contain_text("未保存")
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute("**/dev/components/draft/")
    page.reload()
    expect(page.get_by_label("姓名")).to_have_value("测试员")
    expect(page.locator("[data-autosave-status]")).to_contain_text("已保存")
    assert page.evaluate("() => Object.keys(sessionStorage).filter((key) => key.startsWith('draft:'))") == []


def test_a_form_goes_out_once(live_server: LiveServer, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    page.goto(f"{live_server.url}/dev/components/pages/application/")
    sent: list[str] = []

    def count(route: Route) -> None:
        sent.append(route.request.method)
        route.continue_()

    page.route("**/pages/check-answers/", count)
    page.get_by_role("button", name="下一步，核对内容").dblclick()
    expect(page.get_by_role("heading", name="提交前请核对")).to_be_visible()
    assert sent == ["POST"]


def test_a_refusal_inside_the_page_is_said_at_its_top(components: OpenPage) -> None:
    page = components(DESKTOP)
    page.get_by_role("button", name="在页面内被拒绝（htmx）").click()
    message = page.locator("#page-messages").get_by_role("alert")
    expect(message).to_contain_text("这条记录刚刚有了变化。请刷新页面，看过最新内容后再操作一次。")
    expect(message).to_be_in_viewport()


@pytest.mark.parametrize("kind", ["not-found", "invalid", "unavailable"])
def test_refusals_are_pages_too(kind: str, live_server: LiveServer, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    page.goto(f"{live_server.url}/dev/components/refuse/{kind}/")
    look(page, f"error-{kind}")
