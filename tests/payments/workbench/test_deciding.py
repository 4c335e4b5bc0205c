"""What finance decides about a line: one charge, several, several lines for one, balance, back, suspense (P9, P10)."""

import json

import pytest
from django.utils.timezone import localdate

from payments import ledger
from payments.errors import BankLineUsed, DayIsClosed, TransferNotAllowed
from payments.models import BankTransaction, CustomerBalance, DayClose, Payment, Refund, Suspense, TransferClaim
from payments.workbench import deciding
from payments.workbench.deciding import RestTo
from payments.workbench.errors import (
    CustomerAnswered,
    LineNotFound,
    LineNotWaiting,
    MoneyGoneOn,
    NothingDecided,
    NotUndoable,
    OrderGoneOn,
    PayerIsAnother,
    ReasonMissing,
    ShareTooMuch,
    TotalsDiffer,
)
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, Hall
from tests.payments.test_transfers import claimed, confirmed, with_account
from tests.payments.workbench.scene import PARENT, bank_line, charge_of, decide, snapshot, undo, where


@pytest.fixture
def bank(hall: Hall) -> Hall:
    with_account(hall)
    return hall


def test_a_line_pays_one_charge(bank: Hall) -> None:
    """Through the one function that credits: settled, recorded once under the bank's own account."""
    charge, line = charge_of(bank, "o1"), bank_line(bank)
    done = decide(bank, line, (charge, 20_000))[0]
    assert (done.state, done.matched_by, done.decided_by) == ("matched", "person", "财务甲")
    assert (bank.fresh(charge).state, bank.fresh(charge).credited_fen) == ("settled", 20_000)
    with tenant_tx(bank.tenant):
        payment = Payment.objects.get()
        assert (payment.account, payment.transaction_id, payment.evidence) == (
            line.account.number,
            line.identity,
            "statement",
        )
        detail = json.loads(AuditRow.objects.filter(action="line.decided").get().body)["detail"]
    assert detail["shares"] == {charge.public_id: 20_000}
    bank.check_books()


def test_a_line_is_split_over_charges_and_the_rest_becomes_balance(bank: Hall) -> None:
    """P9: what is too much is the holder's balance."""
    one, two = charge_of(bank, "o1", 5_000), charge_of(bank, "o2", 7_000)
    line = bank_line(bank, 15_000)
    decide(bank, line, (one, 5_000), (two, 6_000), rest=4_000)
    assert where(bank, line) == {"charge": 11_000, "balance": 4_000}
    assert (bank.fresh(one).state, bank.fresh(two).state, bank.fresh(two).open_fen) == ("settled", "open", 1_000)
    with tenant_tx(bank.tenant):
        assert CustomerBalance.objects.get().amount_fen == 4_000
    bank.check_books()


def test_several_lines_pay_one_charge(bank: Hall) -> None:
    charge = charge_of(bank, "o1", 9_000)
    lines = [bank_line(bank, 4_000), bank_line(bank, 5_500)]
    decide(bank, lines, (charge, 9_000), rest=500)
    assert [where(bank, line) for line in lines] == [{"charge": 4_000}, {"charge": 5_000, "balance": 500}]
    assert bank.fresh(charge).state == "settled"
    bank.check_books()


def test_the_rest_goes_back_to_its_source(bank: Hall) -> None:
    """P9: one click by finance."""
    charge, line = charge_of(bank, "o1", 5_000), bank_line(bank, 6_000)
    decide(bank, line, (charge, 5_000), rest=1_000, to=RestTo.REFUND)
    with tenant_tx(bank.tenant):
        refund = Refund.objects.get()
        assert (refund.source, refund.amount_fen, refund.state) == ("balance", 1_000, "approved")
        assert CustomerBalance.objects.get().amount_fen == 0
    bank.check_books()
    before = snapshot(bank)
    with pytest.raises(MoneyGoneOn):
        undo(bank, line)
    assert snapshot(bank) == before


def test_too_little_asks_the_customer_for_the_rest(bank: Hall) -> None:
    """P9, C9: the claim that tells it is confirmed, the charge stays open."""
    charge = charge_of(bank, "o1")
    claim = claimed(bank, charge, 15_000)
    decide(bank, bank_line(bank, 15_000), (charge, 15_000))
    assert bank.fresh(claim).state == "confirmed"
    news = bank.waiting("charge_transfer")[-1]
    assert (news["outcome"], news["amount_fen"], news["missing_fen"]) == ("partly", 15_000, 5_000)


def test_all_of_a_line_may_be_balance(bank: Hall) -> None:
    line = bank_line(bank, 700)
    decide(bank, line, rest=700)
    assert where(bank, line) == {"balance": 700}
    bank.check_books()


@pytest.mark.parametrize(
    ("shares", "rest", "error"),
    [
        ((20_001,), 0, TotalsDiffer),
        ((19_999,), 0, TotalsDiffer),
        ((20_000,), 1, TotalsDiffer),
        ((20_001,), -1, TotalsDiffer),
        ((0,), 20_000, TotalsDiffer),
        ((), 0, NothingDecided),
        ((20_000,), 10_000, ShareTooMuch),
    ],
)
def test_what_does_not_balance_changes_nothing(
    bank: Hall, shares: tuple[int, ...], rest: int, error: type[Exception]
) -> None:
    """Σ shares + rest = Σ lines, to the fen; never more than is open."""
    charge = charge_of(bank, "o1", 15_000)
    line = bank_line(bank, 30_000 if error is ShareTooMuch else 20_000)
    before = snapshot(bank)
    with pytest.raises(error):
        decide(bank, line, *((charge, fen) for fen in shares), rest=rest)
    assert snapshot(bank) == before


def test_another_payer_is_refused_and_held(bank: Hall) -> None:
    """P10: not credited; the customer is told; undone as long as the customer hasn't answered."""
    charge, line = charge_of(bank, "o1"), bank_line(bank, payer=PARENT)
    before = snapshot(bank)
    with pytest.raises(PayerIsAnother):
        decide(bank, line, (charge, 20_000), holder_checked=True)
    assert snapshot(bank) == before
    with tenant_tx(bank.tenant, write=True):
        held = deciding.hold(line.public_id, charge=charge.public_id, note="", by=FINANCE)
    assert (held.state, where(bank, line), bank.fresh(charge).credited_fen) == ("held", {}, 0)
    assert bank.waiting("charge_transfer")[-1]["outcome"] == "held"
    assert undo(bank, line).state == "left"
    with tenant_tx(bank.tenant, write=True):
        assert not Suspense.objects.exists()
        deciding.hold(line.public_id, charge=charge.public_id, note="", by=FINANCE)
        Suspense.objects.update(wish="refund")
    with pytest.raises(CustomerAnswered):
        undo(bank, line)


@pytest.mark.parametrize("shown", ["", "深圳市测试精密制造"])
def test_a_name_that_the_bank_cut_counts_when_a_person_has_looked(bank: Hall, shown: str) -> None:
    """P10: bank truncation."""
    charge, line = charge_of(bank, "o1"), bank_line(bank, payer=shown)
    with pytest.raises(PayerIsAnother):
        decide(bank, line, (charge, 20_000))
    decide(bank, line, (charge, 20_000), holder_checked=True, note="与凭证一致")
    assert bank.fresh(charge).state == "settled"


def test_money_that_nobody_knows_is_held_and_decided_later(bank: Hall) -> None:
    charge, line = charge_of(bank, "o1"), bank_line(bank)
    with tenant_tx(bank.tenant, write=True), pytest.raises(ReasonMissing):
        deciding.hold(line.public_id, note=" ", by=FINANCE)
    with tenant_tx(bank.tenant, write=True):
        deciding.hold(line.public_id, note="等客户来电", by=FINANCE)
    assert where(bank, line) == {}
    decide(bank, line, (charge, 20_000))
    assert where(bank, line) == {"charge": 20_000}
    bank.check_books()


def test_the_second_of_two_finds_it_decided(bank: Hall) -> None:
    one, two, line = charge_of(bank, "o1"), charge_of(bank, "o2"), bank_line(bank)
    decide(bank, line, (one, 20_000))
    before = snapshot(bank)
    with pytest.raises(LineNotWaiting) as refused:
        decide(bank, line, (two, 20_000), by=OTHER_FINANCE)
    assert refused.value.params["by"] == "财务甲"
    assert snapshot(bank) == before


def test_only_finance_decides(bank: Hall) -> None:
    line = bank_line(bank)
    for refused, error in ((CUSTOMER, TransferNotAllowed),):
        with pytest.raises(error):
            decide(bank, line, rest=20_000, by=refused)
    with tenant_tx(bank.tenant, write=True), pytest.raises(LineNotFound):
        deciding.ignore("nothing", note="x", by=FINANCE)


def test_a_decision_is_undone_by_negative_rows(bank: Hall) -> None:
    """Append-only: every row stays, the reversal names who and why; then it is decided anew."""
    one, two = charge_of(bank, "o1", 30_000), charge_of(bank, "o2")
    claim = claimed(bank, one)
    line = bank_line(bank, 22_000)
    decide(bank, line, (one, 20_000), rest=2_000)
    undone = undo(bank, line, "记错了单位", by=OTHER_FINANCE)
    assert (undone.state, undone.decided_by, undone.note) == ("left", "财务乙", "记错了单位")
    assert where(bank, line) == {}
    assert (bank.fresh(one).credited_fen, bank.fresh(claim).state, bank.fresh(claim).payment) == (0, "waiting", None)
    with tenant_tx(bank.tenant):
        rows = list(undone.payment.allocations.order_by("id").values_list("amount_fen", "why", "by"))
        assert sorted(rows) == [
            (-20_000, "undone", "财务乙"),
            (-2_000, "undone", "财务乙"),
            (2_000, "person", "财务甲"),
            (20_000, "person", "财务甲"),
        ]
        assert json.loads(AuditRow.objects.filter(action="line.undone").get().body)["detail"]["reason"] == "记错了单位"
    decide(bank, line, (two, 20_000), rest=2_000, to=RestTo.REFUND, holder="另一家测试有限公司")
    assert where(bank, line) == {"charge": 20_000, "balance": 2_000}
    bank.check_books()
    with tenant_tx(bank.tenant, write=True):
        refund = Refund.objects.get()
        ledger_refunds = Refund.objects.filter(pk=refund.pk)
        assert ledger_refunds.get().payment_id == undone.payment_id


def test_a_settled_charge_is_reopened_while_nobody_has_heard(bank: Hall) -> None:
    """A slip is taken back at once; what has been told stays told, and money goes back by refund."""
    charge, line = charge_of(bank, "o1"), bank_line(bank)
    decide(bank, line, (charge, 20_000))
    undo(bank, line)
    assert (bank.fresh(charge).state, bank.fresh(charge).credited_fen) == ("open", 0)
    assert bank.waiting("charge_settled") == []
    decide(bank, line, (charge, 20_000))
    bank.run("charge_transfer", "charge_settled")
    before = snapshot(bank)
    with pytest.raises(OrderGoneOn):
        undo(bank, line)
    assert snapshot(bank) == before
    bank.check_books()


def test_undoing_wants_a_reason_and_something_to_undo(bank: Hall) -> None:
    line = bank_line(bank)
    with pytest.raises(NotUndoable):
        undo(bank, line)
    with tenant_tx(bank.tenant, write=True):
        deciding.ignore(line.public_id, note="利息", by=FINANCE)
    with pytest.raises(ReasonMissing):
        undo(bank, line, " ")
    assert undo(bank, line).state == "left"


def test_money_that_was_carried_on_is_not_undone(bank: Hall) -> None:
    charge, line = charge_of(bank, "o1", 30_000), bank_line(bank)
    decide(bank, line, (charge, 20_000))
    with tenant_tx(bank.tenant, write=True):
        closed = ledger.close_charge(charge, by=FINANCE, reason="quote_replaced")
        ledger.carry_over(closed, None, by=FINANCE)
    with pytest.raises(MoneyGoneOn):
        undo(bank, line)
    bank.check_books()


def test_what_was_decided_on_a_closed_day_stays(bank: Hall) -> None:
    """Period lock: money of a closed day may still be found, a decision of that day isn't undone."""
    charge, line, other = charge_of(bank, "o1", 30_000), bank_line(bank), bank_line(bank, 700)
    decide(bank, line, (charge, 20_000))
    with tenant_tx(bank.tenant, write=True):
        DayClose.objects.create(day=localdate(), closed_by="财务乙")
    before = snapshot(bank)
    with pytest.raises(DayIsClosed):
        undo(bank, line)
    assert snapshot(bank) == before
    decide(bank, other, rest=700)


def test_a_line_and_its_serial_typed_by_hand_are_one_payment(bank: Hall) -> None:
    """Confirmed by hand first or decided here first: recorded once; an undone line keeps its money."""
    charge = charge_of(bank, "o1", 50_000)
    line = bank_line(bank, serial="L1")
    confirmed(bank, claimed(bank, charge), serial="L1")
    with pytest.raises(LineNotWaiting):
        decide(bank, line, rest=20_000)
    other = bank_line(bank, 10_000, serial="L2")
    decide(bank, other, (charge, 10_000))
    claim = claimed(bank, charge, 10_000)
    with pytest.raises(BankLineUsed):
        confirmed(bank, claim, 10_000, serial="L2")
    undo(bank, other)
    with pytest.raises(BankLineUsed):
        confirmed(bank, claim, 10_000, serial="L2")
    with tenant_tx(bank.tenant):
        assert Payment.objects.count() == 2
        assert TransferClaim.objects.filter(payment__isnull=False).count() == 1
        assert BankTransaction.objects.get(pk=line.pk).payment_id == Payment.objects.get(transaction_id="L1").pk
    bank.check_books()


def test_automatic_work_leaves_what_people_did(bank: Hall) -> None:
    """Undone or held by a person: no run of the matching takes it up again."""
    from payments import line_matching

    charge = charge_of(bank, "o1")
    line = bank_line(bank)
    decide(bank, line, (charge, 20_000))
    undo(bank, line)
    before = snapshot(bank)
    line_matching.match_new(bank.tenant, line.account)
    assert snapshot(bank) == before
