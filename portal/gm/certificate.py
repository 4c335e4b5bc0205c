"""X.509 certificates, SM2 and RSA: reading them and verifying signatures with them.

`cryptography` parses names, times and extensions (it reads SM2 certificates all but the key);
the bytes that signatures and comparisons depend on are cut out by the strict reader of `der`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature as RsaInvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from portal.gm import der
from portal.gm.errors import GmError, InvalidKey, InvalidSignature, MalformedCertificate, MalformedDer
from portal.gm.sm2 import OID_EC_PUBLIC_KEY, SM2PrivateKey, SM2PublicKey
from portal.gm.sm3 import sm3

PublicKey = SM2PublicKey | RSAPublicKey
PrivateKey = SM2PrivateKey | RSAPrivateKey
Algorithm = Literal["SM2", "RSA"]

OID_SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
OID_RSA_WITH_SHA256: Final = "1.2.840.113549.1.1.11"
_OID_RSA: Final = "1.2.840.113549.1.1.1"
_RSA_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    OID_RSA_WITH_SHA256: hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
}

KEY_USAGES: Final = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""The bits of keyUsage in their order (RFC 5280 §4.2.1.3)."""

PARSE_ERRORS: Final = (
    ValueError,
    TypeError,
    GmError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""All that reading somebody else's bytes may raise, ours and `cryptography`'s."""

_CRITICAL_WE_HANDLE: Final = frozenset({"2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.17", "2.5.29.32"})


@dataclass(frozen=True, slots=True)
class Certificate:
    """A read-only view of one certificate. Two are equal when their DER is.

    `subject` and `issuer` are RFC 4514 text (most specific part first) for people and lists;
    compare names by `subject_der` and `issuer_der`. Times are aware, UTC, to the second.
    """

    der: bytes
    serial: int = field(compare=False)
    subject: str = field(compare=False)
    subject_der: bytes = field(compare=False, repr=False)
    issuer: str = field(compare=False)
    issuer_der: bytes = field(compare=False, repr=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    public_key: PublicKey = field(compare=False, repr=False)
    key_usage: frozenset[str] = field(compare=False)
    """Names of `KEY_USAGES`; empty when the extension is absent."""
    is_ca: bool = field(compare=False)
    path_length: int | None = field(compare=False)
    subject_key_identifier: bytes | None = field(compare=False, repr=False)
    authority_key_identifier: bytes | None = field(compare=False, repr=False)
    unhandled_critical: frozenset[str] = field(compare=False, repr=False)
    """OIDs of critical extensions that path validation here does not know."""
    tbs_der: bytes = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)
    signature_oid: str = field(compare=False, repr=False)

    @classmethod
    def from_der(cls, data: bytes) -> Self:
        """Raises MalformedCertificate."""
        try:
            return cls(data, **_parse(data))
        except PARSE_ERRORS as error:
            raise MalformedCertificate(f"not a certificate: {error}") from error

    @classmethod
    def from_pem(cls, pem: str | bytes) -> Self:
        """The first certificate of the text. Raises MalformedCertificate."""
        return cls.from_der(pem_decode("CERTIFICATE", pem))

    @property
    def pem(self) -> str:
        return pem_encode("CERTIFICATE", self.der)

    @property
    def serial_hex(self) -> str:
        """Upper-case hex, whole bytes: the form that customers and CAs quote."""
        text = f"{self.serial:X}"
        return text if len(text) % 2 == 0 else "0" + text

    @property
    def algorithm(self) -> Algorithm:
        return algorithm_of(self.public_key)

    @property
    def fingerprint_sm3(self) -> bytes:
        """SM3 over the DER, 32 bytes."""
        return sm3(self.der)

    @property
    def spki_der(self) -> bytes:
        return spki_der(self.public_key)


def _parse(data: bytes) -> dict[str, Any]:
    outer = der.read_one(data)
    tbs = outer.next(der.SEQUENCE)
    signature_algorithm = read_algorithm(outer.sequence())
    signature = outer.bit_string()
    outer.end()
    reader = der.Reader(tbs.value)
    if reader.peek() == 0xA0:
        reader.next()
    serial = reader.integer()
    if not 0 < serial < 1 << 160:
        raise MalformedCertificate("the serial number is not positive or is longer than 20 bytes")
    if read_algorithm(reader.sequence()) != signature_algorithm:
        raise MalformedCertificate("the two signature algorithms differ")
    issuer = reader.next(der.SEQUENCE).raw
    reader.next(der.SEQUENCE)
    subject = reader.next(der.SEQUENCE).raw
    public_key = read_public_key(reader.next(der.SEQUENCE).raw)
    parsed = x509.load_der_x509_certificate(data)
    return {
        "serial": serial,
        "subject": parsed.subject.rfc4514_string(),
        "subject_der": subject,
        "issuer": parsed.issuer.rfc4514_string(),
        "issuer_der": issuer,
        "not_before": parsed.not_valid_before_utc,
        "not_after": parsed.not_valid_after_utc,
        "public_key": public_key,
        "tbs_der": tbs.raw,
        "signature": signature,
        "signature_oid": signature_algorithm,
        **_extensions(parsed.extensions),
    }


def _extensions(extensions: x509.Extensions) -> dict[str, Any]:
    found: dict[str, Any] = {
        "key_usage": frozenset(),
        "is_ca": False,
        "path_length": None,
        "subject_key_identifier": None,
        "authority_key_identifier": None,
        "unhandled_critical": frozenset(
            extension.oid.dotted_string
            for extension in extensions
            if extension.critical and extension.oid.dotted_string not in _CRITICAL_WE_HANDLE
        ),
    }
    for extension in extensions:
        match extension.value:
            case x509.KeyUsage() as usage:
                found["key_usage"] = frozenset(_usages(usage))
            case x509.BasicConstraints() as constraints:
                found["is_ca"] = constraints.ca
                found["path_length"] = constraints.path_length
            case x509.SubjectKeyIdentifier() as identifier:
                found["subject_key_identifier"] = identifier.digest
            case x509.AuthorityKeyIdentifier() as identifier:
                found["authority_key_identifier"] = identifier.key_identifier
    return found


def _usages(usage: x509.KeyUsage) -> list[str]:
    agreement = usage.key_agreement
    bits = (
        usage.digital_signature,
        usage.content_commitment,
        usage.key_encipherment,
        usage.data_encipherment,
        agreement,
        usage.key_cert_sign,
        usage.crl_sign,
        agreement and usage.encipher_only,
        agreement and usage.decipher_only,
    )
    return [name for name, bit in zip(KEY_USAGES, bits, strict=True) if bit]


def read_algorithm(reader: der.Reader) -> str:
    """The OID of an AlgorithmIdentifier whose parameters are absent or NULL (both occur)."""
    oid = reader.oid()
    if reader.peek() is not None and reader.next(der.NULL).value:
        raise MalformedDer("NULL with content")
    reader.end()
    return oid


def read_public_key(spki: bytes) -> PublicKey:
    """From a SubjectPublicKeyInfo. Raises InvalidKey for anything but SM2 and RSA."""
    oid = der.read_one(spki).sequence().oid()
    if oid == OID_EC_PUBLIC_KEY:
        return SM2PublicKey.from_spki_der(spki)
    if oid == _OID_RSA:
        key = serialization.load_der_public_key(spki)
        if isinstance(key, RSAPublicKey):
            return key
    raise InvalidKey(f"key algorithm {oid} is neither SM2 nor RSA")


def algorithm_of(key: PublicKey | PrivateKey) -> Algorithm:
    return "SM2" if isinstance(key, SM2PublicKey | SM2PrivateKey) else "RSA"


def public_key_of(key: PrivateKey) -> PublicKey:
    return key.public_key if isinstance(key, SM2PrivateKey) else key.public_key()


def spki_der(key: PublicKey) -> bytes:
    """The SubjectPublicKeyInfo in DER: what keys are compared by."""
    if isinstance(key, SM2PublicKey):
        return key.to_spki_der()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def sign_message(key: PrivateKey, message: bytes) -> bytes:
    """SM2-with-SM3 under the default ID (DER r, s), or RSA PKCS #1 v1.5 with SHA-256."""
    if isinstance(key, SM2PrivateKey):
        return key.sign(message)
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def verify_signature(signer: Certificate | PublicKey, signature: bytes, message: bytes) -> None:
    """The counterpart of `sign_message`. Returns, or raises InvalidSignature."""
    key = signer.public_key if isinstance(signer, Certificate) else signer
    oid = OID_SM2_WITH_SM3 if isinstance(key, SM2PublicKey) else OID_RSA_WITH_SHA256
    verify_with_algorithm(key, oid, signature, message)


def verify_with_algorithm(key: PublicKey, oid: str, signature: bytes, message: bytes) -> None:
    """As a signed structure names its algorithm: SM2 with SM3, RSA with SHA-256, -384 or -512."""
    if isinstance(key, SM2PublicKey):
        if oid != OID_SM2_WITH_SM3:
            raise InvalidSignature(f"an SM2 key does not sign with {oid}")
        key.verify(signature, message)
        return
    if oid not in _RSA_HASHES:
        raise InvalidSignature(f"an RSA key does not sign with {oid} here")
    try:
        key.verify(signature, message, padding.PKCS1v15(), _RSA_HASHES[oid])
    except RsaInvalidSignature as error:
        raise InvalidSignature("the signature does not verify") from error


def verify_issued_by(certificate: Certificate, issuer: Certificate) -> None:
    """That `issuer`'s name is the certificate's issuer and its key signed it. Nothing else:
    see `chain.validate_chain`. Raises InvalidSignature."""
    if certificate.issuer_der != issuer.subject_der:
        raise InvalidSignature("the issuer's name is another")
    verify_with_algorithm(issuer.public_key, certificate.signature_oid, certificate.signature, certificate.tbs_der)


def pem_encode(label: str, data: bytes) -> str:
    text = base64.b64encode(data).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def pem_decode(label: str, pem: str | bytes) -> bytes:
    """The first block of that label. Raises MalformedCertificate."""
    try:
        text = pem.decode("ascii") if isinstance(pem, bytes) else pem
        found = re.search(f"-----BEGIN {label}-----([A-Za-z0-9+/=\\s]*)-----END {label}-----", text)
        if found is None:
            raise MalformedCertificate(f"no PEM block {label}")
        return base64.b64decode("".join(found[1].split()), validate=True)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise MalformedCertificate(f"not PEM: {error}") from error
