"""Finance works through what matching has left, by keys: accept, split, undo, search (RULES C9, P9, P10)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import staff
from tests.journeys.browser import DESKTOP, look
from tests.journeys.hall import Hall

OpenPage = Callable[[int], Page]
WHO = "workbench"  # a member of finance, an account and a statement that no other journey uses
_SCENE = """
from datetime import timedelta
from django.utils.timezone import localdate
from payments import bank_accounts, ledger
from payments.fees import QuoteLine
from payments.matching import payer_key
from payments.models import BankStatement, BankTransaction, StatementUpload
from portal.accounts import staff
from portal.accounts.models import StaffTotpDevice
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.demo import people

tenant = Tenant.objects.get(slug="szca")
A, B = "珠海市测试仪表有限公司", "珠海市测试仪表控股集团有限公司"
with tenant_tx(tenant, write=True):
    invited = staff.create(username="{who}", display_name="财务对账", roles=(Role.FINANCE,), by=people.DEMO)
    staff.accept_invitation(invited.token, people.PASSWORD, by=people.DEMO)
    StaffTotpDevice(user=invited.user, confirmed=True, key=people.totp_key(tenant, "{who}")).save()
    account = bank_accounts.add("0000999988887777", bank="测试银行珠海分行", name="对账旅程", by=people.DEMO)
    upload = StatementUpload.objects.create(account=account, digest="journey", state="done", by="journey")
    statement = BankStatement.objects.create(account=account, upload=upload, digest="journey", format="ccb", by="x")
    for n, fen in enumerate((30_000, 20_000, 15_000), 1):
        lines = (QuoteLine("数字证书服务费", fen, "元", 1, fen),)
        ledger.open_charge(reference=f"journey-{{n}}", description=f"证书续期 珠海 {{n}}", payer_name=A, lines=lines,
                           holder_kind="organisation", by=people.DEMO, return_to="/")
    told = [(30_000, A, 20, ""), (25_000, A, 3, "续期费"), (60_000, A, 2, ""), (15_000, B, 1, "代" + A + "付")]
    for row, (fen, payer, days, remark) in enumerate(told):
        BankTransaction.objects.create(
            account=account, statement=statement, row=row, identity=f"journey-{{row}}", amount_fen=fen,
            booked_on=localdate() - timedelta(days=days), payer_name=payer, payer_key=payer_key(payer),
            remittance=remark, bank_serial=f"J{{row}}", state="left")
print(account.public_id)
"""


def test_a_statement_is_worked_through_by_keys(hall: Hall, page_at: OpenPage) -> None:
    account = hall.manage("shell", "--no-imports", "-c", _SCENE.format(who=WHO)).strip()
    page = page_at(DESKTOP)
    staff.sign_in(page, hall, WHO)
    page.goto(hall.url(staff.SLUG, f"staff/payments/workbench/?account={account}"))
    current = page.locator(".bench__row[aria-current]")
    expect(page.get_by_role("heading", name="超过 7 天未处理")).to_be_visible()
    expect(current).to_contain_text("¥300.00")
    expect(page.locator("[data-proposal='1']")).to_contain_text("付款人就是申请单位")
    look(page, "workbench")

    page.keyboard.press("j")
    expect(current).to_contain_text("¥250.00")
    page.keyboard.press("k")
    expect(current).to_contain_text("¥300.00")
    page.keyboard.press("a")  # accepts the first suggestion; the next line opens
    expect(page.get_by_text("已入账 300.00 元。")).to_be_visible()
    expect(current).to_contain_text("¥250.00")

    page.keyboard.press("u")  # a slip, taken back at once
    expect(page.get_by_label("撤销的原因").first).to_be_focused()
    page.keyboard.type("看错了一行")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已撤销，这笔流水重新待处理。")).to_be_visible()
    expect(current).to_contain_text("¥300.00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已入账 300.00 元。")).to_be_visible()

    page.keyboard.press("s")  # 250 = 200 + 50 of 150
    page.keyboard.type("journey-2")
    page.keyboard.press("Tab")
    page.keyboard.type("200")
    page.keyboard.press("Tab")
    page.keyboard.type("journey-3")
    page.keyboard.press("Tab")
    page.keyboard.type("49.99")
    expect(page.locator("[data-balance]")).to_contain_text("¥0.01")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error-summary]")).to_contain_text("两边不相等")
    look(page, "workbench-split-refused")
    page.get_by_label("第 2 笔 金额（元）").fill("50.00")
    expect(page.locator("[data-balance]")).to_contain_text("✓")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已入账 250.00 元。")).to_be_visible()

    expect(current).to_contain_text("¥600.00")
    page.keyboard.press("/")
    page.keyboard.type("珠海市测试仪表")
    page.keyboard.press("Enter")
    expect(page.locator(".bench__found button").first).to_contain_text("余款转余额")
    look(page, "workbench-search")
    page.keyboard.press("j")
    expect(current).to_contain_text("¥150.00")
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="转入付款人不符").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已转入“付款人不符”，已通知客户。")).to_be_visible()
