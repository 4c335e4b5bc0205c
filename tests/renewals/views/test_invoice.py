"""The order's invoices and another buyer without refund (RULES P5)."""

import pytest
from django.test import Client

from payments.invoicing import requests
from payments.invoicing.base import Issued
from payments.models import Invoice
from portal.tenants import tenant_tx
from tests.payments.conftest import now
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]
OTHER = {"kind": "special", "title": "深圳市测试电子有限公司", "tax_number": "91440300MA5DEM001X"[:15]}


def issue_all(hall: Hall) -> None:
    """What the issuer would answer, one after another."""
    for number in range(1, 9):
        with tenant_tx(hall.tenant, write=True):
            waiting = Invoice.objects.filter(state="requested").order_by("id").first()
            if waiting is None:
                return
            told = Issued(
                waiting.request_number, f"264400000000000{waiting.pk:05d}", f"https://i.example/{number}", now()
            )
            requests.issued(waiting.pk, told)


def paid(hall: Hall) -> str:
    order = hall.to("issuance")
    issue_all(hall)
    return order


def test_the_page_shows_the_invoice_and_takes_another_buyer(hall: Hall, browser: Client) -> None:
    order = paid(hall)
    assert url("order-invoice", order) in browser.get(url("order", order)).text
    page = browser.get(url("order-invoice", order)).text
    assert "还可换开 3 次" in page
    answer = browser.post(url("order-invoice", order), {**OTHER, "key": "a-form-key"})
    assert answer.status_code == 302
    with tenant_tx(hall.tenant):
        new = Invoice.objects.get(colour="blue", state="waiting")
        assert (new.title, new.kind, new.tax_number, new.cause) == (
            OTHER["title"],
            "special",
            OTHER["tax_number"],
            "reissue",
        )
    assert "正在开具" in browser.get(url("order-invoice", order)).text
    issue_all(hall)
    page = browser.get(url("order-invoice", order)).text
    assert page.count("红字，冲销 2644") == 1
    assert "还可换开 2 次" in page
    hall.run()
    assert hall.notices().count("invoice.ready") == 2, "the red one is followed by the blue one: one message"
    assert "invoice.reversed" not in hall.notices()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "请填写发票抬头"),
        ({"tax_number": ""}, "纳税人识别号"),  # a special invoice needs it
        ({"tax_number": "91440300MA5DEM001Y"}, "纳税人识别号"),
        ({"kind": "pink"}, "请选择发票类型"),
    ],
)
def test_checked_as_in_the_application(hall: Hall, browser: Client, wrong: dict[str, str], sentence: str) -> None:
    order = paid(hall)
    answer = browser.post(url("order-invoice", order), {**OTHER, **wrong, "key": "a-form-key"})
    assert answer.status_code == 422
    assert sentence in answer.text
    with tenant_tx(hall.tenant):
        assert Invoice.objects.count() == 1


def test_of_others_nobody_learns_anything(hall: Hall) -> None:
    stranger = browser_of(make_customer(hall.tenant, "19900009999"))
    assert stranger.get(url("order-invoice", paid(hall))).status_code == 404


def test_a_full_refund_tells_of_the_red_invoice(hall: Hall) -> None:
    order = paid(hall)
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    hall.refund_arrives()
    issue_all(hall)
    hall.run()
    assert "invoice.reversed" in hall.notices()
