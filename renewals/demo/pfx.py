"""File certificates of the demo: a .pfx with key and certificate, as it lies in a customer's folder (RULES B2, B6)."""

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from django.conf import settings

PASSWORD: Final = "123456"  # noqa: S105  (six digits, of every demo file: RULES B6)


def folder() -> Path:
    """Where the demo's files lie."""
    return settings.CERTHALL.data_dir / "soft-files"


def path_of(number: str) -> Path:
    """The suggested file name: 网关号#0 (RULES B6)."""
    return folder() / f"{number}.pfx"


def key_of(number: str) -> rsa.RSAPrivateKey:
    """The key in the file, a new one where there is no file yet."""
    found = path_of(number)
    if found.exists():
        key = pkcs12.load_key_and_certificates(found.read_bytes(), PASSWORD.encode())[0]
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{found.name} holds no RSA key")
        return key
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def save(number: str, key: rsa.RSAPrivateKey, certificate_der: bytes) -> None:
    certificate = x509.load_der_x509_certificate(certificate_der)
    content = pkcs12.serialize_key_and_certificates(
        number.encode(), key, certificate, None, BestAvailableEncryption(PASSWORD.encode())
    )
    folder().mkdir(parents=True, exist_ok=True)
    path_of(number).write_bytes(content)
