"""The encryption key's envelope: only the signing key opens it, and only to the right key."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.gm import EnvelopeInvalid, SM2PrivateKey, der, envelope, sm4_ecb_encrypt
from tests.portal.gm.hierarchy import hierarchy

SIGNING = SM2PrivateKey.generate()
ENCRYPTION = SM2PrivateKey.generate()
SEALED = envelope.seal(SIGNING.public_key, ENCRYPTION)


def test_seal_and_open():
    sealed = envelope.seal(SIGNING.public_key, ENCRYPTION)
    opened = envelope.open(sealed, SIGNING, expected=ENCRYPTION.public_key)

    assert opened.to_scalar() == ENCRYPTION.to_scalar()


def test_its_form_is_gm_t_0009():
    reader = der.read_one(envelope.seal(SIGNING.public_key, ENCRYPTION))

    assert reader.sequence().oid() == "1.2.156.10197.1.104.1"
    assert len(SIGNING.decrypt(reader.next(der.SEQUENCE).raw)) == 16
    assert reader.bit_string() == ENCRYPTION.public_key.point
    assert len(reader.bit_string()) == 32
    reader.end()


def test_another_signing_key_does_not_open_it():
    with pytest.raises(EnvelopeInvalid):
        envelope.open(envelope.seal(SIGNING.public_key, ENCRYPTION), SM2PrivateKey.generate())


def forged(algorithm="1.2.156.10197.1.104.1", wrapping_key=None, point=None, private_key=None):
    wrapping_key = wrapping_key or secrets.token_bytes(16)
    scalar = ENCRYPTION.to_scalar() if private_key is None else private_key
    return der.sequence(
        der.sequence(der.oid(algorithm)),
        SIGNING.public_key.encrypt(wrapping_key),
        der.bit_string(ENCRYPTION.public_key.point if point is None else point),
        der.bit_string(sm4_ecb_encrypt(wrapping_key[:16], scalar)),
    )


def test_both_identifiers_of_sm4_are_read():
    assert envelope.open(forged(), SIGNING).public_key == ENCRYPTION.public_key
    assert envelope.open(forged("1.2.156.10197.1.104"), SIGNING).public_key == ENCRYPTION.public_key


@pytest.mark.parametrize(
    "sealed",
    [
        forged(algorithm="1.2.156.10197.1.104.2"),
        forged(wrapping_key=secrets.token_bytes(32)),
        forged(point=SIGNING.public_key.point),
        forged(point=b"\x04" + bytes(64)),
        forged(private_key=bytes(32)),
        forged(private_key=SIGNING.to_scalar()),
        forged(private_key=bytes(32) + ENCRYPTION.to_scalar()),
        forged() + b"\x00",
        b"",
    ],
    ids=[
        "cipher",
        "long wrapping key",
        "other point",
        "off curve",
        "zero",
        "other key",
        "64 bytes",
        "trailing",
        "empty",
    ],
)
def test_an_envelope_that_lies_is_refused(sealed):
    with pytest.raises(EnvelopeInvalid):
        envelope.open(sealed, SIGNING)


def test_a_key_that_is_not_the_certificates_is_refused():
    with pytest.raises(EnvelopeInvalid, match="not the one"):
        envelope.open(forged(), SIGNING, expected=SIGNING.public_key)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_flipped_bit_is_refused(data):
    sealed = bytearray(SEALED)
    null = bytes(sealed).index(b"\x05\x00\x30")  # the cipher's OID and NULL: …104.1 → …104 may be said otherwise
    sealed[data.draw(st.integers(null + 2, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(EnvelopeInvalid):
        envelope.open(bytes(sealed), SIGNING)


def test_rsa_seal_and_open():
    made = hierarchy("RSA")
    key = rsa.generate_private_key(65537, 2048)
    sealed = envelope.seal_rsa(made.leaf, key)

    assert envelope.open_rsa(sealed, made.leaf, made.leaf_key).private_numbers() == key.private_numbers()
    with pytest.raises(EnvelopeInvalid):
        envelope.open_rsa(sealed, made.issuing, made.issuing_key)
    with pytest.raises(EnvelopeInvalid):
        envelope.open_rsa(b"\x30\x00", made.leaf, made.leaf_key)
