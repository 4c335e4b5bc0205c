"""The bytes of a sealed value. Pure: knows keys and formats, no tables.

    00 ‖ key id                                                     erased
    01 ‖ key id ‖ nonce ‖ SM4-GCM ciphertext and tag                a text
    02 ‖ key id ‖ length ‖ sealed mask ‖ nonce ‖ ciphertext and tag  a field, with its mask

key id: 8 bytes naming the data key. nonce: 12 random bytes. The mask (nonce ‖ ciphertext and tag,
``length`` bytes in all) is under a key of the tenant, so that lists can show masks without fetching
a data key for every row.
"""

import secrets
from dataclasses import dataclass
from enum import IntEnum

from portal.gm.errors import DecryptionFailed
from portal.gm.sm4 import KEY_SIZE, NONCE_SIZE, sm4_gcm_decrypt, sm4_gcm_encrypt
from portal.vault.errors import SealedValueBroken

KEY_ID_SIZE = 8


class Version(IntEnum):
    ERASED = 0
    TEXT = 1
    FIELD = 2


@dataclass(frozen=True, slots=True)
class Parts:
    version: Version
    key_id: bytes
    mask: bytes
    body: bytes


def aad(tenant_id: int, table: str, public_id: str, field: str) -> bytes:
    """Where a value belongs: it opens nowhere else."""
    return f"{tenant_id}|{table}|{public_id}|{field}".encode()


def encrypt(key: bytes, plaintext: bytes, where: bytes) -> bytes:
    """nonce ‖ ciphertext and tag."""
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + sm4_gcm_encrypt(key[:KEY_SIZE], nonce, plaintext, where)


def decrypt(key: bytes, sealed: bytes, where: bytes) -> bytes:
    """Raises SealedValueBroken when a byte, the key or the place is another."""
    try:
        return sm4_gcm_decrypt(key[:KEY_SIZE], sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], where)
    except (DecryptionFailed, ValueError) as error:
        raise SealedValueBroken from error


def pack_text(key_id: bytes, body: bytes) -> bytes:
    return bytes([Version.TEXT]) + key_id + body


def pack_field(key_id: bytes, mask: bytes, body: bytes) -> bytes:
    return bytes([Version.FIELD]) + key_id + bytes([len(mask)]) + mask + body


def pack_erased(key_id: bytes) -> bytes:
    return bytes([Version.ERASED]) + key_id


def unpack(raw: bytes) -> Parts:
    """Raises SealedValueBroken for bytes of no known form."""
    key_id, rest = raw[1 : 1 + KEY_ID_SIZE], raw[1 + KEY_ID_SIZE :]
    if len(key_id) != KEY_ID_SIZE:
        raise SealedValueBroken
    match raw[0]:
        case Version.ERASED:
            return Parts(Version.ERASED, key_id, b"", b"")
        case Version.TEXT:
            return Parts(Version.TEXT, key_id, b"", rest)
        case Version.FIELD if rest:
            return Parts(Version.FIELD, key_id, rest[1 : 1 + rest[0]], rest[1 + rest[0] :])
    raise SealedValueBroken
