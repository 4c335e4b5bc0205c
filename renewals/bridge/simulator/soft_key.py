"""One soft key as it lies on the disk: containers, PIN, and the answers it has already given."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.gm import Certificate, GmError, MalformedCertificate, PrivateKey, SM2PrivateKey
from portal.gm.certificate import public_key_of, spki_der
from renewals.bridge.protocol import PIN_TRIES, BridgeFault, ErrorCode

PIN_LENGTHS: Final = (6, 16)
REPLIES_KEPT: Final = 200


class ContainerState(StrEnum):
    PENDING = "pending"  # made by a txn, not yet verified
    CURRENT = "current"
    HISTORY = "history"  # only the old encryption key is left, to open old files (RULES P8)


@dataclass(slots=True)
class Container:
    """A signing key with its certificate, and the encryption pair that belongs to it.

    Keys are unencrypted PKCS #8, certificates DER; b"" where there is none.
    """

    id: str
    label: str
    algorithm: str
    state: ContainerState
    txn: str = ""
    replaces: str = ""  # id of the container whose place this one takes
    signing_key: bytes = field(default=b"", repr=False)
    signing_certificate: bytes = field(default=b"", repr=False)
    encryption_key: bytes = field(default=b"", repr=False)
    encryption_certificate: bytes = field(default=b"", repr=False)
    seal: bytes = field(default=b"", repr=False)  # SESeal (GB/T 38540), DER
    password_salt: bytes = field(default=b"", repr=False)  # of a file's own 保护口令; a medium has one PIN for all
    password_hash: bytes = field(default=b"", repr=False)

    def set_password(self, password: str) -> None:
        self.password_salt = secrets.token_bytes(16)
        self.password_hash = _stretch(password, self.password_salt)

    def password_matches(self, password: str) -> bool:
        return hmac.compare_digest(self.password_hash, _stretch(password, self.password_salt))


@dataclass(slots=True)
class Reply:
    """What a txn was answered, so that asking again changes nothing."""

    digest: str  # SM3 of method and parameters
    result: dict[str, Any]


@dataclass(slots=True)
class SoftKey:
    serial: str
    medium_number: str
    label: str
    model: str
    capacity: int  # containers
    pin_salt: bytes = field(default=b"", repr=False)
    pin_hash: bytes = field(default=b"", repr=False)
    retries_left: int = PIN_TRIES
    unlock_key: bytes = field(default=b"", repr=False)
    unlock_nonce: bytes = b""
    containers: list[Container] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict, repr=False)

    def set_pin(self, pin: str) -> None:
        self.pin_salt = secrets.token_bytes(16)
        self.pin_hash = _stretch(pin, self.pin_salt)

    def pin_matches(self, pin: str) -> bool:
        return hmac.compare_digest(self.pin_hash, _stretch(pin, self.pin_salt))

    @property
    def free_containers(self) -> int:
        return max(0, self.capacity - len(self.containers))

    def container_of(self, txn: str) -> Container | None:
        """The container that this txn made, pending or by now current."""
        return next((c for c in self.containers if c.txn == txn and c.state is not ContainerState.HISTORY), None)

    def signing_container(self, fingerprint: str) -> Container | None:
        """The container whose signing certificate has this SM3 fingerprint (lower-case hex)."""
        for container in self.containers:
            der = container.signing_certificate
            if der and read_certificate(der).fingerprint_sm3.hex() == fingerprint:
                return container
        return None

    def remember(self, txn: str, reply: Reply) -> None:
        self.replies[txn] = reply
        for oldest in list(self.replies)[:-REPLIES_KEPT]:
            del self.replies[oldest]

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(self)
        return plain

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "SoftKey":
        containers = [_container(each) for each in stored["containers"]]
        replies = {txn: Reply(**each) for txn, each in stored["replies"].items()}
        rest = {name: stored[name] for name in stored if name not in ("containers", "replies")}
        return cls(**_with_bytes(cls, rest), containers=containers, replies=replies)


def generate(algorithm: str) -> PrivateKey:
    if algorithm == "SM2":
        return SM2PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def dump_key(key: PrivateKey) -> bytes:
    if isinstance(key, SM2PrivateKey):
        return key.to_pkcs8_der()
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_key(pkcs8: bytes, algorithm: str) -> PrivateKey:
    if algorithm == "SM2":
        return SM2PrivateKey.from_pkcs8_der(pkcs8)
    key = serialization.load_der_private_key(pkcs8, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the stored key is not RSA")
    return key


def public_der(key: PrivateKey) -> bytes:
    """SubjectPublicKeyInfo: what certificate and key are compared by."""
    return spki_der(public_key_of(key))


def read_certificate(der: bytes) -> Certificate:
    """A certificate that came over the wire. Raises BridgeFault BAD_REQUEST."""
    try:
        return Certificate.from_der(der)
    except (GmError, MalformedCertificate, UnsupportedAlgorithm) as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, f"certificate: {error}") from error
    except (x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType) as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, f"certificate: {error}") from error


def _stretch(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode("utf-8"), salt=salt, n=2**12, r=8, p=1, dklen=32)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def _with_bytes(cls: type, stored: dict[str, Any]) -> dict[str, Any]:
    kinds = {each.name: each.type for each in fields(cls)}
    return {name: bytes.fromhex(value) if kinds[name] is bytes else value for name, value in stored.items()}


def _container(stored: dict[str, Any]) -> Container:
    values = _with_bytes(Container, stored)
    values["state"] = ContainerState(values["state"])
    return Container(**values)
