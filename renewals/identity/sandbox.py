"""The identity service's stand-in: verifies and signs for real, and decides by the mobile's last two digits.

Keeps nothing on disk and logs nothing of what it was sent. docs/sandboxes.md lists the digits for testers.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from portal.gm.sm3 import sm3
from renewals.identity import signing
from renewals.identity.base import Outcome

SLOW_SECONDS = 5.0  # the client still waits
HANG_SECONDS = 30.0  # the client has given up

#: last two digits of the mobile → what happens; every other mobile matches
BY_LAST_DIGITS: dict[str, str] = {
    "91": "mismatch",
    "92": "no_record",
    "93": "unavailable",  # answers 503
    "94": "slow",  # matches, after SLOW_SECONDS
    "95": "hang",  # no answer for HANG_SECONDS, then a match
    "96": "flaky",  # 503 at the first two tries of a request id, then a match
}
FLAKY_FAILURES = 2
FIELDS = {
    "request_id": re.compile(r"[A-Za-z0-9_.:-]{1,64}"),
    "name": re.compile(r"[^\x00-\x1f]{1,60}"),
    "id_number": re.compile(r"[0-9A-Za-z]{6,20}"),
    "mobile": re.compile(r"1[0-9]{10}"),
}


def decide(mobile: str) -> str:
    """ "match" or what BY_LAST_DIGITS says. The same mobile always gets the same."""
    return BY_LAST_DIGITS.get(mobile[-2:], "match")


@dataclass
class Sandbox:
    """State of one running stand-in: nonces seen, and one answer per request id."""

    app: str
    key: bytes
    clock: Callable[[], float] = time.time
    slow_seconds: float = SLOW_SECONDS
    hang_seconds: float = HANG_SECONDS
    decided: dict[str, tuple[bytes, Outcome]] = field(default_factory=dict)  # id → SM3(body), answer
    tries: dict[str, int] = field(default_factory=dict)
    nonces: dict[str, float] = field(default_factory=dict)

    async def three_factor(self, request: web.Request) -> web.Response:
        body = await request.read()
        nonce = request.headers.get(signing.NONCE, "")
        if problem := self.problem(request, nonce, body):
            return self.reply(401, nonce, {"code": problem})
        asked = parse(body, FIELDS)
        if asked is None:
            return self.reply(400, nonce, {"code": "BAD_REQUEST"})
        request_id = asked["request_id"]
        known = self.decided.get(request_id)
        if known and known[0] != sm3(body):
            return self.reply(409, nonce, {"code": "REQUEST_ID_REUSED"})
        outcome = known[1] if known else await self._decide(request_id, asked["mobile"], body)
        if outcome is Outcome.UNAVAILABLE:
            return self.reply(503, nonce, {"code": "UPSTREAM_UNAVAILABLE"})
        return self.reply(200, nonce, {"request_id": request_id, "outcome": outcome.value})

    async def _decide(self, request_id: str, mobile: str, body: bytes) -> Outcome:
        tried = self.tries[request_id] = self.tries.get(request_id, 0) + 1
        what = decide(mobile)
        if what == "unavailable" or (what == "flaky" and tried <= FLAKY_FAILURES):
            return Outcome.UNAVAILABLE  # nothing is kept: a later try is decided afresh
        if what in {"slow", "hang"}:
            await asyncio.sleep(self.slow_seconds if what == "slow" else self.hang_seconds)
        outcome = Outcome(what) if what in {"mismatch", "no_record"} else Outcome.MATCH
        self.decided[request_id] = (sm3(body), outcome)
        return outcome

    def problem(self, request: web.Request, nonce: str, body: bytes) -> str | None:
        """The code of what is wrong with the request's signature, time or nonce; None for a good one."""
        now, timestamp = self.clock(), request.headers.get(signing.TIMESTAMP, "")
        if not signing.is_fresh(timestamp, now):
            return "STALE_TIMESTAMP"
        if not re.fullmatch(r"[0-9a-f]{32}", nonce):
            return "BAD_NONCE"
        expected = signing.sign_request(
            self.key, path=request.path, app=self.app, timestamp=int(timestamp), nonce=nonce, body=body
        )
        if not signing.same(expected, request.headers.get(signing.SIGNATURE, "")):
            return "BAD_SIGNATURE"
        for old in [seen for seen, at in self.nonces.items() if now - at > 2 * signing.SKEW_SECONDS]:
            del self.nonces[old]
        if nonce in self.nonces:
            return "NONCE_REUSED"
        self.nonces[nonce] = now
        return None

    def reply(self, status: int, nonce: str, answer: dict[str, Any]) -> web.Response:
        """A signed answer to the request with this nonce."""
        body, timestamp = signing.canonical_json(answer), int(self.clock())
        nonce = nonce if re.fullmatch(r"[0-9a-f]{32}", nonce) else ""
        signature = signing.sign_reply(self.key, status=status, nonce=nonce, timestamp=timestamp, body=body)
        headers = {signing.TIMESTAMP: str(timestamp), signing.SIGNATURE: signature}
        return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def routes(sandbox: Sandbox) -> list[web.RouteDef]:
    """To mount in an aiohttp application."""
    return [web.post(signing.THREE_FACTOR_PATH, sandbox.three_factor)]


def parse(body: bytes, fields: Mapping[str, re.Pattern[str]]) -> dict[str, str] | None:
    """The request's fields when they are exactly these, each of its form; else None."""
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    if not isinstance(asked, dict) or asked.keys() != fields.keys():
        return None
    if not all(isinstance(asked[name], str) and form.fullmatch(asked[name]) for name, form in fields.items()):
        return None
    return asked
