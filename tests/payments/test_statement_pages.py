"""Finance's pages of bank statements: handed in, looked at, mapped, imported; refusals by row, in words."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from payments.models import BankAccount, BankStatement, BankTransaction, StatementUpload
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.payments.bank import Bank, came, export, number
from tests.payments.hall import Hall
from tests.portal.accounts.people import browser_of, make_staff

LIST = "/demo-ca/staff/payments/statements/"


@pytest.fixture
def bank(hall: Hall) -> Bank:
    return Bank.of(hall)


@pytest.fixture
def finance(bank: Bank) -> Client:
    return browser_of(make_staff(bank.hall.tenant, Role.FINANCE))


def hand_in(finance: Client, bank: Bank, data: bytes, name: str = "流水.csv") -> str:
    """The address of the upload."""
    answer = finance.post(LIST, {"account": bank.account.public_id, "statement": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_from_the_file_to_its_lines(bank: Bank, finance: Client) -> None:
    bank.owes(1)
    assert "还没有导入流水" in finance.get(LIST).content.decode()
    page = hand_in(finance, bank, export([came(20_000, number(1)), came(700, "利息", name="样本银行", hour=10)]))
    shown = finance.get(page).content.decode()
    assert "待确认导入" in shown
    assert "¥200.00" in shown
    assert "余额逐笔连续" in shown
    with tenant_tx(bank.hall.tenant):
        assert not BankTransaction.objects.exists(), "nothing is stored before finance says so"

    assert finance.post(f"{page}start/").status_code == 302
    assert "正在导入" in finance.get(page).content.decode()
    bank.hall.run("payments.import_statement")
    assert "已导入" in finance.get(page).content.decode()
    with tenant_tx(bank.hall.tenant):
        statement = BankStatement.objects.get()
    lines = finance.get(f"{LIST}{statement.public_id}/").content.decode()
    for words in ("自动：订单编号", "已入账", "待处理", "利息", "2026-11-20"):
        assert words in lines
    only = finance.get(f"{LIST}{statement.public_id}/?state=left").content.decode()
    assert "利息" in only
    assert number(1) not in only
    assert "2026-11-20" in finance.get(LIST).content.decode()


def test_what_cant_be_read_is_listed_by_row(bank: Bank, finance: Client) -> None:
    data = export([came(20_000), came(30_000, hour=10)]).replace(b"300.00", b"3OO.00")
    shown = finance.get(hand_in(finance, bank, data)).content.decode()
    for words in ("这份文件不能导入", "金额无法识别", "3OO.00", "上传另一份"):
        assert words in shown
    with tenant_tx(bank.hall.tenant):
        assert StatementUpload.objects.get().state == "refused"
        assert not BankTransaction.objects.exists()


def test_no_file_is_said_at_the_field(bank: Bank, finance: Client) -> None:
    answer = finance.post(LIST, {"account": bank.account.public_id})
    assert answer.status_code == 422
    with tenant_tx(bank.hall.tenant):
        assert not StatementUpload.objects.exists()


def test_an_unknown_format_is_mapped_once(bank: Bank, finance: Client) -> None:
    """The mapping is kept with the account, with a look at what comes of it before it counts."""
    table = "入账日,收到,付出,谁,说明\r\n2026-11-20,200.00,,测试公司,货款\r\n2026-11-20,,3.50,,手续费\r\n"
    page = hand_in(finance, bank, table.encode("gb18030"))
    assert "指明各列含义" in finance.get(page).content.decode()
    chosen = {"bank_name": "样本银行", "day": "入账日", "credit": "收到", "debit": "付出"}
    without_amount = finance.post(f"{page}mapping/", {"bank_name": "样本银行", "day": "入账日", "do": "look"})
    assert without_amount.status_code == 422
    assert "两种选一种" in without_amount.content.decode()

    looked = finance.post(f"{page}mapping/", {**chosen, "remittance": "说明", "do": "look"}).content.decode()
    assert "前 2 笔，共 2 笔" in looked
    with tenant_tx(bank.hall.tenant):
        assert BankAccount.objects.get().mapping == {}
    assert finance.post(f"{page}mapping/", {**chosen, "remittance": "说明", "do": "save"}).status_code == 302
    with tenant_tx(bank.hall.tenant):
        assert BankAccount.objects.get().mapping["columns"]["credit"] == "收到"
    shown = finance.get(page).content.decode()
    assert "待确认导入" in shown
    assert "请对照网银核对笔数和金额" in shown
    finance.post(f"{page}start/")
    bank.hall.run("payments.import_statement")
    assert bank.states() == [(-350, "out", ""), (20_000, "left", "")]


def test_another_account(bank: Bank, finance: Client) -> None:
    url = f"{LIST}account/"
    assert finance.post(url, {"number": "1"}).status_code == 422
    assert finance.post(url, {"number": "6222 0000 1111", "bank": "样本银行", "name": "测试"}).status_code == 302
    with tenant_tx(bank.hall.tenant):
        assert BankAccount.objects.get(number="622200001111").cuts_names_at is None
    assert "622200001111" in finance.get(LIST).content.decode()


def test_only_finance(bank: Bank) -> None:
    desk = browser_of(make_staff(bank.hall.tenant, Role.SERVICE_DESK))
    assert desk.get(LIST).status_code == 403
