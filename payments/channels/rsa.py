"""SHA256withRSA (PKCS#1 v1.5), as WeChat Pay v3 and Alipay's RSA2 both use it."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

MINIMUM_BITS = 2048


def private_key(pem: str) -> RSAPrivateKey:
    """Raises ValueError when the PEM holds no RSA key of at least 2048 bits."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey) or key.key_size < MINIMUM_BITS:
        raise ValueError("not an RSA private key of at least 2048 bits")
    return key


def stored_private_key(pem: str) -> RSAPrivateKey:
    """One that ``private_key`` accepted when it was stored: without the primality checks (30 ms each time)."""
    key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA private key")
    return key


def public_key(pem: str) -> RSAPublicKey:
    """From a public key or a certificate. Raises ValueError as above."""
    key: object
    if "CERTIFICATE" in pem:
        key = load_pem_x509_certificate(pem.encode()).public_key()
    else:
        key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey) or key.key_size < MINIMUM_BITS:
        raise ValueError("not an RSA public key of at least 2048 bits")
    return key


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """Base64 of the signature."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")


def verifies(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether ``signature`` (strict base64) is that key's over the message. Never raises."""
    try:
        raw = base64.b64decode(signature.encode("ascii"), validate=True)
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, UnicodeEncodeError, ValueError):
        return False
    return True
