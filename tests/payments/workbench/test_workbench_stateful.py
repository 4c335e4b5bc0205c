"""Lines decided, undone, held, refunded and confirmed by hand in any order: not a fen is lost or allocated twice.

Σ allocations + unallocated = amount; never over-allocated; refunds within what was paid; whoever is refused has
changed nothing (RULES C9, P9, P10).
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db.models import Sum
from django.utils.timezone import localdate
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from payments import ledger, refunds, transfers
from payments.models import Allocation, BankTransaction, Charge, CustomerBalance, Payment, Refund, TransferClaim
from payments.workbench import deciding, undoing
from payments.workbench.deciding import Decision, RestTo, Share
from portal.errors import PortalError
from portal.tenants import tenant_tx
from tests.payments.hall import CUSTOMER, FINANCE, OTHER_FINANCE, Hall
from tests.payments.test_transfers import HOLDER, PARENT, with_account
from tests.payments.workbench.scene import bank_line, charge_of, snapshot

_runs = itertools.count(1)
FEN = st.sampled_from([300, 700, 1_000])
ONE, TWO, THREE = st.integers(0, 2), st.integers(0, 2), st.integers(0, 3)


class Workbench(RuleBasedStateMachine):
    """Three charges, four lines; one of the lines is somebody else's."""

    def __init__(self, hall: Hall) -> None:
        super().__init__()
        self.hall = hall
        self.run = next(_runs)
        self.steps = itertools.count(1)

    @initialize()
    def a_statement(self) -> None:
        self.charges = [charge_of(self.hall, f"w{self.run}.{n}", 1_000) for n in range(3)]
        amounts = [(1_000, HOLDER), (700, HOLDER), (300, HOLDER), (1_000, PARENT)]
        self.lines = [
            bank_line(self.hall, fen, payer=payer, serial=f"W{self.run}-{n}") for n, (fen, payer) in enumerate(amounts)
        ]

    @contextmanager
    def write(self) -> Iterator[None]:
        before = snapshot(self.hall)
        try:
            with tenant_tx(self.hall.tenant, write=True):
                yield
        except PortalError:
            assert snapshot(self.hall) == before, "a refusal changes nothing"

    @rule(line=THREE, one=ONE, two=TWO, first=FEN, second=FEN, to=st.sampled_from(RestTo), exact=st.booleans())
    def split(self, line: int, one: int, two: int, first: int, second: int, to: RestTo, exact: bool) -> None:
        came = self.lines[line].amount_fen
        shares = (Share(self.charges[one].public_id, min(first, came)),)
        if one != two and first < came:
            shares += (Share(self.charges[two].public_id, min(second, came - first)),)
        rest = came - sum(share.fen for share in shares) + (0 if exact else 1)
        with self.write():
            deciding.decide([self.lines[line].public_id], Decision(shares, rest, to), by=FINANCE)

    @rule(charge=ONE, lines=st.sets(st.integers(0, 2), min_size=2))
    def merge(self, charge: int, lines: set[int]) -> None:
        chosen = [self.lines[n] for n in lines]
        came = sum(line.amount_fen for line in chosen)
        with tenant_tx(self.hall.tenant):
            take = min(came, Charge.objects.get(pk=self.charges[charge].pk).open_fen)
        with self.write():
            decision = Decision((Share(self.charges[charge].public_id, take),), came - take)
            deciding.decide([line.public_id for line in chosen], decision, by=OTHER_FINANCE)

    @rule(line=THREE, charge=ONE, meant=st.booleans())
    def hold(self, line: int, charge: int, meant: bool) -> None:
        with self.write():
            target = self.charges[charge].public_id if meant else ""
            deciding.hold(self.lines[line].public_id, charge=target, note="看看", by=FINANCE)

    @rule(line=THREE)
    def undo(self, line: int) -> None:
        with self.write():
            undoing.undo(self.lines[line].public_id, reason="选错了", by=OTHER_FINANCE)

    @rule(line=THREE, charge=ONE)
    def confirm_by_hand(self, line: int, charge: int) -> None:
        """The customer claims it, finance types the serial of a line that the statement tells, too."""
        told = self.lines[line]
        with self.write():
            data = transfers.ClaimData(HOLDER, "6222000011112222", told.amount_fen, localdate())
            claim = transfers.claim(self.charges[charge].public_id, data, by=CUSTOMER)
            received = transfers.Received(told.amount_fen, told.payer_name, told.booked_on, told.bank_serial)
            transfers.confirm(claim.public_id, received, by=FINANCE)

    @rule(charge=ONE, fen=FEN)
    def ask_for_a_refund(self, charge: int, fen: int) -> None:
        with self.write():
            ledger.request_refund(
                self.charges[charge], amount_fen=fen, reason="退", by=FINANCE, key=f"w{self.run}-{next(self.steps)}"
            )

    @rule(done=st.booleans())
    def the_bank_answers(self, done: bool) -> None:
        with tenant_tx(self.hall.tenant):
            refund = Refund.objects.filter(payment__in=self.mine(), state="approved").order_by("id").first()
        if refund is None:
            return
        with self.write():
            if done:
                refunds.record_bank_refund(refund.public_id, bank_reference=f"B-{refund.pk}", by=FINANCE)
            else:
                refunds.bank_refund_failed(refund.public_id, reason="退汇", by=FINANCE)

    def mine(self):  # type: ignore[no-untyped-def]
        lines = BankTransaction.objects.filter(pk__in=[line.pk for line in self.lines], payment__isnull=False)
        return Payment.objects.filter(pk__in=lines.values("payment"))

    @invariant()
    def books_balance(self) -> None:
        if not hasattr(self, "lines"):
            return
        self.hall.check_books()

    @invariant()
    def a_line_is_its_payment_and_its_state(self) -> None:
        if not hasattr(self, "lines"):
            return
        with tenant_tx(self.hall.tenant):
            assert not Payment.objects.filter(bank_lines=None).exists(), "no money but the statement's"
            for line in BankTransaction.objects.filter(pk__in=[line.pk for line in self.lines]):
                allocated = _sum(Allocation.objects.filter(payment=line.payment)) if line.payment else 0
                assert allocated == (line.amount_fen if line.state == "matched" else 0)
            assert not TransferClaim.objects.filter(payment__isnull=False).exclude(state="confirmed").exists()
            assert not CustomerBalance.objects.filter(amount_fen__lt=0).exists()


def _sum(rows) -> int:  # type: ignore[no-untyped-def]
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


@pytest.mark.timeout(300)
def test_a_statement_under_any_decisions(hall: Hall) -> None:
    with_account(hall)
    run_state_machine_as_test(
        lambda: Workbench(hall),
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # shrinking would replay thousands of transactions
        ),
    )
