"""The workbench: sign in by password and authenticator, find orders, look at one, accounts, money (RULES P20)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import staff
from tests.journeys.browser import DESKTOP, look
from tests.journeys.customer import in_fours
from tests.journeys.hall import Hall

OpenPage = Callable[[int], Page]
StaffPage = Callable[[str], Page]
_ORDER = """
from django.conf import settings
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo import certificates, orders, people
from renewals.models import Certificate, Order
from renewals.walking.pay_desk import PayDesk
from renewals.walking.walker import Walker

tenant, mobile = Tenant.objects.get(slug="szca"), people.MAIN_CUSTOMER
with tenant_tx(tenant, write=True):
    user = people.customer(mobile, people.CUSTOMERS[mobile])
    certificate = Certificate.objects.get(medium_number="3888000000000103")
desk = SoftKeyDesk(certificates.desk_folder())
walker = Walker(tenant, user, desk, PayDesk(settings.CERTHALL.pay_sandbox_url))
order = walker.open(certificate)
walker.consent(order)
walker.apply(order, orders.answers(mobile, certificate))
walker.wait_for_identity(order)
with tenant_tx(tenant):
    print(Order.objects.get(public_id=order).number)
"""


def test_a_wrong_password_and_a_wrong_code_say_what_to_do(hall: Hall, page_at: OpenPage) -> None:
    page = page_at(DESKTOP)
    page.goto(hall.url("szca", "staff/sign-in/"))
    look(page, "staff-sign-in")
    page.get_by_label("用户名").fill("mailroom")
    page.get_by_label("密码").fill("wrong-password-2026")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("用户名或密码不正确")
    expect(page.get_by_label("用户名")).to_have_value("mailroom")
    look(page, "staff-sign-in-wrong")
    page.get_by_label("密码").fill(staff.PASSWORD)
    page.get_by_role("button", name="下一步").click()
    right = staff.code_of("mailroom")
    page.get_by_label("动态码").fill(f"{(int(right) + 1) % 10**6:06d}")
    page.get_by_role("button", name="登录").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("动态码不正确或已经用过。")
    look(page, "staff-second-factor-wrong")


def test_orders_are_found_and_looked_at(hall: Hall, staff_page: StaffPage) -> None:
    number = hall.manage("shell", "--no-imports", "-c", _ORDER).strip()
    page = staff_page("service")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look(page, "staff-home")
    page.goto(hall.url("szca", "staff/orders/"))
    look(page, "staff-orders")
    page.get_by_label("状态").select_option(label="待缴费")
    page.get_by_role("button", name="筛选").click()
    row = page.locator("table").get_by_role("link", name=re.compile(in_fours(number))).first
    expect(row).to_be_visible()
    page.get_by_label("状态").select_option(label="已驳回")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_text("没有符合条件的订单")).to_be_visible()
    look(page, "staff-orders-none")
    staff.open_order(page, hall, number)
    expect(page.locator("main")).to_contain_text("199****0006")
    expect(page.locator("main")).not_to_contain_text("19900000006")
    look(page, "staff-order")


@pytest.mark.parametrize(
    ("username", "path", "name"),
    [
        ("service", "certificates/", "certificates"),
        ("certadmin", "jobs/", "jobs"),
        ("admin", "accounts/", "accounts"),
        ("admin", "accounts/new/", "account-new"),
        ("admin", "audit/", "audit"),
        ("finance", "payments/", "payments"),
        ("finance", "payments/received/", "payments-received"),
        ("finance", "payments/refunds/", "payments-refunds"),
    ],
)
def test_rooms_of_the_workbench_look_right(
    username: str, path: str, name: str, hall: Hall, staff_page: StaffPage
) -> None:
    page = staff_page(username)
    page.goto(hall.url("szca", f"staff/{path}"))
    expect(page.locator(".staff-nav")).to_be_visible()
    look(page, f"staff-{name}")


def test_details_are_reached_from_their_lists(hall: Hall, staff_page: StaffPage) -> None:
    page = staff_page("admin")
    page.goto(hall.url("szca", "staff/accounts/"))
    page.get_by_role("link", name="reviewer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("reviewer")
    look(page, "staff-account")
    page.goto(hall.url("szca", "staff/certificates/"))
    page.locator("table a").first.click()
    page.wait_for_url("**/staff/certificates/*/")
    look(page, "staff-certificate")


def test_a_room_that_isnt_ones_own_says_so(hall: Hall, staff_page: StaffPage) -> None:
    page = staff_page("service")
    page.goto(hall.url("szca", "staff/accounts/"))
    expect(page.locator("main")).to_contain_text("您的角色不能办理此项业务。")
    look(page, "staff-refused")
