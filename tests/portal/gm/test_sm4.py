"""SM4-GCM for what is stored, SM4-ECB for whole blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.gm import DecryptionFailed, sm4_ecb_decrypt, sm4_ecb_encrypt, sm4_gcm_decrypt, sm4_gcm_encrypt

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
NONCE = bytes(range(12))


def test_vector_of_gb_t_32907():
    assert sm4_ecb_encrypt(KEY, KEY).hex() == "681edf34d206965e86b3e94f536e4246"


@given(plaintext=st.binary(max_size=500), aad=st.binary(max_size=50))
def test_gcm_round_trip_adds_sixteen_bytes(plaintext, aad):
    ciphertext = sm4_gcm_encrypt(KEY, NONCE, plaintext, aad)

    assert len(ciphertext) == len(plaintext) + 16
    assert sm4_gcm_decrypt(KEY, NONCE, ciphertext, aad) == plaintext


@given(plaintext=st.binary(min_size=1, max_size=60), data=st.data())
def test_gcm_refuses_any_flipped_bit(plaintext, data):
    ciphertext = bytearray(sm4_gcm_encrypt(KEY, NONCE, plaintext, b"aad"))
    ciphertext[data.draw(st.integers(0, len(ciphertext) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(DecryptionFailed):
        sm4_gcm_decrypt(KEY, NONCE, bytes(ciphertext), b"aad")


def test_gcm_refuses_other_aad_nonce_key_and_short_input():
    ciphertext = sm4_gcm_encrypt(KEY, NONCE, b"secret", b"tenant|table|row|field")

    for key, nonce, data, aad in (
        (KEY, NONCE, ciphertext, b"tenant|table|other|field"),
        (KEY, bytes(12), ciphertext, b"tenant|table|row|field"),
        (bytes(16), NONCE, ciphertext, b"tenant|table|row|field"),
        (KEY, NONCE, ciphertext[:15], b"tenant|table|row|field"),
    ):
        with pytest.raises(DecryptionFailed):
            sm4_gcm_decrypt(key, nonce, data, aad)


@given(blocks=st.integers(0, 8), data=st.data())
def test_ecb_round_trip(blocks, data):
    plaintext = data.draw(st.binary(min_size=16 * blocks, max_size=16 * blocks))

    assert sm4_ecb_decrypt(KEY, sm4_ecb_encrypt(KEY, plaintext)) == plaintext


def test_wrong_sizes_are_the_callers_mistake():
    with pytest.raises(ValueError, match="whole blocks"):
        sm4_ecb_encrypt(KEY, b"x" * 17)
    with pytest.raises(ValueError, match="16 bytes"):
        sm4_gcm_encrypt(b"short", NONCE, b"")
    with pytest.raises(ValueError, match="12 bytes"):
        sm4_gcm_encrypt(KEY, bytes(8), b"")
