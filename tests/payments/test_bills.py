"""Daily bills against our books, differences by kind, and the close of a day."""

from datetime import date, datetime, timedelta

import pytest

from payments import bills, days, ledger
from payments.channels.bills import Bill, BillLine, LineKind
from payments.channels.bills.model import CHINA
from payments.errors import (
    DayIsClosed,
    DayNeedsSecondPerson,
    DayNotClosed,
    DayNotOver,
    DayNotReady,
    LaterDayIsClosed,
    NotTheirDay,
)
from payments.models import (
    ChannelAccount,
    ChannelBill,
    ChannelBillLine,
    ChannelOrder,
    Charge,
    Difference,
    Payment,
    ReconciliationRun,
    Refund,
)
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests, now
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, SYSTEM, Hall
from tests.payments.test_callbacks import page_of

ALL = pytest.mark.parametrize("channel", ["wechat", "alipay", "unionpay"])
TODAY = now().astimezone(CHINA).date()
YESTERDAY = TODAY - timedelta(days=1)


def pay(
    hall: Hall, box: SandboxForTests, channel: str, *, day: date = YESTERDAY, known: bool = True, name: str = "o"
) -> tuple[Charge, ChannelOrder]:
    """An order paid at noon of that day; ``known``: we were told."""
    charge = hall.open_charge(name)
    order = hall.start(charge, channel, key=name)
    box.fault("drop", channel=channel)
    box.pay(page_of(box, order))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)
    box.sandbox.book.move(order.out_trade_no, (now() - noon).total_seconds())
    if known:
        hall.run("payments.poll_order")
    return charge, hall.fresh(order)


def fetch(hall: Hall, channel: str, day: date = YESTERDAY) -> ChannelBill:
    """What the hourly job does for one account."""
    with tenant_tx(hall.tenant, write=True):
        account = ChannelAccount.objects.get(channel=channel)
        from portal import jobs

        jobs.enqueue(
            "payments.fetch_bill", {"account": account.public_id, "day": day.isoformat()}, key=f"b{now().timestamp()}"
        )
    hall.run("payments.fetch_bill")
    with tenant_tx(hall.tenant):
        return ChannelBill.objects.get(account=account, day=day)


def differences(hall: Hall) -> list[tuple[str, str, int | None, int | None, bool]]:
    with tenant_tx(hall.tenant):
        return [
            (row.kind, row.of, row.ours_fen, row.theirs_fen, row.explained_at is not None)
            for row in Difference.objects.order_by("id")
        ]


@pytest.fixture(autouse=True)
def _no_yesterday_of_other_tests(pay_sandbox: SandboxForTests) -> None:
    pay_sandbox.sandbox.book._db.execute("UPDATE trade SET paid_at=0")
    pay_sandbox.sandbox.book._db.execute("UPDATE refund SET made_at=0")


@ALL
def test_a_day_that_agrees(hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> None:
    charge, order = pay(hall, pay_sandbox, channel)
    with tenant_tx(hall.tenant, write=True):
        (refund,) = ledger.request_refund(charge, amount_fen=5_000, reason="多付", by=FINANCE, key="r")
    hall.run("payments.send_refund", "payments.follow_refund")
    noon = datetime.combine(YESTERDAY, datetime.min.time(), CHINA) + timedelta(hours=12)
    pay_sandbox.sandbox.book._db.execute(
        "UPDATE refund SET made_at=? WHERE refund_number=?", (noon.timestamp(), refund.refund_number)
    )
    with tenant_tx(hall.tenant, write=True):
        Refund.objects.update(finished_at=noon)
    bill = fetch(hall, channel)
    assert (bill.state, bill.line_count, bill.received_fen, bill.refunded_fen) == ("ready", 2, 20_000, 5_000)
    assert bill.fees_fen == 90
    assert differences(hall) == []
    with tenant_tx(hall.tenant):
        assert (ReconciliationRun.objects.get().agreed, ReconciliationRun.objects.get().differing) == (2, 0)
        assert hall.fresh(order).state == "paid"
    hall.check_books()


@ALL
def test_money_that_nobody_told_us_of_is_asked_about_and_then_credited(
    hall: Hall, pay_sandbox: SandboxForTests, channel: str
) -> None:
    charge, order = pay(hall, pay_sandbox, channel, known=False)
    fetch(hall, channel)
    assert differences(hall) == [("missing_here", "payment", None, 20_000, False)]
    assert hall.fresh(charge).credited_fen == 0, "a bill credits nothing"
    hall.run("payments.ask_about_difference")
    assert differences(hall) == [("missing_here", "payment", None, 20_000, True)]
    assert (hall.fresh(charge).state, hall.fresh(order).state) == ("settled", "paid")
    with tenant_tx(hall.tenant):
        assert [(row.evidence, row.amount_fen) for row in Payment.objects.all()] == [("bill", 20_000)]
    hall.run("payments.poll_order")
    with tenant_tx(hall.tenant):
        assert Payment.objects.count() == 1
    hall.check_books()


@ALL
def test_a_line_that_the_channel_itself_does_not_confirm_credits_nothing(
    hall: Hall, pay_sandbox: SandboxForTests, channel: str
) -> None:
    pay_sandbox.fault("bill_extra_line", channel=channel)
    fetch(hall, channel)
    hall.run("payments.ask_about_difference")
    assert differences(hall) == [("missing_here", "payment", None, 100, False)]
    with tenant_tx(hall.tenant):
        assert not Payment.objects.exists()
        assert Difference.objects.get().told == "not_found"


@ALL
def test_a_changed_and_a_missing_line_are_for_finance(hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> None:
    pay(hall, pay_sandbox, channel)
    pay_sandbox.fault("bill_changed_line", channel=channel)
    fetch(hall, channel)
    assert differences(hall) == [("amount", "payment", 20_000, 20_001, False)]
    hall.run("payments.ask_about_difference")
    pay(hall, pay_sandbox, channel, day=YESTERDAY - timedelta(days=1), name="p")
    pay(hall, pay_sandbox, channel, day=YESTERDAY - timedelta(days=1), name="q")
    pay_sandbox.fault("bill_missing_line", channel=channel)
    fetch(hall, channel, YESTERDAY - timedelta(days=1))
    assert differences(hall)[1:] == [("missing_there", "payment", 20_000, None, False)]
    with tenant_tx(hall.tenant):
        assert Payment.objects.filter(amount_fen=20_000).count() == 3, "nothing changed"


def _account(hall: Hall) -> ChannelAccount:
    return ChannelAccount.objects.get(channel="wechat")


def line(transaction: str, fen: int = 100, *, kind: LineKind = LineKind.PAYMENT, refund: str = "") -> BillLine:
    noon = datetime.combine(YESTERDAY, datetime.min.time(), CHINA) + timedelta(hours=12)
    return BillLine(kind, "n", transaction, refund, fen, True, noon)


def test_the_same_line_twice_is_one_difference(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    _charge, order = pay(hall, pay_sandbox, "wechat")
    with tenant_tx(hall.tenant, write=True):
        paid = Payment.objects.get()
        again = line(paid.transaction_id, 20_000)
        bills.store(_account(hall), YESTERDAY, Bill((again, again, again), None))
        bills.store(_account(hall), YESTERDAY, Bill((again,), None))
    assert differences(hall) == [("duplicate", "payment", 20_000, 20_000, False)]
    with tenant_tx(hall.tenant):
        assert ChannelBillLine.objects.count() == 3, "the second bill of a day changes nothing"
    assert order.state == "paid"


def test_midnight_between_two_clocks_explains_itself(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    """Ours says yesterday, theirs the day after: missing there until the next day's bill has it."""
    pay(hall, pay_sandbox, "wechat", day=YESTERDAY - timedelta(days=1))
    with tenant_tx(hall.tenant, write=True):
        paid = Payment.objects.get()
        bills.store(_account(hall), YESTERDAY - timedelta(days=1), None)
    assert differences(hall) == [("missing_there", "payment", 20_000, None, False)]
    with tenant_tx(hall.tenant, write=True):
        bills.store(_account(hall), YESTERDAY, Bill((line(paid.transaction_id, 20_000),), None))
    assert differences(hall) == [("missing_there", "payment", 20_000, None, True)]


def test_a_refund_that_is_done_there_and_not_here_is_asked_about(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charge, _order = pay(hall, pay_sandbox, "wechat")
    with tenant_tx(hall.tenant, write=True):
        (refund,) = ledger.request_refund(charge, amount_fen=5_000, reason="多付", by=FINANCE, key="r")
    pay_sandbox.fault("pending_refund", channel="wechat")
    hall.run("payments.send_refund")
    assert hall.fresh(refund).state == "sent"
    with tenant_tx(hall.tenant, write=True):
        paid = Payment.objects.get()
        told = (line(paid.transaction_id, 20_000), line("x", 5_000, kind=LineKind.REFUND, refund=refund.refund_number))
        bills.store(_account(hall), YESTERDAY, Bill(told, None))
        Difference.objects.update(number="n")
    assert differences(hall) == [("state", "refund", 5_000, 5_000, False)]
    httpx_seen = pay_sandbox.wechat().query_refund("n", refund.refund_number)
    assert httpx_seen.status == "processing"
    hall.run("payments.ask_about_difference")
    assert hall.fresh(refund).state == "succeeded"
    assert differences(hall) == [("state", "refund", 5_000, 5_000, True)]


# -- which are due ----------------------------------------------------------------------------------------------------


def _old_accounts(hall: Hall) -> None:
    with tenant_tx(hall.tenant, write=True):
        ChannelAccount.objects.update(created_at=now() - timedelta(days=3))


def test_a_bill_is_asked_for_from_ten_oclock_on_and_until_it_is_there(hall: Hall) -> None:
    _old_accounts(hall)
    nine = datetime.combine(TODAY, datetime.min.time(), CHINA) + timedelta(hours=9, minutes=59)
    with tenant_tx(hall.tenant, write=True):
        assert YESTERDAY not in {day for _account, day in bills.due(nine)}
        due = bills.due(nine + timedelta(minutes=1))
        assert {(account.channel, day) for account, day in due if day == YESTERDAY} == {
            ("wechat", YESTERDAY), ("alipay", YESTERDAY), ("unionpay", YESTERDAY),
        }  # fmt: skip
        assert min(day for _account, day in due) == TODAY - timedelta(days=3), "not before there was an account"
        bills.not_ready(_account(hall), YESTERDAY, "STATEMENT_CREATING")
        assert (_account(hall), YESTERDAY) in bills.due(nine + timedelta(hours=2))
        bills.store(_account(hall), YESTERDAY, None)
        assert (_account(hall), YESTERDAY) not in bills.due(nine + timedelta(hours=2))


@ALL
def test_not_ready_is_asked_again_and_a_broken_one_too(hall: Hall, pay_sandbox: SandboxForTests, channel: str) -> None:
    pay(hall, pay_sandbox, channel)
    pay_sandbox.fault("bill_not_ready", channel=channel)
    assert fetch(hall, channel).state == "waiting"
    pay_sandbox.fault("bill_broken", channel=channel)
    broken = fetch(hall, channel)
    assert (broken.state, broken.told) == ("refused", "total")
    assert fetch(hall, channel).state == "ready"
    assert differences(hall) == []


def test_patience_ends(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    """No bill in three days: finance is told, once. On a day without money of ours one day is enough."""
    pay(hall, pay_sandbox, "alipay", day=TODAY - timedelta(days=5))
    with tenant_tx(hall.tenant, write=True):
        account = ChannelAccount.objects.get(channel="alipay")
        for _ in range(2):
            missing = bills.not_ready(account, TODAY - timedelta(days=5), "isp.bill_not_exist")
        quiet = bills.not_ready(account, TODAY - timedelta(days=3), "isp.bill_not_exist")
    assert (missing.state, quiet.state) == ("missing", "empty")
    assert differences(hall) == [("no_bill", "", None, None, False)]


# -- closing a day ----------------------------------------------------------------------------------------------------


def settled_day(hall: Hall, box: SandboxForTests, *, day: date = YESTERDAY, name: str = "o") -> None:
    """A WeChat payment on that day, and all three bills there."""
    pay(hall, box, "wechat", day=day, name=name)
    with tenant_tx(hall.tenant, write=True):
        for account in ChannelAccount.objects.all():
            account.created_at = now() - timedelta(days=9)
            account.save()
            if account.channel != "wechat":
                bills.store(account, day, None)
    fetch(hall, "wechat", day)


def test_a_day_is_closed_once_and_keeps_its_figures(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    settled_day(hall, pay_sandbox)
    with tenant_tx(hall.tenant, write=True):
        made = days.close(YESTERDAY, by=FINANCE)
        assert days.close(YESTERDAY, by=OTHER_FINANCE) == made
        view = days.day_view(YESTERDAY)
        assert next((one.channel, one.received, one.received_fen, one.fees_fen) for one in view.channels) == (
            "wechat", 1, 20_000, 120,
        )  # fmt: skip
        with pytest.raises(DayIsClosed):
            days.ensure_open(YESTERDAY)
        with pytest.raises(DayIsClosed):
            days.explain(YESTERDAY, [], reason="x", by=FINANCE)
        days.ensure_open(TODAY)


def test_what_stands_open_keeps_the_day_open(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    pay_sandbox.fault("bill_changed_line", channel="wechat")
    settled_day(hall, pay_sandbox)
    with tenant_tx(hall.tenant, write=True):
        with pytest.raises(DayNotReady) as refused:
            days.close(YESTERDAY, by=FINANCE)
        assert "1 笔差异" in str(refused.value.params["what"])
        (difference,) = Difference.objects.all()
        with pytest.raises(NotTheirDay):
            days.explain(YESTERDAY, [difference.public_id], reason="渠道已更正", by=CUSTOMER)
        assert days.explain(YESTERDAY, [difference.public_id], reason="渠道已更正", by=FINANCE) == 1
        assert days.explain(YESTERDAY, [difference.public_id], reason="别的", by=OTHER_FINANCE) == 0
        assert Difference.objects.get().reason == "渠道已更正"
        days.close(YESTERDAY, by=FINANCE)


def test_a_bill_still_awaited_keeps_the_day_open(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    settled_day(hall, pay_sandbox)
    with tenant_tx(hall.tenant, write=True):
        ChannelBill.objects.filter(channel="alipay").update(state="waiting")
        with pytest.raises(DayNotReady) as refused:
            days.close(YESTERDAY, by=FINANCE)
        assert "支付宝" in str(refused.value.params["what"])
        with pytest.raises(DayNotOver):
            days.close(TODAY, by=FINANCE)
        with pytest.raises(NotTheirDay):
            days.close(YESTERDAY, by=SYSTEM)


def test_late_money_counts_on_the_first_open_day(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    before = YESTERDAY - timedelta(days=1)
    settled_day(hall, pay_sandbox, day=before, name="early")
    with tenant_tx(hall.tenant, write=True):
        days.close(before, by=FINANCE)
    pay(hall, pay_sandbox, "wechat", day=before, name="late")
    with tenant_tx(hall.tenant):
        assert days.day_view(before).received_fen == 20_000
        open_day = days.day_view(YESTERDAY)
        assert (open_day.received_fen, open_day.late) == (20_000, 1)
        total = sum(days.day_view(before + timedelta(days=one)).received_fen for one in range(3))
        assert total == sum(Payment.objects.values_list("amount_fen", flat=True)), "counted once, and on one day"


def test_only_another_person_reopens_and_from_the_last_day_backwards(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    before = YESTERDAY - timedelta(days=1)
    settled_day(hall, pay_sandbox, day=before, name="a")
    settled_day(hall, pay_sandbox, name="b")
    with tenant_tx(hall.tenant, write=True):
        days.close(before, by=FINANCE)
        days.close(YESTERDAY, by=FINANCE)
        with pytest.raises(LaterDayIsClosed):
            days.reopen(before, by=OTHER_FINANCE, reason="补录")
        with pytest.raises(DayNeedsSecondPerson):
            days.reopen(YESTERDAY, by=FINANCE, reason="补录")
        days.reopen(YESTERDAY, by=OTHER_FINANCE, reason="补录")
        with pytest.raises(DayNotClosed):
            days.reopen(YESTERDAY, by=OTHER_FINANCE, reason="补录")
        days.ensure_open(YESTERDAY)
        assert days.closed_through() == before
        days.close(YESTERDAY, by=OTHER_FINANCE)


def test_a_day_with_something_in_it_is_not_closed_along(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    first = YESTERDAY - timedelta(days=2)
    settled_day(hall, pay_sandbox, day=first, name="a")
    settled_day(hall, pay_sandbox, name="c")
    with tenant_tx(hall.tenant, write=True):
        days.close(first, by=FINANCE)
        for account in ChannelAccount.objects.all():
            bills.store(account, first + timedelta(days=1), None)
        days.close(YESTERDAY, by=FINANCE)
        assert days.closing_of(first + timedelta(days=1)) is not None, "nothing moved on it"
