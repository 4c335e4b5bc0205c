"""The hash chain's arithmetic. Pure.

hash(n) = SM3(hash(n-1) ‖ n as 8 bytes, big endian ‖ canonical bytes of row n); hash(0) is 32 zero bytes.
"""

import hashlib

GENESIS = bytes(32)


def link(prev_hash: bytes, seq: int, body: bytes) -> bytes:
    """The 32-byte hash of row ``seq`` (from 1 on)."""
    return hashlib.new("sm3", prev_hash + seq.to_bytes(8, "big") + body).digest()
