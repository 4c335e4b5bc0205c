"""The built-in development CA: small, but a real one, for SM2 and RSA.

What it signs verifies in OpenSSL; what it promises survives being killed. An issuance is
  1. the intent, committed: serials, validity and the (sealed) encryption key are fixed;
  2. signing and storing the answer, in one transaction.
A kill after 1 leaves an intent that the next asking completes with the same serial; a kill inside
2 leaves the intent as it was. So one request id never yields two certificates.

It holds customers' encryption keys, as the key centre behind a real CA does, under the storage
key. It is for development and demonstration and refuses production.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from portal.gm import PublicKey, x509
from renewals.bridge.protocol import unlock_authorization
from renewals.ca.base import (
    Answer,
    CaConflict,
    CaError,
    Issued,
    Pending,
    Rejected,
    RekeyRequest,
    UnknownMedium,
)
from renewals.ca.dev_authority import (
    ENCRYPTION_USAGE,
    SIGNING_USAGE,
    Authority,
    envelop,
    key_from_der,
    key_to_der,
    new_key,
    new_serial,
    sign_end_entity,
)
from renewals.ca.dev_history import restore, restored
from renewals.ca.dev_register import DevRegister
from renewals.ca.dev_requests import (
    Refusal,
    Wish,
    digest_of,
    digest_of_rekey,
    old_certificate_refusal,
    read_rekey,
    refusal_of,
)
from renewals.ca.dev_store import DevStore

Step = Literal["intent_stored", "signed", "answer_stored"]


class DevCaInProduction(CaError):
    """The development CA was configured for production: configure the real one."""

    code = "ca.dev_in_production"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _no_hook(_step: Step) -> None:
    return None


def _no_secrets(_key_serial: str, _medium_number: str) -> bytes | None:
    return None


class DevCa(DevRegister):
    """A `CaConnector` over one folder; any number of processes may open the same one.

    `key`: the secret that private keys rest under. `on_step` is where tests pull the plug.
    With `manual_approval`, requests stay Pending until `approve(request_id)`. `secret_of`: a medium's
    administrator secret by its serial and number, as whoever personalised it noted them; None for any other.
    """

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        production: bool,
        clock: Callable[[], datetime] = _utc_now,
        manual_approval: bool = False,
        on_step: Callable[[Step], None] = _no_hook,
        secret_of: Callable[[str, str], bytes | None] = _no_secrets,
    ) -> None:
        if production:
            raise DevCaInProduction
        super().__init__(DevStore(folder, key), clock)
        self._secret_of = secret_of
        self._manual_approval = manual_approval
        self._on_step = on_step

    # --- CaConnector -----------------------------------------------------------------------------

    def request_certificate(self, request: RekeyRequest) -> Answer:
        digest = digest_of_rekey(request)
        if not self._known(request.request_id, digest):
            self._store_intent(request.request_id, digest, read_rekey(request))
        return self._proceed(request.request_id)

    def lookup(self, request_id: str) -> Answer | None:
        with self._store.read() as connection:
            return self._answer(connection, request_id)

    def unlock_authorization(self, key_serial: str, nonce: bytes, *, medium_number: str) -> bytes:
        secret = self._secret_of(key_serial, medium_number)
        if secret is None:
            raise UnknownMedium(key_serial=key_serial)
        return unlock_authorization(secret, key_serial, nonce)

    # --- what a counter would do: demonstration and tests ----------------------------------------

    def issue_initial(
        self,
        request_id: str,
        *,
        subject_der: bytes,
        public_key: PublicKey,
        not_before: datetime,
        not_after: datetime,
        want_encryption: bool = True,
    ) -> Issued:
        """A customer's first certificate, for any validity, past ones too. Idempotent by id.

        Raises CaConflict (same id, other key or subject) or CaError with the refusal.
        """
        digest = digest_of(b"initial", subject_der, x509.spki_der(public_key))
        wish = Wish(request_id, digest, None, subject_der, public_key, not_before, not_after, want_encryption)
        if not self._known(request_id, digest):
            self._store_intent(request_id, digest, wish)
        answer = self._proceed(request_id, approved=True)
        if not isinstance(answer, Issued):
            raise CaError(detail=str(answer))
        return answer

    def approve(self, request_id: str) -> Answer:
        """Completes a Pending request. Raises CaError when there is none."""
        if self.lookup(request_id) is None:
            raise CaError(detail="no such request")
        return self._proceed(request_id, approved=True)

    # --- issuance --------------------------------------------------------------------------------

    def _known(self, request_id: str, digest: bytes) -> bool:
        with self._store.read() as connection:
            return _known(connection, request_id, digest)

    def _store_intent(self, request_id: str, digest: bytes, wish: Wish | Refusal) -> None:
        """Step 1: what will be signed, or why nothing is, committed before anything is signed."""
        if not 1 <= len(request_id) <= 64:
            raise CaError(detail="a request id has 1 to 64 characters")
        if isinstance(wish, Refusal):
            with self._store.write() as connection:
                if not _known(connection, request_id, digest):
                    _insert_rejected(connection, request_id, digest, wish)
            return
        fresh = None  # made before the transaction: an RSA key takes a while
        if wish.want_encryption and wish.encryption_key == "rotate":
            fresh = key_to_der(new_key(wish.algorithm))
        with self._store.write() as connection:
            if _known(connection, request_id, digest):
                return
            refusal = refusal_of(wish, self._clock(), connection)
            if refusal is None and wish.want_encryption and wish.encryption_key == "keep":
                fresh = self._kept_key(connection, wish)
                if fresh is None:
                    refusal = Refusal("no_encryption_key", "没有可沿用的加密密钥，请改为更换加密密钥")
            if refusal is not None:
                _insert_rejected(connection, request_id, digest, refusal)
                return
            self._insert_intent(connection, wish, fresh)
        self._on_step("intent_stored")

    def _insert_intent(self, connection: sqlite3.Connection, wish: Wish, encryption_key: bytes | None) -> None:
        sealed = None
        if encryption_key is not None:
            sealed = self._store.seal(f"request/{wish.request_id}/encryption", encryption_key)
        connection.execute(
            "INSERT INTO request (id, digest, state, old_serial, algorithm, subject_der, spki_der, not_before,"
            " not_after, signing_serial, encryption_serial, sealed_encryption_key, kind,"
            " restore_history) VALUES (?, ?, 'intent', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                wish.request_id,
                wish.digest,
                wish.old_serial,
                wish.algorithm,
                wish.subject_der,
                wish.spki_der,
                _text(wish.not_before),
                _text(wish.not_after),
                f"{new_serial():032X}",
                None if sealed is None else f"{new_serial():032X}",
                sealed,
                wish.kind,
                int(wish.restore_history),
            ),
        )

    def _kept_key(self, connection: sqlite3.Connection, wish: Wish) -> bytes | None:
        """The encryption key issued with the old certificate, if it is of the same algorithm."""
        row = connection.execute(
            "SELECT request.* FROM request JOIN certificate ON certificate.request_id = request.id"
            " WHERE certificate.serial = ?",
            (wish.old_serial,),
        ).fetchone()
        if row is None or row["sealed_encryption_key"] is None or row["algorithm"] != wish.algorithm:
            return None
        return self._store.unseal(f"request/{row['id']}/encryption", row["sealed_encryption_key"])

    def _proceed(self, request_id: str, *, approved: bool = False) -> Answer:
        with self._store.read() as connection:
            answer = self._answer(connection, request_id)
        if isinstance(answer, Pending) and (approved or not self._manual_approval):
            self._complete(request_id)
            with self._store.read() as connection:
                answer = self._answer(connection, request_id)
        if answer is None:
            raise CaError(detail="the request vanished")
        return answer

    def _complete(self, request_id: str) -> None:
        """Step 2: sign what the intent says and store it; the write lock lets one in."""
        with self._store.read() as connection:
            algorithm = connection.execute("SELECT algorithm FROM request WHERE id = ?", (request_id,)).fetchone()[0]
        authority = self._authority(algorithm)
        with self._store.write() as connection:
            row = connection.execute(
                "SELECT * FROM request WHERE id = ? AND state = 'intent'", (request_id,)
            ).fetchone()
            if row is None:
                return
            refusal = None
            if row["old_serial"] is not None:
                refusal = old_certificate_refusal(
                    row["old_serial"], connection, kind=row["kind"], own_request_id=request_id
                )
            if refusal is not None:
                connection.execute(
                    "UPDATE request SET state = 'rejected', reason_code = ?, text = ? WHERE id = ?",
                    (refusal.reason_code, refusal.text, request_id),
                )
                return
            self._sign(connection, authority, row)
        self._on_step("answer_stored")

    def _sign(self, connection: sqlite3.Connection, authority: Authority, row: sqlite3.Row) -> None:
        def sign(serial: str, public_key: PublicKey, usage: frozenset[str]) -> x509.Certificate:
            return sign_end_entity(
                authority,
                subject_der=row["subject_der"],
                public_key=public_key,
                serial=int(serial, 16),
                not_before=datetime.fromisoformat(row["not_before"]),
                not_after=datetime.fromisoformat(row["not_after"]),
                key_usage=usage,
            )

        signing = sign(row["signing_serial"], x509.read_public_key(row["spki_der"]), SIGNING_USAGE)
        certificates = {"signing": signing}
        enveloped = None
        if row["sealed_encryption_key"] is not None:
            opened = self._store.unseal(f"request/{row['id']}/encryption", row["sealed_encryption_key"])
            key = key_from_der(authority.algorithm, opened)
            usage = ENCRYPTION_USAGE[authority.algorithm]
            certificates["encryption"] = sign(row["encryption_serial"], x509.public_key_of(key), usage)
            enveloped = envelop(signing, key)
        if row["restore_history"]:
            restore(self._store, connection, row, signing, but=certificates.get("encryption"))
        self._on_step("signed")
        for kind, made in certificates.items():
            _insert_certificate(connection, row, kind, made)
        connection.execute(
            "UPDATE request SET state = 'issued', enveloped_der = ? WHERE id = ?", (enveloped, row["id"])
        )

    def _answer(self, connection: sqlite3.Connection, request_id: str) -> Answer | None:
        row = connection.execute("SELECT * FROM request WHERE id = ?", (request_id,)).fetchone()
        if row is None:
            return None
        if row["state"] == "intent":
            return Pending(request_id)
        if row["state"] == "rejected":
            return Rejected(request_id, row["reason_code"], row["text"])
        found = connection.execute("SELECT kind, der FROM certificate WHERE request_id = ?", (request_id,))
        ders = {made["kind"]: bytes(made["der"]) for made in found}
        chain = connection.execute(  # "issuing" before "root"
            "SELECT der FROM authority WHERE algorithm = ? ORDER BY role", (row["algorithm"],)
        )
        chain_der = tuple(bytes(one["der"]) for one in chain)
        history = restored(connection, request_id)
        return Issued(request_id, ders["signing"], ders.get("encryption"), row["enveloped_der"], chain_der, history)


def _known(connection: sqlite3.Connection, request_id: str, digest: bytes) -> bool:
    """Raises CaConflict when the id stands for another request."""
    row = connection.execute("SELECT digest FROM request WHERE id = ?", (request_id,)).fetchone()
    if row is not None and row["digest"] != digest:
        raise CaConflict(request_id=request_id)
    return row is not None


def _insert_rejected(connection: sqlite3.Connection, request_id: str, digest: bytes, refusal: Refusal) -> None:
    connection.execute(
        "INSERT INTO request (id, digest, state, reason_code, text) VALUES (?, ?, 'rejected', ?, ?)",
        (request_id, digest, refusal.reason_code, refusal.text),
    )


def _insert_certificate(
    connection: sqlite3.Connection, request: sqlite3.Row, kind: str, made: x509.Certificate
) -> None:
    """The encryption certificate replaces the encryption certificate of the old pair."""
    replaces = request["old_serial"]
    if replaces is not None and kind == "encryption":
        old = connection.execute(
            "SELECT b.serial FROM certificate a JOIN certificate b ON a.request_id = b.request_id"
            " WHERE a.serial = ? AND b.kind = 'encryption'",
            (replaces,),
        ).fetchone()
        replaces = None if old is None else old["serial"]
    connection.execute(
        "INSERT INTO certificate (serial, request_id, kind, algorithm, der, spki_der, not_after, replaces)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            f"{made.serial:032X}",
            request["id"],
            kind,
            request["algorithm"],
            made.der,
            made.spki_der,
            request["not_after"],
            replaces,
        ),
    )


def _text(moment: datetime) -> str:
    """Whole seconds in UTC, as a certificate can say them."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()
