"""The pay page, its code and polling, and finance's lists."""

import re

import pytest
from django.test import Client

from payments import access, ledger
from payments.models import ChannelOrder, Refund
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import CUSTOMER, Hall
from tests.payments.test_refunds import ask, paid_charge
from tests.portal.accounts.people import browser_of, make_customer, make_staff


@pytest.fixture
def payer(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A signed-in customer; the only one whom the guard lets pay."""
    user = make_customer(hall.tenant)

    def only_them(actor: Actor, reference: str) -> bool:
        return actor.user_id == user.pk and reference == "order-1"

    monkeypatch.setattr(access, "_guards", [only_them])
    choosing = access.Choosing("/demo-ca/orders/x/pay/", ("wechat", "alipay", "bank_transfer"))
    monkeypatch.setattr(access, "_choosers", [lambda _reference: choosing])
    return browser_of(user)


def finance(hall: Hall) -> Client:
    return browser_of(make_staff(hall.tenant, Role.FINANCE))


def test_choosing_a_channel_shows_its_code_and_leads_on_when_paid(
    hall: Hall, payer: Client, pay_sandbox: SandboxForTests
) -> None:
    charge = hall.open_charge()
    base = f"/demo-ca/pay/{charge.public_id}/"
    page = payer.get(base).content.decode()
    assert "微信支付" in page
    assert "支付宝" in page
    assert "¥200.00" in page
    assert "100.00 元/年" in page
    assert 'action="/demo-ca/orders/x/pay/"' in page, "chosen on the asker's page, never here"

    with tenant_tx(hall.tenant, write=True):
        order = ledger.start_payment(charge.public_id, "wechat", by=CUSTOMER, key="k1")
    waiting = payer.get(base).content.decode()
    assert "正在向微信支付下单" in waiting
    hall.run("payments.place_order")

    seen = re.search(r'status/\?seen=([^"]+)"', waiting)
    assert seen is not None
    fragment = payer.get(f"{base}status/?seen={seen[1]}", headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert f"qr/{order.public_id}.svg" in fragment.content.decode()
    now_seen = re.search(r'status/\?seen=([^"]+)"', fragment.content.decode())
    assert now_seen is not None
    assert payer.get(f"{base}status/?seen={now_seen[1]}", headers={"HX-Request": "true"}).status_code == 204
    assert payer.get(f"{base}status/", headers={"If-None-Match": fragment["ETag"]}).status_code == 304

    picture = payer.get(f"{base}qr/{order.public_id}.svg")
    assert (picture["Content-Type"], picture.content[:5]) == ("image/svg+xml", b"<?xml")

    pay_sandbox.fault("drop", channel="wechat")
    pay_sandbox.pay(hall.fresh(order).code_url)
    hall.run("payments.poll_order")
    done = payer.get(f"{base}status/?seen={now_seen[1]}", headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == "/demo-ca/orders/x/"
    assert "已付清" in payer.get(base).content.decode()
    assert payer.get(f"{base}qr/{order.public_id}.svg").status_code == 404
    receipt = payer.get(f"{base}receipt/").content.decode()
    assert "收款凭据" in receipt


def test_the_code_says_what_the_channel_gave(hall: Hall, payer: Client) -> None:
    import zxingcpp
    from PIL import Image

    charge = hall.open_charge()
    order = hall.start(charge)
    svg = payer.get(f"/demo-ca/pay/{charge.public_id}/qr/{order.public_id}.svg").content.decode()
    assert "<svg" in svg
    import io

    import segno

    png = io.BytesIO()
    segno.make(order.code_url, error="m", micro=False).save(png, kind="png", scale=6, border=4)
    assert zxingcpp.read_barcode(Image.open(png)).text == order.code_url


@pytest.mark.parametrize("tail", ["", "status/", "receipt/"])
def test_strangers_are_told_nothing(hall: Hall, payer: Client, tail: str) -> None:
    hall.open_charge()
    other = hall.open_charge("order-2")
    hidden = payer.get(f"/demo-ca/pay/{other.public_id}/{tail}")
    missing = payer.get(f"/demo-ca/pay/{'x' * 22}/{tail}")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert Client().get(f"/demo-ca/pay/{other.public_id}/").status_code == 302


def test_without_a_guard_nobody_pays(hall: Hall, payer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_guards", [])
    assert payer.get(f"/demo-ca/pay/{hall.open_charge().public_id}/").status_code == 404


def test_nothing_is_chosen_here(hall: Hall, payer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel is chosen by an act of the asker's; without a page for it there is no choice to see."""
    charge = hall.open_charge()
    assert payer.post(f"/demo-ca/pay/{charge.public_id}/start/", {"channel": "wechat"}).status_code == 404
    assert payer.post(f"/demo-ca/pay/{charge.public_id}/", {"channel": "wechat"}).status_code == 405
    monkeypatch.setattr(access, "_choosers", [])
    assert 'name="channel"' not in payer.get(f"/demo-ca/pay/{charge.public_id}/").content.decode()
    with tenant_tx(hall.tenant):
        assert not ChannelOrder.objects.exists()


def test_finance_sees_and_decides(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    refund = ask(hall, charge, 5_000, by=CUSTOMER)
    browser = finance(hall)
    listed = browser.get("/demo-ca/staff/payments/").content.decode()
    assert "中广核 SM2 证书续期" in listed
    assert "¥200.00" in listed
    for query in ("?state=settled", "?q=order-1", "?state=nonsense&page=x"):
        assert "中广核" in browser.get(f"/demo-ca/staff/payments/{query}").content.decode()
    assert "没有符合条件的记录" in browser.get("/demo-ca/staff/payments/?state=open").content.decode()
    assert "4200" not in browser.get("/demo-ca/staff/payments/received/?state=surplus").content.decode()
    assert browser.get("/demo-ca/staff/payments/received/").status_code == 200
    assert refund.refund_number in browser.get("/demo-ca/staff/payments/refunds/").content.decode()

    detail = f"/demo-ca/staff/payments/refunds/{refund.public_id}/"
    assert "同意退款" in browser.get(detail).content.decode()
    without_reason = browser.post(detail, {"decision": "decline", "reason": ""})
    assert without_reason.status_code == 422
    assert "请写明不予退款的原因" in without_reason.content.decode()
    assert browser.post(detail, {"decision": "approve"}).status_code == 302
    assert hall.fresh(refund).state == "approved"
    again = browser.post(detail, {"decision": "approve"}, follow=True)
    assert "已由其他同事处理" in again.content.decode()


def test_finance_asks_for_a_refund(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    browser, url = finance(hall), f"/demo-ca/staff/payments/charges/{charge.public_id}/"
    assert "申请退款" in browser.get(url).content.decode()
    for amount, sentence in (("abc", "请填写金额"), ("0", "金额须大于 0"), ("200.01", "超过可退金额")):
        answer = browser.post(url, {"amount": amount, "reason": "取消", "key": "k1"})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert f'value="{amount}"' in answer.content.decode(), "nothing typed is lost"
    with tenant_tx(hall.tenant):
        assert not Refund.objects.exists()
    for _ in range(2):
        assert browser.post(url, {"amount": "12.50", "reason": "取消", "key": "k2"}).status_code == 302
    with tenant_tx(hall.tenant):
        assert [(row.amount_fen, row.state) for row in Refund.objects.all()] == [(1_250, "approved")]


def test_the_service_desk_reads_and_does_not_decide(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    refund = ask(hall, charge, by=CUSTOMER)
    desk = browser_of(make_staff(hall.tenant, Role.SERVICE_DESK))
    url = f"/demo-ca/staff/payments/charges/{charge.public_id}/"
    assert "申请退款" not in desk.get(url).content.decode()
    assert desk.post(url, {"amount": "1", "reason": "x", "key": "k"}).status_code == 403
    assert desk.post(f"/demo-ca/staff/payments/refunds/{refund.public_id}/", {"decision": "approve"}).status_code == 403
    assert hall.fresh(refund).state == "requested"
    reviewer = browser_of(make_staff(hall.tenant, Role.REVIEWER))
    assert reviewer.get("/demo-ca/staff/payments/").status_code == 403


@pytest.mark.parametrize(
    ("role", "tabs"),
    [
        (Role.SERVICE_DESK, ["应收", "收款", "退款", "日结"]),
        (Role.TENANT_ADMINISTRATOR, ["应收", "收款", "退款", "日结"]),
        (
            Role.FINANCE,
            ["概览", "应收", "银行流水", "对账", "转账核对", "付款人不符", "收款", "退款", "退款文件", "发票", "日结"],
        ),
    ],
)
def test_only_the_tabs_that_open_are_shown(
    hall: Hall, pay_sandbox: SandboxForTests, role: Role, tabs: list[str]
) -> None:
    """RULES P20: no tab answers 403, nor does a refund's number lead where only finance may go."""
    ask(hall, paid_charge(hall, pay_sandbox), by=CUSTOMER)
    browser = browser_of(make_staff(hall.tenant, role))
    shown = browser.get("/demo-ca/staff/payments/").context["tabs"]
    assert [str(tab.label) for tab in shown] == tabs
    for tab in shown:
        assert browser.get(tab.url).status_code == 200, tab.label
    (row,) = browser.get("/demo-ca/staff/payments/refunds/").context["table"].rows
    assert (row.url == "") is (role is not Role.FINANCE)


def test_surplus_goes_back_by_one_click(hall: Hall, pay_sandbox: SandboxForTests) -> None:  # RULES P9
    charge = hall.open_charge()
    orders = [hall.start(charge), hall.start(charge, "alipay", key="k2")]
    for order in orders:
        pay_sandbox.fault("drop")
        pay_sandbox.pay(order.code_url)
    hall.run("payments.poll_order", "payments.close_order")
    browser = finance(hall)
    page = browser.get("/demo-ca/staff/payments/received/?state=surplus").content.decode()
    link = re.search(r'href="(/demo-ca/staff/payments/received/[^"]+/refund/)"', page)
    assert link is not None
    assert "原路退回 ¥200.00" in browser.get(link[1]).content.decode()
    assert browser.post(link[1], {"key": "once"}).status_code == 302
    hall.run("payments.send_refund")
    with tenant_tx(hall.tenant):
        assert Refund.objects.get().state == "succeeded"
    hall.check_books()
