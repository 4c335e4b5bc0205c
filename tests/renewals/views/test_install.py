"""The installation: code first, then key, CA and proof; resumable; somebody else's is not there (RULES A8, A10, P6)."""

from collections.abc import Iterator

import pytest
from django.test import Client

from portal.tenants import tenant_tx
from renewals.api import install
from renewals.bridge.protocol import BridgeFault, ErrorCode
from renewals.bridge.simulator import InProcessBridge
from renewals.issuing import renewal_codes
from renewals.models import BridgeChallenge, RenewalCode
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.views.page import Script, post_json, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]


@pytest.fixture
def order(hall: Hall) -> str:
    return hall.to("issuance")


@pytest.fixture
def script(hall: Hall, browser: Client, order: str) -> Script:
    return Script(browser, hall.item(order).public_id)


@pytest.fixture
def plugged(hall: Hall, order: str) -> Iterator[tuple[InProcessBridge, str]]:
    bridge, key = hall.bridge(hall.item(order).certificate)
    yield bridge, key
    bridge.close()


def test_the_page_stands_only_when_its_turn_has_come(hall: Hall, browser: Client) -> None:
    early = hall.to("payment")
    assert browser.get(url("order-install", early))["Location"] == url("order", early)


def test_the_page_explains_and_has_no_place_for_a_pin(hall: Hall, browser: Client, order: str) -> None:
    """RULES Across 5."""
    page = browser.get(url("order-install", order)).text
    assert "请不要拔出 Ekey，也不要关闭页面" in page
    assert "显示更新码" in page
    assert 'type="password"' not in page


def test_the_code_is_shown_once_and_kept_as_a_hash(hall: Hall, script: Script) -> None:
    code = script.ask("code", {})["code"]
    assert len(code.replace("-", "")) == 20
    with tenant_tx(hall.tenant):
        kept = RenewalCode.objects.get(ended_at__isnull=True)
        assert code.encode() not in bytes(kept.code_hash)
    assert "code" not in str(script.state().get("new"))
    other = script.ask("code", {})["code"]
    assert other not in {"", code}


def test_of_two_pages_that_ask_at_once_the_second_is_not_left_with_an_empty_code(
    hall: Hall, script: Script, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RULES A8: both saw the same order; the second is told that the code stands on the other page."""
    seen = hall.order(order).version
    first = script.ask("code", {})["code"]
    act = install._act
    monkeypatch.setattr(
        install, "_act", lambda found, action, data, **_key: act(found, action, data, key=f"code:{seen}")
    )
    refusal = script.ask("code", {})
    assert (script.status, refusal["error"]["code"]) == (409, "issuance.code_just_shown")
    with tenant_tx(hall.tenant):
        assert renewal_codes.matches(hall.item(order), first)


def test_without_the_code_the_key_is_not_touched(
    hall: Hall, order: str, script: Script, plugged: tuple[InProcessBridge, str]
) -> None:
    """RULES A8."""
    refused = script.request(*plugged)
    assert script.status == 409
    assert refused["error"]["code"] == "issuance.code_not_shown"
    assert hall.steps(order)["issuance"] == "open"


def test_from_the_code_to_the_new_validity(
    hall: Hall, browser: Client, order: str, script: Script, plugged: tuple[InProcessBridge, str]
) -> None:
    script.ask("code", {})
    assert script.request(*plugged)["state"] == "requested"
    hall.run()
    assert script.state()["state"] == "issued"
    proof = script.bring_home(*plugged)
    assert script.ask("verify", proof)["state"] == "verified"
    end = hall.item(order).issued.not_after
    page = browser.get(url("order-install", order)).text
    assert "新证书已安装并验证" in page
    assert f"{end:%Y-%m-%d}" in page
    assert hall.order(order).status == "completed"


def test_pulled_out_on_the_way_it_goes_on_with_the_same_certificate(
    hall: Hall, order: str, script: Script, plugged: tuple[InProcessBridge, str]
) -> None:
    bridge, key = plugged
    script.ask("code", {})
    script.request(bridge, key)
    hall.run()
    issued = script.state()["new"]["fingerprint"]
    hall.desk.faults.update({"pull_at": "cert.importEnc/store"})
    with pytest.raises(BridgeFault) as torn:
        script.bring_home(bridge, key)
    assert torn.value.code is ErrorCode.KEY_REMOVED
    assert hall.steps(order)["issuance"] == "submitted:issued"
    hall.desk.insert(key)
    assert script.state()["new"]["fingerprint"] == issued
    assert script.ask("verify", script.bring_home(bridge, key))["state"] == "verified"


def test_torn_off_after_the_exchange_only_the_proof_is_missing(
    hall: Hall, script: Script, plugged: tuple[InProcessBridge, str]
) -> None:
    """The page closed between install.verify and its posting: the old container has gone already."""
    bridge, key = plugged
    script.ask("code", {})
    script.request(bridge, key)
    hall.run()
    script.bring_home(bridge, key)  # never posted
    there = script.state()
    held = {each["fingerprint"] for each in bridge.call("cert.list")["certificates"] if each["state"] == "current"}
    assert there["new"]["fingerprint"] in held
    assert there["old"] not in held
    question = script.ask("challenge", {"purpose": "install"})
    proof = bridge.call("install.verify", keySerial=key, encryption="required", **question)
    sent = {"challenge": question["challenge"], "signature": proof["signature"]}
    assert script.ask("verify", sent)["state"] == "verified"


def test_a_challenge_answers_once_even_when_the_answer_is_wrong(
    hall: Hall, order: str, script: Script, plugged: tuple[InProcessBridge, str]
) -> None:
    bridge, key = plugged
    script.ask("code", {})
    script.request(bridge, key)
    hall.run()
    proof = script.bring_home(bridge, key)
    wrong = script.ask("verify", {**proof, "signature": "MAYCAQECAQE="})
    assert (script.status, wrong["error"]["code"]) == (409, "bridge.proof_refused")
    again = script.ask("verify", proof)
    assert (script.status, again["error"]["code"]) == (409, "bridge.challenge_spent")
    assert hall.steps(order)["issuance"] == "submitted:issued"


def test_somebody_elses_installation_is_not_there(hall: Hall, script: Script) -> None:
    for browser in (Client(), browser_of(make_customer(hall.tenant, "19900000055"))):
        stranger = Script(browser, script.item)
        for answer in (
            stranger.state(),
            stranger.ask("code", {}),
            stranger.ask("challenge", {"purpose": "rekey", "csr": "MAA="}),
        ):
            assert stranger.status == 404
            assert answer["error"]["code"] == "order.not_found"
    with tenant_tx(hall.tenant):
        assert not RenewalCode.objects.exists()
        assert not BridgeChallenge.objects.exists()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("challenge", {}),
        ("challenge", {"purpose": "claim"}),
        ("challenge", {"purpose": "rekey", "csr": "%00"}),
        ("request", {"csr": "MAA=", "challenge": "x", "signature": "MAA="}),
        ("verify", {"challenge": "A" * 43, "signature": "no base64!"}),
        ("verify", {"challenge": ["A"], "signature": None}),
    ],
)
def test_malformed_input_is_refused_in_words(script: Script, name: str, body: dict[str, object]) -> None:
    answer = script.ask(name, body)
    assert script.status in {409, 422}
    assert answer["error"]["message"]


def test_what_is_no_json_is_refused(script: Script) -> None:
    address = url("api-install-verify", script.item)
    assert script.browser.post(address, {"challenge": "x"}).status_code == 415
    for body in ("{", "[" * 100_000, "\x00"):
        assert script.browser.post(address, body, content_type="application/json").status_code == 400
    for body in ("[]", "null", "7", '{"challenge": "\\ud800", "signature": "\\u0000"}'):
        answer = script.browser.post(address, body, content_type="application/json")
        assert answer.status_code == 422, body


def test_the_api_takes_the_csrf_check(hall: Hall, script: Script) -> None:
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = script.browser.cookies
    assert post_json(checked, url("api-install-code", script.item), {}).status_code == 403
    with tenant_tx(hall.tenant):
        assert not RenewalCode.objects.exists()
