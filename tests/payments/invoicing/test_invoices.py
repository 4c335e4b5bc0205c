"""Invoices through the sandbox issuer: issued once, reissued, reversed on refund (RULES C11, P5)."""

import httpx
import pytest

from payments import invoicing, ledger, tasks
from payments.errors import InvoiceBeforePayment
from payments.invoicing import client as issuer_client
from payments.invoicing.base import InvoiceLine, IssueRequest, IssuerNotGenuine, IssuerRefused, RedRequest
from payments.invoicing.sandbox import SandboxRefused, app_key, render_pdf, routes
from payments.models import Charge, Invoice
from portal.tenants import tenant_tx
from tests.payments.conftest import now
from tests.payments.hall import SYSTEM, Hall
from tests.payments.invoicing.conftest import Issuer

TITLE, TAX_NUMBER = "深圳市测试精密制造有限公司", "91440300MA5TEST00X"


def settled_charge(hall: Hall, reference: str = "order-1") -> Charge:
    charge = hall.open_charge(reference)
    with tenant_tx(hall.tenant, write=True):
        ledger.credit(
            channel="bank", transaction_id=reference, amount_fen=20_000, paid_at=now(), evidence="statement",
            by=SYSTEM, charge_id=charge.pk,
        )  # fmt: skip
    return hall.fresh(charge)


def request(hall: Hall, charge: Charge, title: str = TITLE) -> Invoice:
    with tenant_tx(hall.tenant, write=True):
        return invoicing.request_invoice(
            charge, title=title, tax_number=TAX_NUMBER, email="someone@example.com", phone="19900001234", by=SYSTEM
        )


def test_an_invoice_is_issued_and_its_link_is_told(invoicing_hall: Hall) -> None:
    hall, charge = invoicing_hall, settled_charge(invoicing_hall)
    invoice = request(hall, charge)
    assert request(hall, charge).pk == invoice.pk, "the same buyer is the same invoice"
    hall.run("payments.issue_invoice")
    issued = hall.fresh(invoice)
    assert (issued.state, len(issued.number), issued.amount_fen) == ("issued", 20, 20_000)
    assert hall.waiting("invoice_issued") == [
        {
            "charge": charge.public_id,
            "reference": "order-1",
            "invoice": invoice.public_id,
            "colour": "blue",
            "url": issued.url,
            "followed": False,
        }
    ]
    pdf = httpx.get(issued.url, trust_env=False)
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


def test_no_invoice_before_the_money(invoicing_hall: Hall) -> None:
    charge = invoicing_hall.open_charge()
    with pytest.raises(InvoiceBeforePayment):
        request(invoicing_hall, charge)
    with tenant_tx(invoicing_hall.tenant):
        assert not Invoice.objects.exists()


def test_an_answer_lost_after_the_commit_makes_one_invoice(invoicing_hall: Hall, issuer: Issuer) -> None:
    issuer.failing = 2
    invoice = request(invoicing_hall, settled_charge(invoicing_hall))
    invoicing_hall.run("payments.issue_invoice")
    assert invoicing_hall.fresh(invoice).state == "issued"
    assert issuer.failing == 0
    assert len(invoicing_hall.waiting("invoice_issued")) == 1


def test_an_issuer_that_refuses_fails_the_invoice_for_finance(invoicing_hall: Hall) -> None:
    hall, charge = invoicing_hall, settled_charge(invoicing_hall)
    invoice = request(hall, charge, title=" ")
    hall.run("payments.issue_invoice")
    assert (hall.fresh(invoice).state, hall.fresh(invoice).failure) == ("failed", "BAD_REQUEST")
    again = request(hall, charge)
    hall.run("payments.issue_invoice")
    assert hall.fresh(again).state == "issued"


def test_without_an_issuer_it_is_told_to_finance(hall: Hall) -> None:
    from payments.models import IssuerAccount

    with tenant_tx(hall.tenant, write=True):
        IssuerAccount.objects.update(is_active=False)
    invoice = request(hall, settled_charge(hall))
    hall.run("payments.issue_invoice")
    assert hall.fresh(invoice).failure == "NO_ISSUER"


def test_title_and_contact_are_sealed(invoicing_hall: Hall) -> None:
    invoice = invoicing_hall.fresh(request(invoicing_hall, settled_charge(invoicing_hall)))
    assert (str(invoice.phone), str(invoice.email)) == ("199****1234", "s***@example.com")


REQUEST = IssueRequest("I20261121000000001", "ordinary", TITLE, TAX_NUMBER, 100, (InvoiceLine("服务费", 1, 100),))


def test_the_client_believes_only_its_issuer(issuer: Issuer) -> None:
    key = bytes.fromhex(app_key(issuer.data_dir / "invoice-sandbox", "demo-ca"))
    good = issuer_client.connect(app="demo-ca", key=key, base_url=issuer.base_url, clock=now)
    assert good.issue(REQUEST) == good.issue(REQUEST), "idempotent by request number"
    blue = good.issue(REQUEST)
    with pytest.raises(IssuerRefused, match="RED_EXCEEDS_BLUE"):
        good.issue_red(RedRequest("I2", blue.number, 101, "x"))
    good.issue_red(RedRequest("I3", blue.number, 60, "x"))
    with pytest.raises(IssuerRefused, match="RED_EXCEEDS_BLUE"):
        good.issue_red(RedRequest("I4", blue.number, 41, "x"))
    good.disconnect()
    stranger = issuer_client.connect(app="demo-ca", key=b"k" * 32, base_url=issuer.base_url, clock=now)
    with pytest.raises(IssuerNotGenuine):
        stranger.issue(REQUEST)
    stranger.disconnect()


def test_the_sandbox_refuses_production(issuer: Issuer) -> None:
    with pytest.raises(SandboxRefused):
        routes(folder=issuer.data_dir, base_url=issuer.base_url, is_production=True)
    assert render_pdf  # used through the link above
    assert tasks.issue_invoice
