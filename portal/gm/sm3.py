"""SM3 (GB/T 32905), HMAC-SM3 (GB/T 15852.2) and HKDF with it (RFC 5869)."""

from __future__ import annotations

import hashlib
import hmac

DIGEST_SIZE = 32


def sm3(data: bytes) -> bytes:
    """The 32-byte digest of `data`."""
    return hashlib.new("sm3", data).digest()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """The 32-byte MAC of `data` under `key`. Compare with `hmac.compare_digest`."""
    return hmac.new(key, data, "sm3").digest()


def hkdf_sm3(key: bytes, info: bytes, length: int, *, salt: bytes = b"") -> bytes:
    """`length` bytes (1 … 8160) derived from the secret `key` for the purpose `info`."""
    if not 1 <= length <= 255 * DIGEST_SIZE:
        raise ValueError(f"length {length} outside 1 … {255 * DIGEST_SIZE}")
    pseudo_random_key = hmac_sm3(salt or bytes(DIGEST_SIZE), key)
    out, block, counter = b"", b"", 0
    while len(out) < length:
        counter += 1
        block = hmac_sm3(pseudo_random_key, block + info + bytes((counter,)))
        out += block
    return out[:length]
