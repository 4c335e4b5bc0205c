"""Making certificates, SM2 and RSA: the to-be-signed part in DER, then the signer of `sign_message`.

Names and extension values come out of `cryptography`; only the frame is written here. No ASN.1
library needs to be taught the SM2 identifiers for that, so nothing is registered globally.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.gm import der
from portal.gm.certificate import (
    KEY_USAGES,
    OID_RSA_WITH_SHA256,
    OID_SM2_WITH_SM3,
    Certificate,
    PrivateKey,
    PublicKey,
    sign_message,
    spki_der,
)
from portal.gm.sm2 import SM2PrivateKey
from portal.gm.sm3 import sm3

_NAME_OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "E": NameOID.EMAIL_ADDRESS,
}


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension; `value` is the DER that goes inside its OCTET STRING."""

    oid: str
    value: bytes
    critical: bool = False

    def encode(self) -> bytes:
        flag = der.boolean_true() if self.critical else b""
        return der.sequence(der.oid(self.oid), flag, der.octet_string(self.value))


def build_name(parts: Iterable[tuple[str, str]]) -> bytes:
    """A Name in DER from ("C", "CN"), ("O", …), ("CN", …): widest part first, one value each.

    Keys: C ST L O OU CN SERIALNUMBER E. Raises ValueError for another key or a value X.509 forbids.
    """
    attributes = []
    for key, value in parts:
        if key not in _NAME_OIDS:
            raise ValueError(f"unknown name attribute {key}")
        attributes.append(x509.NameAttribute(_NAME_OIDS[key], value))
    return x509.Name(attributes).public_bytes()


def key_identifier(public_key: PublicKey) -> bytes:
    """20 bytes of SM3 over the key's bits (RFC 7093 §2 with SM3): only has to be unique."""
    reader = der.read_one(spki_der(public_key))
    reader.next(der.SEQUENCE)
    return sm3(reader.bit_string())[:20]


def ca_extensions(
    public_key: PublicKey, *, issuer_key: PublicKey, path_length: int | None = None
) -> tuple[Extension, ...]:
    """For a certificate that issues certificates and CRLs."""
    return (
        _of(x509.BasicConstraints(ca=True, path_length=path_length), critical=True),
        key_usage_extension({"keyCertSign", "cRLSign"}),
        *_identifiers(public_key, issuer_key),
    )


def end_entity_extensions(
    public_key: PublicKey, *, issuer_key: PublicKey, key_usage: Iterable[str], crl_url: str | None = None
) -> tuple[Extension, ...]:
    """For a customer's certificate: not a CA, keyUsage as given, client authentication and e-mail."""
    crl = [] if crl_url is None else [_of(_crl_distribution_points(crl_url))]
    return (
        _of(x509.BasicConstraints(ca=False, path_length=None), critical=True),
        key_usage_extension(key_usage),
        _of(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION])),
        *_identifiers(public_key, issuer_key),
        *crl,
    )


def key_usage_extension(names: Iterable[str]) -> Extension:
    """keyUsage, critical, from names of `KEY_USAGES`."""
    wanted = set(names)
    if unknown := wanted - set(KEY_USAGES):
        raise ValueError(f"unknown key usage {sorted(unknown)}")
    bits = [name in wanted for name in KEY_USAGES]
    return _of(x509.KeyUsage(*bits), critical=True)


def build_certificate(
    *,
    issuer_key: PrivateKey,
    issuer_subject_der: bytes,
    subject_der: bytes,
    public_key: PublicKey,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    extensions: Sequence[Extension] = (),
) -> Certificate:
    """A version 3 certificate. Times aware, whole seconds; `serial` positive, at most 20 bytes.

    Self-signed when `issuer_subject_der` is `subject_der` and the key is the issuer's own.
    """
    if not_after <= not_before:
        raise ValueError("not_after must lie after not_before")
    algorithm = signature_algorithm_der(issuer_key)
    parts = [
        der.explicit(0, der.integer(2)),
        der.integer(serial),
        algorithm,
        issuer_subject_der,
        der.sequence(der.time(not_before), der.time(not_after)),
        subject_der,
        spki_der(public_key),
    ]
    if extensions:
        parts.append(der.explicit(3, der.sequence(*(extension.encode() for extension in extensions))))
    return Certificate.from_der(seal_tbs(der.sequence(*parts), issuer_key))


def seal_tbs(tbs: bytes, key: PrivateKey) -> bytes:
    """SEQUENCE {tbs, algorithm, signature}: the frame that certificates, requests and CRLs share."""
    return der.sequence(tbs, signature_algorithm_der(key), der.bit_string(sign_message(key, tbs)))


def signature_algorithm_der(key: PrivateKey) -> bytes:
    if isinstance(key, SM2PrivateKey):
        return der.sequence(der.oid(OID_SM2_WITH_SM3))
    return der.sequence(der.oid(OID_RSA_WITH_SHA256), der.null())


def _identifiers(public_key: PublicKey, issuer_key: PublicKey) -> tuple[Extension, Extension]:
    return (
        _of(x509.SubjectKeyIdentifier(key_identifier(public_key))),
        _of(x509.AuthorityKeyIdentifier(key_identifier(issuer_key), None, None)),
    )


def _crl_distribution_points(url: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point])


def _of(value: x509.ExtensionType, *, critical: bool = False) -> Extension:
    return Extension(value.oid.dotted_string, value.public_bytes(), critical)
