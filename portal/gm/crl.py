"""Certificate revocation lists (RFC 5280 §5), SM2 and RSA."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from cryptography import x509

from portal.gm import der
from portal.gm.certificate import (
    PARSE_ERRORS,
    Certificate,
    PrivateKey,
    pem_decode,
    pem_encode,
    read_algorithm,
    verify_with_algorithm,
)
from portal.gm.errors import InvalidSignature, MalformedCertificate
from portal.gm.issuing import Extension, key_identifier, seal_tbs, signature_algorithm_der

REASONS: Final = {
    "unspecified": 0,
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "certificateHold": 6,
    "removeFromCRL": 8,
    "privilegeWithdrawn": 9,
    "aACompromise": 10,
}
"""CRLReason by its name in RFC 5280 §5.3.1."""

_NAMES = {
    x509.ReasonFlags.key_compromise: "keyCompromise",
    x509.ReasonFlags.ca_compromise: "cACompromise",
    x509.ReasonFlags.affiliation_changed: "affiliationChanged",
    x509.ReasonFlags.superseded: "superseded",
    x509.ReasonFlags.cessation_of_operation: "cessationOfOperation",
    x509.ReasonFlags.certificate_hold: "certificateHold",
    x509.ReasonFlags.remove_from_crl: "removeFromCRL",
    x509.ReasonFlags.privilege_withdrawn: "privilegeWithdrawn",
    x509.ReasonFlags.aa_compromise: "aACompromise",
}


@dataclass(frozen=True, slots=True)
class Revoked:
    """One line of a CRL: `at` aware; `reason` one of `REASONS`."""

    serial: int
    at: datetime
    reason: str = "unspecified"


@dataclass(frozen=True, slots=True)
class CertificateRevocationList:
    """A read-only view of one CRL. Two are equal when their DER is."""

    der: bytes
    issuer_der: bytes = field(compare=False, repr=False)
    number: int | None = field(compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime | None = field(compare=False)
    revoked: dict[int, Revoked] = field(compare=False, repr=False)
    unhandled_critical: frozenset[str] = field(compare=False, repr=False)
    tbs_der: bytes = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)
    signature_oid: str = field(compare=False, repr=False)

    @classmethod
    def from_der(cls, data: bytes) -> Self:
        """Raises MalformedCertificate."""
        try:
            outer = der.read_one(data)
            tbs = outer.next(der.SEQUENCE)
            oid = read_algorithm(outer.sequence())
            signature = outer.bit_string()
            outer.end()
            return cls(data, **_parse(tbs, oid, data), tbs_der=tbs.raw, signature=signature, signature_oid=oid)
        except PARSE_ERRORS as error:
            raise MalformedCertificate(f"not a CRL: {error}") from error

    @classmethod
    def from_pem(cls, pem: str | bytes) -> Self:
        return cls.from_der(pem_decode("X509 CRL", pem))

    @property
    def pem(self) -> str:
        return pem_encode("X509 CRL", self.der)

    def verify(self, issuer: Certificate) -> None:
        """That `issuer` made it. Raises InvalidSignature."""
        if self.issuer_der != issuer.subject_der:
            raise InvalidSignature("the CRL is another issuer's")
        if issuer.key_usage and "cRLSign" not in issuer.key_usage:
            raise InvalidSignature("the issuer may not sign CRLs")
        verify_with_algorithm(issuer.public_key, self.signature_oid, self.signature, self.tbs_der)


def _parse(tbs: der.Element, signature_oid: str, data: bytes) -> dict[str, Any]:
    reader = der.Reader(tbs.value)
    if reader.peek() == der.INTEGER:
        reader.integer()
    if read_algorithm(reader.sequence()) != signature_oid:
        raise MalformedCertificate("the two signature algorithms differ")
    issuer = reader.next(der.SEQUENCE).raw
    parsed = x509.load_der_x509_crl(data)
    number = None
    unhandled = set()
    for extension in parsed.extensions:
        if isinstance(extension.value, x509.CRLNumber):
            number = extension.value.crl_number
        elif extension.critical:
            unhandled.add(extension.oid.dotted_string)
    return {
        "issuer_der": issuer,
        "number": number,
        "this_update": parsed.last_update_utc,
        "next_update": parsed.next_update_utc,
        "revoked": {entry.serial_number: _entry(entry) for entry in parsed},
        "unhandled_critical": frozenset(unhandled),
    }


def _entry(entry: x509.RevokedCertificate) -> Revoked:
    reason = "unspecified"
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = _NAMES.get(extension.value.reason, "unspecified")
    return Revoked(entry.serial_number, entry.revocation_date_utc, reason)


def build(
    *,
    issuer: Certificate,
    issuer_key: PrivateKey,
    revoked: Iterable[Revoked],
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> CertificateRevocationList:
    """A version 2 CRL with number and authority key identifier; times aware, whole seconds."""
    entries = [_encode_entry(entry) for entry in sorted(revoked, key=lambda entry: entry.serial)]
    aki = x509.AuthorityKeyIdentifier(key_identifier(issuer.public_key), None, None)
    extensions = (
        Extension("2.5.29.35", aki.public_bytes()),
        Extension("2.5.29.20", der.integer(number)),
    )
    tbs = der.sequence(
        der.integer(1),
        signature_algorithm_der(issuer_key),
        issuer.subject_der,
        der.time(this_update),
        der.time(next_update),
        der.sequence(*entries) if entries else b"",
        der.explicit(0, der.sequence(*(extension.encode() for extension in extensions))),
    )
    return CertificateRevocationList.from_der(seal_tbs(tbs, issuer_key))


def _encode_entry(entry: Revoked) -> bytes:
    reason = b""
    if entry.reason != "unspecified":  # RFC 5280 §5.3.1: absent rather than "unspecified"
        code = der.encode(0x0A, bytes((REASONS[entry.reason],)))
        reason = der.sequence(Extension("2.5.29.21", code).encode())
    return der.sequence(der.integer(entry.serial), der.time(entry.at), reason)
