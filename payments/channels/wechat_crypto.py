"""The cryptography of WeChat Pay API v3: what is signed, how, and the sealed resource of a callback."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from payments.channels import rsa
from payments.channels.base import CallbackStale, DecryptionFailed, Malformed, SignatureInvalid, UnknownSerial

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW_SECONDS = 300  # FACTS: reject timestamps beyond ±5 min


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """The four headers that prove a message of the platform (and of a merchant, inside Authorization)."""

    timestamp: str
    nonce: str
    serial: str
    signature: str


def request_message(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a merchant signs. ``target`` is the path with its query, as sent."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the platform signs: answers and callbacks alike, over the raw bytes."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def authorization(
    method: str, target: str, body: bytes, *, mchid: str, serial: str, key: RSAPrivateKey, now: datetime
) -> str:
    """The Authorization header of one request; a new nonce each time."""
    timestamp = str(int(now.timestamp()))
    nonce = secrets.token_hex(16)
    signature = rsa.sign(key, request_message(method, target, timestamp, nonce, body))
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{timestamp}",serial_no="{serial}"'
    )


def platform_headers(headers: Mapping[str, str]) -> SignedHeaders:
    """Raises Malformed when one is missing or can't be what it should be."""
    lowered = {name.lower(): value for name, value in headers.items()}
    scheme = lowered.get("wechatpay-signature-type", SCHEME)
    found = SignedHeaders(
        timestamp=lowered.get("wechatpay-timestamp", ""),
        nonce=lowered.get("wechatpay-nonce", ""),
        serial=lowered.get("wechatpay-serial", ""),
        signature=lowered.get("wechatpay-signature", ""),
    )
    if scheme != SCHEME or not all((found.timestamp, found.nonce, found.serial, found.signature)):
        raise Malformed(what="headers")
    return found


def check_window(timestamp: str, now: datetime) -> None:
    """Raises CallbackStale when the sender's clock is more than five minutes from ours."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Malformed(what="timestamp")
    sent = datetime.fromtimestamp(int(timestamp), UTC)
    if abs((now - sent).total_seconds()) > WINDOW_SECONDS:
        raise CallbackStale()


def verify_platform(
    headers: Mapping[str, str], body: bytes, keys: Mapping[str, RSAPublicKey], now: datetime
) -> SignedHeaders:
    """Time window, then serial, then signature: the cheap checks first, and nothing parsed before the last."""
    signed = platform_headers(headers)
    check_window(signed.timestamp, now)
    key = keys.get(signed.serial)
    if key is None:
        raise UnknownSerial(serial=signed.serial[:64])
    if not rsa.verifies(key, answer_message(signed.timestamp, signed.nonce, body), signed.signature):
        raise SignatureInvalid()
    return signed


def open_resource(apiv3_key: bytes, resource: Mapping[str, object]) -> bytes:
    """Plaintext of an AEAD_AES_256_GCM resource: {algorithm, nonce, ciphertext (base64), associated_data}."""
    nonce, ciphertext = resource.get("nonce"), resource.get("ciphertext")
    associated = resource.get("associated_data") or ""
    if resource.get("algorithm") != "AEAD_AES_256_GCM":
        raise Malformed(what="algorithm")
    if not (isinstance(nonce, str) and isinstance(ciphertext, str) and isinstance(associated, str)):
        raise Malformed(what="resource")
    try:
        sealed = base64.b64decode(ciphertext.encode("ascii"), validate=True)
        return AESGCM(apiv3_key).decrypt(nonce.encode(), sealed, associated.encode())
    except (InvalidTag, binascii.Error, UnicodeEncodeError, ValueError):
        raise DecryptionFailed() from None


def seal_resource(apiv3_key: bytes, plaintext: bytes, *, associated_data: str, original_type: str) -> dict[str, str]:
    """The other direction: what the platform (here: the sandbox) sends."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(apiv3_key).encrypt(nonce.encode(), plaintext, associated_data.encode())
    return {
        "original_type": original_type,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode("ascii"),
        "associated_data": associated_data,
        "nonce": nonce,
    }
