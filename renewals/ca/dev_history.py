"""The development CA's escrow: a holder's earlier encryption keys, sealed once more for a new key (RULES P8)."""

from __future__ import annotations

import sqlite3

from portal.gm import Certificate, x509
from renewals.ca.base import RestoredKey
from renewals.ca.dev_authority import envelop, key_from_der
from renewals.ca.dev_store import DevStore


def restore(
    store: DevStore,
    connection: sqlite3.Connection,
    request: sqlite3.Row,
    signing: Certificate,
    *,
    but: Certificate | None,
) -> None:
    """Stores, for `request`, the encryption keys of its predecessors, the newest first, sealed to `signing`.

    A key of another algorithm can't be sealed to it and is left out, as is the key that `but` has (it was kept).
    """
    seen = {but.spki_der} if but is not None else set()
    serial, place = request["old_serial"], 0
    while serial is not None:
        old = connection.execute(
            "SELECT request.*, encryption.der AS encryption_der FROM certificate AS signing"
            " JOIN request ON signing.request_id = request.id"
            " LEFT JOIN certificate AS encryption ON encryption.request_id = request.id"
            " AND encryption.kind = 'encryption' WHERE signing.serial = ? AND signing.kind = 'signing'",
            (serial,),
        ).fetchone()
        if old is None:
            return
        serial = old["old_serial"]
        if old["encryption_der"] is None or old["algorithm"] != x509.algorithm_of(signing.public_key):
            continue
        certificate = Certificate.from_der(bytes(old["encryption_der"]))
        if certificate.spki_der in seen:
            continue
        seen.add(certificate.spki_der)
        opened = store.unseal(f"request/{old['id']}/encryption", old["sealed_encryption_key"])
        connection.execute(
            "INSERT INTO restored (request_id, place, certificate_der, enveloped_der) VALUES (?, ?, ?, ?)",
            (request["id"], place, certificate.der, envelop(signing, key_from_der(old["algorithm"], opened))),
        )
        place += 1


def restored(connection: sqlite3.Connection, request_id: str) -> tuple[RestoredKey, ...]:
    """What was restored for that request."""
    found = connection.execute(
        "SELECT certificate_der, enveloped_der FROM restored WHERE request_id = ? ORDER BY place", (request_id,)
    )
    return tuple(RestoredKey(bytes(row["certificate_der"]), bytes(row["enveloped_der"])) for row in found)
