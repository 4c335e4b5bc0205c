"""Everybody at once, on PostgreSQL: locks are real there (SQLite has one writer)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from payments import callbacks, channel_orders, ledger
from payments.channels.base import OrderState, TradeStatus
from payments.channels.sandbox import wechat as sandbox_wechat
from payments.errors import RefundNotWaiting, RefundTooMuch
from payments.models import ChannelEvent, ChannelOrder, Payment, Refund
from portal.errors import PortalError
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests, now
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, SYSTEM, Hall
from tests.payments.test_refunds import ask, paid_charge

pytestmark = pytest.mark.postgres


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Each in its own thread and connection, released together; results, or the PortalError instead."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except PortalError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_callback_poll_and_close_at_once_credit_once(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    for number in range(15):
        charge = hall.open_charge(f"order-{number}")
        order = hall.start(charge, key=f"k{number}")
        pay_sandbox.fault("drop", channel="wechat")
        pay_sandbox.pay(order.code_url)
        trade = pay_sandbox.sandbox.book.find("wechat", "demo-ca", order.out_trade_no, now=0)
        assert trade is not None
        callback = sandbox_wechat.payment_callback(pay_sandbox.sandbox, pay_sandbox.merchant, trade)
        out = callback.build({})
        state = OrderState(order.out_trade_no, TradeStatus.PAID, trade.transaction_id, 20_000, "", now())
        stale = OrderState(order.out_trade_no, TradeStatus.CLOSED)

        def receive(message=out):  # type: ignore[no-untyped-def]
            return callbacks.receive(hall.tenant, "wechat", message.headers, message.body).status

        def told(what: OrderState, pk: int = order.pk) -> object:
            with tenant_tx(hall.tenant, write=True):
                return channel_orders.apply_state(pk, what, evidence="query", by=SYSTEM).state

        def close(charge=charge):  # type: ignore[no-untyped-def]
            with tenant_tx(hall.tenant, write=True):
                return ledger.close_charge(charge, by=SYSTEM, reason="race").state

        results = at_once(receive, receive, lambda s=state: told(s), lambda s=stale: told(s), close)  # type: ignore[misc]
        assert results[:2] == [200, 200]
        assert hall.fresh(order).state == "paid"
        with tenant_tx(hall.tenant):
            assert Payment.objects.filter(channel_order=order).count() == 1
            assert ChannelEvent.objects.filter(number=order.out_trade_no).count() == 1
        assert hall.fresh(charge).state in ("settled", "closed")
    hall.check_books()
    with tenant_tx(hall.tenant):
        settled = list(hall.waiting("charge_settled"))
    assert len(settled) == len({row["reference"] for row in settled})


def test_two_tabs_start_one_order(hall: Hall) -> None:
    for number in range(10):
        charge = hall.open_charge(f"order-{number}")

        def start(key: str, public_id: str = charge.public_id) -> object:
            with tenant_tx(hall.tenant, write=True):
                return ledger.start_payment(public_id, "wechat", by=CUSTOMER, key=key).pk

        started = at_once(*(lambda k=f"{number}-{tab % 2}": start(k) for tab in range(4)))  # type: ignore[misc]
        assert len(set(map(str, started))) == 1
        with tenant_tx(hall.tenant):
            assert ChannelOrder.objects.filter(charge=charge).count() == 1


def test_the_same_reference_at_once_is_one_charge(hall: Hall) -> None:
    made = at_once(*(lambda: hall.open_charge("one").pk for _ in range(5)))
    assert len(set(map(str, made))) == 1


def test_refunds_at_once_stay_within_what_was_paid(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge = paid_charge(hall, pay_sandbox)
    made = at_once(*(lambda n=n: ask(hall, charge, 15_000, by=CUSTOMER, key=f"r{n}") for n in range(4)))  # type: ignore[misc]
    assert [isinstance(one, Refund) for one in made].count(True) == 1
    assert [isinstance(one, RefundTooMuch) for one in made].count(True) == 3
    refund = next(one for one in made if isinstance(one, Refund))

    def approve() -> object:
        with tenant_tx(hall.tenant, write=True):
            return ledger.approve_refund(refund.public_id, by=FINANCE).state

    def decline() -> object:
        with tenant_tx(hall.tenant, write=True):
            return ledger.decline_refund(refund.public_id, by=OTHER_FINANCE, reason="不符").state

    decided = at_once(approve, decline, approve)
    assert [isinstance(one, RefundNotWaiting) for one in decided].count(True) == 2
    hall.check_books()
