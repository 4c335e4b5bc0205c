"""Refunds: who may, how much, and what the channel makes of it."""

import pytest

from payments import ledger
from payments.errors import (
    KeyReused,
    RefundNeedsSecondPerson,
    RefundNotAllowed,
    RefundNotWaiting,
    RefundTooMuch,
)
from payments.models import Charge, PaymentSettings, Refund
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, Hall

BOTH = pytest.mark.parametrize("channel", ["wechat", "alipay"])


def paid_charge(hall: Hall, box: SandboxForTests, channel: str = "wechat") -> Charge:
    charge = hall.open_charge()
    order = hall.start(charge, channel)
    box.fault("drop", channel=channel)
    box.pay(order.code_url)
    hall.run("payments.check_late", "payments.poll_order")
    if hall.fresh(charge).state != "settled":
        raise AssertionError("not paid")
    return hall.fresh(charge)


def ask(hall: Hall, charge: Charge, fen: int = 20_000, *, by: Actor = FINANCE, key: str = "r") -> Refund:
    with tenant_tx(hall.tenant, write=True):
        [refund] = ledger.request_refund(charge, amount_fen=fen, reason="取消订单", by=by, key=key)
        return refund


def at_the_channel(box: SandboxForTests, refund: Refund, channel: str) -> int:
    found = box.sandbox.book.find_refund(channel, "demo-ca", refund.refund_number)
    return found[0].amount_fen if found else 0


@BOTH
def test_a_refund_goes_to_its_source_and_is_told(hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> None:
    charge = paid_charge(hall, pay_sandbox, channel)
    refund = ask(hall, charge)
    assert (refund.state, refund.refund_number[0], len(refund.refund_number)) == ("approved", "R", 23)
    hall.run("payments.send_refund")
    assert hall.fresh(refund).state == "succeeded"
    assert at_the_channel(pay_sandbox, refund, channel) == 20_000
    after = hall.fresh(charge)
    assert (after.state, after.refunded_fen, after.refunding_fen) == ("settled", 20_000, 0)
    assert hall.waiting("charge_refunded") == [
        {"charge": charge.public_id, "reference": "order-1", "refund": refund.public_id, "amount_fen": 20_000}
    ]
    hall.check_books()


@BOTH
def test_asked_for_by_the_customer_it_waits_for_finance(hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> None:
    charge = paid_charge(hall, pay_sandbox, channel)
    refund = ask(hall, charge, by=CUSTOMER)
    hall.run("payments.send_refund")
    assert (hall.fresh(refund).state, at_the_channel(pay_sandbox, refund, channel)) == ("requested", 0)
    with tenant_tx(hall.tenant, write=True):
        ledger.approve_refund(refund.public_id, by=FINANCE)
    hall.run("payments.send_refund")
    assert hall.fresh(refund).state == "succeeded"


def test_a_rule_of_an_order_decides_by_itself_up_to_the_limit(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    assert ask(hall, charge, 5_000, by=Actor.system("orders"), key="a").state == "approved"
    assert ask(hall, charge, 5_000, by=Actor.system("payments"), key="b").state == "requested"


def test_only_finance_decides(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    refund = ask(hall, paid_charge(hall, pay_sandbox), by=CUSTOMER)
    for actor in (CUSTOMER, Actor.system("orders"), Actor("staff", 9, "客服")):
        with pytest.raises(RefundNotAllowed), tenant_tx(hall.tenant, write=True):
            ledger.approve_refund(refund.public_id, by=actor)
    assert hall.fresh(refund).state == "requested"


def test_above_the_limit_a_second_person_decides(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    with tenant_tx(hall.tenant, write=True):
        PaymentSettings.objects.create(two_person_refund_fen=10_000)
    refund = ask(hall, charge, 10_001)
    assert refund.state == "requested"
    with pytest.raises(RefundNeedsSecondPerson), tenant_tx(hall.tenant, write=True):
        ledger.approve_refund(refund.public_id, by=FINANCE)
    assert hall.fresh(refund).state == "requested"
    with tenant_tx(hall.tenant, write=True):
        ledger.approve_refund(refund.public_id, by=OTHER_FINANCE)
    with pytest.raises(RefundNotWaiting), tenant_tx(hall.tenant, write=True):
        ledger.decline_refund(refund.public_id, by=FINANCE, reason="太晚了")
    assert hall.fresh(refund).state == "approved"


def test_never_more_than_was_paid(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    first = ask(hall, charge, 15_000, by=CUSTOMER, key="a")
    for wrong in (0, -1, 5_001):
        with pytest.raises(RefundTooMuch):
            ask(hall, charge, wrong, key=f"w{wrong}")
    assert ask(hall, charge, 15_000, by=CUSTOMER, key="a").pk == first.pk
    with pytest.raises(KeyReused):
        ask(hall, charge, 1, key="a")
    with tenant_tx(hall.tenant, write=True):
        ledger.decline_refund(first.public_id, by=FINANCE, reason="证书已签发")
    assert ask(hall, charge, 20_000, key="b").state == "approved"
    hall.check_books()


@BOTH
def test_an_answer_lost_after_the_commit_moves_money_once(
    hall: Hall, pay_sandbox: SandboxForTests, channel: str
) -> None:
    charge = paid_charge(hall, pay_sandbox, channel)
    pay_sandbox.fault("error_after_commit", channel=channel, operation="refund")
    refund = ask(hall, charge, 8_000)
    hall.run("payments.send_refund")
    assert hall.fresh(refund).state == "succeeded"
    trade = pay_sandbox.sandbox.book.trades()[-1]
    assert trade["refunded_fen"] == 8_000
    hall.check_books()


@BOTH
def test_a_slow_refund_is_followed_to_its_end(hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> None:
    charge = paid_charge(hall, pay_sandbox, channel)
    pay_sandbox.fault("pending_refund", channel=channel)
    refund = ask(hall, charge)
    hall.run("payments.send_refund")
    assert hall.fresh(refund).state in ("sent", "succeeded")
    hall.run("payments.follow_refund")
    assert hall.fresh(refund).state == "succeeded"
    hall.check_books()


def test_a_channels_no_frees_the_reservation(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    book = pay_sandbox.sandbox.book
    order_number = book.trades()[-1]["out_trade_no"]
    trade = book.find("wechat", "demo-ca", order_number, now=0)
    assert trade is not None
    # Somebody refunded in the channel's own back office: nothing is left for us.
    book.refund(
        trade, refund_number="BACKOFFICE", amount_fen=20_000, reason="", notify_url="", now=0, state="succeeded"
    )
    refund = ask(hall, charge)
    hall.run("payments.send_refund")
    assert (hall.fresh(refund).state, hall.fresh(refund).failure) == ("failed", "INVALID_REQUEST")
    assert hall.fresh(charge).refundable_fen == 20_000
    hall.check_books()
