"""The statements' pages in Chromium: looked at, with axe, at each width."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from payments.models import BankStatement
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.payments.bank import OTHER, Bank, came, export, number
from tests.payments.hall import Hall
from tests.payments.test_in_browser import visit_as
from tests.portal.accounts.people import make_staff

pytestmark = pytest.mark.journey
LIST = "/demo-ca/staff/payments/statements/"


def test_a_statement_from_file_to_lines(hall: Hall, live_server, page_at: Callable[[int], Page]) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    bank = Bank.of(hall)
    bank.owes(1)
    finance = make_staff(hall.tenant, Role.FINANCE)
    told = [
        came(20_000, f"证书服务费 {number(1)}"),
        came(45_000, "货款", name=OTHER, hour=10),
        came(-1_500, "手续费", hour=11),
    ]
    page = visit_as(page_at(1280), finance, live_server.url, LIST)
    look(page, "statements-empty")
    page.locator("input[type=file]").set_input_files(
        {"name": "流水.csv", "mimeType": "text/csv", "buffer": export(told)}
    )
    page.get_by_role("button", name="上传并查看").click()
    expect(page.get_by_text("余额逐笔连续")).to_be_visible()
    look(page, "statements-preview")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look(page, "statements-running")
    hall.run("payments.import_statement")
    page.get_by_role("link", name="刷新").click()
    page.get_by_role("link", name="2026-11-20").click()
    expect(page.get_by_text("自动：订单编号")).to_be_visible()
    look(page, "statements-lines")
    page.goto(f"{live_server.url}{LIST}")
    look(page, "statements-list")
    with tenant_tx(hall.tenant):
        assert BankStatement.objects.count() == 1


def test_what_is_refused_and_mapped(hall: Hall, live_server, page_at: Callable[[int], Page]) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    Bank.of(hall)
    finance = make_staff(hall.tenant, Role.FINANCE)
    page = visit_as(page_at(1280), finance, live_server.url, LIST)
    broken = export([came(20_000), came(30_000, hour=10)]).replace(b"300.00", b"3OO.00")
    page.locator("input[type=file]").set_input_files({"name": "流水.csv", "mimeType": "text/csv", "buffer": broken})
    page.get_by_role("button", name="上传并查看").click()
    expect(page.get_by_text("金额无法识别")).to_be_visible()
    look(page, "statements-refused")
    page.goto(f"{live_server.url}{LIST}")
    table = "入账日,收到,付出,谁,说明\r\n2026-11-20,200.00,,测试公司,货款\r\n2026-11-20,,3.50,,手续费\r\n".encode()
    page.locator("input[type=file]").set_input_files({"name": "流水.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="上传并查看").click()
    page.get_by_role("link", name="指明各列含义").click()
    page.get_by_label("银行名称").fill("样本银行")
    page.get_by_label("记账日期").select_option("入账日")
    page.get_by_label("收入金额").select_option("收到")
    page.get_by_label("支出金额").select_option("付出")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("前 2 笔，共 2 笔")).to_be_visible()
    look(page, "statements-mapping")
