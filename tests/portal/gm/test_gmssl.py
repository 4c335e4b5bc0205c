"""A second opinion from gmssl (pure Python), under the guards that its defects call for:

its public key is set past its constructor (which strips leading 0s and 4s), nonces come from
`secrets`, and its decryption and bulk hashing are never asked.
"""

import secrets

import pytest
from gmssl import sm2 as gmssl_sm2

from portal.gm import InvalidSignature, SM2PrivateKey, der
from portal.gm.sm2 import N


def second_opinion(key):
    other = gmssl_sm2.CryptSM2(private_key=key.to_scalar().hex(), public_key="")
    other.public_key = key.public_key.point[1:].hex()
    return other


def raw(signature):
    reader = der.read_one(signature)
    return f"{reader.integer():064x}{reader.integer():064x}"


def keys():
    """Three of any kind, and one whose x begins with 04: the case gmssl's constructor spoils."""
    yield from (SM2PrivateKey.generate() for _ in range(3))
    while True:
        key = SM2PrivateKey.generate()
        if key.public_key.point[1] == 0x04:
            yield key
            return


def test_gmssl_accepts_what_we_sign():
    for key in keys():
        other = second_opinion(key)
        assert other.verify_with_sm3(raw(key.sign(b"message")), b"message")
        assert not other.verify_with_sm3(raw(key.sign(b"message")), b"massage")


def test_we_accept_what_gmssl_signs_with_a_nonce_of_ours():
    for key in keys():
        nonce = f"{secrets.randbelow(N - 1) + 1:064x}"
        made = second_opinion(key).sign_with_sm3(b"message", nonce)
        signature = der.sequence(der.integer(int(made[:64], 16)), der.integer(int(made[64:], 16)))

        key.public_key.verify(signature, b"message")
        with pytest.raises(InvalidSignature):
            key.public_key.verify(signature, b"massage")
