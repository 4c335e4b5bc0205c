"""Alibaba Cloud SMS against a stand-in that checks every signature itself."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest

from portal.notices.errors import SmsRejected, SmsTemplateMissing, SmsUnavailable
from portal.notices.sms import aliyun
from portal.notices.sms.aliyun import AliyunSms
from portal.notices.sms.base import Sms
from portal.tenants.models import Tenant

KEY_ID, KEY_SECRET = "test-key-id", "test-key-secret"
NOW = datetime(2026, 11, 21, 15, 59, 30, tzinfo=UTC)  # 23:59:30 in China
TENANT = Tenant(slug="first-ca", name="测试第一电子认证有限公司", short_name="测试一 CA")
SMS = Sms(
    kind="test.code",
    phone="19900000001",
    body="您的验证码是271828",
    signature="测试一 CA",
    template="SMS_100000001",
    params={"code": "271828"},
    request_id="Yk3v1990000000_1-aBcDe",
)


class Service:
    """What the stand-in got, and what it answers next."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.answer: tuple[int, Any] = (200, {"Code": "OK", "Message": "OK", "BizId": "1^0", "RequestId": "r"})
        self.details: list[dict[str, str]] = []
        self.nonces: set[str] = set()

    def receive(self, method: str, target: str, headers: dict[str, str]) -> tuple[int, Any]:
        if problem := self.refuse(method, target, headers):
            return 400, {"Code": problem, "Message": problem}
        query = dict(parse_qsl(urlsplit(target).query))
        self.calls.append((headers["x-acs-action"], query))
        if headers["x-acs-action"] == "QuerySendDetails":
            rows = [row for row in self.details if row["Day"] == query["SendDate"]]
            return 200, {"Code": "OK", "TotalCount": str(len(rows)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}}
        return self.answer

    def refuse(self, method: str, target: str, headers: dict[str, str]) -> str | None:
        """Written from the service's description of ACS3-HMAC-SHA256, apart from the adapter's code."""
        scheme, _, rest = headers["authorization"].partition(" ")
        given = dict(part.split("=", 1) for part in rest.split(","))
        if scheme != "ACS3-HMAC-SHA256" or given["Credential"] != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        required = {name for name in headers if name.startswith("x-acs-")} | {"host"}
        signed = given["SignedHeaders"].split(";")
        if not required <= set(signed) or signed != sorted(signed):
            return "IncompleteSignature"
        parts = urlsplit(target)
        pairs = sorted(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
        query = "&".join(quote(n, safe="-_.~") + "=" + quote(v, safe="-_.~") for n, v in pairs)
        lines = [method, parts.path, query]
        lines += [f"{name}:{headers[name]}" for name in signed]
        lines += ["", ";".join(signed), headers["x-acs-content-sha256"]]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        expected = hmac.new(KEY_SECRET.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), hashlib.sha256).hexdigest()
        if expected != given["Signature"]:
            return "SignatureDoesNotMatch"
        return self.refuse_content(headers)

    def refuse_content(self, headers: dict[str, str]) -> str | None:
        if headers["x-acs-content-sha256"] != hashlib.sha256(b"").hexdigest():
            return "BodyHashMismatch"
        if headers["x-acs-signature-nonce"] in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(headers["x-acs-signature-nonce"])
        if headers["x-acs-version"] != "2017-05-25" or headers["x-acs-date"] != "2026-11-21T15:59:30Z":
            return "InvalidVersionOrDate"
        return None


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = service.receive("POST", self.path, headers)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def sender(address: str) -> Iterator[AliyunSms]:
    with httpx.Client(timeout=2, trust_env=False) as client:
        yield AliyunSms(address, key_id=KEY_ID, key_secret=KEY_SECRET, client=client, clock=lambda: NOW)


def test_the_signature_is_that_of_the_services_own_example() -> None:
    """RunInstances in the description of ACS3-HMAC-SHA256."""
    header = aliyun.sign(
        "POST",
        host="ecs.cn-shanghai.aliyuncs.com",
        query={
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        headers={
            "x-acs-action": "RunInstances",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
            "x-acs-version": "2014-05-26",
        },
        body=b"",
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
    )
    assert header == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_message_is_a_template_and_its_parameters(sender: AliyunSms, service: Service) -> None:
    sender.send(TENANT, SMS)
    assert service.calls == [
        (
            "SendSms",
            {
                "PhoneNumbers": "19900000001",
                "SignName": "测试一 CA",
                "TemplateCode": "SMS_100000001",
                "TemplateParam": '{"code":"271828"}',
                "OutId": "Yk3v1990000000_1-aBcDe",
            },
        )
    ]


def test_hard_characters_are_signed_as_they_are_sent(sender: AliyunSms, service: Service) -> None:
    name = "a b+c*d~e/f&g=h%i中😀'\""
    sender.send(TENANT, Sms(**{**_fields(), "params": {"name": name}}))
    assert json.loads(service.calls[0][1]["TemplateParam"]) == {"name": name}


def test_a_wrong_secret_is_refused_by_the_service(address: str) -> None:
    with httpx.Client(timeout=2, trust_env=False) as client:
        wrong = AliyunSms(address, key_id=KEY_ID, key_secret="other", client=client, clock=lambda: NOW)
        with pytest.raises(SmsUnavailable) as refused:
            wrong.send(TENANT, SMS)
    assert refused.value.params == {"reason": "SignatureDoesNotMatch"}


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ((200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}), SmsRejected, "isv.MOBILE_NUMBER_ILLEGAL"),
        ((200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}), SmsRejected, "isv.SMS_TEMPLATE_ILLEGAL"),
        ((200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}), SmsUnavailable, "isv.BUSINESS_LIMIT_CONTROL"),
        ((200, {"Code": "isv.AMOUNT_NOT_ENOUGH"}), SmsUnavailable, "isv.AMOUNT_NOT_ENOUGH"),
        ((400, {"Code": "Throttling.User"}), SmsUnavailable, "Throttling.User"),
        ((503, b"<html>"), SmsUnavailable, "HTTP 503"),
        ((200, b"[]"), SmsUnavailable, "HTTP 200"),
        ((200, {}), SmsUnavailable, "HTTP 200"),
        ((500, {"Code": "OK"}), SmsUnavailable, "OK"),
    ],
)
def test_answers_are_told_apart(
    sender: AliyunSms, service: Service, answer: tuple[int, Any], error: type[Exception], reason: str
) -> None:
    service.answer = answer
    with pytest.raises(error) as raised:
        sender.send(TENANT, SMS)
    assert raised.value.params == {"reason": reason}  # type: ignore[attr-defined]


def test_nobody_there_says_nothing_of_the_phone() -> None:
    with httpx.Client(timeout=1, trust_env=False) as client:
        sender = AliyunSms("http://127.0.0.1:9", key_id=KEY_ID, key_secret=KEY_SECRET, client=client)
        with pytest.raises(SmsUnavailable) as raised:
            sender.send(TENANT, SMS)
    assert raised.value.__suppress_context__
    assert "19900000001" not in str(raised.value)


def test_a_text_without_an_approved_template_is_not_sent(sender: AliyunSms, service: Service) -> None:
    with pytest.raises(SmsTemplateMissing):
        sender.send(TENANT, Sms(**{**_fields(), "template": ""}))
    assert service.calls == []


def test_a_second_try_asks_first_and_does_not_send_again(sender: AliyunSms, service: Service) -> None:
    service.details = [{"Day": "20261121", "OutId": SMS.request_id}]
    sender.send(TENANT, Sms(**{**_fields(), "attempt": 2}))
    assert [action for action, _ in service.calls] == ["QuerySendDetails"]
    assert service.calls[0][1] == {
        "PhoneNumber": "19900000001",
        "SendDate": "20261121",  # China's day
        "PageSize": "50",
        "CurrentPage": "1",
    }


def test_a_second_try_sends_when_the_first_did_not_arrive(sender: AliyunSms, service: Service) -> None:
    service.details = [{"Day": "20261121", "OutId": "another"}, {"Day": "20261120", "OutId": SMS.request_id}]
    sender.send(TENANT, Sms(**{**_fields(), "attempt": 2}))
    assert [action for action, _ in service.calls] == ["QuerySendDetails", "SendSms"]


def test_just_after_midnight_yesterday_is_asked_too(address: str, service: Service) -> None:
    after = datetime(2026, 11, 21, 16, 0, 30, tzinfo=UTC)  # 00:00:30 on the 22nd in China
    service.refuse = lambda *_: None  # type: ignore[method-assign]
    service.details = [{"Day": "20261121", "OutId": SMS.request_id}]
    with httpx.Client(timeout=2, trust_env=False) as client:
        sender = AliyunSms(address, key_id=KEY_ID, key_secret=KEY_SECRET, client=client, clock=lambda: after)
        sender.send(TENANT, Sms(**{**_fields(), "attempt": 3}))
    assert [query.get("SendDate") for _, query in service.calls] == ["20261121"]


def _fields() -> dict[str, Any]:
    return {name: getattr(SMS, name) for name in Sms.__dataclass_fields__}
