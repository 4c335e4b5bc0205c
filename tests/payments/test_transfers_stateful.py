"""Transfers, refunds and replaced quotes in any order: not a fen is lost or allocated twice (RULES C9, P9, P10).

A payer claims, withdraws and pays online; finance confirms what the bank brought (short, exact, too much, from
somebody else, the same line twice), refuses, releases, sends back; quotes are replaced in between.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db.models import F, Sum
from django.utils.timezone import localdate, now
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from payments import ledger, refunds, suspense, transfers
from payments.models import Allocation, Charge, CustomerBalance, Payment, Refund, Suspense, TransferClaim
from portal.errors import PortalError
from portal.tenants import tenant_tx
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, SYSTEM, Hall, lines_of
from tests.payments.test_transfers import HOLDER, PARENT, bank, paper  # noqa: F401  the fixture

_counter = itertools.count(1)
AMOUNTS = st.sampled_from([1, 399, 600, 1_000, 1_700])


class TransferMachine(RuleBasedStateMachine):
    claims = Bundle("claims")
    refunds = Bundle("refunds")

    def __init__(self, hall: Hall) -> None:
        super().__init__()
        self.hall = hall
        self.run = next(_counter)
        self.received = 0
        self.serials: list[str] = []
        self.letter = paper(hall)

    @initialize()
    def a_quote(self) -> None:
        self.charge = self.hall.open_charge(f"t{self.run}.0", lines_of(1_000))

    @contextmanager
    def write(self) -> Iterator[None]:
        """A refusal in words is fine; it must have changed nothing, which the invariants see."""
        try:
            with tenant_tx(self.hall.tenant, write=True):
                yield
        except PortalError:
            pass

    @rule(target=claims, fen=AMOUNTS)
    def claim(self, fen: int):  # type: ignore[no-untyped-def]
        with self.write():
            data = transfers.ClaimData(HOLDER, "6222000011112222", fen, localdate())
            return transfers.claim(self.charge.public_id, data, by=CUSTOMER)
        return multiple()

    @rule(claim=claims)
    def withdraw(self, claim: TransferClaim) -> None:
        with self.write():
            transfers.withdraw(Charge.objects.get(pk=claim.charge_id).public_id, claim.public_id, by=CUSTOMER)

    @rule(
        claim=claims,
        fen=AMOUNTS,
        payer=st.sampled_from([HOLDER, HOLDER, PARENT]),
        line=st.sampled_from(["new", "new", "last"]),
        by=st.sampled_from([FINANCE, OTHER_FINANCE]),
    )
    def confirm(self, claim: TransferClaim, fen: int, payer: str, line: str, by) -> None:  # type: ignore[no-untyped-def]
        serial = self.serials[-1] if line == "last" and self.serials else f"{self.run}-{next(_counter)}"
        with self.write():
            done = transfers.confirm(claim.public_id, transfers.Received(fen, payer, localdate(), serial), by=by)
            if serial not in self.serials:
                self.serials.append(serial)
                self.received += done.payment.amount_fen

    @rule(claim=claims)
    def refuse(self, claim: TransferClaim) -> None:
        with self.write():
            transfers.refuse(claim.public_id, code="not_found", reason="", by=FINANCE)

    @rule(fen=AMOUNTS)
    def online_money(self, fen: int) -> None:
        with self.write():
            ledger.credit(
                channel="wechat",
                transaction_id=f"w-{self.run}-{next(_counter)}",
                amount_fen=fen,
                paid_at=now(),
                evidence="query",
                by=SYSTEM,
                charge_id=self.charge.pk,
            )
            self.received += fen

    @rule(fen=AMOUNTS)
    def replace_the_quote(self, fen: int) -> None:
        with self.write():
            closed = ledger.close_charge(self.charge, by=CUSTOMER, reason="quote_replaced")
            new = ledger.open_charge(
                reference=f"t{self.run}.{next(_counter)}",
                description="续期",
                payer_name=HOLDER,
                lines=lines_of(fen),
                by=CUSTOMER,
            )
            ledger.carry_over(closed, new, by=CUSTOMER)
            self.charge = new

    @rule(target=refunds, fen=AMOUNTS, key=st.sampled_from(["same", "new"]))
    def ask_for_a_refund(self, fen: int, key: str):  # type: ignore[no-untyped-def]
        name = f"r-{self.run}-{self.charge.pk}" if key == "same" else f"r-{next(_counter)}"
        with self.write():
            parts = ledger.request_refund(self.charge, amount_fen=fen, reason="退", by=CUSTOMER, key=name)
            assert sum(part.amount_fen for part in parts) == fen
            return multiple(*parts)
        return multiple()

    @rule(target=refunds)
    def send_surplus_back(self):  # type: ignore[no-untyped-def]
        with self.write():
            payment = self.mine().filter(allocations__target="balance").order_by("-id").first()
            if payment is not None:
                return ledger.request_surplus_refund(payment, by=FINANCE, key=f"s-{next(_counter)}")
        return multiple()

    @rule(refund=refunds, approve=st.booleans())
    def decide(self, refund: Refund, approve: bool) -> None:
        with self.write():
            if approve:
                ledger.approve_refund(refund.public_id, by=OTHER_FINANCE)
            else:
                ledger.decline_refund(refund.public_id, by=OTHER_FINANCE, reason="不退")

    @rule(refund=refunds, done=st.booleans())
    def the_bank_answers(self, refund: Refund, done: bool) -> None:
        with self.write():
            if done:
                refunds.record_bank_refund(refund.public_id, bank_reference=f"B-{refund.pk}", by=FINANCE)
            else:
                refunds.bank_refund_failed(refund.public_id, reason="退汇", by=FINANCE)

    @rule(target=refunds, release=st.booleans())
    def decide_on_strangers_money(self, release: bool):  # type: ignore[no-untyped-def]
        with self.write():
            held = Suspense.objects.select_related("payment", "charge").filter(payment__in=self.mine()).last()
            if held is not None and release:
                suspense.release_from_suspense(held.payment, by=FINANCE, explanation_file=self.letter)
            elif held is not None:
                return suspense.return_from_suspense(held.payment, by=FINANCE, key=f"h-{next(_counter)}")
        return multiple()

    def mine(self):  # type: ignore[no-untyped-def]
        return Payment.objects.filter(transaction_id__regex=rf"^(w-)?{self.run}-")

    @invariant()
    def books_balance(self) -> None:
        """Σ allocations + unallocated = amount, by payment; never over-allocated; refunds within what was paid."""
        with tenant_tx(self.hall.tenant):
            assert _sum(self.mine()) == self.received, "recorded once, whatever was confirmed how often"
            for payment in self.mine():
                rows = Allocation.objects.filter(payment=payment)
                assert 0 <= _sum(rows) <= payment.amount_fen
                assert _sum(rows) in (0, payment.amount_fen)
                for target in ("charge", "balance", "refund"):
                    assert _sum(rows.filter(target=target)) >= 0
                assert payment.refunded_fen + payment.refunding_fen <= payment.amount_fen
                assert _sum(rows.filter(target="refund")) == payment.refunded_fen
            for charge in Charge.objects.filter(reference__startswith=f"t{self.run}."):
                held = _sum(Allocation.objects.filter(charge=charge, target="charge"))
                assert held == charge.credited_fen - charge.refunded_fen
                assert charge.refunded_fen + charge.refunding_fen <= charge.credited_fen <= charge.total_fen
                assert (charge.state != "settled") or charge.credited_fen == charge.total_fen
            leaving = _sum(Refund.objects.filter(source="balance", state__in=["requested", "approved", "sent"]))
            assert _sum(CustomerBalance.objects.all()) + leaving == _sum(Allocation.objects.filter(target="balance"))

    @invariant()
    def a_bank_line_is_one_payment_of_one_claim(self) -> None:
        with tenant_tx(self.hall.tenant):
            found = TransferClaim.objects.filter(payment__isnull=False)
            assert found.count() == found.values("payment").distinct().count()
            assert not found.exclude(state="confirmed").exists()

    @invariant()
    def strangers_money_is_credited_only_when_released(self) -> None:
        with tenant_tx(self.hall.tenant):
            for held in Suspense.objects.filter(payment__in=self.mine()).exclude(state="released"):
                assert not Allocation.objects.filter(payment=held.payment).exclude(target="refund").exists()
            over = Payment.objects.filter(refunding_fen__gt=F("amount_fen"))
            assert not over.exists()


def _sum(rows) -> int:  # type: ignore[no-untyped-def]
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


@pytest.mark.timeout(300)
def test_transfers_under_any_order_of_events(bank: Hall) -> None:  # noqa: F811
    run_state_machine_as_test(
        lambda: TransferMachine(bank),
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # shrinking would replay thousands of transactions
        ),
    )
