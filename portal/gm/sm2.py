"""SM2 keys (GB/T 32918): signing with SM3, encryption, and their DER forms (GM/T 0009).

What libcrypto leaves to the caller is checked here first: scalars in range, points on the
curve, signatures in strict DER with 1 <= r, s < n.
"""

from __future__ import annotations

import secrets
from typing import Final, Self

from portal.gm import der, libcrypto
from portal.gm.errors import (
    DecryptionFailed,
    InvalidKey,
    InvalidSignature,
    LibcryptoFailed,
    MalformedDer,
)

DEFAULT_ID: Final = b"1234567812345678"
"""The distinguishing ID everyone uses (GM/T 0009 §10). OpenSSL's own default is empty."""

OID_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
OID_SM2_CURVE: Final = "1.2.156.10197.1.301"

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123

_ALGORITHM: Final = der.sequence(der.oid(OID_EC_PUBLIC_KEY), der.oid(OID_SM2_CURVE))


class SM2PublicKey:
    """A point of the curve, not at infinity. Equal when the points are."""

    __slots__ = ("_key", "point")

    def __init__(self, point: bytes) -> None:
        """`point`: 65 bytes, 0x04 and both coordinates. Raises InvalidKey."""
        if len(point) != 65 or point[0] != 0x04:
            raise InvalidKey("a public key is 65 bytes and begins with 04")
        if not _on_curve(int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")):
            raise InvalidKey("the point is not on the curve")
        self.point = bytes(point)
        self._key: libcrypto.EvpKey | None = None

    @classmethod
    def from_point(cls, point: bytes) -> Self:
        return cls(point)

    @classmethod
    def from_spki_der(cls, spki: bytes) -> Self:
        """From a SubjectPublicKeyInfo. Raises MalformedDer, or InvalidKey for another curve."""
        reader = der.read_one(spki)
        _expect_sm2(reader.sequence())
        point = reader.bit_string()
        reader.end()
        return cls(point)

    def to_spki_der(self) -> bytes:
        return der.sequence(_ALGORITHM, der.bit_string(self.point))

    def verify(self, signature: bytes, message: bytes, *, distid: bytes = DEFAULT_ID) -> None:
        """Returns when `signature` is this key's over `message`; else raises InvalidSignature."""
        _check_signature_form(signature)
        if not libcrypto.verify(self._evp(), signature, message, distid):
            raise InvalidSignature("the signature does not verify")

    def encrypt(self, plaintext: bytes) -> bytes:
        """An SM2Cipher in DER (C1 C3 C2)."""
        if not plaintext:
            raise ValueError("SM2 does not encrypt nothing")
        return libcrypto.encrypt(self._evp(), plaintext)

    def _evp(self) -> libcrypto.EvpKey:
        if self._key is None:
            self._key = libcrypto.load_public_key(self.to_spki_der())
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SM2PublicKey) and other.point == self.point

    def __hash__(self) -> int:
        return hash(self.point)

    def __repr__(self) -> str:
        return f"SM2PublicKey({self.point.hex()})"


class SM2PrivateKey:
    """A scalar d, 1 <= d <= n-2. Never printed, pickled or compared; wiped by nobody: Python."""

    __slots__ = ("_key", "_scalar", "public_key")

    public_key: SM2PublicKey

    def __init__(self, scalar: bytes) -> None:
        """`scalar`: 32 bytes, big-endian. Raises InvalidKey."""
        if len(scalar) != 32 or not 1 <= int.from_bytes(scalar, "big") <= N - 2:
            raise InvalidKey("a private key is 32 bytes and between 1 and n-2")
        self._scalar = bytes(scalar)
        self._key = libcrypto.load_private_key(self._ec_private_key(with_parameters=True))
        self.public_key = SM2PublicKey.from_spki_der(libcrypto.public_key_der(self._key))

    @classmethod
    def generate(cls) -> Self:
        return cls((secrets.randbelow(N - 2) + 1).to_bytes(32, "big"))

    @classmethod
    def from_scalar(cls, scalar: bytes) -> Self:
        return cls(scalar)

    def to_scalar(self) -> bytes:
        """The 32 bytes of d: for envelopes and key stores, which encrypt them at once."""
        return self._scalar

    @classmethod
    def from_pkcs8_der(cls, pkcs8: bytes) -> Self:
        """From an unencrypted PrivateKeyInfo. A public key in it must be the scalar's own."""
        reader = der.read_one(pkcs8)
        if reader.integer() not in (0, 1):
            raise InvalidKey("unknown PKCS #8 version")
        _expect_sm2(reader.sequence())
        key, claimed = _read_ec_private_key(reader.next(der.OCTET_STRING).value)
        if reader.peek() == 0xA0:
            reader.next()
        reader.end()
        private_key = cls(key)
        if claimed is not None and claimed != private_key.public_key.point:
            raise InvalidKey("the public key is not the private key's")
        return private_key

    def to_pkcs8_der(self) -> bytes:
        inner = self._ec_private_key(with_parameters=False)
        return der.sequence(der.integer(0), _ALGORITHM, der.octet_string(inner))

    def sign(self, message: bytes, *, distid: bytes = DEFAULT_ID) -> bytes:
        """SM2-with-SM3; DER SEQUENCE {r, s}."""
        return libcrypto.sign(self._key, message, distid)

    def decrypt(self, sm2_cipher: bytes) -> bytes:
        """The plaintext of an SM2Cipher in DER. Raises DecryptionFailed."""
        _check_cipher_form(sm2_cipher)
        try:
            return libcrypto.decrypt(self._key, sm2_cipher)
        except LibcryptoFailed as error:
            raise DecryptionFailed("the SM2 ciphertext does not open") from error

    def _ec_private_key(self, *, with_parameters: bool) -> bytes:
        """ECPrivateKey (RFC 5915): version 1, d, [0] curve, [1] public point."""
        parts = [der.integer(1), der.octet_string(self._scalar)]
        if with_parameters:
            parts.append(der.explicit(0, der.oid(OID_SM2_CURVE)))
        else:
            parts.append(der.explicit(1, der.bit_string(self.public_key.point)))
        return der.sequence(*parts)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a private key is not pickled")

    def __repr__(self) -> str:
        return f"SM2PrivateKey(of {self.public_key!r})"


def _on_curve(x: int, y: int) -> bool:
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def _expect_sm2(algorithm: der.Reader) -> None:
    if algorithm.oid() != OID_EC_PUBLIC_KEY:
        raise InvalidKey("not an elliptic-curve key")
    if algorithm.peek() != der.OID or algorithm.oid() != OID_SM2_CURVE:
        raise InvalidKey("not on the SM2 curve")
    algorithm.end()


def _read_ec_private_key(data: bytes) -> tuple[bytes, bytes | None]:
    reader = der.read_one(data)
    if reader.integer() != 1:
        raise InvalidKey("unknown ECPrivateKey version")
    scalar = reader.next(der.OCTET_STRING).value
    if reader.peek() == 0xA0:
        parameters = reader.sequence(0xA0)
        if parameters.oid() != OID_SM2_CURVE:
            raise InvalidKey("not on the SM2 curve")
        parameters.end()
    point = None
    if reader.peek() == 0xA1:
        public = reader.sequence(0xA1)
        point = public.bit_string()
        public.end()
    reader.end()
    return scalar, point


def _check_signature_form(signature: bytes) -> None:
    try:
        reader = der.read_one(signature)
        r, s = reader.integer(), reader.integer()
        reader.end()
    except MalformedDer as error:
        raise InvalidSignature(f"not a strict DER signature: {error}") from error
    if not (1 <= r < N and 1 <= s < N):
        raise InvalidSignature("r or s is out of range")


def _check_cipher_form(sm2_cipher: bytes) -> None:
    try:
        reader = der.read_one(sm2_cipher)
        x, y = reader.integer(), reader.integer()
        digest = reader.next(der.OCTET_STRING).value
        body = reader.next(der.OCTET_STRING).value
        reader.end()
    except MalformedDer as error:
        raise DecryptionFailed(f"not a strict DER SM2Cipher: {error}") from error
    if not _on_curve(x, y):
        raise DecryptionFailed("C1 is not on the curve")
    if len(digest) != 32 or not body:
        raise DecryptionFailed("C3 or C2 has the wrong length")
