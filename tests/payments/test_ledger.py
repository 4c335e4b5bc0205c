"""The ledger by example: who pays what, in which order things come, and what is left at the end."""

import pytest

from payments import callbacks, channel_orders, ledger, selectors
from payments.channels.base import OrderState, TradeStatus
from payments.errors import (
    ChargeIsSettled,
    ChargeNotFound,
    ChargeNotOpen,
    KeyReused,
    QuoteDiffers,
)
from payments.models import Allocation, ChannelOrder, Charge, Payment
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests, now
from tests.payments.hall import CUSTOMER, SYSTEM, Hall, lines_of


def paid(order: ChannelOrder, *, transaction_id: str = "4200000001", amount_fen: int | None = None) -> OrderState:
    amount = order.amount_fen if amount_fen is None else amount_fen
    return OrderState(order.out_trade_no, TradeStatus.PAID, transaction_id, amount, "payer", now())


def apply(hall: Hall, order: ChannelOrder, state: OrderState, evidence: str = "query") -> ChannelOrder:
    with tenant_tx(hall.tenant, write=True):
        return channel_orders.apply_state(order.pk, state, evidence=evidence, by=SYSTEM)


def test_a_charge_is_a_frozen_quote(hall: Hall) -> None:
    charge = hall.open_charge()
    assert (charge.total_fen, charge.open_fen, charge.state) == (20_000, 20_000, "open")
    assert hall.open_charge().pk == charge.pk, "the same reference and lines again"
    with pytest.raises(QuoteDiffers):
        hall.open_charge(lines=lines_of(1))
    assert hall.fresh(charge).total_fen == 20_000


def test_nothing_to_pay_is_settled_at_once(hall: Hall) -> None:
    charge = hall.open_charge(lines=())
    assert charge.state == "settled"
    assert [job["reference"] for job in hall.waiting("charge_settled")] == ["order-1"]


def test_the_number_is_fixed_before_the_channel_hears_of_it(hall: Hall) -> None:
    charge = hall.open_charge()
    with tenant_tx(hall.tenant, write=True):
        order = ledger.start_payment(charge.public_id, "wechat", by=CUSTOMER, key="k")
        assert (order.state, len(order.out_trade_no), order.code_url) == ("placing", 22, "")
    hall.run("payments.place_order")
    placed = hall.fresh(order)
    assert (placed.state, placed.out_trade_no) == ("open", order.out_trade_no)
    assert "/pay/" in placed.code_url


def test_the_same_key_is_the_same_order(hall: Hall) -> None:
    charge, other = hall.open_charge(), hall.open_charge("order-2")
    order = hall.start(charge, key="k")
    assert hall.start(charge, key="k").pk == order.pk
    assert hall.start(charge, key="another").pk == order.pk, "its code is still good"
    with pytest.raises(KeyReused):
        hall.start(charge, channel="alipay", key="k")
    with pytest.raises(KeyReused):
        hall.start(other, key="k")
    with tenant_tx(hall.tenant):
        assert ChannelOrder.objects.count() == 1


def test_paid_once_is_settled_once_and_told_once(hall: Hall) -> None:
    charge = hall.open_charge()
    order = hall.start(charge)
    state = paid(order)
    for evidence in ("callback", "query", "callback"):
        assert apply(hall, order, state, evidence).state == "paid"
    settled = hall.fresh(charge)
    assert (settled.state, settled.credited_fen) == ("settled", 20_000)
    told = hall.waiting("charge_settled")
    assert told == [
        {
            "charge": charge.public_id,
            "reference": "order-1",
            "total_fen": 20_000,
            "channel": "wechat",
            "paid_at": told[0]["paid_at"],
        }
    ]
    with tenant_tx(hall.tenant):
        assert [payment.evidence for payment in Payment.objects.all()] == ["callback"]
        assert [view.amount_fen for view in selectors.payments_for("order-1")] == [20_000]
    with pytest.raises(ChargeNotOpen):
        hall.start(charge, key="late")
    hall.check_books()


def test_a_late_closed_never_undoes_paid(hall: Hall) -> None:
    order = hall.start(hall.open_charge())
    apply(hall, order, paid(order))
    assert apply(hall, order, OrderState(order.out_trade_no, TradeStatus.CLOSED)).state == "paid"
    hall.check_books()


def test_paid_after_closed_is_paid(hall: Hall) -> None:
    charge = hall.open_charge()
    order = hall.start(charge)
    assert apply(hall, order, OrderState(order.out_trade_no, TradeStatus.CLOSED)).state == "closed"
    assert apply(hall, order, paid(order)).state == "paid"
    assert hall.fresh(charge).state == "settled"
    hall.check_books()


def test_settling_closes_the_other_channels_order(hall: Hall, pay_sandbox: SandboxForTests) -> None:  # RULES P9
    charge = hall.open_charge()
    wechat, alipay = hall.start(charge), hall.start(charge, "alipay", key="k2")
    apply(hall, wechat, paid(wechat))
    assert hall.fresh(alipay).state == "closing"
    hall.run("payments.close_order")
    assert hall.fresh(alipay).state == "closed"


def test_paid_twice_becomes_balance_and_goes_back_by_one_click(
    hall: Hall, pay_sandbox: SandboxForTests
) -> None:  # RULES P9
    from tests.payments.hall import FINANCE

    charge = hall.open_charge()
    wechat, alipay = hall.start(charge), hall.start(charge, "alipay", key="k2")
    for order in (wechat, alipay):
        pay_sandbox.pay(order.code_url)
    hall.run("payments.poll_order")
    hall.run("payments.close_order")
    assert {hall.fresh(wechat).state, hall.fresh(alipay).state} == {"paid"}
    settled = hall.fresh(charge)
    assert (settled.state, settled.credited_fen) == ("settled", 20_000)
    assert len(hall.waiting("charge_settled")) == 1
    hall.check_books()
    with tenant_tx(hall.tenant):
        surplus = Payment.objects.get(allocations__target="balance")
    with tenant_tx(hall.tenant, write=True):
        refund = ledger.request_surplus_refund(surplus, by=FINANCE, key="click")
        assert ledger.request_surplus_refund(surplus, by=FINANCE, key="click").pk == refund.pk
    hall.run("payments.send_refund")
    assert hall.fresh(refund).state == "succeeded"
    assert hall.waiting("charge_refunded") == [], "the charge itself is still paid"
    hall.check_books()


def test_late_money_on_a_closed_charge_is_taken_as_balance(hall: Hall) -> None:
    charge = hall.open_charge()
    order = hall.start(charge)
    with tenant_tx(hall.tenant, write=True):
        ledger.close_charge(charge, by=SYSTEM, reason="order_cancelled")
        ledger.close_charge(charge, by=SYSTEM, reason="again is fine")
    assert hall.fresh(order).state == "closing"
    apply(hall, order, paid(order))
    closed = hall.fresh(charge)
    assert (closed.state, closed.credited_fen, closed.close_reason) == ("closed", 0, "order_cancelled")
    assert hall.waiting("charge_settled") == []
    with tenant_tx(hall.tenant):
        assert [(row.target, row.amount_fen) for row in Allocation.objects.all()] == [("balance", 20_000)]
    hall.check_books()


def test_a_settled_charge_is_not_closed(hall: Hall) -> None:
    charge = hall.open_charge()
    order = hall.start(charge)
    apply(hall, order, paid(order))
    with pytest.raises(ChargeIsSettled), tenant_tx(hall.tenant, write=True):
        ledger.close_charge(charge, by=SYSTEM, reason="too late")
    assert hall.fresh(charge).state == "settled"


def test_too_much_too_little_and_the_rest(hall: Hall) -> None:
    """Transfers will come in parts; the credit function takes any amount (bank transfers, later)."""
    charge = hall.open_charge()

    def credit(number: str, fen: int) -> None:
        with tenant_tx(hall.tenant, write=True):
            ledger.credit(
                channel="bank",
                transaction_id=number,
                amount_fen=fen,
                paid_at=now(),
                evidence="statement",
                by=SYSTEM,
                charge_id=charge.pk,
            )

    credit("1", 5_000)
    assert (hall.fresh(charge).state, hall.fresh(charge).open_fen) == ("open", 15_000)
    credit("1", 5_000)
    assert hall.fresh(charge).credited_fen == 5_000
    credit("2", 16_000)
    assert (hall.fresh(charge).state, hall.fresh(charge).credited_fen) == ("settled", 20_000)
    hall.check_books()


def test_money_without_a_charge_stays_unallocated(hall: Hall) -> None:
    with tenant_tx(hall.tenant, write=True):
        result = ledger.credit(
            channel="wechat", transaction_id="9", amount_fen=1, paid_at=now(), evidence="callback", by=SYSTEM
        )
    assert (result.created, result.settled) == (True, False)
    hall.check_books()


def test_the_query_finds_what_no_callback_told(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = hall.open_charge()
    order = hall.start(charge)
    pay_sandbox.fault("drop", channel="wechat")
    pay_sandbox.pay(order.code_url)
    hall.run("payments.poll_order")
    assert hall.fresh(charge).state == "settled"
    with tenant_tx(hall.tenant):
        assert Payment.objects.get().evidence == "query"


@pytest.mark.parametrize("fault", ["error_after_commit", "error_before_commit"])
def test_a_channel_that_dies_while_placing_makes_one_order(
    hall: Hall, pay_sandbox: SandboxForTests, fault: str
) -> None:
    pay_sandbox.fault(fault, channel="wechat", operation="place")
    order = hall.start(hall.open_charge())
    assert order.state == "open"
    trades = [t for t in pay_sandbox.sandbox.book.trades() if t["out_trade_no"] == order.out_trade_no]
    assert len(trades) == 1


def test_a_channel_that_stays_away_fails_the_order_and_the_customer_chooses_again(
    hall: Hall, pay_sandbox: SandboxForTests
) -> None:
    charge = hall.open_charge()
    pay_sandbox.fault("error_before_commit", channel="wechat", count=50)
    order = hall.start(charge)
    assert (order.state, order.failure) == ("failed", "UNAVAILABLE")
    assert hall.start(charge, "alipay", key="k2").state == "open"


def test_closing_what_was_just_paid_credits_it(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = hall.open_charge()
    order = hall.start(charge)
    pay_sandbox.fault("drop", channel="wechat")
    pay_sandbox.pay(order.code_url)
    with tenant_tx(hall.tenant, write=True):
        ledger.close_charge(charge, by=SYSTEM, reason="cancelled while paying")
    hall.run("payments.close_order")
    assert hall.fresh(order).state == "paid"
    hall.check_books()


def test_polling_ends_with_the_order_s_time(hall: Hall) -> None:
    order = hall.start(hall.open_charge())
    with tenant_tx(hall.tenant, write=True):
        ChannelOrder.objects.filter(pk=order.pk).update(expires_at=now())
    hall.run("payments.poll_order", "payments.close_order")
    assert hall.fresh(order).state == "closed"
    assert len(hall.waiting("payments.check_late")) == 1, "asked once more after its time"


def test_polling_goes_on_while_the_channel_is_away(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    order = hall.start(hall.open_charge())
    pay_sandbox.fault("error_before_commit", channel="wechat", count=100)
    before = len(hall.waiting("payments.poll_order"))
    hall.run("payments.poll_order")
    assert len(hall.waiting("payments.poll_order")) > before
    assert hall.fresh(order).state == "open"


def test_another_tenant_knows_nothing_of_it(hall: Hall, other_tenant: object) -> None:
    charge = hall.open_charge()
    with pytest.raises(ChargeNotFound), tenant_tx(other_tenant, write=True):  # type: ignore[arg-type]
        ledger.start_payment(charge.public_id, "wechat", by=CUSTOMER, key="k")
    with tenant_tx(other_tenant):  # type: ignore[arg-type]
        assert not Charge.objects.exists()
    assert callbacks.receive(other_tenant, "wechat", {}, b"{}").status == 404  # type: ignore[arg-type]
