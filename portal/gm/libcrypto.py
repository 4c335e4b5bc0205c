"""The few calls into the system's OpenSSL 3 libcrypto that SM2 needs.

`cryptography` carries an OpenSSL without SM2, so the system's own is bound here by ctypes.
Every call runs outside the interpreter lock. A key handle may be shared by threads: libcrypto
counts references itself and each operation makes its own context.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from portal.gm.errors import LibcryptoFailed, LibcryptoUnavailable

_OPENSSL_3 = 0x30000000

_P = ctypes.c_void_p
_SIZE = ctypes.c_size_t
_INT = ctypes.c_int
_BYTES = ctypes.c_char_p
_SIZE_REF = ctypes.POINTER(ctypes.c_size_t)

_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "OpenSSL_version_num": (ctypes.c_ulong, []),
    "ERR_clear_error": (None, []),
    "EVP_sm3": (_P, []),
    "d2i_PUBKEY": (_P, [_P, ctypes.POINTER(_BYTES), ctypes.c_long]),
    "d2i_AutoPrivateKey": (_P, [_P, ctypes.POINTER(_BYTES), ctypes.c_long]),
    "i2d_PUBKEY": (_INT, [_P, ctypes.POINTER(_P)]),
    "EVP_PKEY_free": (None, [_P]),
    "EVP_PKEY_CTX_new": (_P, [_P, _P]),
    "EVP_PKEY_CTX_free": (None, [_P]),
    "EVP_PKEY_CTX_set1_id": (_INT, [_P, _BYTES, _INT]),
    "EVP_MD_CTX_new": (_P, []),
    "EVP_MD_CTX_free": (None, [_P]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [_P, _P]),
    "EVP_DigestSignInit": (_INT, [_P, _P, _P, _P, _P]),
    "EVP_DigestSign": (_INT, [_P, _BYTES, _SIZE_REF, _BYTES, _SIZE]),
    "EVP_DigestVerifyInit": (_INT, [_P, _P, _P, _P, _P]),
    "EVP_DigestVerify": (_INT, [_P, _BYTES, _SIZE, _BYTES, _SIZE]),
    "EVP_PKEY_encrypt_init": (_INT, [_P]),
    "EVP_PKEY_encrypt": (_INT, [_P, _BYTES, _SIZE_REF, _BYTES, _SIZE]),
    "EVP_PKEY_decrypt_init": (_INT, [_P]),
    "EVP_PKEY_decrypt": (_INT, [_P, _BYTES, _SIZE_REF, _BYTES, _SIZE]),
}


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """The loaded library, its prototypes declared. Raises LibcryptoUnavailable."""
    for name in ("libcrypto.so.3", ctypes.util.find_library("crypto"), "libcrypto.3.dylib"):
        if name is None:
            continue
        try:
            lib = ctypes.CDLL(name)
            _declare(lib)
        except (OSError, AttributeError):
            continue
        if lib.OpenSSL_version_num() >= _OPENSSL_3 and lib.EVP_sm3():
            return lib
    raise LibcryptoUnavailable("no OpenSSL 3 libcrypto with SM2 and SM3: install libssl3")


def _declare(lib: ctypes.CDLL) -> None:
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(lib, name)
        function.restype = result
        function.argtypes = arguments


class EvpKey:
    """A key inside libcrypto, freed with this object."""

    __slots__ = ("__weakref__", "handle")

    def __init__(self, handle: int) -> None:
        self.handle = handle
        weakref.finalize(self, library().EVP_PKEY_free, handle).atexit = False


def load_public_key(spki_der: bytes) -> EvpKey:
    return _load(library().d2i_PUBKEY, spki_der)


def load_private_key(der: bytes) -> EvpKey:
    """From ECPrivateKey or PKCS #8; libcrypto computes the public point where it is absent."""
    return _load(library().d2i_AutoPrivateKey, der)


def _load(decode: Callable[..., Any], der: bytes) -> EvpKey:
    handle = decode(None, ctypes.byref(ctypes.c_char_p(der)), len(der))
    if not handle:
        raise _failed("reading a key")
    return EvpKey(handle)


def public_key_der(key: EvpKey) -> bytes:
    """The SubjectPublicKeyInfo of a public or private key."""
    lib = library()
    length = lib.i2d_PUBKEY(key.handle, None)
    if length <= 0:
        raise _failed("writing a public key")
    buffer = ctypes.create_string_buffer(length)
    cursor = ctypes.c_void_p(ctypes.addressof(buffer))
    if lib.i2d_PUBKEY(key.handle, ctypes.byref(cursor)) != length:
        raise _failed("writing a public key")
    return buffer.raw


class _DigestContext:
    """EVP_MD_CTX tied to an EVP_PKEY_CTX that carries the SM2 distinguishing ID."""

    def __init__(self, key: EvpKey, distid: bytes) -> None:
        self.key = key
        self.distid = distid
        self.digest: int | None = None
        self.pkey: int | None = None

    def __enter__(self) -> int:
        lib = library()
        self.digest = lib.EVP_MD_CTX_new()
        self.pkey = lib.EVP_PKEY_CTX_new(self.key.handle, None)
        if not self.digest or not self.pkey:
            self.__exit__()
            raise _failed("making a context")
        if lib.EVP_PKEY_CTX_set1_id(self.pkey, self.distid, len(self.distid)) <= 0:
            self.__exit__()
            raise _failed("setting the ID")
        lib.EVP_MD_CTX_set_pkey_ctx(self.digest, self.pkey)
        return self.digest

    def __exit__(self, *_: object) -> None:
        lib = library()
        lib.EVP_MD_CTX_free(self.digest)
        lib.EVP_PKEY_CTX_free(self.pkey)


def sign(key: EvpKey, message: bytes, distid: bytes) -> bytes:
    """SM2-with-SM3 over `message`; a DER SEQUENCE of r and s."""
    lib = library()
    with _DigestContext(key, distid) as context:
        if lib.EVP_DigestSignInit(context, None, lib.EVP_sm3(), None, key.handle) != 1:
            raise _failed("starting a signature")
        size = ctypes.c_size_t(128)
        out = ctypes.create_string_buffer(size.value)
        if lib.EVP_DigestSign(context, out, ctypes.byref(size), message, len(message)) != 1:
            raise _failed("signing")
        return out.raw[: size.value]


def verify(key: EvpKey, signature: bytes, message: bytes, distid: bytes) -> bool:
    lib = library()
    with _DigestContext(key, distid) as context:
        if lib.EVP_DigestVerifyInit(context, None, lib.EVP_sm3(), None, key.handle) != 1:
            raise _failed("starting a verification")
        answer = lib.EVP_DigestVerify(context, signature, len(signature), message, len(message))
        lib.ERR_clear_error()
        return bool(answer == 1)


def encrypt(key: EvpKey, plaintext: bytes) -> bytes:
    """An SM2Cipher (GM/T 0009 §7.2): SEQUENCE {x, y, hash, ciphertext}."""
    lib = library()
    return _transform(key, lib.EVP_PKEY_encrypt_init, lib.EVP_PKEY_encrypt, plaintext)


def decrypt(key: EvpKey, ciphertext: bytes) -> bytes:
    """The plaintext of an SM2Cipher. Raises LibcryptoFailed when its hash does not agree."""
    lib = library()
    return _transform(key, lib.EVP_PKEY_decrypt_init, lib.EVP_PKEY_decrypt, ciphertext)


def _transform(key: EvpKey, start: Callable[..., Any], work: Callable[..., Any], data: bytes) -> bytes:
    lib = library()
    context = lib.EVP_PKEY_CTX_new(key.handle, None)
    if not context:
        raise _failed("making a context")
    try:
        size = ctypes.c_size_t()
        if start(context) != 1:
            raise _failed("starting")
        if work(context, None, ctypes.byref(size), data, len(data)) != 1:
            raise _failed("sizing")
        out = ctypes.create_string_buffer(max(size.value, 1))
        if work(context, out, ctypes.byref(size), data, len(data)) != 1:
            raise _failed("encrypting or decrypting")
        return out.raw[: size.value]
    finally:
        lib.EVP_PKEY_CTX_free(context)


def _failed(doing: str) -> LibcryptoFailed:
    """The error for a failed call. The thread's error queue is emptied: a leftover entry would
    be taken for the failure of somebody else's later call (the `ssl` module shares the queue)."""
    library().ERR_clear_error()
    return LibcryptoFailed(f"libcrypto failed at {doing}")
