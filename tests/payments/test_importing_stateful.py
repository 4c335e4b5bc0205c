"""Imports in any order, again and overlapping, between people's own work: one state, and not a fen too much.

Days are told by any number of files, in any order of lines; charges are opened, claimed and confirmed by hand in
between. What a person has done stays as it is.
"""

import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from payments import transfers
from payments.models import BankTransaction, Charge, Payment, TransferClaim
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.payments.bank import DAY, HOLDER, OTHER, Bank, came, export, number
from tests.payments.hall import FINANCE, Hall
from tests.payments.statements.exports import OPENING, Told

_tries = itertools.count(1)
DAYS = range(1, 9)


def told_on(day: int, base: int) -> list[Told]:
    """What the bank has booked on a day: by number, by somebody else, twins, something else, and what went out."""
    fen = 20_000 + day
    return [
        came(fen, number(base + day), day=day, serial=f"N{base}-{day}"),
        came(fen, number(base + 100 + day), name=OTHER, day=day, hour=10, serial=f"O{base}-{day}"),
        *[came(900 + day, "货款", name="东莞市样本电子有限公司", day=day, hour=11, serial=f"T{base}-{day}")] * 2,
        came(-150, "手续费", day=day, hour=12, serial=f"F{base}-{day}"),
    ]


def file_of(first: int, last: int, base: int) -> bytes:
    before = sum(one.fen for day in range(1, first) for one in told_on(day, base))
    return export([one for day in range(first, last + 1) for one in told_on(day, base)], opening=OPENING + before)


class ImportMachine(RuleBasedStateMachine):
    def __init__(self, bank: Bank) -> None:
        super().__init__()
        self.bank = bank
        self.base = next(_tries) * 1_000
        self.told: set[int] = set()
        self.by_hand: dict[int, tuple[object, ...]] = {}
        for day in DAYS:
            bank.owes(self.base + day, 20_000 + day)

    @rule(first=st.sampled_from(DAYS), days=st.integers(1, 4))
    def import_some_days(self, first: int, days: int) -> None:
        last = min(first + days - 1, max(DAYS))
        self.bank.imports(file_of(first, last, self.base))
        self.told |= set(range(first, last + 1))

    @rule(day=st.sampled_from(DAYS), right=st.booleans())
    def confirm_by_hand(self, day: int, right: bool) -> None:
        """Before or after the line has come; sometimes with an amount that isn't the line's."""
        with tenant_tx(self.bank.hall.tenant):
            charge = Charge.objects.filter(number=number(self.base + day)).first()
        if charge is None or not charge.open_fen:
            return
        fen = 20_000 + day if right else 111
        claim = self.bank.claims(charge, fen, day=DAY.replace(day=day))
        told = transfers.Received(fen, HOLDER, DAY.replace(day=day), f"N{self.base}-{day}")
        try:
            with tenant_tx(self.bank.hall.tenant, write=True):
                done = transfers.confirm(claim.public_id, told, by=FINANCE)
        except PortalError:
            with tenant_tx(self.bank.hall.tenant, write=True):
                transfers.refuse(claim.public_id, code="not_found", reason="", by=FINANCE)
            return
        self.by_hand[done.payment.pk] = self.facts(done.payment.pk)

    def facts(self, payment: int) -> tuple[object, ...]:
        with tenant_tx(self.bank.hall.tenant):
            row = Payment.objects.get(pk=payment)
            parts = row.allocations.order_by("id").values_list("charge_id", "amount_fen", "by")
            claim = TransferClaim.objects.filter(payment=row).values_list("state", "decided_by").first()
            return (row.amount_fen, row.evidence, row.transaction_id, tuple(parts), claim)

    @invariant()
    def every_line_once(self) -> None:
        with tenant_tx(self.bank.hall.tenant):
            mine = BankTransaction.objects.filter(bank_serial__contains=f"{self.base}-")
            assert mine.count() == 5 * len(self.told), "twins are two, everything else one"

    @invariant()
    def books_balance(self) -> None:
        self.bank.check_books()

    @invariant()
    def a_serial_is_paid_once(self) -> None:
        """By hand under the bank's serial, or by machine under the line: never both."""
        with tenant_tx(self.bank.hall.tenant):
            for line in BankTransaction.objects.exclude(payment=None).select_related("payment"):
                same = Payment.objects.filter(transaction_id__in=[line.bank_serial, line.identity])
                assert [one.pk for one in same] == [line.payment_id]

    @invariant()
    def what_people_did_stays(self) -> None:
        for payment, facts in self.by_hand.items():
            assert self.facts(payment) == facts

    @invariant()
    def somebody_elses_money_is_never_taken(self) -> None:
        with tenant_tx(self.bank.hall.tenant):
            assert not BankTransaction.objects.filter(payer_name=OTHER).exclude(state="left").exists()


@pytest.mark.timeout(300)
def test_imports_between_peoples_work(hall: Hall) -> None:
    bank = Bank.of(hall)
    run_state_machine_as_test(
        lambda: ImportMachine(bank),
        settings=settings(
            max_examples=5,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],
        ),
    )


@pytest.mark.timeout(300)
def test_any_order_of_files_and_lines_gives_one_state(hall: Hall) -> None:
    """Whatever files tell these days, in whatever order: lines, money and charges are the same."""
    bank = Bank.of(hall)
    pictures = []

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.permutations([(1, 3), (2, 4), (4, 4), (1, 1), (3, 4)]))
    def tried(files: list[tuple[int, int]]) -> None:
        base = next(_tries) * 1_000
        for day in range(1, 5):
            bank.owes(base + day, 20_000 + day)
        for first, last in files:
            bank.imports(file_of(first, last, base))
        with tenant_tx(bank.hall.tenant):
            lines = BankTransaction.objects.filter(bank_serial__contains=f"{base}-").order_by("booked_on", "row", "id")
            found = sorted(lines.values_list("booked_on", "amount_fen", "state", "matched_by"))
            mine = [number(base + day) for day in range(1, 5)]
            owed = sorted(Charge.objects.filter(number__in=mine).values_list("total_fen", "credited_fen", "state"))
        pictures.append((found, owed))

    tried()
    assert len(pictures) >= 2
    assert all(picture == pictures[0] for picture in pictures)
    assert [row[2] for row in pictures[0][1]] == ["settled"] * 4


@pytest.mark.timeout(120)
def test_nothing_crosses_tenants(hall: Hall, other_tenant: Tenant) -> None:
    """The same file for two halls: each has its own lines, and money for its own charges."""
    bank, other = Bank.of(hall), Bank.of(Hall(other_tenant))
    mine = bank.owes(1)
    theirs = other.owes(1)
    other.imports([came(20_000, number(1))])
    assert bank.states() == []
    assert bank.hall.fresh(mine).credited_fen == 0
    assert other.hall.fresh(theirs).credited_fen == 20_000
