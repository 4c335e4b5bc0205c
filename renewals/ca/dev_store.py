"""The development CA's own database: SQLite, made for being killed at any moment.

WAL, synchronous=FULL and BEGIN IMMEDIATE; a connection per unit of work, so that threads and
forked processes never share one. Private keys are SM4-GCM under a key that the caller brings.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from portal.gm import DecryptionFailed, hkdf_sm3, sm4_gcm_decrypt, sm4_gcm_encrypt
from renewals.ca.base import CaError, CaUnavailable

_SCHEMA = """
CREATE TABLE authority (
    algorithm TEXT NOT NULL, role TEXT NOT NULL, der BLOB NOT NULL, sealed_key BLOB NOT NULL,
    PRIMARY KEY (algorithm, role)
) STRICT;
CREATE TABLE request (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, state TEXT NOT NULL CHECK (state IN ('intent', 'issued', 'rejected')),
    reason_code TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
    old_serial TEXT, algorithm TEXT, subject_der BLOB, spki_der BLOB, not_before TEXT, not_after TEXT,
    signing_serial TEXT UNIQUE, encryption_serial TEXT UNIQUE, sealed_encryption_key BLOB, enveloped_der BLOB,
    kind TEXT NOT NULL DEFAULT 'rekey', restore_history INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX one_renewal_at_a_time ON request (old_serial) WHERE state = 'intent';
CREATE TABLE certificate (
    serial TEXT PRIMARY KEY, request_id TEXT NOT NULL REFERENCES request (id),
    kind TEXT NOT NULL CHECK (kind IN ('signing', 'encryption')), algorithm TEXT NOT NULL,
    der BLOB NOT NULL, spki_der BLOB NOT NULL, not_after TEXT NOT NULL, replaces TEXT,
    state TEXT NOT NULL DEFAULT 'valid' CHECK (state IN ('valid', 'frozen', 'revoked')),
    reason TEXT NOT NULL DEFAULT '', changed_at TEXT, UNIQUE (request_id, kind)
) STRICT;
CREATE UNIQUE INDEX one_standing_successor ON certificate (replaces)
    WHERE kind = 'signing' AND state <> 'revoked';
CREATE INDEX certificate_key ON certificate (spki_der);
CREATE TABLE revocation (
    request_id TEXT PRIMARY KEY, serial TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE TABLE crl (
    algorithm TEXT PRIMARY KEY, number INTEGER NOT NULL, this_update TEXT NOT NULL, der BLOB NOT NULL,
    stale INTEGER NOT NULL DEFAULT 0
) STRICT;
"""

# Earlier encryption keys as they were sealed for one request: asking again gives the same bytes (RULES P8).
_RESTORED = """
CREATE TABLE IF NOT EXISTS restored (
    request_id TEXT NOT NULL REFERENCES request (id), place INTEGER NOT NULL, certificate_der BLOB NOT NULL,
    enveloped_der BLOB NOT NULL, PRIMARY KEY (request_id, place)
) STRICT;
"""

_FLAG = "INTEGER NOT NULL DEFAULT 0"
_LOCK_SECONDS = 20
_FORMAT = b"\x01"


class WrongStorageKey(CaError):
    """The CA's folder was made under another key."""

    code = "ca.wrong_storage_key"


class DevStore:
    """`folder` is made when missing (0700). `key`: at least 16 secret bytes."""

    def __init__(self, folder: Path, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the storage key needs at least 16 bytes")
        self._key = hkdf_sm3(key, b"certhall development CA: private keys at rest", 16)
        self.path = folder / "ca.sqlite3"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.path.exists():
            self._make()
        self._catch_up()

    def _make(self) -> None:
        """Switching to WAL does not wait for locks, so the file is made aside and put in place
        complete; of several processes the first wins."""
        fresh = self.path.with_name(f".making-{secrets.token_hex(8)}")
        fresh.touch(mode=0o600)
        try:
            with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                connection.executescript(_SCHEMA + _RESTORED)
            with suppress(FileExistsError):
                self.path.hardlink_to(fresh)
        finally:
            fresh.unlink()

    def _catch_up(self) -> None:
        """Folders from before there were kinds of requests, or a history to restore."""
        with closing(self._connect()) as connection:
            there = {row["name"] for row in connection.execute("PRAGMA table_info(request)")}
            if "restore_history" not in there:
                connection.executescript(_RESTORED)
            for name, kind in (("kind", "TEXT NOT NULL DEFAULT 'rekey'"), ("restore_history", _FLAG)):
                if name not in there:
                    with suppress(sqlite3.OperationalError):  # another process was faster
                        connection.execute(f"ALTER TABLE request ADD COLUMN {name} {kind}")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_LOCK_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view."""
        with _translated(), closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The one writer; committed on leaving, rolled back when left by an exception."""
        with _translated(), closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def seal(self, name: str, secret: bytes) -> bytes:
        """`name` is authenticated: a sealed key moved to another row does not open."""
        nonce = secrets.token_bytes(12)
        return _FORMAT + nonce + sm4_gcm_encrypt(self._key, nonce, secret, name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Raises WrongStorageKey."""
        try:
            return sm4_gcm_decrypt(self._key, sealed[1:13], sealed[13:], name.encode())
        except (DecryptionFailed, ValueError) as error:
            raise WrongStorageKey(row=name, folder=self.path.parent.name) from error


@contextmanager
def _translated() -> Iterator[None]:
    """A locked or full disk is for later; a broken rule of the schema is a defect and stays loud."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise CaUnavailable(detail=str(error)) from error
