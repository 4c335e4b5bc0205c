"""What a test of a connector needs around it: a clock, keys, a customer with an old certificate."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from portal.gm import Certificate, PrivateKey, SM2PrivateKey, csr, envelope, x509
from renewals.ca import Algorithm, DevCa, Issued, RekeyRequest

DAY = timedelta(days=1)
FIVE_YEARS = 1826 * DAY
STORAGE_KEY = b"a storage key of thirty-two byte"
SUBJECT = x509.build_name([("C", "CN"), ("O", "深圳市测试精密制造有限公司"), ("CN", "Z9900001")])


@functools.cache
def key(algorithm: Algorithm, number: int) -> PrivateKey:
    """The same few keys in every test: RSA keys are slow to make."""
    return SM2PrivateKey.generate() if algorithm == "SM2" else rsa.generate_private_key(65537, 2048)


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """A connector under test; `ca` gives the counter's powers (mint, freeze) over the same CA."""

    connector: Any
    ca: DevCa
    clock: Clock
    algorithm: Algorithm
    old: Certificate = field(init=False)
    old_issued: Issued = field(init=False)
    _keys: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.old_key = self.new_key()
        self.old_issued = self.mint("customer-1", self.old_key)
        self.old = Certificate.from_der(self.old_issued.signing_certificate_der)

    def new_key(self) -> PrivateKey:
        return key(self.algorithm, next(self._keys))

    def mint(self, request_id: str, private_key: PrivateKey, **changes: Any) -> Issued:
        given = {
            "subject_der": SUBJECT,
            "public_key": x509.public_key_of(private_key),
            "not_before": self.clock.now - FIVE_YEARS + 20 * DAY,
            "not_after": self.clock.now + 20 * DAY,
        }
        return self.ca.issue_initial(request_id, **given | changes)

    def rekey(self, request_id: str = "order-1/item-1", private_key: PrivateKey | None = None, **changes: Any):
        made = csr.build(SUBJECT, private_key or self.new_key())
        request = RekeyRequest(
            request_id=request_id,
            old_serial=self.old.serial_hex,
            csr_der=made.der,
            subject_der=SUBJECT,
            not_before=self.old.not_after,
            not_after=self.old.not_after + FIVE_YEARS,
        )
        return replace(request, **changes)

    def open_envelope(self, issued: Issued, signing_key: PrivateKey) -> PrivateKey:
        assert issued.enveloped_key_der is not None
        if isinstance(signing_key, SM2PrivateKey):
            return envelope.open(issued.enveloped_key_der, signing_key)
        signing = Certificate.from_der(issued.signing_certificate_der)
        return envelope.open_rsa(issued.enveloped_key_der, signing, signing_key)
