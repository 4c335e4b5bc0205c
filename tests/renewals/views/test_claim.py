"""A certificate is claimed by its key; serials alone tell nothing (RULES C2, P2, P17; DESIGN §4)."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Membership, User
from portal.tenants import tenant_tx
from renewals.models import Certificate, CertificateGrant
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.views.page import post_json, url

pytestmark = pytest.mark.django_db
NEWCOMER = "19900000077"


@pytest.fixture
def newcomer(hall: Hall) -> Client:
    return browser_of(make_customer(hall.tenant, NEWCOMER))


def claim(hall: Hall, browser: Client, certificate: Certificate, *, take_over: bool = False) -> int:
    """The script's part: list, ask, sign, prove."""
    bridge, key = hall.bridge(certificate)
    try:
        listed = next(e for e in bridge.call("cert.list")["certificates"] if e["usage"] == "signing")
        question = post_json(browser, url("api-claim-challenge"), {"certificate": listed["certificate"]}).json()
        proof = bridge.call("auth.sign", keySerial=key, fingerprint=listed["fingerprint"], **question)
    finally:
        bridge.close()
    sent = {"challenge": question["challenge"], "signature": proof["signature"], "take_over": take_over}
    return post_json(browser, url("api-claim-prove"), sent).status_code


def test_proof_of_the_key_makes_it_the_customers(hall: Hall, newcomer: Client) -> None:
    certificate = hall.certificate(30, contact="")
    assert certificate.serial not in newcomer.get(url("home")).text.replace(" ", "")
    assert claim(hall, newcomer, certificate) == 200
    assert certificate.serial in newcomer.get(url("home")).text.replace(" ", "")
    with tenant_tx(hall.tenant):
        assert CertificateGrant.objects.get().via == "key_proof"
        assert Membership.objects.get().verified_by == "key_proof"
    assert newcomer.get(url("renew"), {"serial": certificate.serial}).status_code == 200


def test_unknown_and_foreign_serials_get_one_answer(hall: Hall, newcomer: Client) -> None:
    """RULES C2."""
    foreign = hall.certificate(30)
    pages = [newcomer.get(url("renew"), {"serial": serial}) for serial in (foreign.serial, "5F3A21C099E47B10")]
    assert [page.status_code for page in pages] == [404, 404]
    texts = [re.sub(r'value="[^"]*"', "", page.text) for page in pages]  # what was typed, and the CSRF tokens
    assert texts[0] == texts[1]
    assert url("claim") in texts[0]


def test_a_serial_is_found_as_people_type_it(hall: Hall, browser: Client) -> None:
    serial = hall.certificate(30).serial
    spelled = ":".join(serial[i : i + 2] for i in range(0, len(serial), 2)).lower()
    assert browser.get(url("renew"), {"serial": f" {spelled} "}).status_code == 200


def test_a_certificate_that_nobody_registered_is_told(hall: Hall, newcomer: Client) -> None:
    certificate = hall.certificate(30, contact="")
    with tenant_tx(hall.tenant, write=True):
        Certificate.objects.filter(pk=certificate.pk).delete()
    bridge, _key = hall.bridge(certificate)
    listed = bridge.call("cert.list")["certificates"][0]
    bridge.close()
    answer = post_json(newcomer, url("api-claim-challenge"), {"certificate": listed["certificate"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "certificate.unknown")
    assert "网厅的登记里没有这张证书" in answer.json()["error"]["message"]


def test_another_key_proves_nothing(hall: Hall, newcomer: Client) -> None:
    mine, other = hall.certificate(30, contact=""), hall.certificate(40, contact="")
    bridge, key = hall.bridge(other)
    held = bridge.call("cert.list")["certificates"][0]["fingerprint"]
    from tests.renewals.views.page import text

    body = {"certificate": text(bytes(mine.signing_der))}
    question = post_json(newcomer, url("api-claim-challenge"), body).json()
    proof = bridge.call("auth.sign", keySerial=key, fingerprint=held, **question)
    bridge.close()
    sent = {"challenge": question["challenge"], "signature": proof["signature"]}
    answer = post_json(newcomer, url("api-claim-prove"), sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "bridge.proof_refused")
    again = post_json(newcomer, url("api-claim-prove"), sent)
    assert again.json()["error"]["code"] == "bridge.challenge_spent"
    with tenant_tx(hall.tenant):
        assert not CertificateGrant.objects.exists()


@pytest.mark.parametrize("take_over", [False, True])
def test_the_handler_before_is_told_and_leaves_when_asked(hall: Hall, newcomer: Client, *, take_over: bool) -> None:
    """RULES P2."""
    certificate = hall.certificate(30, contact="")
    former = make_customer(hall.tenant, "19900000066")
    before = browser_of(former)
    assert claim(hall, before, certificate) == 200
    assert claim(hall, newcomer, certificate, take_over=take_over) == 200
    assert hall.notices() == ["certificate.claimed"]
    with tenant_tx(hall.tenant):
        kept = CertificateGrant.objects.filter(user=former, withdrawn_at__isnull=True).exists()
    assert kept is not take_over
    assert (certificate.serial in before.get(url("home")).text.replace(" ", "")) is not take_over


def test_proof_of_an_old_key_shows_the_old_again(hall: Hall, browser: Client) -> None:
    """RULES P17."""
    certificate = hall.certificate(30)
    restrict(hall)
    assert claim(hall, browser, certificate) == 200
    with tenant_tx(hall.tenant):
        assert not User.objects.get(pk=hall.customer.pk).is_restricted


def test_a_strangers_own_key_does_not(hall: Hall, browser: Client) -> None:
    """RULES P17: whoever got the number proves what is his own, and sees that alone."""
    old = hall.certificate(30)
    restrict(hall)
    own = hall.certificate(40, contact="")
    assert claim(hall, browser, own) == 200
    page = browser.get(url("home")).text.replace(" ", "")
    assert own.serial in page
    assert old.serial not in page


def restrict(hall: Hall) -> None:
    with tenant_tx(hall.tenant, write=True):
        User.objects.filter(pk=hall.customer.pk).update(restricted_since=timezone.now())
