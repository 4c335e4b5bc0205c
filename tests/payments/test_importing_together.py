"""Two workers at one file, and at files that overlap: the same lines and money as one worker alone (PostgreSQL)."""

import pytest

from payments import importing
from payments.models import BankTransaction, Charge, Payment
from portal.tenants import tenant_tx
from tests.payments.bank import Bank, came, export, number
from tests.payments.hall import FINANCE, Hall
from tests.payments.test_concurrency import at_once

pytestmark = pytest.mark.postgres


def run(bank: Bank, data: bytes) -> object:
    with tenant_tx(bank.hall.tenant, write=True):
        upload = importing.begin(bank.hall.tenant, bank.account, data, by=FINANCE)
    return importing.run(bank.hall.tenant, upload, data, by=FINANCE)


def test_one_file_by_three_workers_at_once(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 5)
    monkeypatch.setattr(importing.line_matching, "CHUNK", 4)
    bank = Bank.of(hall)
    for serial in range(1, 21):
        bank.owes(serial, 20_000 + serial)
    told = [came(20_000 + day, number(day), day=day) for day in range(1, 21)]
    told += [came(500, "利息", name="", day=day, hour=12) for day in range(1, 21)]
    twins = [came(700, "货款", day=21, serial="T"), came(700, "货款", day=21, serial="T")]
    data, later = export(told), export([*told[10:20], *told[30:], *twins], opening=2_000_000)

    done = at_once(lambda: run(bank, data), lambda: run(bank, data), lambda: run(bank, later))

    assert all(isinstance(one, importing.Imported) for one in done), done
    assert sum(one.new for one in done) == 42  # type: ignore[attr-defined]
    assert sum(one.matched.number for one in done) == 20  # type: ignore[attr-defined]
    with tenant_tx(hall.tenant):
        assert BankTransaction.objects.count() == 42
        assert Payment.objects.count() == 20
        assert Charge.objects.filter(state="settled").count() == 20
        assert BankTransaction.objects.filter(state="left").count() == 22
    assert len(hall.waiting("charge_settled")) == 20
    bank.check_books()
