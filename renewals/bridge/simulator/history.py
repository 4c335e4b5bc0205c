"""Earlier encryption keys, brought onto a new medium so that old files still open (RULES P8)."""

from typing import Any

from portal.gm import sm3
from renewals.bridge.protocol import BridgeFault, ErrorCode, Stage
from renewals.bridge.simulator.desk import from_base64, open_envelope, require_same_key
from renewals.bridge.simulator.run import Run
from renewals.bridge.simulator.soft_key import Container, ContainerState, SoftKey, dump_key, read_certificate

Params = dict[str, Any]
Result = dict[str, Any]


def cert_import_history(run: Run, params: Params) -> Result:
    """A container of its own for each, all in one write; one that lies on this medium already stays as it is.

    The envelopes are for the signing key that this txn made. Space is looked at before the PIN is asked for.
    """
    given = [(from_base64(each["certificate"]), from_base64(each["envelopedKey"])) for each in params["keys"]]
    fingerprints = [read_certificate(certificate).fingerprint_sm3.hex() for certificate, _ in given]
    key = run.begin()
    made = key.container_of(params["txn"])
    if made is None:
        raise BridgeFault(ErrorCode.CERT_KEY_MISMATCH, "this key holds no container of this txn")
    if not made.signing_certificate:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "the signing certificate comes first")
    _require_space(run, key, _missing(key, [certificate for certificate, _ in given]))
    run.authorise(key, made)
    run.stage(Stage.OPEN, 50)
    containers = [_container(key, made, certificate, enveloped) for certificate, enveloped in given]

    def store(stored: SoftKey) -> None:
        missing = _missing(stored, [each.encryption_certificate for each in containers])
        _require_space(run, stored, missing)
        stored.containers += [each for each in containers if each.encryption_certificate in missing]

    return run.store(Stage.STORE, 80, {"fingerprints": fingerprints}, store)


def free_containers(run: Run, key: SoftKey) -> int:
    return 0 if run.desk.faults.container_full else key.free_containers


def _missing(key: SoftKey, certificates: list[bytes]) -> list[bytes]:
    there = {each.encryption_certificate for each in key.containers}
    return [certificate for certificate in dict.fromkeys(certificates) if certificate not in there]


def _require_space(run: Run, key: SoftKey, missing: list[bytes]) -> None:
    if free_containers(run, key) < len(missing):
        raise BridgeFault(ErrorCode.CONTAINER_FULL, f"{len(missing)} earlier encryption keys don't fit")


def _container(key: SoftKey, made: Container, certificate: bytes, enveloped: bytes) -> Container:
    """ENVELOPE_INVALID, CERT_KEY_MISMATCH."""
    encryption_key = dump_key(open_envelope(made, enveloped))
    require_same_key(encryption_key, made.algorithm, certificate)
    return Container(
        id="c" + sm3(certificate).hex()[:12],
        label=key.label,
        algorithm=made.algorithm,
        state=ContainerState.HISTORY,
        encryption_key=encryption_key,
        encryption_certificate=certificate,
    )
