"""X.509 in one place: reading (`certificate`), making (`issuing`) and path validation (`chain`)."""

from __future__ import annotations

from portal.gm.certificate import (
    KEY_USAGES,
    OID_RSA_WITH_SHA256,
    OID_SM2_WITH_SM3,
    Algorithm,
    Certificate,
    PrivateKey,
    PublicKey,
    algorithm_of,
    pem_decode,
    pem_encode,
    public_key_of,
    read_public_key,
    sign_message,
    spki_der,
    verify_issued_by,
    verify_signature,
)
from portal.gm.chain import validate_chain
from portal.gm.issuing import (
    Extension,
    build_certificate,
    build_name,
    ca_extensions,
    end_entity_extensions,
    key_identifier,
    key_usage_extension,
)

__all__ = [
    "KEY_USAGES",
    "OID_RSA_WITH_SHA256",
    "OID_SM2_WITH_SM3",
    "Algorithm",
    "Certificate",
    "Extension",
    "PrivateKey",
    "PublicKey",
    "algorithm_of",
    "build_certificate",
    "build_name",
    "ca_extensions",
    "end_entity_extensions",
    "key_identifier",
    "key_usage_extension",
    "pem_decode",
    "pem_encode",
    "public_key_of",
    "read_public_key",
    "sign_message",
    "spki_der",
    "validate_chain",
    "verify_issued_by",
    "verify_signature",
]
