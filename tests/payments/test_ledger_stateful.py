"""The ledger under any order, repetition and staleness of what channels and people say.

A model of the channels tells the truth; messages about it arrive late, twice, in any order. Whatever happens:
one settled transition, nothing lost or doubled, refunds within what was paid, PAID never undone.
"""

import itertools

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from payments import channel_orders, ledger, refunds
from payments.channels import base
from payments.channels.base import OrderState, Placed, TradeStatus
from payments.errors import ChargeIsSettled, ChargeNotOpen, RefundNotWaiting, RefundTooMuch
from payments.models import ChannelOrder, Charge, Payment, Refund, RefundState
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from tests.payments.conftest import now
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, SYSTEM, Hall, lines_of

_counter = itertools.count(1)


class LedgerMachine(RuleBasedStateMachine):
    orders = Bundle("orders")
    refunds = Bundle("refunds")

    def __init__(self, hall: Hall, *, paid_first: bool) -> None:
        super().__init__()
        self.paid_first = paid_first
        self.hall = hall
        self.charge = hall.open_charge(f"machine-{next(_counter)}", lines_of(1_000))
        self.history: dict[int, list[TradeStatus]] = {}
        self.told_paid: set[int] = set()

    def write(self):  # type: ignore[no-untyped-def]
        return tenant_tx(self.hall.tenant, write=True)

    @initialize(target=orders, channels=st.sampled_from([("wechat",), ("alipay",), ("wechat", "alipay")]))
    def a_customer_comes(self, channels: tuple[str, ...]):  # type: ignore[no-untyped-def]
        started = [self._start(channel, comes=True) for channel in channels]
        for order in started if self.paid_first else ():
            self.history[order.pk].append(TradeStatus.PAID)
            self._deliver(order, TradeStatus.PAID, "callback", 1)
        return multiple(*started)

    @precondition(lambda self: len(self.history) < 4)
    @rule(target=orders, channel=st.sampled_from(["wechat", "alipay"]), comes=st.booleans())
    def start(self, channel: str, comes: bool):  # type: ignore[no-untyped-def]
        return self._start(channel, comes=comes)

    def _start(self, channel: str, *, comes: bool):  # type: ignore[no-untyped-def]
        try:
            with self.write():
                order = ledger.start_payment(self.charge.public_id, channel, by=CUSTOMER, key=f"key-{next(_counter)}")
        except ChargeNotOpen:
            return multiple()
        if comes:
            with self.write():
                channel_orders.placed(order.pk, Placed(code_url="http://127.0.0.1/pay/x"))
        self.history.setdefault(order.pk, [TradeStatus.OPEN])
        return order

    @rule(order=orders, to=st.sampled_from([TradeStatus.CLOSED, TradeStatus.PAID]), told=st.booleans())
    def the_channel_moves(self, order: ChannelOrder, to: TradeStatus, told: bool) -> None:
        """Also paid after closed: money can overtake a close. Never closed after paid."""
        if self.history[order.pk][-1] is not TradeStatus.PAID:
            self.history[order.pk].append(to)
        if told:
            self._deliver(order, self.history[order.pk][-1], "callback", 1)

    @rule(order=orders, age=st.integers(0, 3), evidence=st.sampled_from(["callback", "query"]), times=st.integers(1, 3))
    def a_message_arrives(self, order: ChannelOrder, age: int, evidence: str, times: int) -> None:
        """About how it stands, or how it stood ``age`` changes ago; any number of times."""
        past = self.history[order.pk]
        self._deliver(order, past[max(0, len(past) - 1 - age)], evidence, times)

    def _deliver(self, order: ChannelOrder, status: TradeStatus, evidence: str, times: int) -> None:
        state = OrderState(order.out_trade_no, status)
        if status is TradeStatus.PAID:
            state = OrderState(order.out_trade_no, status, f"tx-{order.pk}", order.amount_fen, "", now())
            self.told_paid.add(order.pk)
        for _ in range(times):
            with self.write():
                channel_orders.apply_state(order.pk, state, evidence=evidence, by=SYSTEM)

    @rule(order=orders)
    def we_closed_it(self, order: ChannelOrder) -> None:
        with self.write():
            channel_orders.closed(order.pk)

    @rule(really=st.integers(0, 3))
    def the_charge_is_closed(self, really: int) -> None:
        if really != 3:  # rarely: after it little happens
            return
        try:
            with self.write():
                ledger.close_charge(self.charge, by=SYSTEM, reason="cancelled")
        except ChargeIsSettled:
            pass

    @precondition(lambda self: self.told_paid)
    @rule(target=refunds, amount=st.sampled_from([1, 400, 600, 1_000, 1_001]), by_rule=st.booleans())
    def a_refund_is_asked_for(self, amount: int, by_rule: bool):  # type: ignore[no-untyped-def]
        before = self.hall.fresh(self.charge).refundable_fen
        try:
            with self.write():
                asked = ledger.request_refund(
                    self.charge,
                    amount_fen=amount,
                    reason="取消订单",
                    by=FINANCE if by_rule else CUSTOMER,
                    key=f"refund-{next(_counter)}",
                )
                return multiple(*asked)
        except RefundTooMuch:
            assert amount > before
            return multiple()

    @precondition(lambda self: len(self.told_paid) > 1)
    @rule(target=refunds)
    def surplus_is_sent_back(self):  # type: ignore[no-untyped-def]
        with tenant_tx(self.hall.tenant):
            found = list(
                Payment.objects.filter(channel_order__charge=self.charge, allocations__target="balance").distinct()
            )
        made = []
        for payment in found:
            try:
                with self.write():
                    made.append(ledger.request_surplus_refund(payment, by=FINANCE, key=f"refund-{next(_counter)}"))
            except RefundTooMuch:
                continue
        return multiple(*made)

    @rule(refund=refunds, approve=st.booleans())
    def finance_decides(self, refund: Refund, approve: bool) -> None:
        try:
            with self.write():
                if approve:
                    ledger.approve_refund(refund.public_id, by=OTHER_FINANCE)
                else:
                    ledger.decline_refund(refund.public_id, by=OTHER_FINANCE, reason="不符合条件")
        except RefundNotWaiting:
            pass

    @rule(refund=refunds, status=st.sampled_from(list(base.RefundStatus)), times=st.integers(1, 2))
    def the_channel_answers_the_refund(self, refund: Refund, status: base.RefundStatus, times: int) -> None:
        """Only what was sent can be answered; the answer may come twice, and contradict itself later."""
        for _ in range(times):
            known = self.hall.fresh(refund).state
            if known in (RefundState.REQUESTED, RefundState.DECLINED):
                return
            with self.write():
                refunds.apply_refund_state(refund.pk, base.RefundState(refund.refund_number, status), by=SYSTEM)
            after = self.hall.fresh(refund).state
            if known in (RefundState.SUCCEEDED, RefundState.FAILED):
                assert after == known

    @invariant()
    def books_balance(self) -> None:
        self.hall.check_books(self.charge)

    @invariant()
    def settled_once_and_told_once(self) -> None:
        with tenant_tx(self.hall.tenant):
            charge = Charge.objects.get(pk=self.charge.pk)
            told = Job.objects.filter(key=f"charge_settled:{charge.public_id}").count()
            assert told == (1 if charge.settled_at else 0)
            assert (charge.state == "settled") == bool(charge.settled_at)
            paid = set(ChannelOrder.objects.filter(charge=charge, state="paid").values_list("pk", flat=True))
            assert paid == self.told_paid, "paid stays paid, and only what the channel said is paid is paid"
            received = Payment.objects.filter(channel_order__charge=charge)
            assert sorted(received.values_list("transaction_id", flat=True)) == sorted(f"tx-{pk}" for pk in paid)
            if paid and charge.state == "open":
                raise AssertionError("a full payment was taken and the charge is still open")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("paid_first", [False, True], ids=["unpaid", "paid"])
def test_ledger_under_any_order_of_events(hall: Hall, paid_first: bool) -> None:
    """``paid``: begins with the money there, so that more of the run is about refunds."""
    run_state_machine_as_test(
        lambda: LedgerMachine(hall, paid_first=paid_first),
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # shrinking would replay thousands of transactions
        ),
    )
