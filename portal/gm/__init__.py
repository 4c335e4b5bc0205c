"""SM2, SM3, SM4 and X.509 for them (and for RSA). Knows no Django, no database, no clock.

Reading order: `sm3`, `sm4`, `libcrypto` → `sm2` → `der` → `certificate` → `issuing`, `csr`,
`crl` → `chain`, `envelope`, `csr_response`; `x509` is the front of the certificate modules and
`selftest` runs the standards' vectors at start.
"""

from __future__ import annotations

from portal.gm import crl, csr, envelope, selftest, x509
from portal.gm.certificate import Certificate, PrivateKey, PublicKey, sign_message, verify_issued_by, verify_signature
from portal.gm.chain import validate_chain
from portal.gm.crl import CertificateRevocationList
from portal.gm.csr import CertificateRequest
from portal.gm.csr_response import CsrResponse
from portal.gm.errors import (
    CertificateRevoked,
    ChainInvalid,
    CrlInvalid,
    DecryptionFailed,
    EnvelopeInvalid,
    GmError,
    InvalidKey,
    InvalidSignature,
    IssuerNotFound,
    LibcryptoUnavailable,
    MalformedCertificate,
    MalformedDer,
    NotACa,
    NotWithinValidity,
    SelfTestFailed,
)
from portal.gm.sm2 import DEFAULT_ID, SM2PrivateKey, SM2PublicKey
from portal.gm.sm3 import hkdf_sm3, hmac_sm3, sm3
from portal.gm.sm4 import sm4_ecb_decrypt, sm4_ecb_encrypt, sm4_gcm_decrypt, sm4_gcm_encrypt

__all__ = [
    "DEFAULT_ID",
    "Certificate",
    "CertificateRequest",
    "CertificateRevocationList",
    "CertificateRevoked",
    "ChainInvalid",
    "CrlInvalid",
    "CsrResponse",
    "DecryptionFailed",
    "EnvelopeInvalid",
    "GmError",
    "InvalidKey",
    "InvalidSignature",
    "IssuerNotFound",
    "LibcryptoUnavailable",
    "MalformedCertificate",
    "MalformedDer",
    "NotACa",
    "NotWithinValidity",
    "PrivateKey",
    "PublicKey",
    "SM2PrivateKey",
    "SM2PublicKey",
    "SelfTestFailed",
    "crl",
    "csr",
    "envelope",
    "hkdf_sm3",
    "hmac_sm3",
    "selftest",
    "sign_message",
    "sm3",
    "sm4_ecb_decrypt",
    "sm4_ecb_encrypt",
    "sm4_gcm_decrypt",
    "sm4_gcm_encrypt",
    "validate_chain",
    "verify_issued_by",
    "verify_signature",
    "x509",
]
