"""How a request to the issuer and its answer are signed: HMAC-SHA256 over method, path, time, nonce and body."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

WINDOW_SECONDS = 300


def headers(key: bytes, *, app: str, method: str, path: str, body: bytes, now: datetime) -> dict[str, str]:
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    return {
        "X-Issuer-App": app,
        "X-Issuer-Timestamp": timestamp,
        "X-Issuer-Nonce": nonce,
        "X-Issuer-Signature": _signature(key, method, path, timestamp=timestamp, nonce=nonce, body=body),
    }


def verifies(key: bytes, given: Mapping[str, str], *, method: str, path: str, body: bytes, now: datetime) -> bool:
    """Whether the headers are by ``key``, for these bytes, and no older than five minutes."""
    timestamp, nonce = given.get("X-Issuer-Timestamp", ""), given.get("X-Issuer-Nonce", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs((now - datetime.fromtimestamp(int(timestamp), UTC)).total_seconds()) > WINDOW_SECONDS:
        return False
    expected = _signature(key, method, path, timestamp=timestamp, nonce=nonce, body=body)
    return hmac.compare_digest(expected.encode(), given.get("X-Issuer-Signature", "").encode())


def _signature(key: bytes, method: str, path: str, *, timestamp: str, nonce: str, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    message = "\n".join((method, path, timestamp, nonce, digest)).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()
