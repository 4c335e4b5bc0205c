"""Two members of finance at once, on PostgreSQL: one wins, the other is told (RULES P9)."""

import pytest

from payments.models import Allocation, BankTransaction, Payment
from payments.workbench.errors import LineNotWaiting, NotUndoable, ShareTooMuch
from portal.tenants import tenant_tx
from tests.payments.hall import FINANCE, OTHER_FINANCE, Hall
from tests.payments.test_concurrency import at_once
from tests.payments.test_transfers import with_account
from tests.payments.workbench.scene import bank_line, charge_of, decide, undo

pytestmark = pytest.mark.postgres


def test_one_line_decided_by_two(hall: Hall) -> None:
    with_account(hall)
    for number in range(5):
        one, two = charge_of(hall, f"a{number}"), charge_of(hall, f"b{number}")
        line = bank_line(hall)
        results = at_once(
            lambda c=one, ln=line: decide(hall, ln, (c, 20_000)),  # type: ignore[misc]
            lambda c=two, ln=line: decide(hall, ln, (c, 20_000), by=OTHER_FINANCE),  # type: ignore[misc]
        )
        assert sum(isinstance(result, LineNotWaiting) for result in results) == 1
        with tenant_tx(hall.tenant):
            payment = BankTransaction.objects.get(pk=line.pk).payment
            assert [row.amount_fen for row in Allocation.objects.filter(payment=payment)] == [20_000]
    hall.check_books()


def test_two_lines_for_one_charge_at_once(hall: Hall) -> None:
    """Never over-allocated: the second finds nothing open."""
    with_account(hall)
    for number in range(5):
        charge = charge_of(hall, f"c{number}")
        lines = [bank_line(hall), bank_line(hall)]
        results = at_once(
            *(lambda ln=line, c=charge: decide(hall, ln, (c, 20_000)) for line in lines)  # type: ignore[misc]
        )
        assert sum(isinstance(result, ShareTooMuch) for result in results) == 1
    hall.check_books()


def test_undone_twice_at_once(hall: Hall) -> None:
    with_account(hall)
    for number in range(5):
        charge, line = charge_of(hall, f"d{number}", 30_000), bank_line(hall)
        decide(hall, line, (charge, 20_000))
        results = at_once(lambda ln=line: undo(hall, ln, by=FINANCE), lambda ln=line: undo(hall, ln, by=OTHER_FINANCE))  # type: ignore[misc]
        assert sum(isinstance(result, NotUndoable) for result in results) == 1
        assert hall.fresh(charge).credited_fen == 0
    with tenant_tx(hall.tenant):
        assert Payment.objects.count() == 5
    hall.check_books()
