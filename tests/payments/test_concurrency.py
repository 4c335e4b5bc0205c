"""Everybody at once, on PostgreSQL: locks are real there (SQLite has one writer)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from payments import bundle_settling, bundles, callbacks, channel_orders, ledger, refunds, suspense, transfers
from payments.channels.base import OrderState, TradeStatus
from payments.channels.sandbox import wechat as sandbox_wechat
from payments.errors import BankLineUsed, ClaimNotWaiting, NotInSuspense, RefundNotWaiting, RefundTooMuch
from payments.models import ChannelEvent, ChannelOrder, Payment, Refund
from portal.errors import PortalError
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests, now
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, SYSTEM, Hall
from tests.payments.test_refunds import ask, paid_charge
from tests.payments.test_transfers import PARENT, claimed, confirmed, paper, with_account

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


def test_two_people_of_finance_confirm_one_transfer(hall: Hall) -> None:
    """One wins; the other is told, or answered with the same. The money is there once."""
    with_account(hall)
    for number in range(10):
        charge = hall.open_charge(f"order-{number}")
        made = claimed(hall, charge)
        first, second = at_once(
            lambda c=made, n=number: confirmed(hall, c, serial=f"A{n}"),  # type: ignore[misc]
            lambda c=made, n=number: confirmed(hall, c, serial=f"B{n}", by=OTHER_FINANCE),  # type: ignore[misc]
        )
        assert sorted(isinstance(found, ClaimNotWaiting) for found in (first, second)) == [False, True]
        assert hall.fresh(charge).credited_fen == 20_000
    hall.check_books()


def test_one_bank_line_for_two_claims_at_once(hall: Hall) -> None:
    with_account(hall)
    for number in range(10):
        charges = [hall.open_charge(f"order-{number}-{side}") for side in "ab"]
        made = [claimed(hall, charge) for charge in charges]
        results = at_once(
            lambda c=made[0], n=number: confirmed(hall, c, serial=f"L{n}"),  # type: ignore[misc]
            lambda c=made[1], n=number: confirmed(hall, c, serial=f"L{n}", by=OTHER_FINANCE),  # type: ignore[misc]
        )
        assert sorted(isinstance(found, BankLineUsed) for found in results) == [False, True]
        assert sorted(hall.fresh(charge).credited_fen for charge in charges) == [0, 20_000]
        with tenant_tx(hall.tenant):
            assert Payment.objects.filter(transaction_id=f"L{number}").count() == 1
    hall.check_books()


def test_a_withdrawal_and_a_confirmation_at_once(hall: Hall) -> None:
    with_account(hall)
    for number in range(10):
        charge = hall.open_charge(f"order-{number}")
        made = claimed(hall, charge)

        def withdraw(charge=charge, made=made) -> object:  # type: ignore[no-untyped-def]
            with tenant_tx(hall.tenant, write=True):
                return transfers.withdraw(charge.public_id, made.public_id, by=CUSTOMER)

        results = at_once(withdraw, lambda c=made, n=number: confirmed(hall, c, serial=f"L{n}"))  # type: ignore[misc]
        assert sorted(isinstance(found, ClaimNotWaiting) for found in results) == [False, True]
        assert hall.fresh(charge).credited_fen == (20_000 if hall.fresh(made).state == "confirmed" else 0)
    hall.check_books()


def test_refunds_of_parts_and_their_results_at_once(hall: Hall) -> None:
    """Asked twice under one key, and twice under others: never more than was paid; one bank line is one refund."""
    with_account(hall)
    for number in range(8):
        charge = hall.open_charge(f"order-{number}")
        for side, fen in enumerate((12_000, 8_000)):
            confirmed(hall, claimed(hall, charge, fen), fen, serial=f"P{number}-{side}")

        def refund(key: str, charge=charge) -> object:  # type: ignore[no-untyped-def]
            with tenant_tx(hall.tenant, write=True):
                return ledger.request_refund(charge, amount_fen=20_000, reason="取消", by=FINANCE, key=key)

        at_once(*(lambda k=f"{number}-{key}": refund(k) for key in "aabc"))  # type: ignore[misc]
        with tenant_tx(hall.tenant):
            parts = list(Refund.objects.filter(charge=charge).order_by("id"))
        assert sorted(part.amount_fen for part in parts) == [8_000, 12_000]

        def result(pk: str, number: int = number) -> object:
            with tenant_tx(hall.tenant, write=True):
                return refunds.record_bank_refund(pk, bank_reference=f"R{number}", by=FINANCE)

        results = at_once(*(lambda pk=part.public_id: result(pk) for part in parts))  # type: ignore[misc]
        assert sorted(isinstance(found, BankLineUsed) for found in results) == [False, True]
    hall.check_books()


def test_releasing_and_returning_at_once(hall: Hall) -> None:
    """RULES P10: money in suspense goes one way."""
    with_account(hall)
    letter = paper(hall)
    for number in range(10):
        charge = hall.open_charge(f"order-{number}")
        done = confirmed(hall, claimed(hall, charge), payer=PARENT, serial=f"L{number}")

        def release(payment=done.payment) -> object:  # type: ignore[no-untyped-def]
            with tenant_tx(hall.tenant, write=True):
                return suspense.release_from_suspense(payment, by=FINANCE, explanation_file=letter)

        def back(payment=done.payment, number: int = number) -> object:  # type: ignore[no-untyped-def]
            with tenant_tx(hall.tenant, write=True):
                return suspense.return_from_suspense(payment, by=OTHER_FINANCE, key=f"h{number}")

        results = at_once(release, back)
        assert sorted(isinstance(found, NotInSuspense) for found in results) == [False, True]
    hall.check_books()


def test_a_bundle_settled_twice_at_once(hall: Hall) -> None:
    """RULES P16: two payments that each cover it, one told twice, and its charge closed: nobody is paid twice."""
    for number in range(6):
        charges = [hall.open_charge(f"order-{number}-{side}") for side in "abc"]
        with tenant_tx(hall.tenant, write=True):
            bundle = bundles.make(
                [charge.public_id for charge in charges], payer_name="代办", by=CUSTOMER, key=f"b{number}"
            )

        def pay(serial: str, carrier: int = bundle.carrier_id, number: int = number) -> object:
            with tenant_tx(hall.tenant, write=True):
                return ledger.credit(
                    channel="wechat", transaction_id=f"{serial}{number}", amount_fen=60_000, paid_at=now(),
                    evidence="query", by=SYSTEM, charge_id=carrier,
                ).settled  # fmt: skip

        def dissolve(bundle=bundle) -> object:  # type: ignore[no-untyped-def]
            with tenant_tx(hall.tenant, write=True):
                return bundle_settling.dissolve(bundle, by=CUSTOMER, reason="race")

        results = at_once(lambda: pay("A"), lambda: pay("A"), lambda: pay("B"), dissolve)
        dissolved = hall.fresh(bundle).state == "dissolved"
        assert [result is True for result in results[:3]].count(True) == (0 if dissolved else 1)
        assert {hall.fresh(charge).credited_fen for charge in charges} == ({0} if dissolved else {20_000})
    hall.check_books()
