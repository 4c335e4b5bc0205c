"""The identity service over HTTP: requests signed, replies verified. No Django; clock and client injected."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx

from renewals.identity import signing
from renewals.identity.base import IdentityReplyInvalid, IdentityRequestRefused, Outcome
from renewals.identity.liveness import LivenessAnswer, LivenessOutcome, LivenessPage, LivenessReason

PAGE_URL_LENGTH = 500
TIMEOUT = httpx.Timeout(8.0, connect=3.0)  # seconds; well inside a job's lease
_DECIDED = {outcome.value: outcome for outcome in Outcome if outcome is not Outcome.UNAVAILABLE}


class HttpIdentityService:
    """`base_url` without a trailing slash; `key`: the shared secret, 32 bytes."""

    def __init__(
        self,
        base_url: str,
        *,
        app: str,
        key: bytes,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._base_url, self._app, self._key, self._clock = base_url.rstrip("/"), app, key, clock
        self._client = client or httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    def three_factor(self, *, name: str, id_number: str, mobile: str, request_id: str) -> Outcome:
        """See `base.IdentityService`."""
        question = {"request_id": request_id, "name": name, "id_number": id_number, "mobile": mobile}
        answer = self._ask(signing.THREE_FACTOR_PATH, question)
        if answer is None:
            return Outcome.UNAVAILABLE
        if answer.get("outcome") not in _DECIDED:
            raise IdentityReplyInvalid(reason="content")
        return _DECIDED[answer["outcome"]]

    def start_liveness(self, *, name: str, id_number: str, request_id: str, return_url: str) -> LivenessPage:
        """See `liveness.LivenessService`."""
        question = {"request_id": request_id, "name": name, "id_number": id_number, "return_url": return_url}
        answer = self._ask(signing.LIVENESS_PATH, question)
        if answer is None:
            return LivenessPage(None)
        url = answer.get("page_url")
        if not isinstance(url, str) or not self._is_page(url):
            raise IdentityReplyInvalid(reason="content")
        return LivenessPage(url)

    def liveness_result(self, *, request_id: str) -> LivenessAnswer:
        """See `liveness.LivenessService`."""
        answer = self._ask(signing.LIVENESS_RESULT_PATH, {"request_id": request_id})
        if answer is None:
            return LivenessAnswer(LivenessOutcome.UNAVAILABLE)
        try:
            outcome = LivenessOutcome(answer.get("outcome", ""))
            reason = LivenessReason(answer["reason"]) if outcome is LivenessOutcome.FAILED else None
        except (ValueError, KeyError):
            raise IdentityReplyInvalid(reason="content") from None
        return LivenessAnswer(outcome, reason)

    def _is_page(self, url: str) -> bool:
        """An address that a phone may be sent to: https, or the stand-in's own."""
        return len(url) <= PAGE_URL_LENGTH and url.startswith(("https://", f"{self._base_url}/"))

    def _ask(self, path: str, question: dict[str, str]) -> dict[str, Any] | None:
        """The signed answer to this request id; None when the service doesn't answer now."""
        body = signing.canonical_json(question)
        nonce, timestamp = secrets.token_hex(16), int(self._clock())
        headers = {
            "Content-Type": "application/json",
            signing.APP: self._app,
            signing.TIMESTAMP: str(timestamp),
            signing.NONCE: nonce,
            signing.SIGNATURE: signing.sign_request(
                self._key, path=path, app=self._app, timestamp=timestamp, nonce=nonce, body=body
            ),
        }
        try:
            reply = self._client.post(self._base_url + path, content=body, headers=headers)
        except httpx.TransportError:
            return None
        if reply.status_code >= 500 or reply.status_code == 429:
            return None  # a gateway on the way can't sign, and nothing is taken from it
        answer = self._verified(reply, nonce)
        if reply.status_code != 200:
            raise IdentityRequestRefused(reason=str(answer.get("code", reply.status_code))[:40])
        if answer.get("request_id") != question["request_id"]:
            raise IdentityReplyInvalid(reason="content")
        return answer

    def _verified(self, reply: httpx.Response, nonce: str) -> dict[str, Any]:
        timestamp = reply.headers.get(signing.TIMESTAMP, "")
        if not signing.is_fresh(timestamp, self._clock()):
            raise IdentityReplyInvalid(reason="timestamp")
        expected = signing.sign_reply(
            self._key, status=reply.status_code, nonce=nonce, timestamp=int(timestamp), body=reply.content
        )
        if not signing.same(expected, reply.headers.get(signing.SIGNATURE, "")):
            raise IdentityReplyInvalid(reason="signature")
        try:
            answer = json.loads(reply.content)
        except ValueError:
            raise IdentityReplyInvalid(reason="json") from None
        if not isinstance(answer, dict):
            raise IdentityReplyInvalid(reason="json")
        return answer
