"""Orders that end early: before payment, after it, after the CA issued (RULES P19), and stopped by the CA (P13)."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys import staff
from tests.journeys.browser import DESKTOP, PHONE, look
from tests.journeys.customer import Customer, in_fours
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.pay_sandbox import paid_back
from tests.journeys.waiting import wait_for

OpenPage = Callable[[int], Page]
LONG = 60_000
_REVOKE = """
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.ca_of_tenant import ca_of
from renewals.models import Certificate
tenant = Tenant.objects.get(slug="szca")
with tenant_tx(tenant):
    serial = Certificate.objects.get(medium_number="{medium}").serial
ca_of(tenant).revoke(serial, "keyCompromise", request_id="journey-{medium}")
"""


def test_cancelled_before_payment(hall: Hall, page_at: OpenPage) -> None:
    mobile, medium = "19900000016", "3888000000000206"
    customer = Customer(hall, page_at(DESKTOP), mobile)
    customer.sign_in()
    customer.start(medium)
    customer.apply()
    _cancel(customer, "还没有缴费，取消后不产生任何费用。", "before-payment")
    _told(customer, "已取消，没有扣费")
    customer.page.goto(customer.url())  # the certificate is free again
    card = customer.page.locator(".certificate").filter(has_text=in_fours(medium))
    expect(card.get_by_role("link", name="续期")).to_be_visible()


def test_cancelled_after_payment_and_paid_back(hall: Hall, page_at: OpenPage) -> None:
    mobile, medium = "19900000017", "3888000000000207"
    customer = Customer(hall, page_at(DESKTOP), mobile)
    customer.sign_in()
    customer.start(medium)
    customer.apply()
    customer.pay("支付宝", page_at(PHONE))
    _cancel(customer, "已付的费用会全部原路退回。", "after-payment")
    assert wait_for(lambda: paid_back(hall, customer.number), "the channel paid nothing back") == 20_000
    _told(customer, "退款已原路退回")
    customer.page.reload()
    expect(_timeline(customer)).to_contain_text("退款已原路退回")
    expect(customer.page.locator(".next-step")).to_contain_text("¥200.00 已原路退回")
    look(customer.page, "cancelled-refunded")


def test_cancelled_after_the_ca_issued(
    hall: Hall, desk: KeyDesk, page_at: OpenPage, staff_page: Callable[[str], Page]
) -> None:
    """RULES P19, P20: two certificate administrators have the new one revoked, then finance decides."""
    mobile, medium = "19900000018", "3888000000000208"
    customer = Customer(hall, page_at(DESKTOP), mobile)
    customer.sign_in()
    customer.start(medium)
    customer.apply()
    customer.pay("微信支付", page_at(PHONE))
    desk.insert(medium)
    desk.answer_pins()
    desk.faults(pull_at="cert.importSign/check")
    customer.to_installation()
    customer.note_code()
    customer.check_key()
    customer.begin()
    expect(customer.page.locator("[data-trouble]")).to_contain_text("Ekey 被拔出", timeout=LONG)
    customer.page.get_by_role("link", name="返回订单", exact=True).click()
    _cancel(customer, "CA 已经签发了新证书", "after-issuance")

    first = staff_page("certadmin")
    staff.open_order(first, hall, customer.number)
    look(first, "staff-order-to-revoke")
    staff.act(first, "撤销新证书…", "提出撤销", {"原因": "客户取消订单"})
    expect(first.get_by_role("button", name=re.compile("撤销新证书"))).to_have_count(0)
    expect(first.locator("main")).to_contain_text("请另一位证书管理员确认")
    second = staff_page("certadmin2")
    staff.open_order(second, hall, customer.number)
    staff.act(second, "确认撤销新证书…", "确认撤销", {"原因": "已核对订单"})

    money = staff_page("finance")
    staff.open_order(money, hall, customer.number)
    decide = money.get_by_role("button", name="决定退款…")
    wait_for(lambda: decide.count() or (money.reload() and False), "finance isn't asked")
    decide.click()
    look(money, "staff-order-decide-refund")
    money.get_by_role("dialog").get_by_role("button", name="再想想").click()
    staff.act(money, "决定退款…", "提交决定", {"退款金额": "150.00", "决定的理由": "扣除已发生的签发成本"})
    assert wait_for(lambda: paid_back(hall, customer.number), "the channel paid nothing back") == 15_000
    _told(customer, "退款已原路退回")
    customer.page.reload()
    expect(_timeline(customer)).to_contain_text("新证书已由 CA 撤销")
    look(customer.page, "cancelled-after-issuance")


def test_revoked_at_the_ca_between_payment_and_issuing(hall: Hall, desk: KeyDesk, page_at: OpenPage) -> None:
    """RULES P13: stopped, told, paid back."""
    mobile, medium = "19900000019", "3888000000000209"
    customer = Customer(hall, page_at(DESKTOP), mobile)
    customer.sign_in()
    customer.start(medium)
    customer.apply()
    customer.pay("支付宝", page_at(PHONE))
    hall.manage("shell", "--no-imports", "-c", _REVOKE.format(medium=medium))
    desk.insert(medium)
    desk.answer_pins()
    customer.to_installation()
    customer.note_code()
    customer.check_key()
    customer.begin()
    page = customer.page
    expect(page.locator("[data-trouble]")).to_contain_text("订单已经结束", timeout=LONG)
    look(page, "stopped-install")
    expect(page.get_by_role("button", name="继续", exact=True)).to_be_hidden()
    page.get_by_role("link", name="返回订单，查看原因").click()
    expect(page.locator(".next-step")).to_contain_text("CA 告知这张证书已被吊销")
    assert wait_for(lambda: paid_back(hall, customer.number), "the channel paid nothing back") == 20_000
    _told(customer, "已终止")
    _told(customer, "退款已原路退回")
    page.reload()
    look(page, "stopped-order")


def _cancel(customer: Customer, means: str, name: str) -> None:
    page = customer.page
    page.get_by_role("link", name="取消这个订单").click()
    expect(page.locator("main")).to_contain_text(means)
    look(page, f"cancel-{name}")
    page.get_by_role("button", name="确认取消订单").click()  # without a reason: said, and nothing happens
    expect(page.locator("[data-error-summary]")).to_contain_text("请选择取消的原因。")
    page.get_by_label("暂时不续期了").check()
    page.get_by_role("button", name="确认取消订单").click()
    page.wait_for_url("**/orders/*/")
    expect(page.locator(".page-head")).to_contain_text("已取消")
    look(page, f"cancelled-{name}")


def _told(customer: Customer, words: str) -> None:
    assert wait_for(lambda: [text for text in customer.messages() if words in text], f"no message says {words}")


def _timeline(customer: Customer) -> Any:
    return customer.page.locator(".timeline")
