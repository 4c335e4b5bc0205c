"""UnionPay from the pay page to the refund: only where it is listed, by a form that needs no script."""

import re

import httpx
import pytest
from django.test import Client

from payments import access, ledger
from payments.models import Payment, Refund
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import CUSTOMER, FINANCE, Hall
from tests.portal.accounts.people import browser_of, make_customer


@pytest.fixture
def payer(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(access, "_guards", [lambda *_: True])
    choosing = access.Choosing("/demo-ca/orders/x/pay/", ("wechat", "unionpay"))
    monkeypatch.setattr(access, "_choosers", [lambda _reference: choosing])
    return browser_of(make_customer(hall.tenant))


def test_the_form_the_cashier_and_back(hall: Hall, payer: Client, pay_sandbox: SandboxForTests) -> None:
    charge = hall.open_charge()
    base = f"/demo-ca/pay/{charge.public_id}/"
    chosen = payer.get(base)
    assert 'value="unionpay"' in chosen.content.decode()
    assert 'value="alipay"' not in chosen.content.decode(), "nobody lists it"
    assert f"form-action 'self' {pay_sandbox.base_url}" in chosen["Content-Security-Policy"]

    order = hall.start(charge, "unionpay")
    assert re.fullmatch(r"\d{22}", order.out_trade_no)
    page = payer.get(base).content.decode()
    assert f'action="{pay_sandbox.base_url}/gateway/api/frontTransReq.do"' in page
    given = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.partition("frontTransReq")[2]))
    assert given["orderId"] == order.out_trade_no
    assert order.pay_form.items() >= {"txnAmt": "20000", "orderId": order.out_trade_no}.items()

    pay_sandbox.fault("drop", channel="unionpay")
    cashier = pay_sandbox.cashier(order.pay_url, order.pay_form)
    done = httpx.post(cashier, data={"decision": "pay"}, trust_env=False).text
    back = re.search(r'<form method="post" action="([^"]+)"', done)
    assert back is not None
    assert back[1].endswith(f"{base}back/")
    returned = Client(enforce_csrf_checks=True).post(f"{base}back/", {"orderId": order.out_trade_no, "respCode": "00"})
    assert (returned.status_code, returned["Location"]) == (303, base)
    assert hall.fresh(charge).state == "open", "what the browser brings back is not believed"
    hall.run("payments.poll_order")
    assert hall.fresh(charge).state == "settled"
    hall.check_books()


def test_a_refund_is_sent_once_and_followed_to_the_end(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = hall.open_charge()
    order = hall.start(charge, "unionpay")
    pay_sandbox.fault("drop", channel="unionpay")
    pay_sandbox.pay(pay_sandbox.cashier(order.pay_url, order.pay_form))
    hall.run("payments.poll_order")
    with tenant_tx(hall.tenant, write=True):
        (refund,) = ledger.request_refund(charge, amount_fen=5_000, reason="多付", by=FINANCE, key="r1")
    assert re.fullmatch(r"R\d{22}", refund.refund_number)
    pay_sandbox.fault("error_after_commit", channel="unionpay", operation="refund")
    hall.run("payments.send_refund", "payments.follow_refund")
    with tenant_tx(hall.tenant):
        assert [row.state for row in Refund.objects.all()] == ["succeeded"]
        assert Payment.objects.get().refunded_fen == 5_000
    trade = pay_sandbox.sandbox.book.find("unionpay", "demo-ca", order.out_trade_no, now=0)
    assert trade is not None
    assert trade.refunded_fen == 5_000
    hall.check_books()


def test_an_order_that_is_closed_here_and_paid_there_is_paid(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    """RULES P9: UnionPay has nothing to close with; the money finds its place."""
    charge = hall.open_charge()
    order = hall.start(charge, "unionpay")
    with tenant_tx(hall.tenant, write=True):
        ledger.close_charge(charge, by=CUSTOMER, reason="取消")
    hall.run("payments.close_order")
    assert hall.fresh(order).state == "closed"
    pay_sandbox.fault("drop", channel="unionpay")
    pay_sandbox.pay(pay_sandbox.cashier(order.pay_url, order.pay_form))
    hall.run("payments.check_late")
    assert hall.fresh(order).state == "paid"
    with tenant_tx(hall.tenant):
        assert Payment.objects.get().amount_fen == 20_000
    hall.check_books()
