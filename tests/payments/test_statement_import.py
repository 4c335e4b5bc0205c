"""``manage.py statement import``: stores, matches, says what happened; an exit that scripts can trust."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from payments import statement_tasks
from payments.models import BankTransaction, StatementUpload
from payments.statement_continuity import gap_before
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from tests.payments.bank import Bank, came, export, number
from tests.payments.hall import FINANCE, Hall


@pytest.fixture
def bank(hall: Hall) -> Bank:
    return Bank.of(hall)


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("statement", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_stored_and_told(bank: Bank, tmp_path: Path) -> None:
    bank.owes(1)
    file = tmp_path / "流水.csv"
    file.write_bytes(export([came(20_000, number(1)), came(700, "利息", name="", hour=10), came(-5_000, hour=11)]))
    where = ("--tenant", bank.hall.tenant.slug, "--account", bank.account.number)

    assert run("import", file, *where).splitlines() == [
        "中国建设银行 2026-11-20 至 2026-11-20：3 笔，其中新的 3 笔",
        "  收入 207.00 元，支出 50.00 元",
        "新的 3 笔，已有的 0 笔",
        "自动入账 1 笔（订单编号 1，转账登记 0），此前已人工核对 0 笔，待处理 1 笔",
    ]
    assert run("import", file, *where).splitlines()[-2:] == [
        "新的 0 笔，已有的 3 笔",
        "自动入账 0 笔（订单编号 0，转账登记 0），此前已人工核对 0 笔，待处理 0 笔",
    ]
    with tenant_tx(bank.hall.tenant):
        assert StoredFile.objects.filter(purpose="bank_statement", state="committed").count() == 2


def test_refused_leaves_nothing_behind(bank: Bank, tmp_path: Path) -> None:
    """Another account, an amount that isn't one, an account that isn't the tenant's: not zero, and nothing stored."""
    file = tmp_path / "流水.csv"
    file.write_bytes(export([came(20_000)]).replace(b"200.00", b"2OO.00"))
    where = ("--tenant", bank.hall.tenant.slug, "--account")
    with pytest.raises(CommandError, match="不能确认"):
        run("import", file, *where, bank.account.number)
    with pytest.raises(CommandError, match="没有登记收款账户"):
        run("import", file, *where, "777")
    file.write_bytes(export([came(20_000)]))
    run("account", "777", "--tenant", bank.hall.tenant.slug, "--bank", "样本银行")
    with pytest.raises(CommandError, match="不是所选的 777"):
        run("import", file, *where, "777")
    with tenant_tx(bank.hall.tenant):
        assert not BankTransaction.objects.exists()
        assert not StatementUpload.objects.exists()


def test_a_gap_between_two_statements_is_told_until_it_is_filled(bank: Bank) -> None:
    """Opening balance against the last closing known; asked anew, because what is missing may come later."""
    days = [came(100 * day, "利息", name="", day=day) for day in range(1, 4)]
    bank.imports([days[0]])
    last = bank.imports([days[2]], opening=1_000_300).statements[0]
    with tenant_tx(bank.hall.tenant):
        assert gap_before(last) == 200
    bank.imports([days[1]], opening=1_000_100)
    with tenant_tx(bank.hall.tenant):
        assert gap_before(last) == 0


def test_the_job_of_an_upload(bank: Bank, tmp_path: Path) -> None:
    """Finance has looked at it; the job imports it, once, whoever rings how often."""
    from payments import importing, statement_files
    from portal.files import store

    charge = bank.owes(1)
    data = export([came(20_000, number(1))])
    with statement_files.of_bytes(data, "流水.csv") as accepted:
        file = store.put(bank.hall.tenant, accepted, owner="bank", purpose="bank_statement", previews=False)
    with tenant_tx(bank.hall.tenant, write=True):
        store.commit(file, by=FINANCE)
        upload = importing.begin(bank.hall.tenant, bank.account, data, by=FINANCE, file=file)
    assert (upload.state, upload.lines_total) == ("checked", 1)
    for _ in range(2):
        with tenant_tx(bank.hall.tenant, write=True):
            statement_tasks.start(upload.public_id, by=FINANCE)
    assert len(bank.hall.waiting("payments.import_statement")) == 1
    bank.hall.run("payments.import_statement")
    done = bank.hall.fresh(upload)
    assert (done.state, done.lines_done) == ("done", 1)
    assert bank.hall.fresh(charge).state == "settled"
