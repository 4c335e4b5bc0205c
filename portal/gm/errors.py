"""Everything that can go wrong in `portal.gm`. Messages are for logs; pages word them for people."""

from __future__ import annotations

from typing import ClassVar


class GmError(Exception):
    """Base of all errors here. `code` is stable and may be shown or stored."""

    code: ClassVar[str] = "gm_error"


class LibcryptoUnavailable(GmError):
    """The system's OpenSSL 3 libcrypto is missing, too old, or was built without SM2/SM3."""

    code = "libcrypto_unavailable"


class LibcryptoFailed(GmError):
    """A call into libcrypto failed where it should not: out of memory, or a defect."""

    code = "libcrypto_failed"


class MalformedDer(GmError):
    """Not DER: wrong tag, length not minimal, bytes left over."""

    code = "malformed_der"


class InvalidKey(GmError):
    """A key outside its range, off the curve, or of an algorithm we do not take."""

    code = "invalid_key"


class InvalidSignature(GmError):
    """The signature does not verify (or is not strict DER with 1 <= r, s < n)."""

    code = "invalid_signature"


class DecryptionFailed(GmError):
    """Wrong key, or the ciphertext was changed."""

    code = "decryption_failed"


class EnvelopeInvalid(GmError):
    """An enveloped key that cannot be opened, or whose key is not the one it names."""

    code = "envelope_invalid"


class MalformedCertificate(GmError):
    """Not an X.509 certificate, request, CRL or CA answer that we can read."""

    code = "malformed_certificate"


class ChainInvalid(GmError):
    """No valid path from the certificate to a trusted root."""

    code = "chain_invalid"


class IssuerNotFound(ChainInvalid):
    code = "issuer_not_found"


class NotWithinValidity(ChainInvalid):
    code = "not_within_validity"


class NotACa(ChainInvalid):
    """An issuer in the path may not issue: basicConstraints, keyUsage or path length."""

    code = "not_a_ca"


class UnhandledCriticalExtension(ChainInvalid):
    code = "unhandled_critical_extension"


class CertificateRevoked(ChainInvalid):
    code = "certificate_revoked"


class CrlInvalid(ChainInvalid):
    """A CRL of an issuer in the path is missing where required, out of date or badly signed."""

    code = "crl_invalid"


class SelfTestFailed(GmError):
    """A known answer of the standards did not come out; the message names the vector."""

    code = "self_test_failed"
