"""SM3, HMAC-SM3, HKDF-SM3."""

import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from portal.gm import hkdf_sm3, hmac_sm3, sm3


def test_vectors_of_gb_t_32905():
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_openssl_agrees():
    out = subprocess.run(["openssl", "dgst", "-sm3", "-r"], input=b"x" * 1000, capture_output=True, check=True)

    assert out.stdout.split()[0].decode() == sm3(b"x" * 1000).hex()


@given(key=st.binary(min_size=1, max_size=100), data=st.binary(max_size=300))
def test_hmac_as_cryptography_does_it(key, data):
    other = hmac.HMAC(key, hashes.SM3())
    other.update(data)

    assert hmac_sm3(key, data) == other.finalize()


@given(
    key=st.binary(min_size=1, max_size=64),
    info=st.binary(max_size=40),
    salt=st.binary(max_size=40),
    n=st.integers(1, 200),
)
def test_hkdf_as_cryptography_does_it(key, info, salt, n):
    assert hkdf_sm3(key, info, n, salt=salt) == HKDF(hashes.SM3(), n, salt or None, info).derive(key)


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_hkdf_refuses_lengths_it_cannot_give(length):
    with pytest.raises(ValueError, match="length"):
        hkdf_sm3(b"key", b"info", length)
