"""What UnionPay 5.1.0 signs: SHA-256 of the sorted ``k=v`` string, in hex, and that text with RSA.

A message brings its signer's certificate along. It counts only when one of the issuers that the merchant's settings
name has signed it, it is valid now, and its subject is UnionPay itself: the same issuers serve merchants, too.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import NameOID

from payments.channels import rsa
from payments.channels.base import Malformed, SignatureInvalid, UnknownSerial

VERSION = "5.1.0"
RSA_METHOD = "01"
SIGNER = "中国银联股份有限公司"
CHINA = timezone(timedelta(hours=8))  # every time on UnionPay's wire is China's, without offset
_TIME = "%Y%m%d%H%M%S"
_MOST_FIELDS = 100
_LARGEST_CERTIFICATE = 8_000  # characters
_LARGEST_FILE = 64 * 1024 * 1024  # bytes


def wire_time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime(_TIME)


def read_time(text: str) -> datetime:
    """Aware UTC. Raises Malformed."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        raise Malformed(what="time")
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=CHINA).astimezone(UTC)
    except ValueError:
        raise Malformed(what="time") from None


def digest(parameters: Mapping[str, str]) -> bytes:
    """What RSA signs: the lower-case hex of SHA-256 over all fields but ``signature``, sorted."""
    text = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()) if name != "signature")
    return hashlib.sha256(text.encode()).hexdigest().encode("ascii")


def sign(parameters: Mapping[str, str], key: RSAPrivateKey) -> dict[str, str]:
    """The parameters, without the empty ones, with their ``signature``."""
    filled = {name: value for name, value in parameters.items() if value}
    return {**filled, "signature": rsa.sign(key, digest(filled))}


def answer_fields(text: str) -> dict[str, str]:
    """An answer: ``k=v&k=v`` without any escaping; an ``&`` in braces belongs to the value. Raises Malformed."""
    found: dict[str, str] = {}
    for piece in _pieces(text):
        name, equals, value = piece.partition("=")
        if not name or not equals or name in found or len(found) >= _MOST_FIELDS:
            raise Malformed(what="answer")
        found[name] = value
    if not found:
        raise Malformed(what="answer")
    return found


def inflated(content: str) -> bytes:
    """A file in an answer: base64 of zlib. Raises Malformed."""
    try:
        opener = zlib.decompressobj()
        data = opener.decompress(base64.b64decode(content, validate=True), _LARGEST_FILE)
    except (ValueError, zlib.error):
        raise Malformed(what="fileContent") from None
    if not opener.eof:
        raise Malformed(what="fileContent")
    return data


def verify(parameters: Mapping[str, str], issuers: tuple[x509.Certificate, ...], signer: str, now: datetime) -> None:
    """Raises Malformed, UnknownSerial (nobody we know has certified the signer) or SignatureInvalid."""
    if parameters.get("version") != VERSION or parameters.get("signMethod") != RSA_METHOD:
        raise Malformed(what="version")
    key = _signers_key(parameters.get("signPubKeyCert", ""), issuers, signer, now)
    if not rsa.verifies(key, digest(parameters), parameters.get("signature", "")):
        raise SignatureInvalid()


def issuers_of(pem: str) -> tuple[x509.Certificate, ...]:
    """The issuers' certificates from the settings. Raises ValueError."""
    return tuple(x509.load_pem_x509_certificates(pem.encode()))


def _signers_key(pem: str, issuers: tuple[x509.Certificate, ...], signer: str, now: datetime) -> RSAPublicKey:
    if not pem or len(pem) > _LARGEST_CERTIFICATE:
        raise Malformed(what="signPubKeyCert")
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        key = certificate.public_key()
    except Exception:  # noqa: BLE001  whatever a stranger's bytes do to the parser
        raise Malformed(what="signPubKeyCert") from None
    # "041@Z12@中国银联股份有限公司@00040000:SIGN"
    is_unionpay = len(names) == 1 and signer in str(names[0].value).split("@")
    is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    if not is_unionpay or not is_valid or not any(_issued_by(certificate, issuer) for issuer in issuers):
        raise UnknownSerial()
    if not isinstance(key, RSAPublicKey) or key.key_size < rsa.MINIMUM_BITS:
        raise UnknownSerial()
    return key


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _pieces(text: str) -> list[str]:
    pieces, start, depth = [], 0, 0
    for position, character in enumerate(text):
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == "&" and not depth:
            pieces.append(text[start:position])
            start = position + 1
    return [*pieces, text[start:]]
