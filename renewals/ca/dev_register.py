"""Where the development CA's certificates stand: status, revocation, freezing, CRLs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

from portal.gm import CertificateRevocationList, crl
from renewals.ca.base import (
    Algorithm,
    CaConflict,
    CaError,
    CertificateExpired,
    CertificateStatus,
    UnknownCertificate,
)
from renewals.ca.dev_authority import Authority, open_authority
from renewals.ca.dev_store import DevStore

CRL_LIFETIME = timedelta(days=7)
CRL_REFRESH = timedelta(days=1)


class DevRegister:
    """The part of `DevCa` that keeps issued certificates."""

    def __init__(self, store: DevStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._authorities: dict[Algorithm, Authority] = {}

    def status(self, serial: str) -> CertificateStatus:
        with self._store.read() as connection:
            row = _certificate(connection, serial)
            if row is None:
                return CertificateStatus("unknown")
            successor = connection.execute(
                "SELECT serial FROM certificate WHERE replaces = ? AND kind = ? AND state <> 'revoked'",
                (row["serial"], row["kind"]),
            ).fetchone()
        following = None if successor is None else str(successor["serial"])
        if row["state"] == "revoked":
            replaced = following is not None and row["reason"] == "superseded"
            return CertificateStatus("replaced" if replaced else "revoked", row["reason"], following)
        if row["state"] == "frozen":
            return CertificateStatus("frozen", row["reason"], following)
        expired = datetime.fromisoformat(row["not_after"]) < self._clock()
        return CertificateStatus("expired" if expired else "valid", "", following)

    def revoke(self, serial: str, reason: str, *, request_id: str) -> None:
        if reason not in crl.REASONS or reason in ("certificateHold", "removeFromCRL"):
            raise CaError(detail=f"{reason} is not a reason to revoke")
        serial = serial.upper()
        with self._store.write() as connection:
            earlier = connection.execute(
                "SELECT serial, reason FROM revocation WHERE request_id = ?", (request_id,)
            ).fetchone()
            if earlier is not None:
                if (earlier["serial"], earlier["reason"]) != (serial, reason):
                    raise CaConflict(request_id=request_id)
                return
            row = _certificate(connection, serial)
            if row is None:
                raise UnknownCertificate(serial=serial)
            if row["state"] != "revoked" and datetime.fromisoformat(row["not_after"]) < self._clock():
                raise CertificateExpired(serial=serial)
            connection.execute("INSERT INTO revocation VALUES (?, ?, ?)", (request_id, serial, reason))
            self._set_state(connection, row, "revoked", reason)

    def crl(self, algorithm: Algorithm = "SM2") -> bytes:
        """The stored CRL; a new one, numbered on, after a change and at least daily."""
        authority = self._authority(algorithm)
        now = self._now()
        with self._store.read() as connection:
            row = connection.execute("SELECT * FROM crl WHERE algorithm = ?", (algorithm,)).fetchone()
        if row is not None and _still_good(row, now):
            return bytes(row["der"])
        with self._store.write() as connection:
            row = connection.execute("SELECT * FROM crl WHERE algorithm = ?", (algorithm,)).fetchone()
            if row is not None and _still_good(row, now):
                return bytes(row["der"])
            number = 1 if row is None else row["number"] + 1
            made = self._make_crl(connection, authority, number, now)
            connection.execute(
                "INSERT OR REPLACE INTO crl VALUES (?, ?, ?, ?, 0)", (algorithm, number, now.isoformat(), made.der)
            )
        return made.der

    def chain(self, algorithm: Algorithm = "SM2") -> tuple[bytes, ...]:
        return self._authority(algorithm).chain_der

    def freeze(self, serial: str) -> None:
        """certificateHold: on the CRL until `unfreeze`. Raises UnknownCertificate."""
        self._freeze(serial, "valid", "frozen", "certificateHold")

    def unfreeze(self, serial: str) -> None:
        """What is revoked stays revoked. Raises UnknownCertificate."""
        self._freeze(serial, "frozen", "valid", "")

    def _freeze(self, serial: str, before: str, after: str, reason: str) -> None:
        with self._store.write() as connection:
            row = _certificate(connection, serial)
            if row is None:
                raise UnknownCertificate(serial=serial)
            if row["state"] == before:
                self._set_state(connection, row, after, reason)

    def _set_state(self, connection: sqlite3.Connection, row: sqlite3.Row, state: str, reason: str) -> None:
        """For both certificates of the pair; a revoked one keeps its first reason and moment."""
        connection.execute(
            "UPDATE certificate SET state = ?, reason = ?, changed_at = ? WHERE request_id = ? AND state <> 'revoked'",
            (state, reason, self._now().isoformat(), row["request_id"]),
        )
        connection.execute("UPDATE crl SET stale = 1 WHERE algorithm = ?", (row["algorithm"],))

    def _make_crl(
        self, connection: sqlite3.Connection, authority: Authority, number: int, now: datetime
    ) -> CertificateRevocationList:
        rows = connection.execute(
            "SELECT serial, reason, changed_at FROM certificate WHERE algorithm = ? AND state <> 'valid'",
            (authority.algorithm,),
        )
        revoked = [
            crl.Revoked(int(row["serial"], 16), datetime.fromisoformat(row["changed_at"]), row["reason"])
            for row in rows
        ]
        return crl.build(
            issuer=authority.certificate,
            issuer_key=authority.key,
            revoked=revoked,
            number=number,
            this_update=now,
            next_update=now + CRL_LIFETIME,
        )

    def _authority(self, algorithm: Algorithm) -> Authority:
        if algorithm not in self._authorities:
            self._authorities[algorithm] = open_authority(self._store, algorithm)
        return self._authorities[algorithm]

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC).replace(microsecond=0)


def _certificate(connection: sqlite3.Connection, serial: str) -> sqlite3.Row | None:
    row = connection.execute("SELECT * FROM certificate WHERE serial = ?", (serial.upper(),)).fetchone()
    return cast("sqlite3.Row | None", row)


def _still_good(row: sqlite3.Row, now: datetime) -> bool:
    age = now - datetime.fromisoformat(row["this_update"])
    return not row["stale"] and timedelta(0) <= age < CRL_REFRESH
