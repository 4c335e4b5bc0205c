"""What a CA looks like from here: one Protocol, frozen dataclasses, typed errors.

A connector never sees a model or a tenant row. Serials are upper-case hex of whole bytes
(`Certificate.serial_hex`), times aware, everything binary is DER.

The rule that every implementation keeps (tests/renewals/ca/contract.py): `request_id` names one
wish. Asking again with it gives the same answer, byte for byte; after a crash one asks `lookup`
first, and only a CA that knows nothing is asked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from portal.errors import IdempotencyConflict, OutsideUnavailable, PortalError

Algorithm = Literal["SM2", "RSA"]
RequestKind = Literal["rekey", "replace", "enrol"]
CertificateState = Literal["valid", "frozen", "revoked", "replaced", "expired", "unknown"]


class CaError(PortalError):
    """The CA, or the way to it, refuses in a way that trying again does not cure."""

    code = "ca.error"


class CaUnavailable(CaError, OutsideUnavailable):
    """No answer, or none that can be trusted: whether it acted is unknown. `lookup`, then retry."""

    code = "ca.unavailable"


class CaConflict(CaError, IdempotencyConflict):
    """This request id already stands for something else."""

    code = "ca.conflict"


class UnknownCertificate(CaError):
    code = "ca.unknown_certificate"


class UnknownMedium(CaError):
    """The CA keeps no administrator secret for a medium of this serial and number: it can't unlock it."""

    code = "ca.unknown_medium"


class CertificateExpired(CaError):
    """It has lapsed: there is nothing left to revoke, and no CRL would name it (RFC 5280 §3.3)."""

    code = "ca.certificate_expired"


@dataclass(frozen=True, slots=True)
class RekeyRequest:
    """A new certificate with a new key for the holder of `old_serial` (renewal, in our words).

    `kind`: "rekey" takes the place of a certificate that stands or has lapsed; "replace" also of one that was revoked
    for it (补办, a new medium); "enrol" is one more beside it, under the same holder.
    `request_id`: 1 to 64 characters, unique per CA. `csr_der` proves possession of the new key and
    carries `subject_der`. `encryption_key`: "rotate" has the CA make a new encryption key pair,
    "keep" re-issues over the old one, so that old mail stays readable. `restore_history`: for a medium that never held
    the earlier encryption keys, the CA gives those that it escrows (RULES P8); never for an enrolment.
    """

    request_id: str
    old_serial: str
    csr_der: bytes
    subject_der: bytes
    not_before: datetime
    not_after: datetime
    want_encryption: bool = True
    encryption_key: Literal["rotate", "keep"] = "rotate"
    kind: RequestKind = "rekey"
    restore_history: bool = False


@dataclass(frozen=True, slots=True)
class RestoredKey:
    """An earlier encryption certificate, with its key sealed like `Issued.enveloped_key_der`."""

    certificate_der: bytes
    enveloped_key_der: bytes


@dataclass(frozen=True, slots=True)
class Issued:
    """`enveloped_key_der`: SM2EnvelopedKey (GM/T 0009) or, for RSA, CMS EnvelopedData, to be opened
    with the key of the signing certificate. `chain_der`: the issuing CA first, the root last.
    `history`: the holder's earlier encryption keys where they were asked for, the newest first; only what the CA has,
    of the new key's algorithm, none twice."""

    request_id: str
    signing_certificate_der: bytes
    encryption_certificate_der: bytes | None
    enveloped_key_der: bytes | None
    chain_der: tuple[bytes, ...]
    history: tuple[RestoredKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """The CA has the request and has not decided: `lookup` again later."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Final for this request id. `text`: the CA's own words, for staff.

    Reason codes: bad_request, weak_key, key_reused, subject_mismatch, unknown_certificate,
    certificate_frozen, certificate_revoked, certificate_replaced, already_renewed,
    renewal_in_progress, validity_refused, no_encryption_key, other.
    """

    request_id: str
    reason_code: str
    text: str


Answer = Issued | Pending | Rejected


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """`reason`: a CRLReason name of RFC 5280 when revoked, replaced or frozen, else "".

    "replaced" is revoked as superseded by a known successor. A certificate whose successor is
    issued while it still stands is "valid" with `successor_serial`.
    """

    state: CertificateState
    reason: str = ""
    successor_serial: str | None = None


class CaConnector(Protocol):
    """Every call may raise CaUnavailable (retry) or another CaError (do not)."""

    def request_certificate(self, request: RekeyRequest) -> Answer:
        """Idempotent by `request_id`. Raises CaConflict for the same id with another CSR or old
        certificate; the validity of the first asking counts."""
        ...

    def lookup(self, request_id: str) -> Answer | None:
        """What became of it; None when the CA never received it."""
        ...

    def status(self, serial: str) -> CertificateStatus: ...

    def revoke(self, serial: str, reason: str, *, request_id: str) -> None:
        """Revokes the certificate and the encryption certificate issued with it. Revoking what is
        revoked changes nothing. `reason`: a CRLReason name, not certificateHold.

        Raises UnknownCertificate; CertificateExpired for one that has lapsed; CaConflict for the same id with another
        serial or reason.
        """
        ...

    def crl(self, algorithm: Algorithm = "SM2") -> bytes:
        """The current CRL of the issuing CA, DER."""
        ...

    def chain(self, algorithm: Algorithm = "SM2") -> tuple[bytes, ...]:
        """The issuing CA's certificate, then its root's, DER."""
        ...

    def unlock_authorization(self, key_serial: str, nonce: bytes, *, medium_number: str) -> bytes:
        """The 32 bytes by which this very medium takes a new PIN, once: its nonce changes with the use (RULES P1, P14;
        docs/bridge.md, pin.unlock). The administrator secret they are made with never leaves the CA.

        `key_serial` and `nonce` come from whoever holds the key; `medium_number` is the registry's for the certificate
        whose holder was checked. The CA knows which serial that medium has: another one, a found key's say, is an
        UnknownMedium. The same question gives the same answer.
        """
        ...
