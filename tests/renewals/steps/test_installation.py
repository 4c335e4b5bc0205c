"""Bringing the certificate onto the key, as often as it takes, from any computer (RULES C10, P6, Across 7)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from renewals.bridge import challenges
from renewals.bridge.protocol import build_tbs, install_action
from renewals.bridge.simulator.soft_key import generate
from renewals.ca_of_tenant import ca_of
from renewals.errors import (
    NotYourOrder,
    ProofRefused,
)
from renewals.issuing.requests import parse
from renewals.models import BridgeChallenge, Certificate, Issuance, Order
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, new_certificate, text
from tests.renewals.snapshot import refused
from tests.renewals.steps.test_issuance import successors


def test_the_new_key_answers_and_the_order_is_done(hall: Hall) -> None:
    order = hall.to("issued")
    old = hall.item(order).certificate
    answer = hall.verify(order).answer
    hall.run()
    item = hall.item(order)
    assert isinstance(item.issued, Certificate)
    assert answer["not_after"] == item.issued.not_after.isoformat()
    with tenant_tx(hall.tenant):
        assert item.issued.predecessor_id == old.pk
        assert [contact.certificate_id for contact in item.issued.contacts.all()] == [item.issued.pk]
    assert hall.order(order).status == "completed"
    assert not item.reserves
    assert hall.notices()[-1] == "order.installed"


@pytest.mark.parametrize("signer", ["old key", "another new key"])
def test_an_installation_is_not_believed_from_another_key(hall: Hall, signer: str) -> None:
    order = hall.to("issued")
    issuance, certificate = hall.issuance(order), hall.item(order).certificate
    question = hall.challenge("install", order)
    action = install_action(new_certificate(issuance).serial)
    if signer == "old key":
        bridge, key = hall.bridge(certificate)
        signature = bridge_calls.sign(
            bridge, key=key, question=question, action=action, signer=parse(bytes(certificate.signing_der))
        )
        bridge.close()
    else:
        with tenant_tx(hall.tenant):
            row = BridgeChallenge.objects.get(challenge=challenges.as_bytes(question["challenge"]))
            tbs = build_tbs(challenges.origin(), bytes(row.challenge), row.transaction, action)
        signature = generate("SM2").sign(tbs)  # type: ignore[union-attr,call-arg]
    data = {"challenge": question["challenge"], "signature": text(signature)}
    hall.reserve(data)
    with refused(ProofRefused):
        hall.act(order, "issuance", "verify", data)


def test_delivery_can_be_repeated_with_the_same_bytes(hall: Hall) -> None:
    order = hall.to("issued")
    first = hall.issuance(order)
    hall.verify_data(order)  # imported, signed, and then the page was closed
    second = hall.issuance(order)
    assert bytes(first.signing_certificate or b"") == bytes(second.signing_certificate or b"")
    assert bytes(first.enveloped_key or b"") == bytes(second.enveloped_key or b"")
    with tenant_tx(hall.tenant):
        assert Issuance.objects.filter(item__order__public_id=order).count() == 1
    hall.run()
    assert successors(hall, order) == 1


def test_the_old_certificate_is_revoked_once_the_new_one_has_answered(hall: Hall) -> None:
    # RULES Across 7
    order = hall.to("issued")
    old = hall.item(order).certificate.serial
    assert ca_of(hall.tenant).status(old).state == "valid"
    hall.verify(order)
    hall.run()
    assert ca_of(hall.tenant).status(old).state == "replaced"
    assert hall.item(order).certificate.ca_status == "replaced"
    with tenant_tx(hall.tenant):
        assert Order.objects.get(public_id=order).acts.filter(action="old_revoked").count() == 1


def test_another_computer_installs_with_code_and_key_and_nothing_else(hall: Hall) -> None:
    # RULES P6

    order = hall.to("code")
    elsewhere = Actor("bridge", None, "Ekey 持有人", session_hash="visit-2")
    data = hall.request_data(order, by=elsewhere)
    hall.reserve(data, by=elsewhere)
    with refused(NotYourOrder):
        hall.act(order, "issuance", "request", data, by=elsewhere)
    with tenant_tx(hall.tenant, write=True):  # as api/resume does once code and key have answered
        item = hall.item(order)
        challenges.issue("resume", by=elsewhere, item=item)
        BridgeChallenge.objects.filter(purpose="resume").update(used_at=timezone.now(), proved_at=timezone.now())
    hall.act(order, "issuance", "request", data, by=elsewhere)
    hall.run()
    installed = hall.verify_data(order, by=elsewhere)
    hall.reserve(installed, by=elsewhere)
    hall.act(order, "issuance", "verify", installed, by=elsewhere)
    assert hall.order(order).status == "completed"
    with tenant_tx(hall.tenant):
        grants = hall.item(order).issued.grants.values_list("user_id", flat=True)  # type: ignore[union-attr]
        assert list(grants) == [hall.customer.pk]


def test_the_right_to_install_elsewhere_ends_after_two_hours(hall: Hall) -> None:
    # RULES P6

    order = hall.to("code")
    elsewhere = Actor("bridge", None, "Ekey 持有人", session_hash="visit-2")
    with tenant_tx(hall.tenant, write=True):
        challenges.issue("resume", by=elsewhere, item=hall.item(order))
        BridgeChallenge.objects.filter(purpose="resume").update(used_at=timezone.now(), proved_at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(hours=2, seconds=1)), refused(NotYourOrder):
        hall.act(order, "issuance", "request", {}, by=elsewhere)
