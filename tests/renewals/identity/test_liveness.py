"""RULES C8, P4: a session at the liveness service, its page for the phone, and a signed answer; client and stand-in."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from renewals.identity import signing
from renewals.identity.base import IdentityReplyInvalid, IdentityRequestRefused
from renewals.identity.client import HttpIdentityService
from renewals.identity.liveness import LivenessAnswer, LivenessOutcome, LivenessPage, LivenessReason
from renewals.identity.liveness_page import PROMPTS
from renewals.identity.liveness_sandbox import LIVES_SECONDS, LivenessSandbox
from renewals.identity.sandbox import Sandbox
from tests.renewals.identity.conftest import APP, KEY

PERSON = {"name": "测试甲", "id_number": "110101199003070011"}
BACK = "http://127.0.0.1:8000/szca/phone/"
PENDING = LivenessAnswer(LivenessOutcome.PENDING)
PASSED = LivenessAnswer(LivenessOutcome.PASSED)


def failed(reason: str) -> LivenessAnswer:
    return LivenessAnswer(LivenessOutcome.FAILED, LivenessReason(reason))


@pytest.fixture
def phone() -> Iterator[httpx.Client]:
    """A browser: it knows nothing but the page's address."""
    with httpx.Client(timeout=2, trust_env=False) as opened:
        yield opened


@pytest.fixture
def service(address: str, phone: httpx.Client) -> HttpIdentityService:
    return HttpIdentityService(address, app=APP, key=KEY, client=phone)


def start(service: HttpIdentityService, request_id: str = "live-1", **changed: str) -> str:
    page = service.start_liveness(**(PERSON | changed), request_id=request_id, return_url=BACK)
    assert page.url is not None
    return page.url


def follow(phone: httpx.Client, page: str) -> str:
    """Every prompt, one after another; the last page."""
    said = phone.get(page).text
    for prompt in PROMPTS:
        said = phone.post(page, data={"decision": "next"}).text
        assert prompt in said
    return phone.post(page, data={"decision": "next"}).text


def test_who_follows_the_prompts_passes_and_is_led_back(service: HttpIdentityService, phone: httpx.Client) -> None:
    page = start(service)
    assert service.liveness_result(request_id="live-1") == PENDING
    assert "测**" in phone.get(page).text
    assert PERSON["name"] not in phone.get(page).text
    assert f'href="{BACK}"' in follow(phone, page)
    assert service.liveness_result(request_id="live-1") == PASSED


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        ("pass", PASSED),
        ("not_live", failed("not_live")),
        ("face_mismatch", failed("face_mismatch")),
        ("poor_image", failed("poor_image")),
        ("decline", LivenessAnswer(LivenessOutcome.DECLINED)),  # RULES P4: face is never the only way
    ],
)
def test_the_testers_buttons_decide(
    service: HttpIdentityService, phone: httpx.Client, decision: str, answer: LivenessAnswer
) -> None:
    page = start(service)
    phone.post(page, data={"decision": decision})
    phone.post(page, data={"decision": "pass"})  # it is over: no second word
    assert service.liveness_result(request_id="live-1") == answer


@pytest.mark.parametrize(
    ("serial", "answer"), [("901", failed("face_mismatch")), ("902", failed("not_live")), ("903", failed("no_photo"))]
)
def test_the_id_numbers_serial_decides_by_itself(
    service: HttpIdentityService, phone: httpx.Client, serial: str, answer: LivenessAnswer
) -> None:
    follow(phone, start(service, id_number=f"11010119900307{serial}0"))
    assert service.liveness_result(request_id="live-1") == answer


def test_a_session_ends_after_a_quarter_of_an_hour(
    service: HttpIdentityService, phone: httpx.Client, stand_in: Sandbox
) -> None:
    page, now = start(service), stand_in.clock()
    stand_in.clock = lambda: now + LIVES_SECONDS
    late = HttpIdentityService(str(page).split("/liveness")[0], app=APP, key=KEY, client=phone, clock=stand_in.clock)
    assert late.liveness_result(request_id="live-1") == LivenessAnswer(LivenessOutcome.EXPIRED)
    assert "已超时" in phone.post(page, data={"decision": "pass"}).text
    assert late.liveness_result(request_id="live-1") == LivenessAnswer(LivenessOutcome.EXPIRED)


def test_some_sessions_lapse_at_once_and_some_answers_take_their_time(
    service: HttpIdentityService, phone: httpx.Client, liveness: LivenessSandbox
) -> None:
    start(service, "lapsed", id_number="110101199003079040")
    assert service.liveness_result(request_id="lapsed").outcome is LivenessOutcome.EXPIRED
    follow(phone, start(service, "slow", id_number="110101199003079060"))
    assert service.liveness_result(request_id="slow") == PENDING
    liveness.slow_seconds = 0
    assert service.liveness_result(request_id="slow") == PASSED


def test_an_unavailable_service_starts_nothing(service: HttpIdentityService, liveness: LivenessSandbox) -> None:
    page = service.start_liveness(name="测试甲", id_number="110101199003079050", request_id="live-1", return_url=BACK)
    assert page == LivenessPage(None)
    assert liveness.sessions == {}
    nobody = HttpIdentityService("http://127.0.0.1:9", app=APP, key=KEY, client=httpx.Client(trust_env=False))
    assert nobody.start_liveness(**PERSON, request_id="live-1", return_url=BACK) == LivenessPage(None)
    assert nobody.liveness_result(request_id="live-1") == LivenessAnswer(LivenessOutcome.UNAVAILABLE)


def test_the_same_request_is_the_same_session(service: HttpIdentityService, liveness: LivenessSandbox) -> None:
    assert start(service) == start(service)
    assert len(liveness.sessions) == 1
    with pytest.raises(IdentityRequestRefused) as refused:
        start(service, name="测试乙")
    assert refused.value.params == {"reason": "REQUEST_ID_REUSED"}


def test_an_unknown_request_has_no_result(service: HttpIdentityService) -> None:
    with pytest.raises(IdentityRequestRefused) as refused:
        service.liveness_result(request_id="never-asked")
    assert refused.value.params == {"reason": "NO_SUCH_REQUEST"}


@pytest.mark.parametrize("wrong", [{"app": "other", "key": KEY}, {"app": APP, "key": bytes(32)}])
def test_the_stand_in_refuses_a_wrong_key_or_app(
    address: str, phone: httpx.Client, liveness: LivenessSandbox, wrong: dict[str, Any]
) -> None:
    service = HttpIdentityService(address, client=phone, **wrong)
    with pytest.raises((IdentityRequestRefused, IdentityReplyInvalid)):
        start(service)
    assert liveness.sessions == {}


def test_a_guessed_page_is_nobodys(address: str, phone: httpx.Client) -> None:
    answer = phone.get(f"{address}/liveness/guessed/")
    assert (answer.status_code, "地址无效" in answer.text) == (404, True)


def test_the_stand_in_keeps_a_mask_of_the_name_and_no_number(
    service: HttpIdentityService, phone: httpx.Client, liveness: LivenessSandbox
) -> None:
    # RULES Across 6
    follow(phone, start(service))
    kept = repr(liveness.sessions)
    assert PERSON["name"] not in kept
    assert PERSON["id_number"] not in kept


def _answering(answer: dict[str, str], *, key: bytes = KEY) -> HttpIdentityService:
    def reply(request: httpx.Request) -> httpx.Response:
        body, now = signing.canonical_json(answer), int(request.headers[signing.TIMESTAMP])
        signature = signing.sign_reply(key, status=200, nonce=request.headers[signing.NONCE], timestamp=now, body=body)
        return httpx.Response(200, content=body, headers={signing.TIMESTAMP: str(now), signing.SIGNATURE: signature})

    client = httpx.Client(transport=httpx.MockTransport(reply))
    return HttpIdentityService("http://identity.test", app=APP, key=KEY, client=client)


@pytest.mark.parametrize(
    "answer",
    [
        {"request_id": "other", "outcome": "passed"},
        {"request_id": "live-1", "outcome": "probably"},
        {"request_id": "live-1"},
        {"request_id": "live-1", "outcome": "failed"},
        {"request_id": "live-1", "outcome": "failed", "reason": "mood"},
    ],
)
def test_a_result_of_another_form_decides_nothing(answer: dict[str, str]) -> None:
    with pytest.raises(IdentityReplyInvalid):
        _answering(answer).liveness_result(request_id="live-1")


def test_a_result_with_another_signature_decides_nothing() -> None:
    with pytest.raises(IdentityReplyInvalid):
        _answering({"request_id": "live-1", "outcome": "passed"}, key=bytes(32)).liveness_result(request_id="live-1")


@pytest.mark.parametrize(
    "url", ["http://elsewhere.test/x", "javascript:alert(1)", "//elsewhere.test/", "https://" + "x" * 500]
)
def test_a_phone_is_sent_to_no_doubtful_address(url: str) -> None:
    with pytest.raises(IdentityReplyInvalid):
        start(_answering({"request_id": "live-1", "page_url": url}))
    fine = _answering({"request_id": "live-1", "page_url": "https://face.example.cn/s/1"})
    assert start(fine) == "https://face.example.cn/s/1"
