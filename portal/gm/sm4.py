"""SM4 (GB/T 32907): GCM for what we store, ECB only for whole random blocks inside envelopes."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB, GCM

from portal.gm.errors import DecryptionFailed

KEY_SIZE = 16
NONCE_SIZE = 12
TAG_SIZE = 16
BLOCK_SIZE = 16


def sm4_gcm_encrypt(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """Ciphertext with the 16-byte tag behind it. `nonce`: 12 bytes, never twice under one key."""
    _check(key, nonce)
    encryptor = Cipher(SM4(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def sm4_gcm_decrypt(key: bytes, nonce: bytes, ciphertext: bytes, aad: bytes = b"") -> bytes:
    """The plaintext. Raises DecryptionFailed when key, nonce, aad or a byte is not the same."""
    _check(key, nonce)
    if len(ciphertext) < TAG_SIZE:
        raise DecryptionFailed("shorter than its tag")
    body, tag = ciphertext[:-TAG_SIZE], ciphertext[-TAG_SIZE:]
    decryptor = Cipher(SM4(key), GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag as error:
        raise DecryptionFailed("the tag does not agree") from error


def sm4_ecb_encrypt(key: bytes, plaintext: bytes) -> bytes:
    """No padding: whole blocks only."""
    _check_blocks(key, plaintext)
    encryptor = Cipher(SM4(key), ECB()).encryptor()  # noqa: S305 the standard's mode for one key's blocks
    return encryptor.update(plaintext) + encryptor.finalize()


def sm4_ecb_decrypt(key: bytes, ciphertext: bytes) -> bytes:
    """No padding: whole blocks only. Nothing tells a wrong key here; the caller checks."""
    _check_blocks(key, ciphertext)
    decryptor = Cipher(SM4(key), ECB()).decryptor()  # noqa: S305
    return decryptor.update(ciphertext) + decryptor.finalize()


def _check(key: bytes, nonce: bytes) -> None:
    if len(key) != KEY_SIZE:
        raise ValueError(f"an SM4 key has {KEY_SIZE} bytes, not {len(key)}")
    if len(nonce) != NONCE_SIZE:
        raise ValueError(f"a nonce has {NONCE_SIZE} bytes, not {len(nonce)}")


def _check_blocks(key: bytes, data: bytes) -> None:
    if len(key) != KEY_SIZE:
        raise ValueError(f"an SM4 key has {KEY_SIZE} bytes, not {len(key)}")
    if len(data) % BLOCK_SIZE:
        raise ValueError("ECB without padding takes whole blocks")
