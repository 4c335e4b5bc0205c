"""One blue invoice over what was paid and hasn't gone back: reissued without refund, lowered by refunds (RULES P5)."""

import pytest

from payments import invoicing, ledger
from payments.errors import InvoiceBusy, ReissuesUsed
from payments.invoicing import requests
from payments.models import Charge, Invoice, PaymentSettings
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests
from tests.payments.hall import CUSTOMER, FINANCE, Hall
from tests.payments.invoicing.conftest import Issuer
from tests.payments.invoicing.test_invoices import TITLE, request, settled_charge

OTHER = "深圳市测试电子有限公司"


def rows(hall: Hall) -> list[tuple[str, str, int, str]]:
    with tenant_tx(hall.tenant):
        return list(Invoice.objects.order_by("id").values_list("colour", "state", "amount_fen", "cause"))


def issue(hall: Hall) -> None:
    hall.run("payments.issue_invoice")


def reissue(hall: Hall, charge: Charge, title: str, by=CUSTOMER) -> Invoice:  # type: ignore[no-untyped-def]
    with tenant_tx(hall.tenant, write=True):
        return invoicing.request_invoice(charge, title=title, tax_number="", email="", phone="", by=by)


def paid_online(hall: Hall, pay_sandbox: SandboxForTests) -> Charge:
    charge = hall.open_charge()
    pay_sandbox.pay(hall.start(charge).code_url)
    hall.run("payments.poll_order")
    return hall.fresh(charge)  # type: ignore[no-any-return]


def refund(hall: Hall, charge: Charge, fen: int, key: str) -> None:
    with tenant_tx(hall.tenant, write=True):
        ledger.request_refund(charge, amount_fen=fen, reason="部分退费", by=FINANCE, key=key)
    hall.run("payments.send_refund")


def test_the_new_one_waits_until_the_old_one_is_reversed(invoicing_hall: Hall) -> None:
    hall, charge = invoicing_hall, settled_charge(invoicing_hall)
    first = request(hall, charge)
    with pytest.raises(InvoiceBusy):
        reissue(hall, charge, OTHER)  # its number isn't known yet
    issue(hall)
    second = reissue(hall, charge, OTHER)
    assert rows(hall) == [
        ("blue", "issued", 20_000, ""),
        ("blue", "waiting", 20_000, "reissue"),
        ("red", "requested", 20_000, "reissue"),
    ]
    assert reissue(hall, charge, OTHER).pk == second.pk, "asked twice is asked once"
    with pytest.raises(InvoiceBusy):
        reissue(hall, charge, "深圳市测试软件有限公司")
    issue(hall)
    assert [row[:2] for row in rows(hall)] == [("blue", "reversed"), ("blue", "issued"), ("red", "issued")]
    with tenant_tx(hall.tenant):
        assert len(set(Invoice.objects.values_list("number", flat=True))) == 3
    told = hall.waiting("invoice_issued")
    assert [(row["colour"], row["followed"]) for row in told] == [("blue", False), ("red", True), ("blue", False)]
    assert hall.fresh(first).state == "reversed"


def test_customers_reissue_so_often_finance_goes_on(invoicing_hall: Hall) -> None:
    hall, charge = invoicing_hall, settled_charge(invoicing_hall)
    with tenant_tx(hall.tenant, write=True):
        PaymentSettings.objects.create(invoice_reissues=1)
    request(hall, charge)
    issue(hall)
    reissue(hall, charge, OTHER)
    issue(hall)
    before = rows(hall)
    with pytest.raises(ReissuesUsed) as refused:
        reissue(hall, charge, TITLE)
    assert (refused.value.params["limit"], rows(hall)) == (1, before)
    reissue(hall, charge, TITLE, by=FINANCE)
    issue(hall)
    assert [row[:2] for row in rows(hall)][-2:] == [("blue", "issued"), ("red", "issued")]


def test_where_the_red_one_is_refused_the_old_one_stands(invoicing_hall: Hall) -> None:
    hall, charge = invoicing_hall, settled_charge(invoicing_hall)
    first = request(hall, charge)
    issue(hall)
    reissue(hall, charge, OTHER)
    with tenant_tx(hall.tenant, write=True):
        requests.failed(Invoice.objects.get(colour="red").pk, "TAX_PERIOD_CLOSED")
    assert [row[:2] for row in rows(hall)] == [("blue", "issued"), ("blue", "withdrawn"), ("red", "failed")]
    issue(hall)
    assert hall.fresh(first).state == "issued"
    again = reissue(hall, charge, OTHER)  # what didn't come about doesn't count, and doesn't stand in the way
    issue(hall)
    assert (hall.fresh(again).state, hall.fresh(first).state) == ("issued", "reversed")


def test_a_part_goes_back_the_rest_is_invoiced_anew(invoicing_hall: Hall, pay_sandbox: SandboxForTests) -> None:
    hall = invoicing_hall
    charge = paid_online(hall, pay_sandbox)
    request(hall, charge)
    issue(hall)
    refund(hall, charge, 5_000, "r1")
    issue(hall)
    assert rows(hall)[1:] == [("blue", "issued", 15_000, "refund"), ("red", "issued", 20_000, "refund")]
    refund(hall, charge, 15_000, "r2")
    issue(hall)
    assert [row[:3] for row in rows(hall)] == [
        ("blue", "reversed", 20_000),
        ("blue", "reversed", 15_000),
        ("red", "issued", 20_000),
        ("red", "issued", 15_000),
    ]
    assert [row["followed"] for row in hall.waiting("invoice_issued")] == [False, True, False, False]
    hall.check_books()


def test_refunds_one_after_another_before_the_issuer_answers(
    invoicing_hall: Hall, pay_sandbox: SandboxForTests
) -> None:
    """Whatever comes in between, the end is the same: one blue one over what is left."""
    hall = invoicing_hall
    charge = paid_online(hall, pay_sandbox)
    request(hall, charge)
    refund(hall, charge, 1_000, "r1")  # while the first is on its way
    issue(hall)
    refund(hall, charge, 2_000, "r2")
    refund(hall, charge, 3_000, "r3")  # while the red one is on its way
    issue(hall)
    blue = [row[:3] for row in rows(hall) if row[0] == "blue" and row[1] == "issued"]
    assert blue == [("blue", "issued", 14_000)]
    with tenant_tx(hall.tenant):
        reds = sum(Invoice.objects.filter(colour="red", state="issued").values_list("amount_fen", flat=True))
        blues = sum(Invoice.objects.filter(colour="blue", number__gt="").values_list("amount_fen", flat=True))
    assert blues - reds == 14_000


def test_everything_back_while_a_reissue_waits(invoicing_hall: Hall, pay_sandbox: SandboxForTests) -> None:
    hall = invoicing_hall
    charge = paid_online(hall, pay_sandbox)
    request(hall, charge)
    issue(hall)
    reissue(hall, charge, OTHER)
    refund(hall, charge, 20_000, "r1")
    issue(hall)
    assert [row[:2] for row in rows(hall)] == [("blue", "reversed"), ("blue", "withdrawn"), ("red", "issued")]


def test_finance_asks_again_after_a_failure(invoicing_hall: Hall, issuer: Issuer) -> None:
    hall, charge = invoicing_hall, settled_charge(invoicing_hall)
    first = request(hall, charge)
    with tenant_tx(hall.tenant, write=True):
        requests.failed(first.pk, "TITLE_UNKNOWN")
    with tenant_tx(hall.tenant, write=True):
        second = requests.again(charge, by=FINANCE)
    assert second is not None
    assert second.request_number != first.request_number
    issue(hall)
    assert hall.fresh(second).state == "issued"
