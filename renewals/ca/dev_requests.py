"""What the development CA may issue: a request on its way, and the reasons to refuse it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.gm import CertificateRequest, GmError, PublicKey, SM2PublicKey, sm3, x509
from renewals.ca.base import Algorithm, RekeyRequest, RequestKind
from renewals.ca.dev_authority import ISSUING_UNTIL, RSA_BITS


@dataclass(frozen=True, slots=True)
class Wish:
    """A request, read and reduced to what is signed. `old_serial` is None for a first certificate."""

    request_id: str
    digest: bytes
    old_serial: str | None
    subject_der: bytes
    public_key: PublicKey
    not_before: datetime
    not_after: datetime
    want_encryption: bool
    encryption_key: Literal["rotate", "keep"] = "rotate"
    kind: RequestKind = "rekey"
    sibling: str = ""  # of kind "enrol": whose holder the new one has
    restore_history: bool = False

    @property
    def algorithm(self) -> Algorithm:
        return x509.algorithm_of(self.public_key)

    @property
    def spki_der(self) -> bytes:
        return x509.spki_der(self.public_key)


@dataclass(frozen=True, slots=True)
class Refusal:
    reason_code: str
    text: str


def digest_of(*parts: bytes) -> bytes:
    """SM3 over length-prefixed parts: what "the same request" means."""
    return sm3(b"".join(len(part).to_bytes(4, "big") + part for part in parts))


def digest_of_rekey(request: RekeyRequest) -> bytes:
    return digest_of(request.kind.encode(), request.old_serial.upper().encode(), request.csr_der)


def read_rekey(request: RekeyRequest) -> Wish | Refusal:
    """The CSR parsed, its signature and subject checked."""
    try:
        csr = CertificateRequest.from_der(request.csr_der)
        csr.verify()
    except GmError as error:
        return Refusal("bad_request", f"证书请求无效（{error.code}），请在客户端重新产生证书请求")
    if csr.subject_der != request.subject_der:
        return Refusal("subject_mismatch", "证书请求的主题与申请的主题不一致，请重新产生证书请求")
    return Wish(
        request_id=request.request_id,
        digest=digest_of_rekey(request),
        old_serial=None if request.kind == "enrol" else request.old_serial.upper(),
        subject_der=request.subject_der,
        public_key=csr.public_key,
        not_before=request.not_before,
        not_after=request.not_after,
        want_encryption=request.want_encryption,
        encryption_key=request.encryption_key,
        kind=request.kind,
        sibling=request.old_serial.upper() if request.kind == "enrol" else "",
        restore_history=request.restore_history,
    )


def refusal_of(wish: Wish, now: datetime, connection: sqlite3.Connection) -> Refusal | None:
    """Why `wish` is not granted, or None. Asked when it arrives."""
    if not isinstance(wish.public_key, SM2PublicKey) and wish.public_key.key_size < RSA_BITS:
        return Refusal("weak_key", f"RSA 密钥不足 {RSA_BITS} 位，请更换密钥后重新申请")
    if wish.not_after <= wish.not_before or wish.not_after > ISSUING_UNTIL:
        return Refusal("validity_refused", "有效期超出签发范围，请调整年限")
    if (wish.old_serial or wish.sibling) and wish.not_after <= now:
        return Refusal("validity_refused", "有效期已过，请调整年限")
    reused = connection.execute(
        "SELECT 1 FROM certificate WHERE spki_der = ? UNION ALL SELECT 1 FROM request WHERE spki_der = ? AND state = ?",
        (wish.spki_der, wish.spki_der, "intent"),
    ).fetchone()
    if reused:
        return Refusal("key_reused", "该公钥已签发过证书，请重新产生密钥")
    if wish.sibling:
        return None if _is_ours(wish.sibling, connection) else _UNKNOWN
    return old_certificate_refusal(wish.old_serial, connection, kind=wish.kind) if wish.old_serial else None


_UNKNOWN = Refusal("unknown_certificate", "查无此证书，请核对证书序列号")


def _is_ours(serial: str, connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM certificate WHERE serial = ? AND kind = 'signing'", (serial,))
    return found.fetchone() is not None


def old_certificate_refusal(
    old_serial: str, connection: sqlite3.Connection, *, kind: str, own_request_id: str = ""
) -> Refusal | None:
    """Whether the old certificate may be renewed: asked on arrival and again right before signing,
    for it may have been frozen, revoked or renewed at the counter meanwhile (RULES P13).

    To be replaced, it may have been revoked; but once."""
    old = connection.execute(
        "SELECT state, reason FROM certificate WHERE serial = ? AND kind = 'signing'", (old_serial,)
    ).fetchone()
    if old is None:
        return _UNKNOWN
    successor = connection.execute(
        "SELECT serial FROM certificate WHERE replaces = ? AND kind = 'signing' AND state <> 'revoked'", (old_serial,)
    ).fetchone()
    revoked_for_it = kind == "replace" and old["state"] == "revoked" and successor is None
    if old["state"] != "valid" and not revoked_for_it:
        return _standing_refusal(old["state"], replaced=successor is not None)
    if successor:
        return Refusal("already_renewed", "证书已续期，请使用新证书")
    other = connection.execute(
        "SELECT 1 FROM request WHERE old_serial = ? AND state = 'intent' AND id <> ?", (old_serial, own_request_id)
    ).fetchone()
    if other:
        return Refusal("renewal_in_progress", "该证书的续期正在办理，请勿重复提交")
    return None


def _standing_refusal(state: str, *, replaced: bool) -> Refusal:
    if state == "frozen":
        return Refusal("certificate_frozen", "证书已冻结，请先到 CA 解冻")
    if replaced:
        return Refusal("certificate_replaced", "证书已被新证书替换，无需再次续期")
    return Refusal("certificate_revoked", "证书已吊销，不能续期，请申请新证书")
