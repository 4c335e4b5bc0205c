"""The CA's answer to a request: CSRResponse (GM/T 0092 §8).

    CSRResponse ::= SEQUENCE {
        signCerts        SET OF Certificate,
        envelopedKey [0] SM2EnvelopedKey OPTIONAL,
        encCerts     [1] SET OF Certificate OPTIONAL }

Implementations disagree on the tags: what we write is what the common ones read ([0] around the
whole SEQUENCE, [1] in place of the SET's own tag); reading takes both ways for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.gm import der
from portal.gm.certificate import Certificate
from portal.gm.errors import MalformedCertificate, MalformedDer


@dataclass(frozen=True, slots=True)
class CsrResponse:
    """Sets have no order: pick a certificate by its key, not by its place."""

    signing_certificates: tuple[Certificate, ...]
    enveloped_key_der: bytes | None = None
    encryption_certificates: tuple[Certificate, ...] = ()

    def to_der(self) -> bytes:
        if not self.signing_certificates:
            raise ValueError("a CSRResponse carries at least one signing certificate")
        parts = [_set(0x31, self.signing_certificates)]
        if self.enveloped_key_der is not None:
            parts.append(der.explicit(0, self.enveloped_key_der))
        if self.encryption_certificates:
            parts.append(_set(0xA1, self.encryption_certificates))
        return der.sequence(*parts)

    @classmethod
    def from_der(cls, data: bytes) -> CsrResponse:
        """Raises MalformedCertificate."""
        try:
            reader = der.read_one(data)
            signing = _certificates(reader.next(der.SET).value)
            enveloped = None
            encryption: tuple[Certificate, ...] = ()
            if reader.peek() == 0xA0:
                enveloped = _untagged(reader.next().value)
            if reader.peek() == 0xA1:
                encryption = _tagged_set(reader.next().value)
            reader.end()
        except MalformedDer as error:
            raise MalformedCertificate(f"not a CSRResponse: {error}") from error
        if not signing:
            raise MalformedCertificate("a CSRResponse without a signing certificate")
        return cls(signing, enveloped, encryption)


def _set(tag: int, certificates: Sequence[Certificate]) -> bytes:
    return der.encode(tag, b"".join(sorted(certificate.der for certificate in certificates)))


def _certificates(data: bytes) -> tuple[Certificate, ...]:
    reader = der.Reader(data)
    found = []
    while reader.peek() is not None:
        found.append(Certificate.from_der(reader.next(der.SEQUENCE).raw))
    return tuple(found)


def _untagged(value: bytes) -> bytes:
    """[0] EXPLICIT holds exactly one SEQUENCE; [0] IMPLICIT holds the SEQUENCE's inside."""
    reader = der.Reader(value)
    first = reader.next(der.SEQUENCE)
    return first.raw if reader.peek() is None else der.sequence(value)


def _tagged_set(value: bytes) -> tuple[Certificate, ...]:
    reader = der.Reader(value)
    if reader.peek() == der.SET:
        inner = reader.next().value
        reader.end()
        return _certificates(inner)
    return _certificates(value)
