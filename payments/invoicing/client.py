"""The issuer over HTTP: JSON, signed both ways."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import httpx

from payments.channels.base import Clock
from payments.invoicing import signing
from payments.invoicing.base import (
    Issued,
    IssueRequest,
    IssuerNotGenuine,
    IssuerRefused,
    IssuerUnavailable,
    RedRequest,
)


class HttpIssuer:
    """An IssuerClient (see base.py). ``key``: 32 bytes or more, shared with the issuer."""

    def __init__(self, *, app: str, key: bytes, client: httpx.Client, clock: Clock) -> None:
        self._app, self._key, self._client, self._clock = app, key, client, clock

    def issue(self, request: IssueRequest) -> Issued:
        return self._call("/invoice/v1/issue", asdict(request))

    def issue_red(self, request: RedRequest) -> Issued:
        return self._call("/invoice/v1/red", asdict(request))

    def disconnect(self) -> None:
        self._client.close()

    def _call(self, path: str, data: Mapping[str, Any]) -> Issued:
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signing.headers(self._key, app=self._app, method="POST", path=path, body=body, now=self._clock())
        try:
            answer = self._client.post(path, content=body, headers={**headers, "Content-Type": "application/json"})
        except httpx.TransportError as error:
            raise IssuerUnavailable from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise IssuerUnavailable
        if not signing.verifies(
            self._key, answer.headers, method="ANSWER", path=path, body=answer.content, now=self._clock()
        ):
            raise IssuerNotGenuine
        told = _object(answer.content)
        if answer.status_code != 200:
            raise IssuerRefused(str(told.get("code", answer.status_code))[:64])
        return _issued(told, str(data["request_number"]))


def connect(*, app: str, key: bytes, base_url: str, clock: Clock, timeout: float = 10.0) -> HttpIssuer:
    client = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False, follow_redirects=False)
    return HttpIssuer(app=app, key=key, client=client, clock=clock)


def _object(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        raise IssuerNotGenuine from None
    if not isinstance(data, dict):
        raise IssuerNotGenuine
    return data


def _issued(told: Mapping[str, Any], request_number: str) -> Issued:
    number, url = str(told.get("number", "")), str(told.get("url", ""))
    if told.get("request_number") != request_number or len(number) != 20 or not number.isdigit():
        raise IssuerNotGenuine
    if not url.startswith(("https://", "http://127.0.0.1")):
        raise IssuerNotGenuine
    try:
        issued_at = datetime.fromisoformat(str(told["issued_at"]))
    except (KeyError, ValueError):
        raise IssuerNotGenuine from None
    return Issued(request_number, number, url, issued_at)
