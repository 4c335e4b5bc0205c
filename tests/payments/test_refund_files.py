"""Bank refunds as a file: made once, a refund in one live file, results by line or by the bank's answer."""

import csv
import io

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from payments import bank_answers, ledger, refund_files
from payments.bank_answers import Told
from payments.errors import BankAnswerUnreadable, RefundFileUsed, RefundNotAllowed, RefundsNotForFile
from payments.models import Refund, RefundFile, RefundFileLine
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.payments.hall import CUSTOMER, FINANCE, Hall
from tests.payments.test_transfers import claimed, confirmed, with_account
from tests.portal.accounts.people import browser_of, make_staff


@pytest.fixture
def two(hall: Hall) -> list[Refund]:
    """Two approved bank refunds of 30.00 and 31.00."""
    with_account(hall)
    made: list[Refund] = []
    for number in range(2):
        charge = hall.open_charge(f"order-{number}")
        confirmed(hall, claimed(hall, charge), serial=f"L{number}")
        with tenant_tx(hall.tenant, write=True):
            made += ledger.request_refund(
                charge, amount_fen=3_000 + 100 * number, reason="退费", by=FINANCE, key=f"r{number}"
            )
    return made


def make(hall: Hall, refunds: list[Refund], format_: str = "csv-gb18030", key: str = "k", by=FINANCE) -> RefundFile:  # type: ignore[no-untyped-def]
    return refund_files.make(hall.tenant, [one.public_id for one in refunds], format_=format_, by=by, key=key)


def content(hall: Hall, file: RefundFile) -> bytes:
    with tenant_tx(hall.tenant, write=True):
        return b"".join(refund_files.content_of(file, by=FINANCE))


def test_the_file_has_its_lines_and_totals(hall: Hall, two: list[Refund]) -> None:
    file = make(hall, two)
    assert (file.count, file.total_fen) == (2, 6_100)
    rows = list(csv.reader(io.StringIO(content(hall, file).decode("gb18030"))))
    assert rows[0] == ["序号", "退款单号", "收款户名", "收款账号", "金额（元）", "附言"]
    assert rows[1][1] == two[0].refund_number
    assert rows[1][2] == "深圳市测试精密制造有限公司"
    assert rows[1][3].isdigit()
    assert [row[4] for row in rows[1:]] == ["30.00", "31.00", "61.00"]
    assert rows[3][:2] == ["合计", "2 笔"]
    assert content(hall, file) == content(hall, file), "to be downloaded again"


def test_as_a_workbook(hall: Hall, two: list[Refund]) -> None:
    file = make(hall, two, "xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content(hall, file))).get_sheet_by_index(0).to_python()
    assert [row[4] for row in sheet] == ["金额（元）", 30.0, 31.0, 61.0]
    assert isinstance(sheet[1][3], str), "an account number isn't a number"


def test_a_refund_is_in_one_live_file(hall: Hall, two: list[Refund]) -> None:
    file = make(hall, two[:1])
    assert make(hall, two[:1]).pk == file.pk, "the same key is the same file"
    with pytest.raises(RefundsNotForFile):
        make(hall, two, key="k2")
    with tenant_tx(hall.tenant):
        assert RefundFile.objects.count() == 1
    with tenant_tx(hall.tenant, write=True):
        refund_files.withdraw(file.public_id, by=FINANCE)
    assert make(hall, two, key="k3").count == 2


def test_only_finance_and_only_approved_ones(hall: Hall, two: list[Refund]) -> None:
    with pytest.raises(RefundNotAllowed):
        make(hall, two, by=CUSTOMER)
    charge = hall.open_charge("order-9")
    confirmed(hall, claimed(hall, charge), serial="L9")
    with tenant_tx(hall.tenant, write=True):
        asked = ledger.request_refund(charge, amount_fen=100, reason="退费", by=CUSTOMER, key="r9")
    with pytest.raises(RefundsNotForFile):
        make(hall, list(asked))
    with tenant_tx(hall.tenant):
        assert not RefundFile.objects.exists()


def test_results_by_line_once_and_again(hall: Hall, two: list[Refund]) -> None:
    file = make(hall, two)
    told = [
        Told(two[0].refund_number, done=True, serial="B1"),
        Told(two[1].refund_number, done=False, reason="账号户名不符"),
        Told("R000", done=True, serial="B9"),
    ]
    with tenant_tx(hall.tenant, write=True):
        first = bank_answers.record(file, told, by=FINANCE)
    with tenant_tx(hall.tenant, write=True):
        again = bank_answers.record(file, told, by=FINANCE)
    assert (first.done, first.failed, first.known) == (1, 1, 0)
    assert (again.done, again.failed, again.known) == (0, 0, 2)
    assert first.problems == again.problems == [("R000", "not_in_file")]
    assert (hall.fresh(two[0]).state, hall.fresh(two[1]).state) == ("succeeded", "failed")
    hall.check_books()
    with tenant_tx(hall.tenant, write=True):
        otherwise = [Told(two[1].refund_number, done=True, serial="B2")]
        assert bank_answers.record(file, otherwise, by=FINANCE).problems == [
            (two[1].refund_number, "decided_otherwise")
        ]
        with pytest.raises(RefundFileUsed):
            refund_files.withdraw(file.public_id, by=FINANCE)


def test_the_banks_answer_is_found_by_its_columns() -> None:
    text = (
        "招商银行代发结果,,,\r\n\r\n附言,金额,交易状态,交易流水号,备注\r\n退款 R1,30.00,交易成功,B1,\r\n"
        "退款 R2,31.00,退票,,账号户名不符\r\n退款 R3,1.00,未成功,,余额不足\r\n退款 R4,1.00,银行处理中,,\r\n"
    ).replace("退票", "退回")
    assert bank_answers.read(text.encode("gb18030")) == [
        Told("R1", done=True, serial="B1"),
        Told("R2", done=False, reason="账号户名不符"),
        Told("R3", done=False, reason="余额不足"),
    ]
    with pytest.raises(BankAnswerUnreadable):
        bank_answers.read("日期,金额\r\n2026-11-21,1.00\r\n".encode())


def test_finance_on_the_pages(hall: Hall, two: list[Refund]) -> None:
    finance: Client = browser_of(make_staff(hall.tenant, Role.FINANCE))
    base = "/demo-ca/staff/payments/refund-files/"
    page = finance.get(base).content.decode()
    assert two[0].refund_number in page
    data = {"format": "csv-utf-8", "key": "form", "refund": [one.public_id for one in two]}
    answer = finance.post(base, data)
    assert answer.status_code == 302
    with tenant_tx(hall.tenant):
        file = RefundFile.objects.get()
        assert RefundFileLine.objects.filter(file=file).count() == 2
    assert finance.post(base, {"format": "csv-utf-8", "key": "other"}).status_code == 409, "nothing ticked"
    there = finance.get(f"{base}{file.public_id}/download/")
    assert b"".join(there.streaming_content).startswith(b"\xef\xbb\xbf")  # type: ignore[attr-defined]
    one = two[0].refund_number
    typed = {"number": [one, two[1].refund_number], f"serial-{one}": "B7"}
    assert finance.post(f"{base}{file.public_id}/", typed).status_code == 302
    assert hall.fresh(two[0]).bank_reference == "B7"
    upload = io.BytesIO(f"退款单号,处理结果,流水号\n{two[1].refund_number},成功,B7\n".encode())
    upload.name = "回执.csv"
    refused = finance.post(f"{base}{file.public_id}/answer/", {"answer": upload})
    assert refused.status_code == 422
    assert "流水号已用于另一笔退款" in refused.content.decode()
    assert hall.fresh(two[1]).state == "approved"
    desk = browser_of(make_staff(hall.tenant, Role.SERVICE_DESK, username="desk"))
    assert desk.get(base).status_code == 403


def test_two_parts_of_one_payment_each_have_a_line(hall: Hall, two: list[Refund]) -> None:
    with tenant_tx(hall.tenant, write=True):
        charge = two[0].charge
        assert charge is not None
        more = ledger.request_refund(charge, amount_fen=500, reason="退费", by=FINANCE, key="more")
    file = make(hall, [two[0], *more])
    rows = list(csv.reader(io.StringIO(content(hall, file).decode("gb18030"))))
    assert [row[4] for row in rows[1:]] == ["30.00", "5.00", "35.00"]
    assert rows[1][3] == rows[2][3]
