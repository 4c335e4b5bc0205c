"""Finance's overview, refund files and invoices in Chromium, at both widths, with axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from payments import invoicing, refund_files
from payments.invoicing import requests
from payments.models import Charge, Refund
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.payments.hall import FINANCE, SYSTEM, Hall
from tests.payments.test_in_browser import visit_as
from tests.payments.test_overview import month  # noqa: F401  fixture
from tests.payments.test_refund_files import two  # noqa: F401  fixture
from tests.portal.accounts.people import make_staff

pytestmark = pytest.mark.journey


def test_finance_looks(
    month: Hall,  # noqa: F811
    two: list[Refund],  # noqa: F811
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
) -> None:
    hall, finance = month, make_staff(month.tenant, Role.FINANCE)
    with tenant_tx(hall.tenant, write=True):
        charge = Charge.objects.get(reference="online")
        made = invoicing.request_invoice(
            charge, title="深圳市测试精密制造有限公司", tax_number="", email="", phone="", by=SYSTEM
        )
        requests.failed(made.pk, "TITLE_UNKNOWN")
    base = "/demo-ca/staff/payments"
    page = visit_as(page_at(1280), finance, live_server.url, f"{base}/overview/")
    expect(page.get_by_role("img", name="近 30 天每日收款")).to_be_visible()
    page.get_by_text("每日数字").click()
    look(page, "finance-overview")
    page.goto(f"{live_server.url}{base}/invoices/{charge.public_id}/")
    look(page, "finance-invoice")
    page.goto(f"{live_server.url}{base}/refund-files/")
    look(page, "finance-refund-files")
    page.get_by_role("button", name="生成退款文件").click()
    expect(page.get_by_role("link", name="下载文件")).to_be_visible()
    look(page, "finance-refund-file")
    with tenant_tx(hall.tenant):
        assert not refund_files.waiting().exists()
        assert FINANCE.is_staff
