"""深证通 ePass3003: a component too old, then right; a file fetched by the envelope's codes (RULES B1, B6, B7)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.browser import DESKTOP, look
from tests.journeys.customer import LONG, in_fours
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall
from tests.journeys.member import Member

OpenPage = Callable[[int], Page]
PASSWORD = "730514"  # of the new file
_WALK = """
from django.conf import settings
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo import certificates, people
from renewals.models import Certificate, Order
from renewals.walking.journey import go_through, open_order
from renewals.walking.pay_desk import PayDesk
from renewals.walking.walk import Walk

tenant, mobile = Tenant.objects.get(slug="sscc"), "{mobile}"
with tenant_tx(tenant, write=True):
    user = people.customer(mobile, people.CUSTOMERS[mobile])
    held = Certificate.objects.get(number="{number}")
desk = SoftKeyDesk(certificates.desk_folder())
walk = Walk(tenant, user, desk, PayDesk(settings.CERTHALL.pay_sandbox_url), mobile=mobile)
order = open_order(walk, [held], "renewal", "file_download")
go_through(walk, order, until=lambda turn: turn.step == "environment")
[codes] = [made.decode() for name, made in walk.made.items() if name.startswith("codes-")]
with tenant_tx(tenant):
    print(Order.objects.get(public_id=order).number, codes)
"""


def test_components_are_told_apart_by_their_versions(hall: Hall, desk: KeyDesk, page_at: OpenPage) -> None:
    medium = "EP3003000221"
    page = page_at(DESKTOP)
    customer = Member(hall, page, "19900000047")
    customer.sign_in()
    customer.certificate(in_fours(medium)).get_by_role("link", name="在线更新").click()
    customer.begin_order()
    page.get_by_role("link", name="去检测").click()
    desk.insert(medium)
    desk.faults(component="old", component_name="JITVCTK Class")
    page.get_by_role("button", name="开始检测").click()
    old = page.locator("[data-stage-name=jit_vctk]")
    expect(old).to_contain_text("未通过", timeout=LONG)
    expect(old).to_contain_text("要求 2.0.24.42")
    look(page, "rsa-environment-old")
    desk.faults(component="ok", component_name="")
    page.get_by_role("button", name="重新检测").click()
    page.get_by_role("link", name="继续").click(timeout=LONG)
    customer.note_code()
    desk.answer_pins()
    page.get_by_role("button", name="开始更新").click(timeout=LONG)
    customer.until_installed()


def test_a_file_is_fetched_by_both_codes(hall: Hall, desk: KeyDesk, page_at: OpenPage) -> None:
    mobile = "19900000046"
    number, codes = hall.manage("shell", "--no-imports", "-c", _WALK.format(mobile=mobile, number="K00213#0")).split()
    reference, authorization = codes.split("|")
    page = page_at(DESKTOP)
    customer = Member(hall, page, mobile)
    customer.sign_in()
    customer.open_order(number)
    page.get_by_role("link", name="去检测").click()
    page.get_by_role("button", name="开始检测").click()
    page.get_by_role("link", name="继续").click(timeout=LONG)
    desk.act("auto_pin", pin=PASSWORD, newPin=PASSWORD)
    wrong = authorization[::-1] if authorization[::-1] != authorization else "A" * len(authorization)
    page.get_by_label("参考码").fill(reference)
    page.get_by_label("授权码").fill(wrong)
    page.get_by_role("button", name="下载", exact=True).click()
    trouble = page.locator("[data-trouble]").get_by_role("alert")
    expect(trouble).to_be_visible(timeout=LONG)
    look(page, "rsa-codes-wrong")
    page.get_by_label("授权码").fill(authorization)
    page.get_by_role("button", name="下载", exact=True).click()
    expect(page.get_by_text("新的证书文件已保存")).to_be_visible(timeout=LONG)
    look(page, "rsa-file-saved")
