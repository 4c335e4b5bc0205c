"""Alibaba Cloud SMS (Dysmsapi 2017-05-25): SendSms and QuerySendDetails, signed with ACS3-HMAC-SHA256.

The service doesn't deduplicate: `OutId` is only carried through to its records. So before a second try the
adapter asks QuerySendDetails for that day's messages to the phone, and sends only if none has our OutId.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from portal.notices.errors import SmsRejected, SmsTemplateMissing, SmsUnavailable
from portal.notices.sms.base import Sms

if TYPE_CHECKING:
    from portal.tenants.models import Tenant

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
TIMEOUT = httpx.Timeout(8.0, connect=3.0)  # seconds
CHINA = ZoneInfo("Asia/Shanghai")  # the day in QuerySendDetails is China's
PAGE_SIZE = 50
FINAL = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_SIGN_ILLEGAL",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.DENY_IP_RANGE",
    }
)


def sign(
    method: str, *, host: str, query: dict[str, str], headers: dict[str, str], body: bytes, key_id: str, secret: str
) -> str:
    """The Authorization header. `headers`: the x-acs-* ones, lower case; `host` is signed with them."""
    signed = dict(sorted({**headers, "host": host}.items()))
    names = ";".join(signed)
    canonical = "\n".join(
        (
            method,
            "/",
            canonical_query(query),
            "".join(f"{name}:{value.strip()}\n" for name, value in signed.items()),
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), "sha256").hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


def canonical_query(query: dict[str, str]) -> str:
    """Sorted, RFC 3986 encoded."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))


class AliyunSms:
    """`url`: the service's address without a path; tests point it at a stand-in on loopback."""

    def __init__(
        self,
        url: str,
        *,
        key_id: str,
        key_secret: str,
        client: httpx.Client | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = url.rstrip("/")
        self._host = httpx.URL(self._url).netloc.decode("ascii")
        self._key_id, self._key_secret, self._clock = key_id, key_secret, clock
        self._client = client or httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    def send(self, tenant: "Tenant", sms: Sms) -> None:  # noqa: ARG002 (the protocol's)
        """See `base.SmsSender`."""
        if not sms.template:
            raise SmsTemplateMissing(kind=sms.kind)
        if sms.attempt > 1 and self._already_sent(sms):
            return
        query = {
            "PhoneNumbers": sms.phone,
            "SignName": sms.signature,
            "TemplateCode": sms.template,
            "OutId": sms.request_id,
        }
        if sms.params:
            query["TemplateParam"] = json.dumps(sms.params, ensure_ascii=False, separators=(",", ":"))
        self._call("SendSms", query)

    def _already_sent(self, sms: Sms) -> bool:
        now = self._clock()
        days = {moment.astimezone(CHINA).strftime("%Y%m%d") for moment in (now, now - timedelta(hours=1))}
        return any(self._sent_on(day, sms) for day in sorted(days))

    def _sent_on(self, day: str, sms: Sms) -> bool:
        page = 1
        while True:
            answer = self._call(
                "QuerySendDetails",
                {"PhoneNumber": sms.phone, "SendDate": day, "PageSize": str(PAGE_SIZE), "CurrentPage": str(page)},
            )
            rows = answer.get("SmsSendDetailDTOs", {}).get("SmsSendDetailDTO", [])
            if any(row.get("OutId") == sms.request_id for row in rows):
                return True
            if len(rows) < PAGE_SIZE:
                return False
            page += 1

    def _call(self, action: str, query: dict[str, str]) -> dict[str, Any]:
        headers = {
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        authorization = sign(
            "POST",
            host=self._host,
            query=query,
            headers=headers,
            body=b"",
            key_id=self._key_id,
            secret=self._key_secret,
        )
        try:
            reply = self._client.post(
                f"{self._url}/?{canonical_query(query)}",
                headers={**headers, "Authorization": authorization, "Accept": "application/json"},
            )
            answer = reply.json()
        except httpx.TransportError:
            raise SmsUnavailable(reason="no answer") from None  # the cause's text holds the address, with the phone
        except ValueError:
            raise SmsUnavailable(reason=f"HTTP {reply.status_code}") from None
        code = str(answer.get("Code", "")) if isinstance(answer, dict) else ""
        if reply.status_code == 200 and code == "OK":
            return answer
        if code in FINAL:
            raise SmsRejected(reason=code)
        raise SmsUnavailable(reason=(code or f"HTTP {reply.status_code}")[:60])
