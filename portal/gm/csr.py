"""Certificate requests: PKCS #10 (RFC 2986; GM/T 0092 §7 for SM2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from cryptography import x509

from portal.gm import der
from portal.gm.certificate import (
    PARSE_ERRORS,
    Algorithm,
    PrivateKey,
    PublicKey,
    algorithm_of,
    pem_decode,
    pem_encode,
    public_key_of,
    read_algorithm,
    read_public_key,
    spki_der,
    verify_with_algorithm,
)
from portal.gm.errors import MalformedCertificate
from portal.gm.issuing import build_name, seal_tbs


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A read-only view of one request. Parsing does not verify: call `verify()`."""

    der: bytes
    subject: str = field(compare=False)
    subject_der: bytes = field(compare=False, repr=False)
    public_key: PublicKey = field(compare=False, repr=False)
    info_der: bytes = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)
    signature_oid: str = field(compare=False, repr=False)

    @classmethod
    def from_der(cls, data: bytes) -> Self:
        """Raises MalformedCertificate."""
        try:
            return cls(data, **_parse(data))
        except PARSE_ERRORS as error:
            raise MalformedCertificate(f"not a certificate request: {error}") from error

    @classmethod
    def from_pem(cls, pem: str | bytes) -> Self:
        """Raises MalformedCertificate."""
        label = "NEW CERTIFICATE REQUEST" if "NEW CERTIFICATE" in str(pem) else "CERTIFICATE REQUEST"
        return cls.from_der(pem_decode(label, pem))

    @property
    def pem(self) -> str:
        return pem_encode("CERTIFICATE REQUEST", self.der)

    @property
    def algorithm(self) -> Algorithm:
        return algorithm_of(self.public_key)

    def verify(self) -> None:
        """That whoever made the request holds its key. Raises InvalidSignature."""
        verify_with_algorithm(self.public_key, self.signature_oid, self.signature, self.info_der)


def _parse(data: bytes) -> dict[str, Any]:
    outer = der.read_one(data)
    info = outer.next(der.SEQUENCE)
    signature_oid = read_algorithm(outer.sequence())
    signature = outer.bit_string()
    outer.end()
    reader = der.Reader(info.value)
    if reader.integer() != 0:
        raise MalformedCertificate("unknown version of request")
    subject = reader.next(der.SEQUENCE).raw
    public_key = read_public_key(reader.next(der.SEQUENCE).raw)
    if reader.peek() == 0xA0:
        reader.next()
    reader.end()
    return {
        "subject": x509.load_der_x509_csr(data).subject.rfc4514_string(),
        "subject_der": subject,
        "public_key": public_key,
        "info_der": info.raw,
        "signature": signature,
        "signature_oid": signature_oid,
    }


def build(subject: bytes | Iterable[tuple[str, str]], private_key: PrivateKey) -> CertificateRequest:
    """A signed request. `subject`: a Name in DER (a renewal's is the old certificate's
    `subject_der`), or the parts that `build_name` takes."""
    name = subject if isinstance(subject, bytes) else build_name(subject)
    info = der.sequence(
        der.integer(0),
        name,
        spki_der(public_key_of(private_key)),
        der.encode(0xA0, b""),  # attributes are not OPTIONAL: empty, but there
    )
    return CertificateRequest.from_der(seal_tbs(info, private_key))
