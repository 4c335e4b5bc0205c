"""RULES C5: name, identity number and mobile belong together; four outcomes, signed both ways."""

from collections.abc import Iterator

import httpx
import pytest

from renewals.identity import signing
from renewals.identity.base import IdentityReplyInvalid, IdentityRequestRefused, Outcome
from renewals.identity.client import HttpIdentityService
from renewals.identity.sandbox import Sandbox, decide
from tests.renewals.identity.conftest import APP, KEY

REQUEST_VECTOR = "fe10e04a7d9e1c2dd4b2686885dd2935ac4cc9cc4d3d4b256737e60a8be3f5bb"
REPLY_VECTOR = "ff7ab1628f8f655f182159f0cca2c58f5b7aba88fd52d65fbcf793eee12d0a90"
PERSON = {"name": "测试甲", "id_number": "110101199003070011"}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=0.5, trust_env=False) as opened:
        yield opened


@pytest.fixture
def service(address: str, client: httpx.Client) -> HttpIdentityService:
    return HttpIdentityService(address, app=APP, key=KEY, client=client)


@pytest.mark.parametrize(
    ("mobile", "outcome"),
    [
        ("19900000001", Outcome.MATCH),
        ("19900000090", Outcome.MATCH),
        ("19900000091", Outcome.MISMATCH),
        ("19900000092", Outcome.NO_RECORD),
        ("19900000093", Outcome.UNAVAILABLE),
        ("19900000094", Outcome.MATCH),  # slowly
        ("19900000095", Outcome.UNAVAILABLE),  # our time limit passes first
    ],
)
def test_the_last_two_digits_decide(service: HttpIdentityService, mobile: str, outcome: Outcome) -> None:
    assert service.three_factor(**PERSON, mobile=mobile, request_id="r-1") is outcome


def test_a_service_that_recovers_matches_at_the_third_try(service: HttpIdentityService) -> None:
    tries = [service.three_factor(**PERSON, mobile="19900000096", request_id="r-1") for _ in range(3)]
    assert tries == [Outcome.UNAVAILABLE, Outcome.UNAVAILABLE, Outcome.MATCH]


def test_one_request_id_is_decided_once(service: HttpIdentityService, stand_in: Sandbox) -> None:
    for _ in range(2):
        assert service.three_factor(**PERSON, mobile="19900000091", request_id="r-1") is Outcome.MISMATCH
    assert stand_in.tries == {"r-1": 1}


def test_a_request_id_cannot_be_used_for_another_person(service: HttpIdentityService) -> None:
    service.three_factor(**PERSON, mobile="19900000001", request_id="r-1")
    with pytest.raises(IdentityRequestRefused) as refused:
        service.three_factor(name="测试乙", id_number="110101199003070011", mobile="19900000001", request_id="r-1")
    assert refused.value.params == {"reason": "REQUEST_ID_REUSED"}


def test_nobody_listening_is_unavailable(client: httpx.Client) -> None:
    service = HttpIdentityService("http://127.0.0.1:9", app=APP, key=KEY, client=client)
    assert service.three_factor(**PERSON, mobile="19900000001", request_id="r-1") is Outcome.UNAVAILABLE


@pytest.mark.parametrize("wrong", [{"app": "other", "key": KEY}, {"app": APP, "key": bytes(32)}])
def test_the_sandbox_refuses_a_wrong_key_or_app(
    address: str, client: httpx.Client, stand_in: Sandbox, wrong: dict[str, object]
) -> None:
    service = HttpIdentityService(address, client=client, **wrong)  # type: ignore[arg-type]
    with pytest.raises((IdentityRequestRefused, IdentityReplyInvalid)):
        service.three_factor(**PERSON, mobile="19900000001", request_id="r-1")
    assert stand_in.decided == {}


def test_the_sandbox_refuses_an_old_request(address: str, client: httpx.Client, stand_in: Sandbox) -> None:
    service = HttpIdentityService(
        address, app=APP, key=KEY, client=client, clock=lambda: stand_in.clock() - signing.SKEW_SECONDS - 5
    )
    with pytest.raises(IdentityReplyInvalid):  # and its reply is too new for a clock that slow
        service.three_factor(**PERSON, mobile="19900000001", request_id="r-1")
    assert stand_in.decided == {}


def test_a_recorded_request_cannot_be_replayed(address: str, stand_in: Sandbox) -> None:
    sent: list[httpx.Request] = []
    with httpx.Client(trust_env=False, event_hooks={"request": [sent.append]}) as client:
        HttpIdentityService(address, app=APP, key=KEY, client=client).three_factor(
            **PERSON, mobile="19900000001", request_id="r-1"
        )
        again = client.post(sent[0].url, content=sent[0].content, headers=sent[0].headers)
    assert (again.status_code, again.json()) == (401, {"code": "NONCE_REUSED"})


def _answering(change: str) -> httpx.MockTransport:
    """A reply signed rightly but for one thing."""

    def reply(request: httpx.Request) -> httpx.Response:
        nonce, now = request.headers[signing.NONCE], int(request.headers[signing.TIMESTAMP])
        answer = {"request_id": "other" if change == "request_id" else "r-1", "outcome": "match"}
        if change == "outcome":
            answer["outcome"] = "probably"
        body = b"not json" if change == "json" else signing.canonical_json(answer)
        at = now - 301 if change == "timestamp" else now
        signed = b"other" if change == "body" else body
        signature = signing.sign_reply(
            bytes(32) if change == "key" else KEY,
            status=201 if change == "status" else 200,
            nonce="0" * 32 if change == "nonce" else nonce,
            timestamp=at,
            body=signed,
        )
        headers = {signing.TIMESTAMP: str(at), signing.SIGNATURE: "" if change == "unsigned" else signature}
        return httpx.Response(200, content=body, headers=headers)

    return httpx.MockTransport(reply)


@pytest.mark.parametrize(
    "change",
    ["request_id", "outcome", "json", "timestamp", "body", "key", "status", "nonce", "unsigned"],
)
def test_a_reply_that_is_not_the_services_decides_nothing(change: str) -> None:
    with httpx.Client(transport=_answering(change)) as client:
        service = HttpIdentityService("http://identity.test", app=APP, key=KEY, client=client)
        with pytest.raises(IdentityReplyInvalid):
            service.three_factor(**PERSON, mobile="19900000001", request_id="r-1")


def test_the_unchanged_reply_of_that_test_is_accepted() -> None:
    with httpx.Client(transport=_answering("nothing")) as client:
        service = HttpIdentityService("http://identity.test", app=APP, key=KEY, client=client)
        assert service.three_factor(**PERSON, mobile="19900000001", request_id="r-1") is Outcome.MATCH


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_gateways_error_is_unavailable_though_unsigned(status: int) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text="<html>"))
    with httpx.Client(transport=transport) as client:
        service = HttpIdentityService("http://identity.test", app=APP, key=KEY, client=client)
        assert service.three_factor(**PERSON, mobile="19900000001", request_id="r-1") is Outcome.UNAVAILABLE


def test_signatures_are_as_the_wire_document_says() -> None:
    """Made once with `openssl dgst -sm3 -mac hmac`, not with this code."""
    body = signing.canonical_json({"b": "乙", "a": 1})
    assert body == '{"a":1,"b":"乙"}'.encode()
    request = signing.sign_request(
        KEY, path="/identity/v1/three-factor", app="certhall", timestamp=1780000000, nonce="00" * 16, body=body
    )
    assert request == REQUEST_VECTOR
    assert signing.sign_reply(KEY, status=200, nonce="00" * 16, timestamp=1780000000, body=body) == REPLY_VECTOR


def test_every_mobile_is_decided() -> None:
    assert {decide(f"199000000{n:02d}") for n in range(100)} == {
        "match",
        "mismatch",
        "no_record",
        "unavailable",
        "slow",
        "hang",
        "flaky",
    }
