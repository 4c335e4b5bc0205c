"""The encryption certificate's private key on its way from the CA to the customer's key.

SM2: SM2EnvelopedKey (GM/T 0009 §7.4, GB/T 35276). RSA: CMS EnvelopedData (RFC 5652) with the
PKCS #8 key as content. Both are made for the key of the customer's signing certificate, so that
only the medium which made that key can open them.
"""

from __future__ import annotations

import secrets

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import pkcs7

from portal.gm import der
from portal.gm.certificate import Certificate, read_algorithm
from portal.gm.errors import EnvelopeInvalid, GmError
from portal.gm.sm2 import SM2PrivateKey, SM2PublicKey
from portal.gm.sm4 import KEY_SIZE, sm4_ecb_decrypt, sm4_ecb_encrypt

OID_SM4 = "1.2.156.10197.1.104"
OID_SM4_ECB = "1.2.156.10197.1.104.1"


def seal(signing_public_key: SM2PublicKey, encryption_key: SM2PrivateKey) -> bytes:
    """The DER of an SM2EnvelopedKey that the holder of `signing_public_key` can open."""
    wrapping_key = secrets.token_bytes(KEY_SIZE)
    return der.sequence(
        der.sequence(der.oid(OID_SM4_ECB), der.null()),
        signing_public_key.encrypt(wrapping_key),
        der.bit_string(encryption_key.public_key.point),
        der.bit_string(sm4_ecb_encrypt(wrapping_key, encryption_key.to_scalar())),
    )


def open(  # noqa: A001 the pair of seal, always called as envelope.open
    enveloped_der: bytes, signing_private_key: SM2PrivateKey, *, expected: SM2PublicKey | None = None
) -> SM2PrivateKey:
    """The key inside, its d·G equal to the public key that the envelope names.

    `expected`: the encryption certificate's key, where it is at hand. Raises EnvelopeInvalid.
    """
    try:
        named, key = _open(enveloped_der, signing_private_key)
    except EnvelopeInvalid:
        raise
    except GmError as error:
        raise EnvelopeInvalid(f"the envelope does not open: {error}") from error
    if key.public_key != named or (expected is not None and key.public_key != expected):
        raise EnvelopeInvalid("the key inside is not the one it should be")
    return key


def _open(enveloped_der: bytes, signing_private_key: SM2PrivateKey) -> tuple[SM2PublicKey, SM2PrivateKey]:
    reader = der.read_one(enveloped_der)
    algorithm = read_algorithm(reader.sequence())
    wrapped = reader.next(der.SEQUENCE).raw
    named = SM2PublicKey.from_point(reader.bit_string())
    encrypted = reader.bit_string()
    reader.end()
    if algorithm not in (OID_SM4, OID_SM4_ECB):
        raise EnvelopeInvalid(f"unknown cipher {algorithm}")
    if len(encrypted) != 32:
        raise EnvelopeInvalid("the encrypted key is not 32 bytes")
    wrapping_key = signing_private_key.decrypt(wrapped)
    if len(wrapping_key) != KEY_SIZE:
        raise EnvelopeInvalid("the wrapping key is not an SM4 key")
    return named, SM2PrivateKey.from_scalar(sm4_ecb_decrypt(wrapping_key, encrypted))


def seal_rsa(signing_certificate: Certificate, encryption_key: RSAPrivateKey) -> bytes:
    """CMS EnvelopedData in DER: AES-256-CBC, key transport to the RSA signing certificate."""
    pkcs8 = encryption_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    builder = (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(pkcs8)
        .add_recipient(x509.load_der_x509_certificate(signing_certificate.der))
        .set_content_encryption_algorithm(AES256)
    )
    return builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def open_rsa(
    enveloped_der: bytes, signing_certificate: Certificate, signing_private_key: RSAPrivateKey
) -> RSAPrivateKey:
    """Raises EnvelopeInvalid."""
    recipient = x509.load_der_x509_certificate(signing_certificate.der)
    try:
        pkcs8 = pkcs7.pkcs7_decrypt_der(enveloped_der, recipient, signing_private_key, [])
        key = serialization.load_der_private_key(pkcs8, None)
    except (ValueError, TypeError) as error:
        raise EnvelopeInvalid("the envelope does not open") from error
    if not isinstance(key, RSAPrivateKey):
        raise EnvelopeInvalid("the key inside is not RSA")
    return key
