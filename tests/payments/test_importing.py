"""Bank statements stored and matched: once, in any order, and never more than is certain (RULES C9, P9, P10)."""

import pytest

from payments import importing, transfers
from payments.errors import BankLineUsed
from payments.models import Allocation, BankStatement, BankTransaction, Charge, Payment, StatementUpload
from payments.statements.errors import WrongAccount
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from tests.payments.bank import DAY, HOLDER, OTHER, Bank, came, export, number
from tests.payments.hall import FINANCE, Hall


@pytest.fixture
def bank(hall: Hall) -> Bank:
    return Bank.of(hall)


def test_the_number_in_the_remark_and_the_amount_that_is_open(bank: Bank) -> None:
    """RULES C9: matched by machine, credited in full, and whoever asked for the money is told."""
    charge = bank.owes(1)
    done = bank.imports([came(20_000, f"证书费 {number(1)}"), came(-5_000, "手续费", hour=10)])

    assert (done.new, done.known) == (2, 0)
    assert (done.matched.number, done.matched.left) == (1, 0)
    fresh: Charge = bank.hall.fresh(charge)
    assert (fresh.state, fresh.credited_fen) == ("settled", 20_000)
    assert bank.states() == [(-5_000, "out", ""), (20_000, "matched", "number")]
    with tenant_tx(bank.hall.tenant):
        payment = Payment.objects.get()
        line = BankTransaction.objects.get(amount_fen=20_000)
        assert (payment.channel, payment.account, payment.evidence) == (
            "bank_transfer",
            bank.account.number,
            "statement",
        )
        assert payment.transaction_id == line.identity
        assert line.payment == payment
        assert payment.payer_name == HOLDER
    [news] = bank.hall.waiting("charge_settled")
    assert (news["charge"], news["total_fen"], news["channel"]) == (charge.public_id, 20_000, "bank_transfer")
    bank.check_books()


def test_the_same_rows_as_crediting_one_by_one(bank: Bank) -> None:
    """``credit_in_full`` is ``credit`` for many: rows, audit and jobs are alike."""
    from payments import ledger
    from payments.crediting import InFull, credit_in_full
    from portal.audit.models import AuditRow

    one, other = bank.owes(1), bank.owes(2)
    at = one.created_at
    with tenant_tx(bank.hall.tenant, write=True):
        ledger.credit(
            channel="bank_transfer", account="A", transaction_id="x", amount_fen=20_000, paid_at=at,
            evidence="statement", by=FINANCE, charge_id=one.pk, payer_name=HOLDER,
        )  # fmt: skip
    with tenant_tx(bank.hall.tenant, write=True):
        credit_in_full(
            [InFull(other.pk, "y", 20_000, at, HOLDER)],
            channel="bank_transfer", account="A", evidence="statement", by=FINANCE,
        )  # fmt: skip
    with tenant_tx(bank.hall.tenant):
        kept = ("state", "credited_fen", "total_fen", "refunded_fen")
        assert Charge.objects.values_list(*kept).get(pk=one.pk) == Charge.objects.values_list(*kept).get(pk=other.pk)
        for model, names in (
            (Payment, ("channel", "account", "amount_fen", "evidence", "payer_name", "paid_at")),
            (Allocation, ("target", "amount_fen", "why", "by")),
            (Job, ("handler", "state")),
        ):
            first, second = model.objects.order_by("id").values_list(*names)
            assert first == second
        said = [
            row.action
            for row in AuditRow.objects.order_by("seq")
            if row.action.startswith(("payment.", "charge.settled"))
        ]
        assert said == ["payment.recorded", "charge.settled"] * 2
    bank.check_books()


def test_what_the_customer_has_told_of_the_transfer(bank: Bank) -> None:
    """By claim: unique both ways, equal amount, name and day; the claim is confirmed with it and its payer told."""
    charge = bank.owes(1)
    claim = bank.claims(charge, day=DAY)
    _backdate(bank, charge)
    done = bank.imports([came(20_000, "货款")])

    assert done.matched.claim == 1
    fresh = bank.hall.fresh(claim)
    assert fresh.state == "confirmed"
    assert fresh.payment_id is not None
    [news] = bank.hall.waiting("charge_transfer")
    assert (news["claim"], news["outcome"], news["missing_fen"]) == (claim.public_id, "credited", 0)
    assert bank.states() == [(20_000, "matched", "claim")]
    bank.check_books()


def test_a_claim_on_the_charge_that_the_number_named_is_confirmed_too(bank: Bank) -> None:
    charge = bank.owes(1)
    claim = bank.claims(charge, day=DAY)
    bank.imports([came(20_000, number(1))])
    assert bank.hall.fresh(claim).state == "confirmed"
    assert bank.states() == [(20_000, "matched", "number")]


@pytest.mark.parametrize(
    ("fen", "name", "memo"),
    [
        (19_999, HOLDER, number(1)),  # too little
        (20_001, HOLDER, number(1)),  # too much
        (20_000, OTHER, number(1)),  # somebody else pays (RULES P10)
        (20_000, HOLDER, number(1)[:16] + str((int(number(1)[16]) + 1) % 10)),  # one wrong digit
        (20_000, HOLDER, "货款"),  # nothing said
    ],
)
def test_what_isnt_certain_is_left_for_finance(bank: Bank, fen: int, name: str, memo: str) -> None:
    charge = bank.owes(1)
    done = bank.imports([came(fen, memo, name=name)])
    assert (done.matched.total, done.matched.left) == (0, 1)
    assert bank.states() == [(fen, "left", "")]
    assert bank.hall.fresh(charge).credited_fen == 0
    with tenant_tx(bank.hall.tenant):
        assert not Payment.objects.exists()


def test_where_others_may_pay_they_are_credited(bank: Bank) -> None:
    charge = bank.owes(1, must=False)
    bank.imports([came(20_000, number(1), name=OTHER)])
    assert bank.hall.fresh(charge).state == "settled"


def test_the_same_file_twice_and_overlapping_files(bank: Bank) -> None:
    for serial in range(1, 5):
        bank.owes(serial, 20_000 + serial)
    all_of_it = [came(20_000 + day, number(day), day=day) for day in range(1, 5)]
    first = bank.imports(all_of_it[:3])
    picture = bank.picture()
    again = bank.imports(all_of_it[:3])
    assert bank.picture() == picture
    assert (first.new, first.known, again.new, again.known) == (3, 0, 0, 3)

    overlapping = bank.imports(all_of_it[1:], opening=1_020_001)
    assert (overlapping.new, overlapping.known) == (1, 2)
    assert [row[1] for row in bank.states()] == ["matched"] * 4
    with tenant_tx(bank.hall.tenant):
        assert BankStatement.objects.count() == 2
        assert StatementUpload.objects.filter(state="done").count() == 3
    bank.check_books()


def test_genuine_twins_are_two_lines(bank: Bank) -> None:
    """Two transfers alike in everything: told twice in one file, so they were made twice."""
    bank.owes(1)
    twins = [came(20_000, number(1), serial="S1"), came(20_000, number(1), serial="S1")]
    bank.imports(twins)
    bank.imports(twins)
    assert bank.states() == [(20_000, "left", ""), (20_000, "left", "")]


def test_a_line_that_finance_had_confirmed_is_that_payment(bank: Bank) -> None:
    """Typed with the bank's serial before the statement came: recognised, not doubled, not altered."""
    charge = bank.owes(1)
    claim = bank.claims(charge)
    with tenant_tx(bank.hall.tenant, write=True):
        by_hand = transfers.confirm(claim.public_id, transfers.Received(20_000, HOLDER, DAY, "B77"), by=FINANCE)
    before = (by_hand.payment.recorded_at, by_hand.payment.evidence)

    done = bank.imports([came(20_000, number(1), serial="B77")])

    assert done.matched.known == 1
    assert bank.states() == [(20_000, "matched", "known")]
    with tenant_tx(bank.hall.tenant):
        payment = Payment.objects.get()
        assert (payment.recorded_at, payment.evidence) == before
    bank.check_books()


def test_a_transfer_confirmed_by_hand_uses_its_line(bank: Bank) -> None:
    """The line was left; finance types its serial: it is that money, and can't be used again."""
    charge, other = bank.owes(1), bank.owes(2, 30_000)
    bank.imports([came(20_000, "货款", serial="B77")])
    claim, again = bank.claims(charge, day=DAY), bank.claims(other, day=DAY)
    with tenant_tx(bank.hall.tenant, write=True):
        transfers.confirm(claim.public_id, transfers.Received(20_000, HOLDER, DAY, "B77"), by=FINANCE)
    assert bank.states() == [(20_000, "matched", "person")]
    with pytest.raises(BankLineUsed), tenant_tx(bank.hall.tenant, write=True):
        transfers.confirm(again.public_id, transfers.Received(20_000, HOLDER, DAY, "B77"), by=FINANCE)
    bank.check_books()


def test_a_line_matched_by_machine_cant_be_confirmed_by_hand(bank: Bank) -> None:
    bank.owes(1)
    bank.imports([came(20_000, number(1), serial="B77")])
    claim = bank.claims(bank.owes(2, 30_000), day=DAY)
    with pytest.raises(BankLineUsed), tenant_tx(bank.hall.tenant, write=True):
        transfers.confirm(claim.public_id, transfers.Received(20_000, HOLDER, DAY, "B77"), by=FINANCE)
    bank.check_books()


def test_a_serial_that_was_typed_with_another_amount_is_nobodys(bank: Bank) -> None:
    """The machine neither doubles the money nor believes either: a person looks."""
    bank.owes(1, 15_000)
    claim = bank.claims(bank.owes(2), 20_000)
    with tenant_tx(bank.hall.tenant, write=True):
        transfers.confirm(claim.public_id, transfers.Received(20_000, HOLDER, DAY, "B77"), by=FINANCE)
    bank.imports([came(15_000, number(1), serial="B77")])
    assert bank.states() == [(15_000, "left", "")]
    with tenant_tx(bank.hall.tenant):
        assert BankTransaction.objects.get().note == "这个流水号已人工登记，但金额或日期不同"
        assert Payment.objects.count() == 1


def test_another_accounts_file_changes_nothing(bank: Bank) -> None:
    with tenant_tx(bank.hall.tenant, write=True):
        bank.account.number = "999900001111"
        bank.account.save(update_fields=["number"])
    data = export([came(20_000)])
    with tenant_tx(bank.hall.tenant, write=True):
        upload = importing.begin(bank.hall.tenant, bank.account, data, by=FINANCE)
    assert (upload.state, upload.refusal) == ("refused", "payments.statement_wrong_account")
    with pytest.raises(WrongAccount):
        importing.run(bank.hall.tenant, upload, data, by=FINANCE)
    assert bank.states() == []


def test_what_the_bank_has_told_doesnt_change(bank: Bank) -> None:
    bank.imports([came(20_000)])
    with tenant_tx(bank.hall.tenant, write=True):
        line = BankTransaction.objects.get()
        line.amount_fen = 1
        with pytest.raises(TypeError, match="doesn't change"):
            line.save()
        with pytest.raises(TypeError, match="doesn't change"):
            line.save(update_fields=["amount_fen"])
        line.note = "问过客户"
        line.save(update_fields=["note"])


def test_the_payers_account_is_sealed(bank: Bank) -> None:
    bank.imports([came(20_000)])
    with tenant_tx(bank.hall.tenant):
        line = BankTransaction.objects.get()
        assert str(line.payer_account) == "**** 1111"
        assert b"6222000000001111" not in bytes(BankTransaction.objects.values_list("payer_account", flat=True)[0])


def test_a_run_that_stopped_in_the_middle_goes_on(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored and not matched: the next run matches what it finds new, whatever file it has."""
    charge = bank.owes(1)

    def stops(*_args: object, **_kwargs: object) -> object:
        raise RuntimeError("the worker was killed")

    with monkeypatch.context() as broken:
        broken.setattr(importing.line_matching, "match_new", stops)
        with pytest.raises(RuntimeError):
            bank.imports([came(20_000, number(1))])
    assert bank.states() == [(20_000, "new", "")]
    done = bank.imports([came(20_000, number(1))])
    assert (done.new, done.known, done.matched.number) == (0, 1, 1)
    assert bank.hall.fresh(charge).state == "settled"
    bank.check_books()


def _backdate(bank: Bank, charge: Charge) -> None:
    """Opened on the day before the money came."""
    from datetime import UTC, datetime

    with tenant_tx(bank.hall.tenant, write=True):
        Charge.objects.filter(pk=charge.pk).update(created_at=datetime(2026, 11, 19, tzinfo=UTC))
