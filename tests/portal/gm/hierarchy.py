"""A small hierarchy of certificates for the tests of this folder: root, issuing CA, customer."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from portal.gm import Certificate, PrivateKey, SM2PrivateKey, crl, x509

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT_NAME = x509.build_name([("C", "CN"), ("O", "测试"), ("CN", "测试根")])
ISSUING_NAME = x509.build_name([("C", "CN"), ("O", "测试"), ("CN", "测试签发")])
CUSTOMER = [("C", "CN"), ("O", "深圳市测试精密制造有限公司"), ("CN", "Z9900001")]


@dataclass(frozen=True)
class Hierarchy:
    root_key: PrivateKey
    root: Certificate
    issuing_key: PrivateKey
    issuing: Certificate
    leaf_key: PrivateKey
    leaf: Certificate

    def make_leaf(self, **changes: Any) -> Certificate:
        public_key = x509.public_key_of(self.leaf_key)
        given: dict[str, Any] = {
            "issuer_key": self.issuing_key,
            "issuer_subject_der": ISSUING_NAME,
            "subject_der": x509.build_name(CUSTOMER),
            "public_key": public_key,
            "serial": 0x7ABCDEF,
            "not_before": NOW - DAY,
            "not_after": NOW + 365 * DAY,
            "extensions": x509.end_entity_extensions(
                public_key,
                issuer_key=x509.public_key_of(self.issuing_key),
                key_usage=["digitalSignature", "nonRepudiation"],
            ),
        }
        return x509.build_certificate(**given | changes)

    def make_issuing(self, **changes: Any) -> Certificate:
        public_key = x509.public_key_of(self.issuing_key)
        given: dict[str, Any] = {
            "issuer_key": self.root_key,
            "issuer_subject_der": ROOT_NAME,
            "subject_der": ISSUING_NAME,
            "public_key": public_key,
            "serial": 2,
            "not_before": NOW - 1000 * DAY,
            "not_after": NOW + 5000 * DAY,
            "extensions": x509.ca_extensions(public_key, issuer_key=self.root.public_key, path_length=0),
        }
        return x509.build_certificate(**given | changes)

    def make_crl(self, *revoked: crl.Revoked, **changes: Any) -> crl.CertificateRevocationList:
        given: dict[str, Any] = {
            "issuer": self.issuing,
            "issuer_key": self.issuing_key,
            "revoked": revoked,
            "number": 7,
            "this_update": NOW - DAY,
            "next_update": NOW + DAY,
        }
        return crl.build(**given | changes)


def make_root(key: PrivateKey, **changes: Any) -> Certificate:
    public_key = x509.public_key_of(key)
    given: dict[str, Any] = {
        "issuer_key": key,
        "issuer_subject_der": ROOT_NAME,
        "subject_der": ROOT_NAME,
        "public_key": public_key,
        "serial": 1,
        "not_before": NOW - 1000 * DAY,
        "not_after": NOW + 9000 * DAY,
        "extensions": x509.ca_extensions(public_key, issuer_key=public_key),
    }
    return x509.build_certificate(**given | changes)


@functools.lru_cache
def hierarchy(algorithm: str) -> Hierarchy:
    """One per algorithm and test run: RSA keys are slow to make."""
    root_key, issuing_key, leaf_key = (_key(algorithm) for _ in range(3))
    root = make_root(root_key)
    bare = Hierarchy(root_key, root, issuing_key, root, leaf_key, root)
    return Hierarchy(root_key, root, issuing_key, bare.make_issuing(), leaf_key, bare.make_leaf())


def _key(algorithm: str) -> PrivateKey:
    return SM2PrivateKey.generate() if algorithm == "SM2" else rsa.generate_private_key(65537, 2048)
