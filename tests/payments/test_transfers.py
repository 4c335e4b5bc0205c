"""Bank transfers: claimed, found, short, too much, twice, by somebody else, and back (RULES C9, E4, P9, P10)."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from payments import ledger, refunds, selectors, suspense, transfers
from payments.errors import (
    BankLineUsed,
    ChargeNotOpen,
    ClaimNotFound,
    ClaimNotWaiting,
    ExplanationMissing,
    NotInSuspense,
    RefundNeedsSecondPerson,
    RefundNotWaiting,
    TransferNotAllowed,
    TransfersNotOffered,
)
from payments.models import (
    Allocation,
    Charge,
    CustomerBalance,
    Payment,
    Refund,
    Suspense,
    TransferClaim,
)
from payments.payers import same_payer
from portal.accounts.actor import Actor
from portal.files.models import FileState, StoredFile
from portal.tenants import tenant_tx
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, Hall

HOLDER = "深圳市测试精密制造有限公司"
PARENT = "深圳市测试控股集团有限公司"
ACCOUNT = "0000111122223333"


@pytest.fixture
def bank(hall: Hall) -> Hall:
    """The hall with an account that one can transfer to."""
    with_account(hall)
    return hall


def with_account(hall: Hall) -> None:
    hall.tenant.payee = {"name": "测试电子认证有限公司", "bank": "测试银行深圳分行", "account": ACCOUNT}
    hall.tenant.save(update_fields=["payee"])


def claimed(hall: Hall, charge: Charge, fen: int = 20_000, *, payer: str = HOLDER, corrects: str = "") -> TransferClaim:
    data = transfers.ClaimData(payer, "6222000011112222", fen, localdate(), "order-1")
    with tenant_tx(hall.tenant, write=True):
        return transfers.claim(charge.public_id, data, by=CUSTOMER, corrects=corrects)


def confirmed(
    hall: Hall, claim: TransferClaim, fen: int = 20_000, *, serial: str = "L1", payer: str = HOLDER, by: Actor = FINANCE
) -> transfers.Confirmed:
    told = transfers.Received(fen, payer, localdate(), serial)
    with tenant_tx(hall.tenant, write=True):
        return transfers.confirm(claim.public_id, told, by=by)


def paper(hall: Hall) -> StoredFile:
    """A row as the store keeps it; its bytes don't matter here."""
    with tenant_tx(hall.tenant, write=True):
        return StoredFile.objects.create(
            tenant=hall.tenant,
            purpose=transfers.EXPLANATION,
            owner="order:x",
            name="说明.pdf",
            content_key="00" * 16,
            kind="pdf",
            content_type="application/pdf",
            size=1,
            digest=b"0" * 32,
            state=FileState.COMMITTED,
        )


def outcomes(hall: Hall) -> list[tuple[object, object]]:
    return [(job["outcome"], job["missing_fen"]) for job in hall.waiting("charge_transfer")]


@pytest.mark.parametrize(
    ("told", "owes", "same"),
    [
        ("测试（深圳）有限公司", "测试(深圳)有限公司", True),
        (" 测试 (深圳) 有限\u3000公司 ", "测试（深圳）有限公司", True),
        ("ＡＢＣ测试有限公司", "abc测试有限公司", True),
        ("测试（深圳）有限公", "测试（深圳）有限公司", False),
        ("", "", False),
        (PARENT, HOLDER, False),
    ],
)
def test_names_are_compared_as_banks_write_them(told: str, owes: str, same: bool) -> None:
    """RULES P10: （）/() and spaces don't matter; what a bank cut off is for a person to see."""
    assert same_payer(told, owes) is same


def test_a_claim_waits_and_finance_finds_the_money(bank: Hall) -> None:
    """RULES C9: the customer claims it, finance confirms what arrived, the charge is settled and told once."""
    charge = bank.open_charge()
    claim = claimed(bank, charge)
    with tenant_tx(bank.tenant):
        assert transfers.finance_is_next(charge.public_id)
        assert str(TransferClaim.objects.get().payer_account) == "**** 2222"
    done = confirmed(bank, claim)
    assert (done.claim.state, done.suspense) == ("confirmed", None)
    assert (done.payment.channel, done.payment.account, done.payment.transaction_id) == ("bank_transfer", ACCOUNT, "L1")
    assert (bank.fresh(charge).state, bank.fresh(charge).credited_fen) == ("settled", 20_000)
    assert [job["channel"] for job in bank.waiting("charge_settled")] == ["bank_transfer"]
    with tenant_tx(bank.tenant):
        assert not transfers.finance_is_next(charge.public_id)
    bank.check_books()


def test_confirming_again_changes_nothing_and_another_line_is_refused(bank: Hall) -> None:
    charge = bank.open_charge()
    claim = claimed(bank, charge)
    first = confirmed(bank, claim)
    assert confirmed(bank, claim, by=OTHER_FINANCE).payment == first.payment
    with pytest.raises(ClaimNotWaiting):
        confirmed(bank, claim, serial="L2", by=OTHER_FINANCE)
    with tenant_tx(bank.tenant):
        assert Payment.objects.count() == 1
    bank.check_books()


def test_one_bank_line_is_one_payment(bank: Hall) -> None:
    """The same serial number for another order: nothing is credited, the claim still waits."""
    first, second = bank.open_charge("order-1"), bank.open_charge("order-2")
    confirmed(bank, claimed(bank, first))
    other = claimed(bank, second)
    with pytest.raises(BankLineUsed) as refused:
        confirmed(bank, other)
    assert refused.value.params["reference"] == "L1"
    assert (bank.fresh(other).state, bank.fresh(second).credited_fen) == ("waiting", 0)
    bank.check_books()


def test_another_account_of_ours_has_serial_numbers_of_its_own(bank: Hall) -> None:
    confirmed(bank, claimed(bank, bank.open_charge("order-1")))
    bank.tenant.payee = {**bank.tenant.payee, "account": "0000999988887777"}
    bank.tenant.save(update_fields=["payee"])
    other = bank.open_charge("order-2")
    confirmed(bank, claimed(bank, other))
    assert bank.fresh(other).state == "settled"


def test_too_little_leaves_the_rest_to_any_channel(bank: Hall) -> None:
    """Partly paid; what is missing is told, and can be scanned."""
    charge = bank.open_charge()
    confirmed(bank, claimed(bank, charge), 15_000)
    assert outcomes(bank) == [("partly", 5_000)]
    rest = bank.start(charge, "wechat")
    assert (bank.fresh(charge).state, rest.amount_fen) == ("open", 5_000)
    again = claimed(bank, charge, 5_000)
    confirmed(bank, again, 5_000, serial="L2")
    assert bank.fresh(charge).state == "settled"
    assert bank.fresh(rest).state in ("closing", "closed")  # P9: settling closes the other channels' orders
    bank.check_books()


def test_too_much_becomes_balance_and_goes_back_by_hand(bank: Hall) -> None:
    """RULES P9: the surplus after one click; a bank's refund is recorded with its own number."""
    charge = bank.open_charge()
    payment = confirmed(bank, claimed(bank, charge), 26_000).payment
    with tenant_tx(bank.tenant):
        assert CustomerBalance.objects.get().amount_fen == 6_000
    with tenant_tx(bank.tenant, write=True):
        refund = ledger.request_surplus_refund(payment, by=FINANCE, key="s")
    assert (refund.state, refund.amount_fen) == ("approved", 6_000)
    assert bank.waiting("payments.send_refund") == [], "no job can send it"
    with tenant_tx(bank.tenant, write=True):
        refunds.record_bank_refund(refund.public_id, bank_reference="B1", by=FINANCE)
    assert (bank.fresh(refund).state, bank.fresh(refund).bank_reference) == ("succeeded", "B1")
    bank.check_books()


def test_a_claim_closes_what_could_still_be_scanned(bank: Hall) -> None:
    """RULES P9: who says that they have transferred it isn't led into paying twice."""
    charge = bank.open_charge()
    order = bank.start(charge)
    claimed(bank, charge)
    assert bank.fresh(order).state == "closing"


def test_money_after_the_charge_is_paid_or_closed_becomes_balance(bank: Hall) -> None:
    """RULES P9: late money on an ended order."""
    charge = bank.open_charge()
    claim = claimed(bank, charge)
    with tenant_tx(bank.tenant, write=True):
        ledger.close_charge(charge, by=FINANCE, reason="order_cancelled")
    confirmed(bank, claim)
    assert bank.fresh(charge).credited_fen == 0
    with tenant_tx(bank.tenant):
        assert CustomerBalance.objects.get(holder=HOLDER).amount_fen == 20_000
    with pytest.raises(ChargeNotOpen):
        claimed(bank, charge)
    bank.check_books()


def test_several_claims_and_taking_one_back(bank: Hall) -> None:
    """RULES E4: entries are addable and deletable."""
    charge = bank.open_charge()
    first, second = claimed(bank, charge, 12_000), claimed(bank, charge, 8_000)
    with tenant_tx(bank.tenant, write=True):
        for _ in range(2):
            transfers.withdraw(charge.public_id, first.public_id, by=CUSTOMER)
    assert (bank.fresh(first).state, bank.fresh(second).state) == ("withdrawn", "waiting")
    with pytest.raises(ClaimNotWaiting):
        confirmed(bank, first)
    confirmed(bank, second, 8_000)
    with pytest.raises(ClaimNotWaiting), tenant_tx(bank.tenant, write=True):
        transfers.withdraw(charge.public_id, second.public_id, by=CUSTOMER)
    with pytest.raises(ClaimNotFound), tenant_tx(bank.tenant, write=True):
        transfers.withdraw(bank.open_charge("order-2").public_id, second.public_id, by=CUSTOMER)
    bank.check_books()


def test_not_found_is_told_and_corrected_and_may_be_found_after_all(bank: Hall) -> None:
    charge = bank.open_charge()
    claim = claimed(bank, charge)
    with tenant_tx(bank.tenant, write=True):
        transfers.refuse(claim.public_id, code="not_found", reason="请核对付款日期", by=FINANCE)
    assert [job["reason"] for job in bank.waiting("charge_transfer")] == ["请核对付款日期"]
    better = claimed(bank, charge, corrects=claim.public_id)
    assert (bank.fresh(claim).state, better.state) == ("withdrawn", "waiting")
    with tenant_tx(bank.tenant, write=True):
        transfers.refuse(better.public_id, code="not_found", reason="", by=FINANCE)
    confirmed(bank, better)  # it came a day later
    assert bank.fresh(charge).state == "settled"


def test_somebody_else_s_money_is_held_until_it_is_explained(bank: Hall) -> None:
    """RULES P10: suspense; a sealed 代付说明; finance releases it; the reviewer sees who paid."""
    charge = bank.open_charge()
    done = confirmed(bank, claimed(bank, charge), payer=PARENT)
    assert done.suspense is not None
    assert (bank.fresh(charge).credited_fen, outcomes(bank)) == (0, [("held", 20_000)])
    with tenant_tx(bank.tenant):
        assert suspense.explanation_needed(charge.public_id)
        assert not transfers.finance_is_next(charge.public_id)
        [seen] = selectors.transfers_of(charge.public_id).received
    assert (seen.payer_name, seen.payer_is_holder, seen.held, seen.amount_fen) == (PARENT, False, True, 20_000)
    with pytest.raises(ExplanationMissing), tenant_tx(bank.tenant, write=True):
        suspense.release_from_suspense(done.payment, by=FINANCE)
    bank.check_books()

    letter = paper(bank)
    with tenant_tx(bank.tenant, write=True):
        suspense.explain(charge.public_id, done.suspense.public_id, letter, by=CUSTOMER)
        assert transfers.finance_is_next(charge.public_id)
    for _ in range(2):
        with tenant_tx(bank.tenant, write=True):
            suspense.release_from_suspense(done.payment, by=FINANCE)
    assert (bank.fresh(charge).state, bank.fresh(done.suspense).state) == ("settled", "released")
    with pytest.raises(NotInSuspense), tenant_tx(bank.tenant, write=True):
        suspense.return_from_suspense(done.payment, by=FINANCE, key="x")
    bank.check_books()


def test_somebody_else_s_money_goes_back_to_its_source(bank: Hall) -> None:
    """RULES P10: the other way; declined or refused by the bank it is held again."""
    charge = bank.open_charge()
    done = confirmed(bank, claimed(bank, charge), payer=PARENT)
    assert done.suspense is not None
    with tenant_tx(bank.tenant, write=True):
        suspense.ask_back(charge.public_id, done.suspense.public_id, by=CUSTOMER)
        refund = suspense.return_from_suspense(done.payment, by=FINANCE, key="h")
        assert suspense.return_from_suspense(done.payment, by=FINANCE, key="h") == refund
    assert (refund.state, bank.fresh(done.suspense).state) == ("approved", "returning")
    letter = paper(bank)
    with pytest.raises(NotInSuspense), tenant_tx(bank.tenant, write=True):
        suspense.release_from_suspense(done.payment, by=FINANCE, explanation_file=letter)
    with tenant_tx(bank.tenant, write=True):
        refunds.bank_refund_failed(refund.public_id, reason="账号已销户", by=FINANCE)
    assert (bank.fresh(done.suspense).state, bank.fresh(done.payment).refunding_fen) == ("held", 0)
    with tenant_tx(bank.tenant, write=True):
        again = suspense.return_from_suspense(done.payment, by=FINANCE, key="h2")
        refunds.record_bank_refund(again.public_id, bank_reference="B2", by=FINANCE)
    assert (bank.fresh(done.suspense).state, bank.fresh(done.payment).refunded_fen) == ("returned", 20_000)
    assert bank.fresh(charge).credited_fen == 0
    bank.check_books()


def test_a_bank_refund_above_the_limit_takes_two_people_then_its_result(bank: Hall) -> None:
    charge = bank.open_charge(lines=(ledger_line(300_000),))
    confirmed(bank, claimed(bank, charge, 300_000), 300_000)
    with tenant_tx(bank.tenant, write=True):
        [refund] = ledger.request_refund(charge, amount_fen=300_000, reason="取消订单", by=FINANCE, key="r")
    assert refund.state == "requested"
    with pytest.raises(RefundNotWaiting), tenant_tx(bank.tenant, write=True):
        refunds.record_bank_refund(refund.public_id, bank_reference="B1", by=FINANCE)
    with pytest.raises(RefundNeedsSecondPerson), tenant_tx(bank.tenant, write=True):
        ledger.approve_refund(refund.public_id, by=FINANCE)
    with tenant_tx(bank.tenant, write=True):
        ledger.approve_refund(refund.public_id, by=OTHER_FINANCE)
        refunds.record_bank_refund(refund.public_id, bank_reference="B1", by=FINANCE)
        refunds.record_bank_refund(refund.public_id, bank_reference="B1", by=FINANCE)
    assert bank.fresh(charge).refunded_fen == 300_000
    assert len(bank.waiting("charge_refunded")) == 1


def test_one_line_of_the_online_bank_is_one_refund(bank: Hall) -> None:
    charge = bank.open_charge()
    confirmed(bank, claimed(bank, charge))
    with tenant_tx(bank.tenant, write=True):
        [first] = ledger.request_refund(charge, amount_fen=5_000, reason="退", by=FINANCE, key="a")
        [second] = ledger.request_refund(charge, amount_fen=5_000, reason="退", by=FINANCE, key="b")
        refunds.record_bank_refund(first.public_id, bank_reference="B1", by=FINANCE)
    with pytest.raises(BankLineUsed), tenant_tx(bank.tenant, write=True):
        refunds.record_bank_refund(second.public_id, bank_reference="B1", by=FINANCE)
    assert bank.fresh(second).state == "approved"
    bank.check_books()


def ledger_line(fen: int):  # type: ignore[no-untyped-def]
    from tests.payments.hall import lines_of

    return lines_of(fen)[0]


def test_only_finance_confirms(bank: Hall) -> None:
    claim = claimed(bank, bank.open_charge())
    for actor in (CUSTOMER, Actor.system("orders"), Actor("staff", 9, "客服")):
        with pytest.raises(TransferNotAllowed):
            confirmed(bank, claim, by=actor)
    with tenant_tx(bank.tenant):
        assert not Payment.objects.exists()


def test_without_an_account_there_is_nothing_to_transfer_to(hall: Hall) -> None:
    with pytest.raises(TransfersNotOffered), tenant_tx(hall.tenant):
        transfers.payee()


# -- refunds over several payments, and quotes that were replaced -----------------------------------------------------


def paid_in_parts(bank: Hall, *parts: int) -> Charge:
    charge = bank.open_charge()
    for number, fen in enumerate(parts):
        confirmed(bank, claimed(bank, charge, fen), fen, serial=f"P{number}")
    return bank.fresh(charge)  # type: ignore[no-any-return]


def test_a_charge_paid_in_parts_is_refunded_in_full(bank: Hall) -> None:
    """A refund for each payment, each with a number of its own; asked again under the same key: the same ones."""
    charge = paid_in_parts(bank, 12_000, 5_000, 3_000)
    for _ in range(2):
        with tenant_tx(bank.tenant, write=True):
            made = ledger.request_refund(charge, amount_fen=20_000, reason="取消", by=Actor.system("orders"), key="o")
            assert ledger.owed_under_key(charge, "o") == 20_000
    assert sorted(part.amount_fen for part in made) == [3_000, 5_000, 12_000]
    assert {part.asked_fen for part in made} == {20_000}
    assert len({part.refund_number for part in made}) == 3
    with tenant_tx(bank.tenant, write=True):
        assert Refund.objects.count() == 3
        for number, part in enumerate(made):
            refunds.record_bank_refund(part.public_id, bank_reference=f"B{number}", by=FINANCE)
        assert ledger.owed_under_key(charge, "o") == 0
    assert bank.fresh(charge).refunded_fen == 20_000
    bank.check_books()


def test_the_limit_looks_at_the_whole_not_at_the_parts(bank: Hall) -> None:
    charge = bank.open_charge(lines=(ledger_line(300_000),))
    for number in range(2):
        confirmed(bank, claimed(bank, charge, 150_000), 150_000, serial=f"P{number}")
    with tenant_tx(bank.tenant, write=True):
        made = ledger.request_refund(charge, amount_fen=300_000, reason="取消", by=FINANCE, key="o")
    assert [part.state for part in made] == ["requested", "requested"]
    with pytest.raises(RefundNeedsSecondPerson), tenant_tx(bank.tenant, write=True):
        ledger.approve_refund(made[0].public_id, by=FINANCE)


def test_what_one_payment_can_give_is_not_split(bank: Hall) -> None:
    charge = paid_in_parts(bank, 12_000, 8_000)
    with tenant_tx(bank.tenant, write=True):
        [whole] = ledger.request_refund(charge, amount_fen=10_000, reason="退", by=FINANCE, key="a")
        rest = ledger.request_refund(charge, amount_fen=10_000, reason="退", by=FINANCE, key="b")
    assert whole.payment.amount_fen == 12_000
    assert sorted(part.amount_fen for part in rest) == [2_000, 8_000]
    bank.check_books()


def test_a_declined_refund_is_told(bank: Hall) -> None:
    charge = paid_in_parts(bank, 20_000)
    with tenant_tx(bank.tenant, write=True):
        [refund] = ledger.request_refund(charge, amount_fen=20_000, reason="退", by=Actor.system("payments"), key="o")
        ledger.decline_refund(refund.public_id, by=FINANCE, reason="证书已使用")
        assert ledger.owed_under_key(charge, "o") == 0
    assert [job["refund"] for job in bank.waiting("refund_declined")] == [refund.public_id]
    assert bank.fresh(charge).refundable_fen == 20_000


@pytest.mark.parametrize(("new_total", "state", "balance"), [(30_000, "open", 0), (9_000, "settled", 3_000)])
def test_money_follows_to_the_new_quote(bank: Hall, new_total: int, state: str, balance: int) -> None:
    """A partly paid quote was replaced: not a fen is lost; what the new one doesn't take is balance."""
    old = paid_in_parts(bank, 7_000, 5_000)
    with tenant_tx(bank.tenant, write=True):
        closed = ledger.close_charge(old, by=FINANCE, reason="quote_replaced")
    new = bank.open_charge("order-1b", (ledger_line(new_total),))
    for moved in (12_000, 0):
        with tenant_tx(bank.tenant, write=True):
            assert ledger.carry_over(closed, new, by=CUSTOMER) == moved
    assert bank.fresh(old).credited_fen == 0
    assert (bank.fresh(new).credited_fen, bank.fresh(new).state) == (12_000 - balance, state)
    with tenant_tx(bank.tenant):
        assert sum(CustomerBalance.objects.values_list("amount_fen", flat=True)) == balance
    bank.check_books()


def test_without_a_new_quote_the_money_becomes_balance(bank: Hall) -> None:
    old = paid_in_parts(bank, 7_000)
    with tenant_tx(bank.tenant, write=True):
        closed = ledger.close_charge(old, by=FINANCE, reason="quote_replaced")
        assert ledger.carry_over(closed, None, by=CUSTOMER) == 7_000
    with tenant_tx(bank.tenant):
        assert CustomerBalance.objects.get().amount_fen == 7_000
    bank.check_books()


def test_only_a_closed_charge_gives_its_money_away(bank: Hall) -> None:
    old = paid_in_parts(bank, 7_000)
    new = bank.open_charge("order-1b")
    with pytest.raises(ChargeNotOpen), tenant_tx(bank.tenant, write=True):
        ledger.carry_over(old, new, by=CUSTOMER)
    assert bank.fresh(old).credited_fen == 7_000


def test_rows_are_told_apart(bank: Hall) -> None:
    """A day in the bank's statement is the tenant's day, at midnight there."""
    confirmed(bank, claimed(bank, bank.open_charge()))
    with tenant_tx(bank.tenant):
        [payment] = Payment.objects.all()
        assert payment.paid_at.utcoffset() == timedelta(0)
        [seen] = selectors.transfers_of(Charge.objects.get().public_id).received
        assert seen.paid_on == localdate()
        assert not Suspense.objects.exists()
        assert Allocation.objects.count() == 1
