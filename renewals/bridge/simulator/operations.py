"""What each method of the contract does to the desk. Parameters have passed their schema."""

import base64
import json
from collections.abc import Callable
from typing import Any, Final

from portal.gm import GmError, csr, der, sm3
from portal.gm.certificate import public_key_of, sign_message, verify_signature
from renewals.bridge.protocol import (
    MUTATING,
    PASSWORD_DIGITS,
    PIN_TRIES,
    BridgeFault,
    ErrorCode,
    Method,
    Stage,
    build_tbs,
    decode_challenge,
    install_action,
    request_action,
)
from renewals.bridge.simulator.desk import from_base64, open_envelope, require_own, require_same_key
from renewals.bridge.simulator.file_operations import OF_FILES, file_save
from renewals.bridge.simulator.first_pins import pin_issue
from renewals.bridge.simulator.history import cert_import_history, free_containers
from renewals.bridge.simulator.key_models import model_of
from renewals.bridge.simulator.pins import Wants
from renewals.bridge.simulator.run import Run
from renewals.bridge.simulator.seals import seal_read, seal_verify, seal_write
from renewals.bridge.simulator.soft_key import (
    PIN_LENGTHS,
    Container,
    ContainerState,
    Reply,
    SoftKey,
    dump_key,
    generate,
    load_key,
    read_certificate,
)

Params = dict[str, Any]
Result = dict[str, Any]


def auth_sign(run: Run, params: Params) -> Result:
    tbs = _tbs(run, params)
    key = run.begin()
    container = key.signing_container(params["fingerprint"])
    if container is None or not container.signing_key:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "no such signing certificate in this key")
    run.authorise(key, container, action=params["action"])
    run.stage(Stage.SIGN, 80)
    return {"keySerial": key.serial, **_signed(run, container, tbs)}


def key_gen_csr(run: Run, params: Params) -> Result:
    key = run.begin()
    makes = model_of(key.model).algorithms
    if params["algorithm"] not in makes:
        raise BridgeFault(ErrorCode.UNSUPPORTED, f"this key makes {makes} only")
    replaced = _replaced(key, params)
    subject = _subject(params, replaced)
    wanted = 1 + params.get("historyContainers", 0)
    if free_containers(run, key) < wanted:  # before the customer is asked for anything
        raise BridgeFault(ErrorCode.CONTAINER_FULL, "no container is free")
    password = ""
    if run.in_files:  # the new file's own: the old one's protects the old one
        password = run.ask_new_password(params.get("passwordDigits", PASSWORD_DIGITS))
    else:
        run.ask_pin(key)
    run.stage(Stage.GENERATE, 40)
    if run.desk.faults.keygen_fails:
        raise BridgeFault(ErrorCode.KEYGEN_FAILED)
    private_key = generate(params["algorithm"])
    request = csr.build(subject, private_key)
    container = Container(
        id="c" + sm3(request.der).hex()[:12],
        label=params.get("containerLabel") or (replaced.label if replaced else key.label),
        algorithm=params["algorithm"],
        state=ContainerState.PENDING,
        txn=params["txn"],
        replaces=replaced.id if replaced else "",
        signing_key=dump_key(private_key),
    )
    if password:
        container.set_password(password)
        run.keep_password(container, password)
    result = {
        "keySerial": key.serial,
        "container": container.id,
        "algorithm": container.algorithm,
        "csr": _b64(request.der),
    }

    def store(stored: SoftKey) -> None:
        if free_containers(run, stored) < wanted:
            raise BridgeFault(ErrorCode.CONTAINER_FULL, "no container is free")
        stored.containers.append(container)

    return run.store(Stage.STORE, 80, result, store)


def csr_prove(run: Run, params: Params) -> Result:
    """The pending key signs for its own request and nothing else: the page doesn't choose the action."""
    key = run.begin()
    container = _made_by(key, params["txn"])
    if container.state is not ContainerState.PENDING or container.signing_certificate:
        raise BridgeFault(ErrorCode.CERT_KEY_MISMATCH, "the key of this txn has its certificate already")
    made = key.replies.get(f"{Method.KEY_GEN_CSR} {params['txn']}")
    if made is None:
        raise BridgeFault(ErrorCode.CERT_KEY_MISMATCH, "this txn has made no request here")
    request = from_base64(made.result["csr"])
    action = request_action(request)
    tbs = _tbs(run, params | {"action": action})
    run.authorise(key, container, action=action)
    run.stage(Stage.SIGN, 80)
    signature = sign_message(load_key(container.signing_key, container.algorithm), tbs)
    return {
        "keySerial": key.serial,
        "container": container.id,
        "algorithm": container.algorithm,
        "csr": _b64(request),
        "signature": _b64(signature),
        "origin": run.origin,
    }


def cert_import_sign(run: Run, params: Params) -> Result:
    certificate = from_base64(params["certificate"])
    fingerprint = read_certificate(certificate).fingerprint_sm3.hex()
    key = run.begin()
    container = _made_by(key, params["txn"])
    require_own(container, certificate)
    run.authorise(key, container)

    def store(stored: SoftKey) -> None:
        _made_by(stored, params["txn"]).signing_certificate = certificate

    return run.store(Stage.STORE, 70, {"container": container.id, "fingerprint": fingerprint}, store)


def cert_import_enc(run: Run, params: Params) -> Result:
    certificate = from_base64(params["certificate"])
    fingerprint = read_certificate(certificate).fingerprint_sm3.hex()
    enveloped = from_base64(params["envelopedKey"]) if "envelopedKey" in params else None
    key = run.begin()
    container = _made_by(key, params["txn"])
    if not container.signing_certificate:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "the signing certificate comes first")
    run.authorise(key, container)
    run.stage(Stage.OPEN, 50)
    if enveloped is not None:
        encryption_key = dump_key(open_envelope(container, enveloped))
    else:  # RULES P8, encryption_key: keep
        old = next((each for each in key.containers if each.id == container.replaces), None)
        encryption_key = old.encryption_key if old else b""
    require_same_key(encryption_key, container.algorithm, certificate)

    def store(stored: SoftKey) -> None:
        fresh = _made_by(stored, params["txn"])
        fresh.encryption_key = encryption_key
        fresh.encryption_certificate = certificate

    return run.store(Stage.STORE, 80, {"container": container.id, "fingerprint": fingerprint}, store)


def install_verify(run: Run, params: Params) -> Result:
    """May be asked again with a fresh challenge: the exchange of containers happens once."""
    tbs = _tbs(run, params)
    key = run.begin()
    container = _made_by(key, params["txn"])
    if not container.signing_certificate:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "no signing certificate has been imported")
    certificate = read_certificate(container.signing_certificate)
    if params["action"] != install_action(certificate.serial):
        raise BridgeFault(ErrorCode.VERIFY_FAILED, "the certificate in the key has another serial number")
    run.authorise(key, container, action=params["action"])
    run.stage(Stage.VERIFY, 50)
    _verify_container(run, container, encryption=params["encryption"] == "required")
    run.stage(Stage.SIGN, 70)
    encryption = container.encryption_certificate
    result = {
        "keySerial": key.serial,
        **_signed(run, container, tbs),
        "encryptionFingerprint": read_certificate(encryption).fingerprint_sm3.hex() if encryption else None,
    }
    return run.store(Stage.COMMIT, 90, result, lambda stored: _take_over(stored, params["txn"]), remember=False)


def pin_verify(run: Run, _params: Params) -> Result:
    key = run.begin()
    run.ask_pin(key)
    return {"keySerial": key.serial, "verified": True}


def pin_change(run: Run, _params: Params) -> Result:
    key = run.begin()
    answer = run.ask_pin(key, wants=Wants.BOTH)
    return run.store(
        Stage.STORE, 80, {"keySerial": key.serial, "changed": True}, lambda stored: stored.set_pin(answer.new_pin)
    )


def pin_unlock(run: Run, params: Params) -> Result:
    authorization = from_base64(params["authorization"])
    key = run.begin()
    run.stage(Stage.VERIFY, 20)
    run.desk.check_unlock(key.serial, authorization)
    answer = run.ask_pin(key, wants=Wants.NEW_PIN)

    def store(stored: SoftKey) -> None:
        run.desk.check_unlock(stored.serial, authorization)  # not used up meanwhile
        stored.set_pin(answer.new_pin)
        stored.retries_left = PIN_TRIES
        stored.unlock_nonce = sm3(stored.unlock_key + stored.unlock_nonce)[:16]

    return run.store(Stage.STORE, 80, {"keySerial": key.serial, "unlocked": True}, store)


def cert_list(run: Run, _params: Params) -> Result:
    key = run.present()
    certificates = []
    for container in key.containers:
        for usage, der_bytes in (
            ("signing", container.signing_certificate),
            ("encryption", container.encryption_certificate),
        ):
            if der_bytes:
                certificates.append(
                    {
                        "container": container.id,
                        "usage": usage,
                        "algorithm": container.algorithm,
                        "state": str(container.state),
                        "fingerprint": read_certificate(der_bytes).fingerprint_sm3.hex(),
                        "certificate": _b64(der_bytes),
                    }
                )
    return {"key": key_info(run, key), "certificates": certificates}


def pin_info(run: Run, _params: Params) -> Result:
    key = run.present()
    return {
        "keySerial": key.serial,
        "retriesLeft": key.retries_left,
        "maxRetries": PIN_TRIES,
        "locked": key.retries_left == 0,
        "minLength": PIN_LENGTHS[0],
        "maxLength": PIN_LENGTHS[1],
        "unlockNonce": _b64(key.unlock_nonce),
    }


OPERATIONS: Final[dict[Method, Callable[[Run, Params], Result]]] = {
    Method.AUTH_SIGN: auth_sign,
    Method.KEY_GEN_CSR: key_gen_csr,
    Method.CSR_PROVE: csr_prove,
    Method.CERT_IMPORT_SIGN: cert_import_sign,
    Method.CERT_IMPORT_ENC: cert_import_enc,
    Method.CERT_IMPORT_HISTORY: cert_import_history,
    Method.INSTALL_VERIFY: install_verify,
    Method.PIN_VERIFY: pin_verify,
    Method.PIN_CHANGE: pin_change,
    Method.PIN_UNLOCK: pin_unlock,
    Method.PIN_ISSUE: pin_issue,
    Method.FILE_SAVE: file_save,
    Method.SEAL_WRITE: seal_write,
    Method.SEAL_VERIFY: seal_verify,
}
"""Those that take the key for their session, one at a time."""

READINGS: Final[dict[Method, Callable[[Run, Params], Result]]] = {
    Method.CERT_LIST: cert_list,
    Method.PIN_INFO: pin_info,
    Method.SEAL_READ: seal_read,
}


def perform(run: Run, params: Params) -> Result:
    """An operation, or the answer that the same txn has had before."""
    if run.in_files and run.method not in OF_FILES:
        raise BridgeFault(ErrorCode.UNSUPPORTED, f"{run.method} is for keys, not for files")
    if run.method in MUTATING and run.method is not Method.INSTALL_VERIFY:
        digest = sm3(json.dumps([run.method, params], sort_keys=True).encode()).hex()
        run.reply_name = f"{run.method} {params['txn']}"
        run.reply_digest = digest
        earlier: Reply | None = run.present().replies.get(run.reply_name)
        if earlier is not None:
            if earlier.digest != digest:
                raise BridgeFault(ErrorCode.BAD_REQUEST, "this txn was used with other parameters")
            return earlier.result
    result = OPERATIONS[run.method](run, params)
    run.finish()
    return result


def key_info(run: Run, key: SoftKey) -> dict[str, Any]:
    return {
        "keySerial": key.serial,
        "mediumNumber": key.medium_number,
        "label": key.label,
        "model": key.model,
        "containers": key.capacity,
        "freeContainers": free_containers(run, key),
    }


def _tbs(run: Run, params: Params) -> bytes:
    try:
        return build_tbs(run.origin, decode_challenge(params["challenge"]), params["txn"], params["action"])
    except ValueError as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, str(error)) from error


def _signed(run: Run, container: Container, tbs: bytes) -> Result:
    signature = sign_message(load_key(container.signing_key, container.algorithm), tbs)
    return {
        "algorithm": container.algorithm,
        "fingerprint": read_certificate(container.signing_certificate).fingerprint_sm3.hex(),
        "certificate": _b64(container.signing_certificate),
        "signature": _b64(signature),
        "origin": run.origin,
    }


def _replaced(key: SoftKey, params: Params) -> Container | None:
    if "replaces" not in params:
        return None
    container = key.signing_container(params["replaces"])
    if container is None or container.state is not ContainerState.CURRENT:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "the certificate to be replaced is not in this key")
    return container


def _subject(params: Params, replaced: Container | None) -> bytes:
    if "subject" in params:
        subject = from_base64(params["subject"])
        try:
            der.read_one(subject)
        except GmError as error:
            raise BridgeFault(ErrorCode.BAD_REQUEST, "subject: not a Name in DER") from error
        return subject
    if replaced is None:
        raise BridgeFault(ErrorCode.BAD_REQUEST, "neither a subject nor a certificate to replace")
    return read_certificate(replaced.signing_certificate).subject_der


def _made_by(key: SoftKey, txn: str) -> Container:
    container = key.container_of(txn)
    if container is None:
        raise BridgeFault(ErrorCode.CERT_KEY_MISMATCH, "this key holds no container of this txn")
    return container


def _verify_container(run: Run, container: Container, *, encryption: bool) -> None:
    """That what will take the old container's place really works. VERIFY_FAILED."""
    if run.desk.faults.verify_fails:
        raise BridgeFault(ErrorCode.VERIFY_FAILED, "a fault of the test desk")
    if encryption and not container.encryption_certificate:
        raise BridgeFault(ErrorCode.VERIFY_FAILED, "no encryption certificate has been imported")
    private_key = load_key(container.signing_key, container.algorithm)
    try:
        require_own(container, container.signing_certificate)
        if container.encryption_certificate:
            require_same_key(container.encryption_key, container.algorithm, container.encryption_certificate)
        verify_signature(public_key_of(private_key), sign_message(private_key, b"install.verify"), b"install.verify")
    except (BridgeFault, GmError) as error:
        raise BridgeFault(ErrorCode.VERIFY_FAILED, str(error)) from error


def _take_over(key: SoftKey, txn: str) -> None:
    """The new container is current; of the old one only the encryption pair stays (RULES P8)."""
    container = _made_by(key, txn)
    container.state = ContainerState.CURRENT
    for old in key.containers:
        if old.id == container.replaces and old.state is ContainerState.CURRENT:
            old.state = ContainerState.HISTORY
            old.signing_key = old.signing_certificate = b""
    key.containers = [
        each for each in key.containers if each.state is not ContainerState.HISTORY or each.encryption_certificate
    ]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
