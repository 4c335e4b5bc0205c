"""The liveness service's stand-in: signed requests and answers, and the page that a phone would see there.

The page plays the prompts (请眨眼 …) before a drawn face; no camera is opened and nothing of a face is sent or kept.
Sessions live in memory. The last digits of the ID number's serial decide by themselves; everybody else passes by
following the prompts. docs/sandboxes.md lists them for testers.
"""

import secrets
from dataclasses import dataclass, field, replace

from aiohttp import web

from portal.gm.sm3 import sm3
from renewals.identity import liveness_page, signing
from renewals.identity.liveness import LivenessAnswer, LivenessOutcome, LivenessReason
from renewals.identity.liveness_page import PROMPTS
from renewals.identity.sandbox import FIELDS, Sandbox, parse

LIVES_SECONDS = 15 * 60
MOST_SESSIONS = 1000

#: characters 15 to 17 of the ID number (the serial) → what comes of it whatever the person does
BY_SERIAL: dict[str, str] = {
    "901": LivenessReason.FACE_MISMATCH,
    "902": LivenessReason.NOT_LIVE,
    "903": LivenessReason.NO_PHOTO,
    "904": "expired",
    "905": "unavailable",  # no session is started: 503
    "906": "slow",  # the result is there SLOW_SECONDS after the person has finished
}
SLOW_SECONDS = 6.0
_START_FIELDS = {
    **{name: FIELDS[name] for name in ("request_id", "name", "id_number")},
    "return_url": liveness_page.ADDRESS,
}
_RESULT_FIELDS = {"request_id": FIELDS["request_id"]}
_PENDING = LivenessAnswer(LivenessOutcome.PENDING)
_DECISIONS = {
    "pass": LivenessAnswer(LivenessOutcome.PASSED),
    "decline": LivenessAnswer(LivenessOutcome.DECLINED),
    **{reason.value: LivenessAnswer(LivenessOutcome.FAILED, reason) for reason in LivenessReason},
}


@dataclass(frozen=True)
class Session:
    """``digest``: SM3 of the request; ``masked``: all that is kept of the name."""

    digest: bytes
    token: str
    masked: str
    rule: str  # what BY_SERIAL says, or ""
    return_url: str
    until: float
    step: int = 0
    answer: LivenessAnswer = _PENDING
    answered_at: float = 0.0


@dataclass
class LivenessSandbox:
    """``base_url``: where phones find this stand-in. Signing, nonces and the clock are the three-factor stand-in's."""

    signer: Sandbox
    base_url: str
    slow_seconds: float = SLOW_SECONDS
    sessions: dict[str, Session] = field(default_factory=dict)  # by request id

    # -- what our server asks -----------------------------------------------------------------------------------------

    async def start(self, request: web.Request) -> web.Response:
        body = await request.read()
        nonce = request.headers.get(signing.NONCE, "")
        if problem := self.signer.problem(request, nonce, body):
            return self.signer.reply(401, nonce, {"code": problem})
        asked = parse(body, _START_FIELDS)
        if asked is None:
            return self.signer.reply(400, nonce, {"code": "BAD_REQUEST"})
        known = self.sessions.get(asked["request_id"])
        if known and known.digest != sm3(body):
            return self.signer.reply(409, nonce, {"code": "REQUEST_ID_REUSED"})
        rule = BY_SERIAL.get(asked["id_number"][14:17], "")
        if rule == "unavailable":
            return self.signer.reply(503, nonce, {"code": "UPSTREAM_UNAVAILABLE"})
        session = known or self._begin(asked, rule, sm3(body))
        page = f"{self.base_url}{liveness_page.PATH}{session.token}/"
        return self.signer.reply(200, nonce, {"request_id": asked["request_id"], "page_url": page})

    async def result(self, request: web.Request) -> web.Response:
        body = await request.read()
        nonce = request.headers.get(signing.NONCE, "")
        if problem := self.signer.problem(request, nonce, body):
            return self.signer.reply(401, nonce, {"code": problem})
        asked = parse(body, _RESULT_FIELDS)
        if asked is None:
            return self.signer.reply(400, nonce, {"code": "BAD_REQUEST"})
        session = self.sessions.get(asked["request_id"])
        if session is None:
            return self.signer.reply(404, nonce, {"code": "NO_SUCH_REQUEST"})
        found = self._answer(session)
        answer = {"request_id": asked["request_id"], "outcome": found.outcome.value}
        if found.reason is not None:
            answer["reason"] = found.reason.value
        return self.signer.reply(200, nonce, answer)

    def _begin(self, asked: dict[str, str], rule: str, digest: bytes) -> Session:
        while len(self.sessions) >= MOST_SESSIONS:
            del self.sessions[next(iter(self.sessions))]
        session = self.sessions[asked["request_id"]] = Session(
            digest=digest,
            token=secrets.token_urlsafe(16),
            masked=asked["name"][0] + "*" * min(len(asked["name"]) - 1, 3),
            rule=rule,
            return_url=asked["return_url"],
            until=self.signer.clock() + (0 if rule == "expired" else LIVES_SECONDS),
        )
        return session

    def _answer(self, session: Session) -> LivenessAnswer:
        now = self.signer.clock()
        if session.answer.outcome is LivenessOutcome.PENDING:
            return LivenessAnswer(LivenessOutcome.EXPIRED) if now >= session.until else session.answer
        if session.rule == "slow" and now < session.answered_at + self.slow_seconds:
            return _PENDING
        return session.answer

    # -- what the phone sees ------------------------------------------------------------------------------------------

    async def show(self, request: web.Request) -> web.Response:
        found = self._by_token(request.match_info["token"])
        return liveness_page.page(found and found[1], is_over=found is not None and self._is_over(found[1]))

    async def go_on(self, request: web.Request) -> web.Response:
        """The person has done what the prompt said, or one of the sandbox's own buttons was pressed."""
        found = self._by_token(request.match_info["token"])
        if found is None or self._is_over(found[1]):
            return liveness_page.page(found and found[1], is_over=True)
        request_id, session = found
        decision = str((await request.post()).get("decision", ""))
        if decision == "next" and session.step < len(PROMPTS):
            session = replace(session, step=session.step + 1)
        elif decision in {"next", *_DECISIONS}:
            session = self._decided(session, decision)
        self.sessions[request_id] = session
        return liveness_page.page(session, is_over=self._is_over(session))

    def _decided(self, session: Session, decision: str) -> Session:
        answer = _DECISIONS["pass" if decision == "next" else decision]
        forced = _DECISIONS.get(session.rule)
        if forced is not None and answer.outcome is LivenessOutcome.PASSED:
            answer = forced
        return replace(session, answer=answer, answered_at=self.signer.clock())

    def _is_over(self, session: Session) -> bool:
        return session.answer.outcome is not LivenessOutcome.PENDING or self.signer.clock() >= session.until

    def _by_token(self, token: str) -> tuple[str, Session] | None:
        return next(
            ((key, one) for key, one in self.sessions.items() if secrets.compare_digest(one.token, token)), None
        )


def routes(sandbox: LivenessSandbox) -> list[web.RouteDef]:
    """To mount in an aiohttp application, beside the three-factor stand-in's."""
    return [
        web.post(signing.LIVENESS_PATH, sandbox.start),
        web.post(signing.LIVENESS_RESULT_PATH, sandbox.result),
        web.get(liveness_page.STYLE_PATH, liveness_page.style),
        web.get(f"{liveness_page.PATH}{{token:[A-Za-z0-9_-]+}}/", sandbox.show),
        web.post(f"{liveness_page.PATH}{{token:[A-Za-z0-9_-]+}}/", sandbox.go_on),
    ]
