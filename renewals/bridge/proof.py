"""Verifying a proof of possession: pure, against a public key that the portal already holds."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from portal.gm import Certificate, InvalidSignature, PublicKey, verify_signature
from renewals.bridge.protocol import build_tbs

RSA_BITS = 2048


def verify_proof(
    signer: Certificate | PublicKey, signature: bytes, *, origin: str, challenge: bytes, txn: str, action: str
) -> bool:
    """Whether `signature` is the signer's over the tbs that *we* build.

    SM2: SM2-with-SM3 under the default ID. RSA, 2048 bits or more: PKCS #1 v1.5 with SHA-256.
    Raises ValueError when the portal's own parts (origin, txn, action) are malformed or the RSA
    key is too short.
    """
    tbs = build_tbs(origin, challenge, txn, action)
    key = signer.public_key if isinstance(signer, Certificate) else signer
    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS:
        raise ValueError(f"an RSA key of {key.key_size} bits proves nothing here")
    try:
        verify_signature(key, signature, tbs)
    except InvalidSignature:
        return False
    return True
