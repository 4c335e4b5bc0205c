"""A key's whole way in Chromium: announced by its customer, unpacked, sent back, collected (RULES A14, D8, P15)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.roles import Role
from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.portal.accounts.people import make_staff
from tests.renewals.hall import Hall
from tests.renewals.parcels.room import OTHER_SF, SF, Room
from tests.renewals.views.test_transfer_in_browser import visit_as

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_a_key_travels_in_and_out(
    hall: Hall,
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
) -> None:
    room, slug = Room(hall), hall.tenant.slug
    order = room.order(2)
    items = room.items(order)
    first = items[0].certificate.medium_number
    page = visit_as(page_at(1280), hall.customer, live_server.url, f"/{slug}/orders/{order}/")
    look(page, "parcel-order")
    page.get_by_role("link", name="去登记").click()
    look(page, "parcel-empty")
    page.get_by_label("快递公司").select_option(label="顺丰速运")
    page.get_by_label("快递单号").fill("SF123")
    page.get_by_role("button", name="登记寄件").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("这不像顺丰速运的单号")
    look(page, "parcel-mistake")
    page.get_by_label("快递单号").fill(SF)
    page.get_by_role("button", name="登记寄件").click()
    expect(page.get_by_text("在途").first).to_be_visible()
    look(page, "parcel-announced")

    desk = visit_as(page_at(1280), make_staff(hall.tenant, Role.MAIL_ROOM), live_server.url, f"/{slug}/staff/parcels/")
    look(desk, "mail-room-desk")
    desk.get_by_label("扫描表格二维码、快递单号或介质号").fill(SF)
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="包裹已到，开箱").click()
    desk.get_by_role("textbox", name="介质号").fill(first)
    desk.get_by_label("货架号").fill("A-01")
    desk.get_by_role("button", name="收件入库").click()
    expect(desk.get_by_text("已收到，归入订单")).to_be_visible()
    desk.get_by_role("textbox", name="介质号").fill("3888000000007777")
    look(desk, "mail-room-parcel")
    desk.get_by_role("button", name="收件入库").click()
    expect(desk.get_by_role("heading", name="3888000000007777")).to_be_visible()
    desk.get_by_text("登记不符，通知客户").click()
    look(desk, "mail-room-key")

    desk.goto(f"{live_server.url}/{slug}/staff/parcels/?tab=pack")
    look(desk, "mail-room-to-pack")
    desk.goto(f"{live_server.url}/{slug}/staff/parcels/orders/{order}/")
    look(desk, "mail-room-order")
    desk.get_by_role("button", name="装进包裹").click()
    desk.get_by_label("快递公司").select_option(label="顺丰速运")
    desk.get_by_label("快递单号").fill(OTHER_SF)
    look(desk, "mail-room-packed")
    desk.get_by_role("button", name="已寄出").click()
    expect(desk.get_by_text("已寄出，单号已短信告知客户。")).to_be_visible()
    look(desk, "mail-room-sent")

    page.goto(f"{live_server.url}/{slug}/orders/{order}/delivery/")
    look(page, "delivery-sent")
    page.get_by_role("button", name="确认收到").click()
    expect(page.get_by_text("已确认收到。")).to_be_visible()
    with_point, [item] = room.received()
    room.deliver(item, "ready", {"service_point": room.point()})
    page.goto(f"{live_server.url}/{slug}/orders/{with_point}/delivery/")
    look(page, "delivery-ready")
    desk.goto(f"{live_server.url}/{slug}/staff/parcels/orders/{with_point}/")
    look(desk, "mail-room-hand-over")
