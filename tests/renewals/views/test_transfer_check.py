"""核验转账信息: about one's own transfers alone, and not too often (RULES C9, E4)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate

from payments.matching import payer_key
from payments.models import BankAccount, BankStatement, BankTransaction, Charge, StatementUpload
from payments.workbench import deciding
from payments.workbench.deciding import Decision, Share
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.models import Order
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.steps.test_transfer import HOLDER, PARENT, claim, with_transfers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(hall: Hall) -> str:
    publish_changed(hall.tenant, with_transfers)
    return hall.to("payment")


def bank_says(hall: Hall, fen: int = 20_000, *, payer: str = HOLDER, remark: str = "", days_ago: int = 0) -> str:
    with tenant_tx(hall.tenant, write=True):
        account, _ = BankAccount.objects.get_or_create(number=str(hall.tenant.payee["account"]))
        upload, _ = StatementUpload.objects.get_or_create(account=account, digest="d", by="test")
        statement, _ = BankStatement.objects.get_or_create(
            account=account, upload=upload, digest="d", format="ccb", by="test"
        )
        made = BankTransaction.objects.create(
            account=account,
            statement=statement,
            row=1,
            identity=f"{BankTransaction.objects.count():064d}",
            amount_fen=fen,
            booked_on=localdate() - timedelta(days=days_ago),
            payer_name=payer,
            payer_key=payer_key(payer),
            remittance=remark,
            number=remark if remark.isdigit() else "",
            state="left",
        )
        return str(made.public_id)


def finance_credits(hall: Hall, line: str, charge: str, fen: int = 20_000) -> None:
    finance = hall.staff_member(Role.FINANCE)
    with tenant_tx(hall.tenant, write=True):
        deciding.decide([line], Decision((Share(charge, fen),)), by=finance)


def check(hall: Hall, browser: Client, order: str, claim_id: str) -> str:
    """The word that the answer begins with."""
    base = f"/{hall.tenant.slug}/orders/{order}/pay/transfer/"
    assert browser.post(f"{base}check/", {"claim": claim_id})["Location"] == base
    page = browser.get(base).content.decode()
    found = re.search(r"(核验成功|未到账|金额不符|户名不符|已被使用|转人工|请在 \d+ 分钟后再试|操作过于频繁)", page)
    assert found is not None
    return found[1]


def test_what_the_customer_is_told(hall: Hall, browser: Client, order: str) -> None:
    told = claim(hall, order, 15_000)
    assert check(hall, browser, order, told) == "未到账"
    line = bank_says(hall, 14_900, remark=hall.order(order).number)
    assert check(hall, browser, order, told) == "金额不符"
    with tenant_tx(hall.tenant, write=True):
        BankTransaction.objects.filter(public_id=line).delete()
    line = bank_says(hall, 15_000)
    assert check(hall, browser, order, told) == "转人工", "it is here, a person has to look"
    finance_credits(hall, line, hall.order(order).charge, 15_000)
    again = claim(hall, order, 15_000)
    assert check(hall, browser, order, again) == "核验成功"


def test_money_used_for_something_else(hall: Hall, browser: Client, order: str) -> None:
    told = claim(hall, order, 15_000)
    finance = hall.staff_member(Role.FINANCE)
    line = bank_says(hall, 15_000)
    with tenant_tx(hall.tenant, write=True):
        deciding.decide([line], Decision(rest_fen=15_000), by=finance)
    assert check(hall, browser, order, told) == "已被使用"


@pytest.mark.parametrize("payer", [HOLDER, PARENT])
@pytest.mark.parametrize("is_proven", [True, False])
def test_other_peoples_transfers_change_no_answer(
    hall: Hall, browser: Client, order: str, payer: str, is_proven: bool
) -> None:
    """Two worlds that differ in other people's transfers alone: names, sums and days of theirs say nothing."""
    told = claim(hall, order, 15_000, payer_name=payer, remittance="")
    if not is_proven:  # RULES P2: only typed its name
        with tenant_tx(hall.tenant, write=True):
            Order.objects.filter(public_id=order).update(claim=Order.Claim.SEALED_AUTHORISATION)
    before = check(hall, browser, order, told)
    bank_says(hall, 15_000, payer=PARENT)
    bank_says(hall, 15_000, payer="广州另一家测试有限公司", remark="20260000000000000")
    if not is_proven:
        bank_says(hall, 15_000, payer=HOLDER)  # for who hasn't proven to be the holder this is another's, too
    assert check(hall, browser, order, told) == before
    assert before == ("未到账" if is_proven and payer == HOLDER else "转人工")


def test_not_too_often_and_only_ones_own(hall: Hall, browser: Client, order: str) -> None:
    told = claim(hall, order)
    base = f"/{hall.tenant.slug}/orders/{order}/pay/transfer/check/"
    for _ in range(6):
        browser.post(base, {"claim": told})
    browser.get(base.removesuffix("check/"))
    browser.post(base, {"claim": told})
    assert "操作过于频繁" in browser.get(base.removesuffix("check/")).content.decode()
    assert Client().post(base, {"claim": told}).status_code in (302, 403)
    with tenant_tx(hall.tenant):
        assert Charge.objects.get(public_id=hall.order(order).charge).credited_fen == 0
