"""Path validation (RFC 5280 §6), as far as closed hierarchies of a CA's own need it.

OpenSSL 3.0 refuses three-level SM2 paths with an ID and every SM2 CRL, so the walk is made here,
for SM2 and RSA alike: names, signatures, validity, basicConstraints, keyUsage, critical
extensions, CRLs. Name constraints and policies are not evaluated: a certificate that carries
name constraints as critical is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from portal.gm.certificate import Certificate, verify_issued_by
from portal.gm.crl import CertificateRevocationList
from portal.gm.errors import (
    CertificateRevoked,
    ChainInvalid,
    CrlInvalid,
    InvalidSignature,
    IssuerNotFound,
    NotACa,
    NotWithinValidity,
    UnhandledCriticalExtension,
)

_LONGEST_PATH = 8


def validate_chain(
    leaf: Certificate,
    intermediates: Iterable[Certificate],
    roots: Iterable[Certificate],
    at: datetime,
    crls: Iterable[CertificateRevocationList] = (),
    *,
    require_crls: bool = False,
) -> tuple[Certificate, ...]:
    """The path, leaf first and trusted root last, valid at the aware moment `at`.

    `crls`: every one that belongs to an issuer in the path counts; it must be well signed and
    current. With `require_crls`, each certificate below the root needs one.
    Raises a subclass of ChainInvalid.
    """
    if at.tzinfo is None:
        raise ValueError("`at` must be aware")
    path = _build_path(leaf, tuple(intermediates), tuple(roots))
    for certificate in path:
        _check_certificate(certificate, at)
    for below, issuer in enumerate(path[1:]):
        _check_issuer(issuer, below)
    known = tuple(crls)
    for certificate, issuer in pairwise(path):
        _check_revocation(certificate, issuer, at, known, required=require_crls)
    return path


def _build_path(
    leaf: Certificate, intermediates: Sequence[Certificate], roots: Sequence[Certificate]
) -> tuple[Certificate, ...]:
    if leaf in roots:
        return (leaf,)
    path = _extend((leaf,), intermediates, roots)
    if path is None:
        raise IssuerNotFound(f"no path from {leaf.subject} to a trusted root")
    return path


def _extend(
    path: tuple[Certificate, ...], intermediates: Sequence[Certificate], roots: Sequence[Certificate]
) -> tuple[Certificate, ...] | None:
    """Depth first, roots before intermediates: a cross-certified CA has more than one path."""
    if len(path) >= _LONGEST_PATH:
        return None
    for root in roots:
        if _issued(path[-1], root):
            return (*path, root)
    for candidate in intermediates:
        if candidate not in path and candidate not in roots and _issued(path[-1], candidate):
            longer = _extend((*path, candidate), intermediates, roots)
            if longer is not None:
                return longer
    return None


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    if certificate.issuer_der != issuer.subject_der:
        return False
    try:
        verify_issued_by(certificate, issuer)
    except InvalidSignature:
        return False
    return True


def _check_certificate(certificate: Certificate, at: datetime) -> None:
    if not certificate.not_before <= at <= certificate.not_after:
        raise NotWithinValidity(
            f"{certificate.subject}: {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
        )
    if certificate.unhandled_critical:
        raise UnhandledCriticalExtension(f"{certificate.subject}: {sorted(certificate.unhandled_critical)}")


def _check_issuer(issuer: Certificate, below: int) -> None:
    """`below`: how many intermediates stand between this issuer and the leaf."""
    if not issuer.is_ca:
        raise NotACa(f"{issuer.subject} is not a CA")
    if issuer.key_usage and "keyCertSign" not in issuer.key_usage:
        raise NotACa(f"{issuer.subject} may not sign certificates")
    if issuer.path_length is not None and below > issuer.path_length:
        raise NotACa(f"{issuer.subject} allows {issuer.path_length} CAs below it, not {below}")


def _check_revocation(
    certificate: Certificate,
    issuer: Certificate,
    at: datetime,
    crls: Sequence[CertificateRevocationList],
    *,
    required: bool,
) -> None:
    own = [crl for crl in crls if crl.issuer_der == issuer.subject_der]
    if not own and required:
        raise CrlInvalid(f"no CRL of {issuer.subject}")
    for crl in own:
        try:
            crl.verify(issuer)
        except InvalidSignature as error:
            raise CrlInvalid(f"CRL of {issuer.subject}: {error}") from error
        if crl.this_update > at or (crl.next_update is not None and at > crl.next_update):
            raise CrlInvalid(f"CRL of {issuer.subject} is not current")
        if crl.unhandled_critical:
            raise CrlInvalid(f"CRL of {issuer.subject} has unknown critical extensions")
        entry = crl.revoked.get(certificate.serial)
        if entry is not None and entry.at <= at and entry.reason != "removeFromCRL":
            raise CertificateRevoked(f"{certificate.subject}: {entry.reason}")


__all__ = ["ChainInvalid", "validate_chain"]
