"""The pages of the day close: read by those who may see money, closed by finance, reopened by somebody else."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from payments.models import DayClose, Difference
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import Hall
from tests.payments.test_bills import YESTERDAY, _no_yesterday_of_other_tests, settled_day  # noqa: F401
from tests.payments.test_in_browser import visit_as
from tests.portal.accounts.people import browser_of, make_staff

PAGE = f"/demo-ca/staff/payments/days/{YESTERDAY:%Y-%m-%d}/"


def finance(hall: Hall) -> Client:
    return browser_of(make_staff(hall.tenant, Role.FINANCE))


def test_explain_close_and_reopen(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    pay_sandbox.fault("bill_changed_line", channel="wechat")
    settled_day(hall, pay_sandbox)
    one = finance(hall)
    assert "1 笔待说明" in one.get("/demo-ca/staff/payments/days/").content.decode()
    page = one.get(PAGE).content.decode()
    assert "金额不同" in page
    assert "¥200.01" in page
    with tenant_tx(hall.tenant):
        difference = Difference.objects.get()

    nothing_ticked = one.post(PAGE, {"do": "explain", "reason": "渠道已更正"})
    assert (nothing_ticked.status_code, "请先勾选" in nothing_ticked.content.decode()) == (422, True)
    no_reason = one.post(PAGE, {"do": "explain", "difference": difference.public_id, "reason": ""})
    assert (no_reason.status_code, " checked" in no_reason.content.decode()) == (422, True), "what was ticked stays"
    assert one.post(PAGE, {"do": "close"}).status_code == 302
    with tenant_tx(hall.tenant):
        assert not DayClose.objects.exists()
    assert (
        one.post(PAGE, {"do": "explain", "difference": difference.public_id, "reason": "渠道已更正"}).status_code == 302
    )
    assert one.post(PAGE, {"do": "close"}).status_code == 302
    closed = one.get(PAGE).content.decode()
    assert "已锁定" in closed
    assert "渠道已更正" in closed
    assert "已日结" in one.get("/demo-ca/staff/payments/days/").content.decode()

    refused = one.post(PAGE, {"do": "reopen", "why": "补录"})
    assert (refused.status_code, "另一位财务人员" in refused.content.decode()) == (422, True)
    other = browser_of(make_staff(hall.tenant, Role.FINANCE))
    assert other.post(PAGE, {"do": "reopen", "why": "补录"}).status_code == 302
    with tenant_tx(hall.tenant):
        assert DayClose.objects.get().reopen_reason == "补录"


def test_others_read_or_see_nothing(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    settled_day(hall, pay_sandbox)
    desk = browser_of(make_staff(hall.tenant, Role.SERVICE_DESK))
    assert desk.get(PAGE).status_code == 200
    assert desk.post(PAGE, {"do": "close"}).status_code == 302
    with tenant_tx(hall.tenant):
        assert not DayClose.objects.exists()
    reviewer = browser_of(make_staff(hall.tenant, Role.REVIEWER))
    assert reviewer.get(PAGE).status_code == 403
    one = finance(hall)
    for strange in ("2026-13-01", "x", "2999-01-01", "٢٠٢٦-01-01"):
        assert one.get(f"/demo-ca/staff/payments/days/{strange}/").status_code == 404, strange
    assert one.get("/demo-ca/staff/payments/days/?until=x").status_code == 200


@pytest.mark.journey
def test_in_chromium(
    hall: Hall,
    pay_sandbox: SandboxForTests,
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
) -> None:
    pay_sandbox.fault("bill_changed_line", channel="wechat")
    pay_sandbox.fault("bill_extra_line", channel="wechat")
    settled_day(hall, pay_sandbox)
    hall.run("payments.ask_about_difference")
    page = visit_as(page_at(1280), make_staff(hall.tenant, Role.FINANCE), live_server.url, PAGE)
    look(page, "payments-day-open")
    page.set_viewport_size({"width": 375, "height": 800})
    look(page, "payments-day-open-375")
    page.set_viewport_size({"width": 1280, "height": 900})
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("说明", exact=True).fill("渠道已更正，次日账单补记")
    page.get_by_role("button", name="说明所选差异").click()
    expect(page.get_by_text("已说明 2 笔差异")).to_be_visible()
    page.get_by_role("button", name="日结").click()
    expect(page.get_by_text("已锁定")).to_be_visible()
    look(page, "payments-day-closed")
    page.goto(f"{live_server.url}/demo-ca/staff/payments/days/")
    look(page, "payments-days")
