"""The identity service over HTTP: requests signed, replies verified. No Django; clock and client injected."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx

from renewals.identity import signing
from renewals.identity.base import IdentityReplyInvalid, IdentityRequestRefused, Outcome

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
        body = signing.canonical_json(
            {"request_id": request_id, "name": name, "id_number": id_number, "mobile": mobile}
        )
        nonce, timestamp = secrets.token_hex(16), int(self._clock())
        path = signing.THREE_FACTOR_PATH
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
            return Outcome.UNAVAILABLE
        if reply.status_code >= 500 or reply.status_code == 429:
            return Outcome.UNAVAILABLE  # a gateway on the way can't sign, and nothing is taken from it
        answer = self._verified(reply, nonce)
        if reply.status_code != 200:
            raise IdentityRequestRefused(reason=str(answer.get("code", reply.status_code))[:40])
        if answer.get("request_id") != request_id or answer.get("outcome") not in _DECIDED:
            raise IdentityReplyInvalid(reason="content")
        return _DECIDED[answer["outcome"]]

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
