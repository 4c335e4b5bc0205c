"""The development CA's four authorities (SM2 and RSA, root and issuing CA) and what they sign."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.gm import Certificate, PrivateKey, PublicKey, SM2PrivateKey, SM2PublicKey, envelope, x509
from renewals.ca.base import Algorithm, CaError
from renewals.ca.dev_store import DevStore

NAME = "Certhall 开发 CA"
RSA_BITS = 2048

# Fixed, and long: demo certificates carry past dates and renewals run years ahead.
_SINCE = datetime(2015, 1, 1, tzinfo=UTC)
_ROOT_UNTIL = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
ISSUING_UNTIL = datetime(2044, 12, 31, 23, 59, 59, tzinfo=UTC)

SIGNING_USAGE = frozenset({"digitalSignature", "nonRepudiation"})
"""GM/T 0015 §5.2.4.2.3: what a signing certificate is for."""
ENCRYPTION_USAGE = {
    "SM2": frozenset({"keyEncipherment", "dataEncipherment", "keyAgreement"}),
    "RSA": frozenset({"keyEncipherment", "dataEncipherment"}),
}


@dataclass(frozen=True, slots=True)
class Authority:
    """An issuing CA ready to sign, with its root."""

    algorithm: Algorithm
    certificate: Certificate
    root: Certificate
    key: PrivateKey

    @property
    def chain_der(self) -> tuple[bytes, ...]:
        return (self.certificate.der, self.root.der)


def new_serial() -> int:
    """16 unpredictable bytes, positive and of full length."""
    return secrets.randbits(126) | 1 << 126


def new_key(algorithm: Algorithm) -> PrivateKey:
    if algorithm == "SM2":
        return SM2PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def key_to_der(key: PrivateKey) -> bytes:
    if isinstance(key, SM2PrivateKey):
        return key.to_pkcs8_der()
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_from_der(algorithm: Algorithm, data: bytes) -> PrivateKey:
    if algorithm == "SM2":
        return SM2PrivateKey.from_pkcs8_der(data)
    key = serialization.load_der_private_key(data, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CaError(detail="the stored key is not RSA")
    return key


def open_authority(store: DevStore, algorithm: Algorithm) -> Authority:
    """The issuing CA; made, with its root, on first use (the first of several processes wins)."""
    with store.read() as connection:
        rows = _rows(connection, algorithm)
    if not rows:
        made = _make(algorithm)
        with store.write() as connection:
            if not _rows(connection, algorithm):
                for role, (certificate, key) in made.items():
                    sealed = store.seal(f"authority/{algorithm}/{role}", key_to_der(key))
                    connection.execute(
                        "INSERT INTO authority VALUES (?, ?, ?, ?)", (algorithm, role, certificate.der, sealed)
                    )
            rows = _rows(connection, algorithm)
    issuing = rows["issuing"]
    opened = store.unseal(f"authority/{algorithm}/issuing", issuing["sealed_key"])
    return Authority(
        algorithm,
        Certificate.from_der(issuing["der"]),
        Certificate.from_der(rows["root"]["der"]),
        key_from_der(algorithm, opened),
    )


def _rows(connection: sqlite3.Connection, algorithm: Algorithm) -> dict[str, sqlite3.Row]:
    found = connection.execute("SELECT role, der, sealed_key FROM authority WHERE algorithm = ?", (algorithm,))
    return {row["role"]: row for row in found}


def _make(algorithm: Algorithm) -> dict[str, tuple[Certificate, PrivateKey]]:
    root_key, issuing_key = new_key(algorithm), new_key(algorithm)
    root_public, issuing_public = x509.public_key_of(root_key), x509.public_key_of(issuing_key)
    root_name = x509.build_name([("C", "CN"), ("O", NAME), ("CN", f"{NAME} {algorithm} 根")])
    issuing_name = x509.build_name([("C", "CN"), ("O", NAME), ("CN", f"{NAME} {algorithm}")])
    root = x509.build_certificate(
        issuer_key=root_key,
        issuer_subject_der=root_name,
        subject_der=root_name,
        public_key=root_public,
        serial=new_serial(),
        not_before=_SINCE,
        not_after=_ROOT_UNTIL,
        extensions=x509.ca_extensions(root_public, issuer_key=root_public),
    )
    issuing = x509.build_certificate(
        issuer_key=root_key,
        issuer_subject_der=root_name,
        subject_der=issuing_name,
        public_key=issuing_public,
        serial=new_serial(),
        not_before=_SINCE,
        not_after=ISSUING_UNTIL,
        extensions=x509.ca_extensions(issuing_public, issuer_key=root_public, path_length=0),
    )
    return {"root": (root, root_key), "issuing": (issuing, issuing_key)}


def sign_end_entity(
    authority: Authority,
    *,
    subject_der: bytes,
    public_key: PublicKey,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    key_usage: frozenset[str],
) -> Certificate:
    return x509.build_certificate(
        issuer_key=authority.key,
        issuer_subject_der=authority.certificate.subject_der,
        subject_der=subject_der,
        public_key=public_key,
        serial=serial,
        not_before=not_before,
        not_after=not_after,
        extensions=x509.end_entity_extensions(
            public_key, issuer_key=authority.certificate.public_key, key_usage=key_usage
        ),
    )


def envelop(signing_certificate: Certificate, encryption_key: PrivateKey) -> bytes:
    """The encryption key for the holder of the signing certificate's key."""
    public_key = signing_certificate.public_key
    if isinstance(public_key, SM2PublicKey) and isinstance(encryption_key, SM2PrivateKey):
        return envelope.seal(public_key, encryption_key)
    if isinstance(encryption_key, rsa.RSAPrivateKey) and not isinstance(public_key, SM2PublicKey):
        return envelope.seal_rsa(signing_certificate, encryption_key)
    raise CaError(detail="the encryption key is of another algorithm than the signing key")
