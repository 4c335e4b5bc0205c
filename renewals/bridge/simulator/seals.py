"""Electronic seals on a soft key: written beside the certificate that they name, answered for by its key (RULES P7)."""

import base64
from typing import Any

from portal.gm import sm3
from portal.gm.certificate import sign_message
from renewals.bridge.protocol import BridgeFault, ErrorCode, Stage, build_tbs, decode_challenge, seal_action
from renewals.bridge.simulator.desk import from_base64
from renewals.bridge.simulator.run import Run
from renewals.bridge.simulator.soft_key import Container, SoftKey, load_key
from renewals.sealing.errors import SealInvalid
from renewals.sealing.seal_data import read

Params = dict[str, Any]
Result = dict[str, Any]


def seal_write(run: Run, params: Params) -> Result:
    """A key doesn't judge who made a seal; it looks that the seal is of the certificate beside which it will lie.

    No PIN: a seal is public, and works only with the key of the certificate that it names.
    """
    seal = from_base64(params["seal"])
    key = run.begin()
    container = _container(key, params["fingerprint"])
    run.stage(Stage.VERIFY, 30)
    try:
        named = read(seal).certificates
    except SealInvalid as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, "not an electronic seal") from error
    if container.signing_certificate not in named:
        raise BridgeFault(ErrorCode.CERT_KEY_MISMATCH, "the seal names another certificate")

    def store(stored: SoftKey) -> None:
        _container(stored, params["fingerprint"]).seal = seal

    return run.store(Stage.STORE, 80, {"container": container.id, "sealDigest": sm3(seal).hex()}, store)


def seal_read(run: Run, params: Params) -> Result:
    """What lies there, for whoever holds the medium and not its PIN (a first PIN that nobody at the hall knows)."""
    key = run.present()
    return {
        "keySerial": key.serial,
        "fingerprint": params["fingerprint"],
        "seal": _b64(_with_seal(key, params["fingerprint"]).seal),
    }


def seal_verify(run: Run, params: Params) -> Result:
    """The page doesn't choose what is signed: it is the seal that lies on the key."""
    key = run.begin()
    container = _with_seal(key, params["fingerprint"])
    action = seal_action(container.seal)
    try:
        tbs = build_tbs(run.origin, decode_challenge(params["challenge"]), params["txn"], action)
    except ValueError as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, str(error)) from error
    run.ask_pin(key, action=action)
    run.stage(Stage.SIGN, 80)
    return {
        "keySerial": key.serial,
        "algorithm": container.algorithm,
        "fingerprint": params["fingerprint"],
        "seal": _b64(container.seal),
        "signature": _b64(sign_message(load_key(container.signing_key, container.algorithm), tbs)),
        "origin": run.origin,
    }


def _container(key: SoftKey, fingerprint: str) -> Container:
    container = key.signing_container(fingerprint)
    if container is None or not container.signing_key:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "no such signing certificate in this key")
    return container


def _with_seal(key: SoftKey, fingerprint: str) -> Container:
    container = _container(key, fingerprint)
    if not container.seal:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "no electronic seal lies beside this certificate")
    return container


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
