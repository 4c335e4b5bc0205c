"""Checking what goes to the CA and what comes back; nothing is believed that wasn't parsed and verified here."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from portal import gm
from renewals.errors import CaAnswerInvalid, RequestMismatch
from renewals.models import Certificate, Issuance

RSA_BITS = 2048
_LENGTH = 4  # bytes of a length prefix in the stored chain


def parse(der: bytes) -> gm.Certificate:
    return gm.Certificate.from_der(der)


def check(csr_der: bytes, current: Certificate, *, subject_der: bytes) -> gm.CertificateRequest:
    """The request, once it fits: own signature right, exactly this subject, the old one's algorithm, a new key.

    RequestMismatch(why=malformed | signature | subject | algorithm | weak_key | same_key).
    """
    old = parse(bytes(current.signing_der))
    try:
        request = gm.CertificateRequest.from_der(csr_der)
    except gm.GmError:
        raise RequestMismatch(why="malformed") from None
    try:
        request.verify()
    except gm.GmError:
        raise RequestMismatch(why="signature") from None
    if request.subject_der != subject_der:
        raise RequestMismatch(why="subject")
    if type(request.public_key) is not type(old.public_key):
        raise RequestMismatch(why="algorithm")
    if isinstance(request.public_key, RSAPublicKey) and request.public_key.key_size < RSA_BITS:
        raise RequestMismatch(why="weak_key")
    if gm.x509.spki_der(request.public_key) == old.spki_der or _used_before(csr_der):
        raise RequestMismatch(why="same_key")
    return request


def _used_before(csr_der: bytes) -> bool:
    """Whether the CA was already asked with this very request: a key serves one certificate."""
    return Issuance.objects.filter(csr=csr_der).exclude(state=Issuance.State.PREPARED).exists()


def check_answer(signing: bytes, encryption: bytes | None, chain: tuple[bytes, ...], csr_der: bytes) -> None:
    """CaAnswerInvalid unless the CA certified exactly the key and subject that were asked for, under its own chain."""
    request = gm.CertificateRequest.from_der(csr_der)
    try:
        certificate = parse(signing)
        issuer = parse(chain[0])
        gm.verify_issued_by(certificate, issuer)
        if encryption is not None:
            gm.verify_issued_by(parse(encryption), issuer)
    except (gm.GmError, IndexError) as error:
        raise CaAnswerInvalid(why=type(error).__name__) from error
    if certificate.spki_der != gm.x509.spki_der(request.public_key):
        raise CaAnswerInvalid(why="key")
    if certificate.subject_der != request.subject_der:
        raise CaAnswerInvalid(why="subject")
    if encryption is not None and parse(encryption).subject_der != request.subject_der:
        raise CaAnswerInvalid(why="encryption_subject")


def check_history(keys: Iterable[bytes], signing: bytes) -> None:
    """CaAnswerInvalid unless each is an encryption certificate of the new one's algorithm (RULES P8)."""
    try:
        wrong = [one for one in keys if parse(one).algorithm != parse(signing).algorithm]
    except gm.GmError as error:
        raise CaAnswerInvalid(why=type(error).__name__) from error
    if wrong:
        raise CaAnswerInvalid(why="history")


def join_chain(chain: tuple[bytes, ...]) -> bytes:
    """Length-prefixed certificates, issuing CA first; `split_chain` undoes it."""
    return b"".join(len(der).to_bytes(_LENGTH, "big") + der for der in chain)


def split_chain(stored: bytes) -> tuple[bytes, ...]:
    found, rest = [], stored
    while rest:
        end = _LENGTH + int.from_bytes(rest[:_LENGTH], "big")
        found.append(rest[_LENGTH:end])
        rest = rest[end:]
    return tuple(found)
