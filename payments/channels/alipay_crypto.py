"""What Alipay's RSA2 signs: sorted ``k=v`` pairs in requests and notifies, a raw JSON substring in answers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from payments.channels import rsa
from payments.channels.base import Malformed, SignatureInvalid

CHINA = timezone(timedelta(hours=8))  # every time on Alipay's wire is China's, without offset
_TIME = "%Y-%m-%d %H:%M:%S"


def wire_time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime(_TIME)


def read_time(text: str) -> datetime:
    """Aware UTC. Raises Malformed."""
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=CHINA).astimezone(UTC)
    except ValueError:
        raise Malformed(what="time") from None


def request_message(parameters: Mapping[str, str]) -> bytes:
    """A request: all but ``sign`` and what is empty, sorted."""
    pairs = sorted((name, value) for name, value in parameters.items() if name != "sign" and value != "")
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


def notify_message(parameters: Mapping[str, str]) -> bytes:
    """A notify: all but ``sign`` and ``sign_type``, sorted; empty ones stay."""
    pairs = sorted((name, value) for name, value in parameters.items() if name not in ("sign", "sign_type"))
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


def sign_request(parameters: Mapping[str, str], key: RSAPrivateKey) -> dict[str, str]:
    """The parameters with their ``sign``."""
    return {**parameters, "sign": rsa.sign(key, request_message(parameters))}


def form(body: bytes) -> dict[str, str]:
    """A form's fields. A field that stands twice is an attack on whoever reads the other one: Malformed."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=100
        )
    except ValueError:
        raise Malformed(what="form") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed(what="form")
    return found


def verify_notify(parameters: Mapping[str, str], key: RSAPublicKey) -> None:
    if parameters.get("sign_type") != "RSA2":
        raise Malformed(what="sign_type")
    if not rsa.verifies(key, notify_message(parameters), parameters.get("sign", "")):
        raise SignatureInvalid()


def signed_part(text: str, name: str) -> str:
    """The raw JSON of member ``name``, byte for byte as it was signed. Raises Malformed."""
    marker = json.dumps(name)
    start = text.find(marker)
    if start < 0:
        raise Malformed(what=name)
    start = text.find("{", start + len(marker))
    try:
        _, end = json.JSONDecoder().raw_decode(text, start) if start >= 0 else (None, -1)
    except (ValueError, RecursionError):
        raise Malformed(what=name) from None
    if end < 0:
        raise Malformed(what=name)
    return text[start:end]
