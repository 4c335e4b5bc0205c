"""The page's calls to the bridge during an installation, in their order (docs/bridge.md)."""

import base64

from portal.gm import Certificate
from renewals.bridge.simulator import InProcessBridge
from renewals.issuing.history import history_of
from renewals.models import Issuance


def gen_csr(
    bridge: InProcessBridge, *, key: str, txn: str, replaces: Certificate, subject: bytes | None = None
) -> bytes:
    """The request (PKCS #10, DER) for a new key in a container of its own. ``subject``: where it isn't the old one."""
    renamed = {"subject": _text(subject)} if subject not in {None, replaces.subject_der} else {}
    made = bridge.call(
        "key.genCsr",
        keySerial=key,
        txn=txn,
        algorithm="RSA2048" if replaces.algorithm == "RSA" else replaces.algorithm,
        replaces=replaces.fingerprint_sm3.hex(),
        **renamed,
    )
    return base64.b64decode(made["csr"])


def prove_request(bridge: InProcessBridge, *, key: str, question: dict[str, str]) -> bytes:
    """The new key's signature for its own request, where an approved review vouches."""
    proof = bridge.call("csr.prove", keySerial=key, **question)
    return base64.b64decode(proof["signature"])


def sign(bridge: InProcessBridge, *, key: str, question: dict[str, str], action: str, signer: Certificate) -> bytes:
    """The signature of the key that has this certificate."""
    proof = bridge.call("auth.sign", keySerial=key, fingerprint=signer.fingerprint_sm3.hex(), action=action, **question)
    return base64.b64decode(proof["signature"])


def import_certificates(bridge: InProcessBridge, *, key: str, txn: str, issuance: Issuance) -> None:
    bridge.call("cert.importSign", keySerial=key, txn=txn, certificate=_text(issuance.signing_certificate))
    if issuance.encryption_certificate is not None:
        enveloped = {"envelopedKey": _text(issuance.enveloped_key)} if issuance.enveloped_key else {}
        bridge.call(
            "cert.importEnc",
            keySerial=key,
            txn=txn,
            certificate=_text(issuance.encryption_certificate),
            **enveloped,
        )
    restored = history_of(issuance)
    keys = [{"certificate": _text(one), "envelopedKey": _text(sealed)} for one, sealed in restored]
    if keys:
        bridge.call("cert.importHistory", keySerial=key, txn=txn, keys=keys)


def verify(bridge: InProcessBridge, *, key: str, question: dict[str, str], action: str, encryption: bool) -> bytes:
    """The new key's signature; the old container gives way to the new one."""
    proof = bridge.call(
        "install.verify", keySerial=key, action=action, encryption="required" if encryption else "none", **question
    )
    return base64.b64decode(proof["signature"])


def write_seal(bridge: InProcessBridge, *, key: str, txn: str, certificate: bytes, seal: bytes) -> None:
    """The seal beside its certificate (RULES P7)."""
    fingerprint = Certificate.from_der(certificate).fingerprint_sm3.hex()
    bridge.call("seal.write", keySerial=key, txn=txn, fingerprint=fingerprint, seal=_text(seal))


def read_seal(bridge: InProcessBridge, *, key: str, certificate: bytes) -> bytes:
    """What lies there."""
    fingerprint = Certificate.from_der(certificate).fingerprint_sm3.hex()
    return base64.b64decode(bridge.call("seal.read", keySerial=key, fingerprint=fingerprint)["seal"])


def verify_seal(
    bridge: InProcessBridge, *, key: str, certificate: bytes, question: dict[str, str]
) -> tuple[bytes, bytes]:
    """(the seal as it lies there, its certificate's key's signature for it)."""
    fingerprint = Certificate.from_der(certificate).fingerprint_sm3.hex()
    proof = bridge.call("seal.verify", keySerial=key, fingerprint=fingerprint, **question)
    return base64.b64decode(proof["seal"]), base64.b64decode(proof["signature"])


def _text(data: bytes | memoryview | None) -> str:
    return base64.b64encode(bytes(data or b"")).decode()
