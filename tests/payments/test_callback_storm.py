"""Callbacks by the thousand, shuffled, repeated, altered, lost: no double credit, the sandbox's ledger to the fen."""

from bench.world.callbacks import ALTERED, Storm
from payments.models import ChannelOrder
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import Hall


def test_both_ledgers_are_the_same_to_the_fen(hall: Hall, pay_sandbox: SandboxForTests) -> None:
    book = pay_sandbox.sandbox.book
    book._db.execute("UPDATE trade SET state='closed' WHERE state='paid'")  # other tests' money
    storm = Storm(hall.tenant, pay_sandbox.sandbox, pay_sandbox.merchant, seed=20261121)
    storm.place(150)
    storm.rage(1_500)
    assert set(storm.sent) >= {"same", "fresh", "closed", *ALTERED}
    told = storm.differences()
    assert all("there, None here" in line or "settled and" in line for line in told), "nothing but what is lost"
    assert not any("double" in line for line in told)
    storm.ask()
    assert storm.differences() == []
    with tenant_tx(hall.tenant):
        paid = [one for one in storm.placed if one.callback is not None]
        assert ChannelOrder.objects.filter(state="paid").count() == len(paid), "a late CLOSED never undoes PAID"
    hall.check_books()
