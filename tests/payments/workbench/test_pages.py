"""The workbench's page: what is left, suggestions in words, decisions by forms, filters, and that it stays cheap."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from payments.matching import Reason
from payments.models import CustomerBalance, SavedFilter
from payments.workbench.words import REASON_WORDS
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from tests.payments.hall import Hall
from tests.payments.test_transfers import with_account
from tests.payments.workbench.scene import HOLDER, PARENT, bank_line, charge_of, snapshot, where
from tests.portal.accounts.people import browser_of, make_staff

BASE = "/demo-ca/staff/payments/workbench/"


@pytest.fixture
def bank(hall: Hall) -> Hall:
    with_account(hall)
    return hall


@pytest.fixture
def finance(bank: Hall) -> Client:
    return browser_of(make_staff(bank.tenant, Role.FINANCE))


def html(client: Client, **query: str) -> str:
    answer = client.get(BASE, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def first_form(page: str) -> dict[str, list[str]]:
    """What the first suggestion would send."""
    form = re.search(r'<form class="card proposal".*?</form>', page, re.S)
    assert form is not None
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]):
        fields.setdefault(name, []).append(value)
    button = re.search(r'name="do" value="(\w+)"', form[0])
    assert button is not None
    return fields | {"do": [button[1]]}


def test_every_reason_has_words() -> None:
    assert set(REASON_WORDS) == {reason.value for reason in Reason}


def test_the_first_suggestion_is_accepted_as_shown(bank: Hall, finance: Client) -> None:
    """Name and amount: reasons in words, one form; the next line opens."""
    charge, line = charge_of(bank, "o1"), bank_line(bank)
    later = bank_line(bank, 300, day=localdate())
    page = html(finance)
    assert "金额一致" in page
    assert "付款人就是申请单位" in page
    answer = finance.post(f"{BASE}decide/", first_form(page))
    assert answer.status_code == 302
    assert f"line={later.public_id}" in answer["Location"]
    assert bank.fresh(charge).state == "settled"
    assert "已入账 200.00 元。" in html(finance)
    assert where(bank, line) == {"charge": 20_000}


def test_lines_that_pay_together_are_accepted_together(bank: Hall, finance: Client) -> None:
    """Split transfers: two lines, one charge, one click."""
    charge = charge_of(bank, "o1")
    lines = [bank_line(bank, 12_000), bank_line(bank, 8_000)]
    page = html(finance)
    assert "2 笔流水合起来正好" in page
    finance.post(f"{BASE}decide/", first_form(page))
    assert bank.fresh(charge).state == "settled"
    assert [where(bank, line) for line in lines] == [{"charge": 12_000}, {"charge": 8_000}]


def test_somebody_elses_money_is_offered_to_suspense(bank: Hall, finance: Client) -> None:
    """P10."""
    charge, line = charge_of(bank, "o1"), bank_line(bank, payer=PARENT, remark=f"代{HOLDER}付")
    page = html(finance)
    assert f"付款人“{PARENT}”不是申请单位“{HOLDER}”" in page
    sent = first_form(page)
    assert sent["do"] == ["hold"]
    finance.post(f"{BASE}decide/", sent)
    assert (bank.fresh(line).state, bank.fresh(charge).credited_fen) == ("held", 0)


def test_a_split_that_does_not_balance_comes_back_as_typed(bank: Hall, finance: Client) -> None:
    charge_of(bank, "o1", 15_000)
    two, line = charge_of(bank, "o2", 9_000), bank_line(bank)
    typed = {
        "line": line.public_id,
        "do": "split",
        "number_0": "o1",
        "amount_0": "150.00",
        "number_1": "o2",
        "amount_1": "49.99",
    }
    before = snapshot(bank)
    answer = finance.post(f"{BASE}decide/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "到账 200.00 元，分配合计 199.99 元，两边不相等" in page
    assert 'value="49.99"' in page
    for wrong in ("12.345", "1e3", "五十", "-50", "0.00"):
        answer = finance.post(f"{BASE}decide/", typed | {"amount_1": wrong})
        assert answer.status_code == 422
        assert f'value="{wrong}"' in answer.content.decode()
    assert snapshot(bank) == before
    assert finance.post(f"{BASE}decide/", typed | {"amount_1": "50"}).status_code == 302
    assert where(bank, line) == {"charge": 20_000}
    assert bank.fresh(two).credited_fen == 5_000


def test_the_rest_becomes_balance_and_the_decision_is_undone(bank: Hall, finance: Client) -> None:
    """P9: over-payment; undoing says why and leads back to the line."""
    charge, line = charge_of(bank, "o1", 15_000), bank_line(bank)
    sent = first_form(html(finance)) | {"rest_to": ["balance"]}
    finance.post(f"{BASE}decide/", sent)
    with tenant_tx(bank.tenant):
        assert CustomerBalance.objects.get().amount_fen == 5_000
    assert line.public_id in html(finance), "offered to be undone"
    finance.post(f"{BASE}undo/", {"undo": line.public_id, "reason": ""})
    assert bank.fresh(line).state == "matched"
    answer = finance.post(f"{BASE}undo/", {"undo": line.public_id, "reason": "看错了"})
    assert answer["Location"] == f"{BASE}?line={line.public_id}"
    assert (bank.fresh(line).state, bank.fresh(charge).credited_fen) == ("left", 0)


def test_charges_are_sought_by_number_payer_and_amount(bank: Hall, finance: Client) -> None:
    charge_of(bank, "o77", 4_321, payer="广州另一家测试有限公司")
    bank_line(bank)
    for sought in ("o77", "广州另一家", "43.21"):
        page = html(finance, q=sought)
        assert "证书续期 o77" in page
        assert "转入付款人不符" in page, "not its holder"
    assert "没有找到" in html(finance, q="zzz")


def test_filters_are_kept_by_name(bank: Hall, finance: Client) -> None:
    charge_of(bank, "o1")
    old = bank_line(bank, day=localdate() - timedelta(days=30))
    bank_line(bank, 300, payer="广州另一家测试有限公司")
    assert "超过 7 天未处理" in html(finance)
    assert "广州另一家测试有限公司" not in html(finance, age="20")
    assert "广州另一家测试有限公司" not in html(finance, least="100")
    assert "广州另一家测试有限公司" not in html(finance, kind="exact")
    assert HOLDER not in html(finance, kind="none")
    assert "请填写金额" in html(finance, least="abc")
    finance.post(f"{BASE}filters/", {"f_age": "20", "f_kind": "exact", "name": "老账"})
    with tenant_tx(bank.tenant):
        assert SavedFilter.objects.get().query == {"age": "20", "kind": "exact"}
    assert f'href="{BASE}?age=20&amp;kind=exact"' in html(finance)
    assert old.public_id in html(finance, age="20", kind="exact")


def test_only_finance_comes_in(bank: Hall) -> None:
    desk = browser_of(make_staff(bank.tenant, Role.SERVICE_DESK))
    assert desk.get(BASE).status_code == 403
    line = bank_line(bank)
    assert desk.post(f"{BASE}decide/", {"line": line.public_id, "do": "ignore", "note": "x"}).status_code == 403
    assert bank.fresh(line).state == "left"


def test_queries_do_not_grow_with_lines_and_charges(bank: Hall, finance: Client) -> None:
    def counted() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            html(finance)
        return sum(query["sql"].startswith("SELECT") for query in asked)  # a session is touched now and then

    for n in range(2):
        charge_of(bank, f"a{n}")
        bank_line(bank, 20_000 + n)
    counted()  # permissions, sessions
    few = counted()
    for n in range(8):
        charge_of(bank, f"b{n}", payer=f"深圳市第{n}测试有限公司")
        bank_line(bank, 20_000, payer=f"深圳市第{n}测试有限公司")
        bank_line(bank, 20_000 + n)
    assert counted() <= few + 1
