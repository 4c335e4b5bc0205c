"""At another desk: order number, renewal code, key proof; and nothing personal (RULES P6)."""

import pytest
from django.test import Client

from portal.audit.models import SecurityEvent
from portal.tenants import tenant_tx
from tests.renewals.hall import Hall
from tests.renewals.views.page import Script, post_json, sign_resume, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]
WRONG = "5P4E-8CEJ-YF6R-RRCJ-74N2"  # a code of the right form that nobody has


@pytest.fixture
def torn(hall: Hall) -> tuple[str, str]:
    """An order that broke off after the CA had issued, and its renewal code."""
    order = hall.to("issuance")
    code = hall.show_code(order)
    hall.request(order)
    hall.run()
    return order, code


def enter(browser: Client, number: str, code: str, **more: str) -> int:
    return browser.post(url("install-by-code"), {"number": number, "code": code}, **more).status_code  # type: ignore[arg-type]


def prove(hall: Hall, browser: Client, order: str) -> int:
    question = post_json(browser, url("api-resume-challenge"), {}).json()
    proof = sign_resume(hall, hall.item(order).certificate, question)
    return post_json(browser, url("api-resume-prove"), proof).status_code


def test_from_the_code_to_the_installed_certificate(hall: Hall, torn: tuple[str, str]) -> None:
    order, code = torn
    browser = Client()
    number = " ".join([hall.order(order).number[:8], hall.order(order).number[8:]])
    assert enter(browser, number, code.lower().replace("-", " ")) == 302
    assert prove(hall, browser, order) == 200
    script = Script(browser, hall.item(order).public_id)
    bridge, key = hall.bridge(hall.item(order).certificate)
    try:
        assert script.state()["state"] == "issued"
        assert script.ask("verify", script.bring_home(bridge, key))["state"] == "verified"
    finally:
        bridge.close()
    assert hall.order(order).status == "completed"
    assert "新证书已安装并验证" in browser.get(url("install-key")).text


def test_nothing_personal_is_shown(hall: Hall, torn: tuple[str, str]) -> None:
    order, code = torn
    browser = Client()
    enter(browser, hall.order(order).number, code)
    certificate = hall.item(order).certificate
    pages = [browser.get(url("install-key")).text]
    prove(hall, browser, order)
    pages.append(browser.get(url("install-key")).text)
    for page in pages:
        for private in (
            certificate.holder_name,
            certificate.serial,
            "林晓彤",
            "199****0006",
            certificate.medium_number,
        ):
            assert private not in page
            assert private not in page.replace(" ", "")


def test_before_the_key_is_proved_the_installation_is_closed(hall: Hall, torn: tuple[str, str]) -> None:
    order, code = torn
    browser = Client()
    script = Script(browser, hall.item(order).public_id)
    assert post_json(browser, url("api-resume-challenge"), {}).status_code == 404
    enter(browser, hall.order(order).number, code)
    script.state()
    assert script.status == 404
    assert prove(hall, browser, order) == 200
    script.state()
    assert script.status == 200
    script.ask("code", {})  # a new code is for the order's customer alone
    assert script.status in {403, 409}


def test_another_visit_has_proved_nothing(hall: Hall, torn: tuple[str, str]) -> None:
    order, code = torn
    first, second = Client(), Client()
    for browser in (first, second):
        enter(browser, hall.order(order).number, code)
    prove(hall, first, order)
    script = Script(second, hall.item(order).public_id)
    script.state()
    assert script.status == 404


def test_the_new_key_proves_too_once_it_is_in(hall: Hall, torn: tuple[str, str]) -> None:
    order, code = torn
    hall.verify_data(order)  # imported and exchanged, never told
    browser = Client()
    enter(browser, hall.order(order).number, code)
    assert prove(hall, browser, order) == 200


def test_a_wrong_key_does_not(hall: Hall, torn: tuple[str, str]) -> None:
    order, code = torn
    browser = Client()
    enter(browser, hall.order(order).number, code)
    question = post_json(browser, url("api-resume-challenge"), {}).json()
    other = hall.certificate(50)
    bridge, key = hall.bridge(other)
    held = bridge.call("cert.list")["certificates"][0]["fingerprint"]
    asked = {name: question[name] for name in ("challenge", "txn", "action")}
    proof = bridge.call("auth.sign", keySerial=key, fingerprint=held, **asked)
    bridge.close()
    sent = {
        "challenge": question["challenge"],
        "signature": proof["signature"],
        "fingerprint": question["fingerprints"][0],
    }
    answer = post_json(browser, url("api-resume-prove"), sent)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "bridge.proof_refused"


def test_unknown_order_and_wrong_code_are_told_alike(hall: Hall, torn: tuple[str, str]) -> None:
    order, _code = torn
    browser = Client()
    number = hall.order(order).number
    answers = [
        browser.post(url("install-by-code"), {"number": each, "code": WRONG}) for each in (number, "01202001010000015")
    ]
    assert answers[0].status_code == 409
    assert "订单编号或更新码不正确" in answers[0].text
    assert {answer.status_code for answer in answers} <= {409, 422}


def test_a_try_is_used_up_before_the_code_is_looked_at(hall: Hall, torn: tuple[str, str]) -> None:
    """Five for an order number; then the right code doesn't help either."""
    order, code = torn
    number = hall.order(order).number
    assert [enter(Client(), number, WRONG) for _ in range(5)] == [409] * 5
    assert enter(Client(), number, code) == 429
    with tenant_tx(hall.tenant):
        events = list(SecurityEvent.objects.values_list("event", flat=True))
    assert events.count("resume.code_refused") == 5
    assert "resume.limited" in events


def test_an_address_has_twenty_tries_whatever_the_number(hall: Hall) -> None:
    import datetime as dt

    from renewals.validation import make_order_number

    numbers = [make_order_number("01", dt.date(2026, 1, 5), serial) for serial in range(1, 22)]
    statuses = [enter(Client(), number, WRONG) for number in numbers]
    assert statuses == [409] * 20 + [429]


def test_typing_slips_are_told_without_using_a_try(hall: Hall, torn: tuple[str, str]) -> None:
    order, code = torn
    number = hall.order(order).number
    for _ in range(7):
        answer = Client().post(url("install-by-code"), {"number": number, "code": code[:-1]})
        assert answer.status_code == 422
        assert "更新码应为 20 位" in answer.text
    assert enter(Client(), number, code) == 302


def test_an_order_cancelled_meanwhile_asks_for_no_key(hall: Hall) -> None:
    order = hall.to("issuance")
    code = hall.show_code(order)
    browser = Client()
    enter(browser, hall.order(order).number, code)
    assert browser.get(url("install-key")).status_code == 200
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    answer = browser.get(url("install-key"), follow=True)
    assert answer.redirect_chain == [(url("install-by-code"), 302)]
    assert "这张订单已经结束，不能再安装" in answer.text
