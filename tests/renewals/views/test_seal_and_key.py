"""The pages of key proof, notice and seal, as their scripts use them (RULES D2, D3, E3, P7)."""

import io

import pytest
from django.test import Client

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.issuing.requests import parse
from renewals.models import SealRecord
from renewals.steps.seal import transaction_of
from renewals.walking import bridge_calls
from tests.portal.accounts.people import browser_of, make_customer, make_staff
from tests.renewals.hall import Hall, text
from tests.renewals.packs import publish_changed, with_key_proof
from tests.renewals.steps.test_notice import PARTS, with_notice
from tests.renewals.steps.test_seal import record_of, stamp, with_seal
from tests.renewals.views.page import post_json, url

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_key_answers_on_its_own_page(hall: Hall, browser: Client) -> None:
    publish_changed(hall.tenant, with_key_proof, version=9)
    order = hall.to("application")
    item = hall.item(order)
    page = browser.get(url("order-key-proof", order))
    assert page.status_code == 200
    assert item.certificate.medium_number in page.text
    question = post_json(browser, url("api-proof-challenge", item.public_id), {}).json()
    signer = parse(bytes(item.certificate.signing_der))
    bridge, key = hall.bridge(item.certificate)
    try:
        asked = {name: question[name] for name in ("challenge", "txn")}
        signature = bridge_calls.sign(bridge, key=key, question=asked, action=question["action"], signer=signer)
    finally:
        bridge.close()
    sent = {"challenge": question["challenge"], "signature": text(signature)}
    assert post_json(browser, url("api-proof-prove", item.public_id), sent).json() == {"proved": True}
    assert hall.steps(order)["key_proof"] == "done"
    assert browser.get(url("order-key-proof", order)).status_code == 302  # nothing left to prove


def test_nobody_else_is_asked_about_an_order(hall: Hall) -> None:
    stranger = browser_of(make_customer(hall.tenant, "19900000099"))
    publish_changed(hall.tenant, with_key_proof, version=9)
    order = hall.to("application")
    assert stranger.get(url("order-key-proof", order)).status_code == 404
    answer = post_json(stranger, url("api-proof-challenge", hall.item(order).public_id), {})
    assert answer.status_code == 404


def test_a_notice_is_ticked_part_by_part(hall: Hall, browser: Client) -> None:
    publish_changed(hall.tenant, with_notice, version=9)
    order = hall.to("application")
    page = browser.post(url("order-notice", order), {"decrypt_first": "on"})
    assert page.status_code == 422
    assert "请阅读“提示 new_platform”" in page.text
    done = browser.post(url("order-notice", order), dict.fromkeys(PARTS, "on"))
    assert done.status_code == 302
    assert "您已确认知悉" in browser.get(url("order-notice", order)).text


def test_the_hall_makes_writes_and_reads_back_a_seal(hall: Hall) -> None:
    publish_changed(hall.tenant, lambda document: with_seal(document, hands="production"), version=9)
    certificate = hall.certificate(30)
    with tenant_tx(hall.tenant, write=True):
        certificate.has_seal = True
        certificate.save(update_fields=["has_seal"])
    order = hall.to("completed", certificate)
    item = hall.item(order).public_id
    maker = browser_of(make_staff(hall.tenant, Role.PRODUCTION))
    assert "核对印模" in maker.get(url("staff-seals")).text
    picture = io.BytesIO(stamp())
    picture.name = "印模.png"
    assert maker.post(url("staff-seal", item), {"impression": picture}).status_code == 302
    assert maker.post(url("staff-seal", item), {"bind": "1"}).status_code == 302
    hall.run()
    said = maker.get(url("api-staff-seal-state", item)).json()
    assert said["state"] == "made"
    record: SealRecord = record_of(hall, order)
    assert record.certificate is not None
    der = bytes(record.certificate.signing_der)
    bridge, key = hall.bridge(record.certificate)
    try:
        bridge_calls.write_seal(
            bridge, key=key, txn=transaction_of(record), certificate=der, seal=bytes(record.data or b"")
        )
        found = bridge_calls.read_seal(bridge, key=key, certificate=der)
    finally:
        bridge.close()
    assert post_json(maker, url("api-staff-seal-verify", item), {"seal": text(found)}).json() == {"verified": True}
    assert hall.order(order).status == "completed"
    assert "已写入并验证通过" in maker.get(url("staff-seal", item)).text
    other = browser_of(make_staff(hall.tenant, Role.CERTIFICATE_ADMINISTRATOR))
    assert other.get(url("staff-seal", item)).status_code == 404  # the pack names production


def test_a_demo_certificate_with_a_seal_has_one_that_works(hall: Hall) -> None:
    certificate = hall.certificate(30, has_seal=True)
    with tenant_tx(hall.tenant):
        assert SealRecord.objects.get(certificate=certificate).state == "verified"
