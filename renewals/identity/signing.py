"""Signing requests and replies with HMAC-SM3 (docs/sandboxes.md gives the wire form). Pure.

A request signs ``CERTHALL-ID1 · POST · path · app · timestamp · nonce · hex SM3(body)``, a reply
``CERTHALL-ID1 · status · the request's nonce · timestamp · hex SM3(body)``, each part on its own line.
Answering to the request's nonce keeps an old reply from being passed off as a new one.
"""

import hmac
import json
from typing import Any

from portal.gm.sm3 import hmac_sm3, sm3

SCHEME = "CERTHALL-ID1"
APP = "X-Identity-App"
TIMESTAMP = "X-Identity-Timestamp"  # seconds since 1970, decimal
NONCE = "X-Identity-Nonce"  # 32 hex digits, never used twice
SIGNATURE = "X-Identity-Signature"  # 64 hex digits
SKEW_SECONDS = 300
THREE_FACTOR_PATH = "/identity/v1/three-factor"
LIVENESS_PATH = "/identity/v1/liveness"  # starts a session
LIVENESS_RESULT_PATH = "/identity/v1/liveness/result"


def canonical_json(value: dict[str, Any]) -> bytes:
    """UTF-8, keys sorted, no spaces: one value has one form."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign_request(key: bytes, *, path: str, app: str, timestamp: int, nonce: str, body: bytes) -> str:
    return _mac(key, "POST", path, app, str(timestamp), nonce, sm3(body).hex())


def sign_reply(key: bytes, *, status: int, nonce: str, timestamp: int, body: bytes) -> str:
    return _mac(key, str(status), nonce, str(timestamp), sm3(body).hex())


def same(expected: str, given: str) -> bool:
    """In constant time; `given` may be anything."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))


def is_fresh(timestamp: str, now: float) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and abs(int(timestamp) - now) <= SKEW_SECONDS


def _mac(key: bytes, *parts: str) -> str:
    if any("\n" in part for part in parts):
        raise ValueError("a signed part must not hold a line break")
    return hmac_sm3(key, "\n".join((SCHEME, *parts)).encode()).hex()
