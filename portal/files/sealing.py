"""How a file stands on disk and on object storage: sealed in chunks, read and written in constant memory. Pure.

    offset  bytes  what
    0       8      magic "CHSEALED"
    8       1      version, 1
    9       1      algorithm, 1 = SM4-GCM
    10      4      chunk size in bytes, big-endian: 65536
    14      8      key id: SM3("certhall file key" ‖ file key), its first 8 bytes
    22      16     salt, random for every writing
    38      …      chunks: ciphertext of at most 65536 bytes ‖ tag (16 bytes)

Every file has a random key of its own (16 bytes); the chunks are under HKDF-SM3(file key, salt,
"certhall file chunks"), so that writing twice never uses a nonce twice. Nonce of a chunk: its index
(11 bytes, big-endian) ‖ last flag (1 byte). Additional data: header ‖ place ‖ "|index|last", where
place is "tenant|public id". So a chunk opens only in its file, at its index, and only the last one
ends a file: cut, reordered, doubled or swapped chunks don't open. All chunks but the last are full.
An empty file is one empty last chunk.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Self

from portal.files.errors import FileBroken
from portal.gm.errors import DecryptionFailed
from portal.gm.sm3 import hkdf_sm3, sm3
from portal.gm.sm4 import KEY_SIZE, TAG_SIZE, sm4_gcm_decrypt, sm4_gcm_encrypt

MAGIC = b"CHSEALED"
VERSION = 1
SM4_GCM = 1
CHUNK_SIZE = 64 * 1024
SALT_SIZE = 16
HEADER_SIZE = 38
_SEALED_CHUNK = CHUNK_SIZE + TAG_SIZE


def new_key() -> bytes:
    """16 random bytes: the key of one file."""
    return secrets.token_bytes(KEY_SIZE)


def key_id(key: bytes) -> bytes:
    """8 bytes that name a file's key and tell nothing about it."""
    return sm3(b"certhall file key" + key)[:8]


def place(tenant_id: int, public_id: str) -> bytes:
    """Where a file belongs: it opens nowhere else."""
    return f"{tenant_id}|{public_id}".encode()


def sealed_size(size: int) -> int:
    """Bytes on disk of a file of ``size`` bytes."""
    chunks = max(1, -(-size // CHUNK_SIZE))
    return HEADER_SIZE + size + chunks * TAG_SIZE


@dataclass(frozen=True, slots=True)
class _Chunks:
    key: bytes
    header: bytes
    place: bytes

    @classmethod
    def of(cls, key: bytes, header: bytes, place: bytes) -> Self:
        return cls(hkdf_sm3(key, b"certhall file chunks", KEY_SIZE, salt=header[22:HEADER_SIZE]), header, place)

    def seal(self, index: int, chunk: bytes, *, last: bool) -> bytes:
        return sm4_gcm_encrypt(self.key, _nonce(index, last=last), chunk, self._aad(index, last=last))

    def open(self, index: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return sm4_gcm_decrypt(self.key, _nonce(index, last=last), sealed, self._aad(index, last=last))
        except DecryptionFailed as error:
            raise FileBroken(chunk=index) from error

    def _aad(self, index: int, *, last: bool) -> bytes:
        return self.header + self.place + f"|{index}|{int(last)}".encode()


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def seal(source: BinaryIO, target: BinaryIO, *, key: bytes, place: bytes) -> int:
    """Write all of ``source`` to ``target``, sealed. Returns how many bytes were read."""
    header = (
        MAGIC + bytes([VERSION, SM4_GCM]) + CHUNK_SIZE.to_bytes(4, "big") + key_id(key) + secrets.token_bytes(SALT_SIZE)
    )
    target.write(header)
    chunks, index, size = _Chunks.of(key, header, place), 0, 0
    chunk = _read(source, CHUNK_SIZE)
    while True:
        following = _read(source, CHUNK_SIZE) if len(chunk) == CHUNK_SIZE else b""
        target.write(chunks.seal(index, chunk, last=not following))
        size += len(chunk)
        if not following:
            return size
        chunk, index = following, index + 1


def unseal(source: BinaryIO, *, key: bytes, place: bytes) -> Iterator[bytes]:
    """The file's content, in pieces of at most 64 KiB, each proven before it is given out.

    Raises FileBroken: at once for a wrong header or key, and at the piece that isn't what was written. What
    came before is genuine, but only one who got to the end has the whole file.
    """
    header = _read(source, HEADER_SIZE)
    if len(header) != HEADER_SIZE or header[:14] != MAGIC + bytes([VERSION, SM4_GCM]) + CHUNK_SIZE.to_bytes(4, "big"):
        raise FileBroken(reason="not a sealed file of a known form")
    if header[14:22] != key_id(key):
        raise FileBroken(reason="sealed with another key")
    return _pieces(source, _Chunks.of(key, header, place))


def _pieces(source: BinaryIO, chunks: _Chunks) -> Iterator[bytes]:
    index, sealed = 0, _read(source, _SEALED_CHUNK)
    while True:
        following = _read(source, _SEALED_CHUNK) if len(sealed) == _SEALED_CHUNK else b""
        yield chunks.open(index, sealed, last=not following)
        if not following:
            return
        sealed, index = following, index + 1


def _read(source: BinaryIO, size: int) -> bytes:
    """Exactly ``size`` bytes, fewer only at the end: pipes and sockets give what they have."""
    found = source.read(size)
    while 0 < len(found) < size:
        more = source.read(size - len(found))
        if not more:
            break
        found += more
    return found
