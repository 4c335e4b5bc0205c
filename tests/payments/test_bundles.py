"""One payment number for several charges (RULES P16): Σ shares = amount, no charge twice."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from payments import bundle_settling, bundles, invoicing, ledger
from payments.buyers import Buyer
from payments.errors import BundleNotOpen, BundleUnfit, ChargeInBundle, ChargeIsSettled
from payments.models import Bundle, BundleShare, Charge, CustomerBalance, Invoice, InvoiceKind
from payments.numbering import number_rule
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests, now
from tests.payments.hall import CUSTOMER, FINANCE, SYSTEM, Hall, lines_of

AGENT = "深圳市测试代办有限公司"


def three(hall: Hall, *amounts: int) -> list[Charge]:
    return [
        hall.open_charge(f"order-{at}.1", lines_of(fen)) for at, fen in enumerate(amounts or (10_000, 20_000, 30_000))
    ]


def make(hall: Hall, charges: list[Charge], buyer: Buyer | None = None, key: str = "b1") -> Bundle:
    with tenant_tx(hall.tenant, write=True):
        return bundles.make(
            [charge.public_id for charge in charges], payer_name=AGENT, by=CUSTOMER, key=key, buyer=buyer
        )


def pay(hall: Hall, charge_id: int, fen: int, serial: str = "S1") -> None:
    with tenant_tx(hall.tenant, write=True):
        ledger.credit(
            channel="bank_transfer", transaction_id=serial, amount_fen=fen, paid_at=now(), evidence="statement",
            by=SYSTEM, charge_id=charge_id, payer_name=AGENT,
        )  # fmt: skip


def states(hall: Hall, charges: list[Charge]) -> list[tuple[str, int]]:
    return [((fresh := hall.fresh(charge)).state, fresh.credited_fen) for charge in charges]


def balance(hall: Hall) -> int:
    with tenant_tx(hall.tenant):
        return sum(CustomerBalance.objects.values_list("amount_fen", flat=True))


def test_a_number_with_a_check_digit_and_the_sum(hall: Hall) -> None:
    bundle = make(hall, three(hall))
    assert (len(bundle.number), bundle.number[:2], number_rule().valid(bundle.number)) == (17, "98", True)
    carrier = hall.fresh(bundle.carrier)
    assert (carrier.total_fen, carrier.number, carrier.payer_name) == (60_000, bundle.number, AGENT)
    assert make(hall, [], key="b1").pk == bundle.pk, "the same key is the same bundle"


def test_one_transfer_settles_all(hall: Hall) -> None:
    charges = three(hall)
    bundle = make(hall, charges)
    pay(hall, bundle.carrier_id, 60_000)
    assert states(hall, charges) == [("settled", 10_000), ("settled", 20_000), ("settled", 30_000)]
    assert (hall.fresh(bundle).state, hall.fresh(bundle.carrier).credited_fen) == ("paid", 0)
    assert [row["reference"] for row in hall.waiting("charge_settled")] == ["order-0.1", "order-1.1", "order-2.1"]
    hall.check_books()
    pay(hall, bundle.carrier_id, 60_000)  # told again
    pay(hall, bundle.carrier_id, 60_000, serial="S2")  # paid again: it goes back after one click (P9)
    assert balance(hall) == 60_000
    hall.check_books()


def test_one_code_settles_all(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charges = three(hall)
    bundle = make(hall, charges)
    pay_sandbox.pay(hall.start(bundle.carrier).code_url)
    hall.run("payments.poll_order")
    assert [state for state, _ in states(hall, charges)] == ["settled"] * 3
    hall.check_books()


def test_too_little_waits_too_much_becomes_balance(hall: Hall) -> None:
    charges = three(hall)
    bundle = make(hall, charges)
    pay(hall, bundle.carrier_id, 59_999)
    assert states(hall, charges) == [("open", 0)] * 3, "nobody is half paid"
    assert hall.fresh(bundle.carrier).open_fen == 1
    pay(hall, bundle.carrier_id, 101, serial="S2")
    assert [state for state, _ in states(hall, charges)] == ["settled"] * 3
    assert balance(hall) == 100
    hall.check_books()


def test_frozen_while_it_is_paid(hall: Hall) -> None:
    charges = three(hall)
    order = hall.start(charges[0])
    bundle = make(hall, charges)
    assert hall.fresh(order).state == "closing", "what could be paid alone is closed"
    with pytest.raises(ChargeInBundle) as refused, tenant_tx(hall.tenant, write=True):
        ledger.start_payment(charges[0].public_id, "wechat", by=CUSTOMER, key="alone")
    assert refused.value.params == {"number": bundle.number}
    with pytest.raises(BundleUnfit):
        make(hall, charges[:2], key="b2")
    with tenant_tx(hall.tenant):
        assert Bundle.objects.count() == 1


def test_dissolved_with_a_part_paid(hall: Hall) -> None:
    charges = three(hall)
    bundle = make(hall, charges)
    pay(hall, bundle.carrier_id, 25_000)
    with tenant_tx(hall.tenant, write=True):
        bundle_settling.dissolve(bundle, by=CUSTOMER, reason="customer")
    assert states(hall, charges) == [("settled", 10_000), ("open", 15_000), ("open", 0)]
    with pytest.raises(BundleNotOpen), tenant_tx(hall.tenant, write=True):
        bundle_settling.dissolve(bundle, by=CUSTOMER, reason="customer")
    assert make(hall, charges[1:], key="b2").carrier.total_fen == 35_000
    hall.check_books()


def test_closing_one_charge_frees_the_others(hall: Hall) -> None:
    charges = three(hall)
    bundle = make(hall, charges)
    with tenant_tx(hall.tenant, write=True):
        ledger.close_charge(charges[1], by=SYSTEM, reason="order_cancelled")
    assert hall.fresh(bundle).state == "dissolved"
    assert [state for state, _ in states(hall, charges)] == ["open", "closed", "open"]
    pay(hall, bundle.carrier_id, 60_000)  # the transfer was on its way
    assert balance(hall) == 60_000
    hall.check_books()


def test_cancelling_one_of_a_paid_bundle_gives_back_its_share(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    charges = three(hall)
    bundle = make(hall, charges)
    pay_sandbox.pay(hall.start(bundle.carrier).code_url)
    hall.run("payments.poll_order")
    with tenant_tx(hall.tenant, write=True):
        refunds = ledger.request_refund(charges[1], amount_fen=20_000, reason="取消", by=FINANCE, key="r1")
    hall.run("payments.send_refund", "payments.follow_refund")
    assert [(one.amount_fen, hall.fresh(one).state) for one in refunds] == [(20_000, "succeeded")]
    assert [hall.fresh(charge).refunded_fen for charge in charges] == [0, 20_000, 0]
    hall.check_books()


def invoices(hall: Hall) -> list[tuple[str, int, str]]:
    with tenant_tx(hall.tenant):
        return list(Invoice.objects.order_by("id").values_list("colour", "amount_fen", "title"))


def ask(hall: Hall, charges: list[Charge]) -> None:
    """As each order does once it is paid."""
    for at, charge in enumerate(charges):
        with tenant_tx(hall.tenant, write=True):
            invoicing.request_invoice(charge, title=f"单位{at}", tax_number="", email="", phone="", by=SYSTEM)


def test_n_invoices_or_one(hall: Hall) -> None:
    charges = three(hall)
    pay(hall, make(hall, charges).carrier_id, 60_000)
    ask(hall, charges)
    assert invoices(hall) == [("blue", 10_000, "单位0"), ("blue", 20_000, "单位1"), ("blue", 30_000, "单位2")]


def test_one_invoice_for_all_is_lowered_by_a_refund(hall: Hall) -> None:
    charges = three(hall)
    bundle = make(hall, charges, Buyer(InvoiceKind.ORDINARY, AGENT))
    pay(hall, bundle.carrier_id, 60_000)
    ask(hall, charges)
    assert invoices(hall) == [("blue", 60_000, AGENT)]
    with tenant_tx(hall.tenant, write=True):
        Invoice.objects.update(state="issued", number="2" * 20)
        (refund,) = ledger.request_refund(charges[0], amount_fen=10_000, reason="取消", by=FINANCE, key="r1")
    from payments.refunds import record_bank_refund

    with tenant_tx(hall.tenant, write=True):
        record_bank_refund(refund.public_id, bank_reference="B1", by=FINANCE)
    assert invoices(hall)[1:] == [("blue", 50_000, AGENT), ("red", 60_000, AGENT)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(amounts=[1, 1], cuts=[1], alone=True, end="close_one")
@given(
    amounts=st.lists(st.integers(1, 50_000), min_size=2, max_size=4),
    cuts=st.lists(st.integers(1, 60_000), min_size=1, max_size=4),
    alone=st.booleans(),
    end=st.sampled_from(["nothing", "dissolve", "close_one"]),
)
def test_the_shares_are_the_amount_and_no_charge_is_paid_twice(
    hall: Hall, amounts: list[int], cuts: list[int], alone: bool, end: str
) -> None:
    mark = f"{Counter.next()}"
    charges = [hall.open_charge(f"{mark}-{at}.1", lines_of(fen)) for at, fen in enumerate(amounts)]
    before = balance(hall)
    bundle = make(hall, charges, key=mark)
    paid = 0
    if alone:  # money that named the order itself, on its way before
        pay(hall, charges[0].pk, amounts[0], serial=f"{mark}-a")
        paid += amounts[0]
    for at, fen in enumerate(cuts):
        pay(hall, bundle.carrier_id, fen, serial=f"{mark}-{at}")
        pay(hall, bundle.carrier_id, fen, serial=f"{mark}-{at}")
        paid += fen
    if end != "nothing" and hall.fresh(bundle).state == "open":
        # what the bundle holds may settle the very charge that was to be closed: refused, and nothing has changed
        with suppress(ChargeIsSettled), tenant_tx(hall.tenant, write=True):
            if end == "dissolve":
                bundle_settling.dissolve(bundle, by=CUSTOMER, reason="x")
            elif hall.fresh(charges[-1]).state == "open":
                ledger.close_charge(charges[-1], by=SYSTEM, reason="x")
    given_fen = 0
    with tenant_tx(hall.tenant):
        given_fen = sum(BundleShare.objects.filter(bundle=bundle).values_list("given_fen", flat=True))
    credited = sum(hall.fresh(charge).credited_fen for charge in charges)
    held = hall.fresh(bundle.carrier).credited_fen
    assert credited + held + balance(hall) - before == paid
    assert credited == given_fen + (amounts[0] if alone else 0)
    assert all(hall.fresh(charge).credited_fen <= fen for charge, fen in zip(charges, amounts, strict=True))
    if sum(cuts) >= sum(amounts):
        assert {hall.fresh(charge).state for charge in charges} == {"settled"}
    hall.check_books()


class Counter:
    at = 0

    @classmethod
    def next(cls) -> int:
        cls.at += 1
        return cls.at
