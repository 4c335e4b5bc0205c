"""Several orders paid with one number, by whom they are (RULES P16)."""

from typing import Any

import pytest
from django.test import Client

from payments import ledger
from payments.models import Bundle
from portal.accounts.actor import Actor
from portal.accounts.memberships import grant, revoke
from portal.accounts.models import Membership, MembershipRole, VerifiedBy
from portal.tenants import tenant_tx
from renewals.models import CertificateContact, Order
from tests.payments.conftest import now
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]


def many_at_once(document: dict[str, Any]) -> None:
    document["next_certificate"]["starts"] = "any_time"


@pytest.fixture
def orders(hall: Hall) -> list[str]:
    """Two orders that wait for payment, and the right to act for their organisations."""
    publish_changed(hall.tenant, many_at_once)
    found = [hall.to("payment") for _ in range(2)]
    with tenant_tx(hall.tenant, write=True):
        for order in found:
            grant(
                hall.customer,
                hall.order(order).organisation,
                role=MembershipRole.HANDLER,
                verified_by=VerifiedBy.KEY_PROOF,
                by=Actor.system("test"),
            )
    return found


def form(hall: Hall, orders: list[str], **more: object) -> dict[str, object]:
    with tenant_tx(hall.tenant):
        payer = Order.objects.get(public_id=orders[0]).organisation.public_id
    return {
        "charge": [hall.charge(order).public_id for order in orders],
        "payer": payer,
        "invoices": "each",
        "key": "a-form-key",
        **more,
    }


def only(hall: Hall) -> Bundle:
    with tenant_tx(hall.tenant):
        return Bundle.objects.select_related("carrier").get()


def test_made_paid_and_each_order_goes_on(hall: Hall, browser: Client, orders: list[str]) -> None:
    assert url("bundles") in browser.get(url("orders")).text
    assert browser.get(url("bundles")).text.count('name="charge"') == 2
    assert browser.post(url("bundles"), form(hall, orders)).status_code == 302
    assert browser.post(url("bundles"), form(hall, orders)).status_code == 302, "a second click"
    bundle = only(hall)
    page = browser.get(url("bundle", bundle.public_id)).text
    assert bundle.number[:4] in page
    assert browser.post(url("bundle", bundle.public_id), {"channel": "wechat", "key": "a-second"}).status_code == 302
    assert browser.get(url("payments:pay", bundle.carrier.public_id)).status_code == 200
    alone = browser.post(url("order-pay", orders[0]), {"channel": "wechat", "key": "a-third-key"})
    assert alone.status_code == 422
    assert bundle.number in alone.text
    with tenant_tx(hall.tenant, write=True):
        ledger.credit(
            channel="wechat", transaction_id="T1", amount_fen=bundle.carrier.total_fen, paid_at=now(),
            evidence="query", by=Actor.system("payments"), charge_id=bundle.carrier_id,
        )  # fmt: skip
    hall.run()
    assert {hall.steps(order)["payment"] for order in orders} == {"done"}


def test_one_invoice_is_checked_as_in_the_application(hall: Hall, browser: Client, orders: list[str]) -> None:
    wrong = form(hall, orders, invoices="one", kind="special", title="深圳市测试代办有限公司", tax_number="")
    answer = browser.post(url("bundles"), wrong)
    assert answer.status_code == 422
    assert "深圳市测试代办有限公司" in answer.text, "nothing typed is lost"
    with tenant_tx(hall.tenant):
        assert not Bundle.objects.exists()


def test_of_others_nothing(hall: Hall, browser: Client, orders: list[str]) -> None:
    stranger = browser_of(make_customer(hall.tenant, "19900009999"))
    assert stranger.post(url("bundles"), form(hall, orders)).status_code == 422
    browser.post(url("bundles"), form(hall, orders))
    bundle = only(hall)
    assert stranger.get(url("bundle", bundle.public_id)).status_code == 404
    assert stranger.post(url("bundle-dissolve", bundle.public_id)).status_code == 302
    assert only(hall).state == "open"
    assert stranger.get(url("payments:pay", bundle.carrier.public_id)).status_code == 404


def test_without_the_authorisation_it_isnt_offered(hall: Hall, browser: Client, orders: list[str]) -> None:
    with tenant_tx(hall.tenant, write=True):
        for held in Membership.objects.filter(user=hall.customer, state="active"):
            revoke(held, by=Actor.system("test"), reason="test")
        CertificateContact.objects.update(withdrawn_at=now())
    assert 'name="charge"' not in browser.get(url("bundles")).text
    assert browser.post(url("bundles"), form(hall, orders)).status_code == 422
    with tenant_tx(hall.tenant):
        assert not Bundle.objects.exists()


def test_a_contact_of_the_import_needs_no_other_authorisation(hall: Hall, browser: Client, orders: list[str]) -> None:
    """Whom the CA has named pays together what they opened; no key has to be proved for it first."""
    with tenant_tx(hall.tenant, write=True):
        Membership.objects.filter(user=hall.customer).delete()
    assert browser.get(url("bundles")).text.count('name="charge"') == 2
    assert browser.post(url("bundles"), form(hall, orders)).status_code == 302
    assert only(hall).carrier.payer_name == "深圳市测试精密制造有限公司"


def test_dissolved_they_are_paid_alone(hall: Hall, browser: Client, orders: list[str]) -> None:
    browser.post(url("bundles"), form(hall, orders))
    assert browser.post(url("bundle-dissolve", only(hall).public_id)).status_code == 302
    assert browser.post(url("order-pay", orders[0]), {"channel": "wechat", "key": "a-third-key"}).status_code == 302
