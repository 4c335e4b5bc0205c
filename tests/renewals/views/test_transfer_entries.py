"""Several transfers on one page: added, deleted, each checked, handed in together (RULES E4)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localdate

from payments.models import CustomerBalance, TransferClaim
from portal.tenants import tenant_tx
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.steps.test_transfer import HOLDER
from tests.renewals.views.test_transfer_check import bank_says, finance_credits

pytestmark = pytest.mark.django_db(transaction=True)


def with_entries(document: dict[str, Any]) -> None:
    for path in document["paths"]:
        for step in path["steps"]:
            if step["kind"] == "payment":
                step |= {"channels": ["bank_transfer", "alipay"], "transfer_entries": 3}


@pytest.fixture
def order(hall: Hall) -> str:
    publish_changed(hall.tenant, with_entries, version=9)
    return hall.to("payment")


def url(hall: Hall, order: str) -> str:
    return f"/{hall.tenant.slug}/orders/{order}/pay/transfer/"


def entry(hall: Hall, order: str, number: int, **changed: str) -> dict[str, str]:
    values = {
        "payer_name": HOLDER,
        "payer_account": f"622200001111222{number}",
        "amount": "100.00",
        "paid_on": localdate().isoformat(),
        "remittance": hall.order(order).number,
    } | changed
    return {f"e{number}-{name}": value for name, value in values.items()}


def rows(page: str) -> int:
    return len(re.findall(r'<fieldset class="entry', page))


def claims(hall: Hall) -> list[tuple[int, str]]:
    with tenant_tx(hall.tenant):
        return list(TransferClaim.objects.order_by("id").values_list("amount_fen", "state"))


def test_entries_are_added_and_deleted_and_what_was_typed_stays(hall: Hall, browser: Client, order: str) -> None:
    page = browser.get(url(hall, order)).text
    assert rows(page) == 1
    assert "账户余额" in page
    assert "0.00" in page
    first = entry(hall, order, 0, amount="1oo")
    page = browser.post(url(hall, order), first | {"do": "add"}).text
    assert rows(page) == 2
    assert "1oo" in page
    both = first | entry(hall, order, 1, amount="77.00")
    page = browser.post(url(hall, order), both | {"do": "remove:0"}).text
    assert rows(page) == 1
    assert 'value="77.00"' in page
    three = both | entry(hall, order, 2)
    page = browser.post(url(hall, order), three | {"do": "add"}).text
    assert rows(page) == 3  # the pack's most
    assert claims(hall) == []


def test_each_entry_is_told_what_became_of_it(hall: Hall, browser: Client, order: str) -> None:
    """成功, or why not, one by one."""
    number = hall.order(order).number
    line = bank_says(hall, 10_000, remark=number)
    finance_credits(hall, line, hall.charge(order).public_id, 10_000)
    sent = entry(hall, order, 0) | entry(hall, order, 1, amount="66.00", remittance="")
    page = browser.post(url(hall, order), sent | {"do": "check"}).text
    results = re.findall(r"已查验</span>\s*<span class=\"badge[^>]*>(?:<[^>]*>)*\s*([^<]+)", page)
    assert [one.strip() for one in results] == ["成功", "未到账"]
    assert claims(hall) == []


def test_all_are_handed_in_together_each_once(hall: Hall, browser: Client, order: str) -> None:
    sent = entry(hall, order, 0) | entry(hall, order, 1) | {"do": "submit", "key": "key-of-the-form"}
    assert browser.post(url(hall, order), sent).status_code == 302
    assert browser.post(url(hall, order), sent).status_code == 302  # a second click
    assert claims(hall) == [(10_000, "waiting"), (10_000, "waiting")]
    assert hall.steps(order)["payment"] == "submitted:transfer"


def test_a_wrong_entry_holds_all_of_them_back(hall: Hall, browser: Client, order: str) -> None:
    sent = entry(hall, order, 0) | entry(hall, order, 1, payer_account="x") | {"do": "submit"}
    answer = browser.post(url(hall, order), sent)
    assert answer.status_code == 422
    assert "请填写付款账号" in answer.text
    assert 'value="6222000011112220"' in answer.text
    assert claims(hall) == []


def test_the_balance_is_the_holders(hall: Hall, browser: Client, order: str) -> None:
    with tenant_tx(hall.tenant, write=True):
        CustomerBalance.objects.create(holder=hall.charge(order).payer_name, amount_fen=5_050)
    assert "50.50" in browser.get(url(hall, order)).text
