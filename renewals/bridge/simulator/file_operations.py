"""`file.save`: a certificate and its key as a file of the customer's (RULES B5–B7)."""

from typing import Any, Final

from renewals.bridge.protocol import BridgeFault, ErrorCode, Method, Stage
from renewals.bridge.simulator.file_store import make_pfx
from renewals.bridge.simulator.run import Run
from renewals.bridge.simulator.soft_key import read_certificate

OF_FILES: Final = frozenset(
    {
        Method.AUTH_SIGN,
        Method.KEY_GEN_CSR,
        Method.CSR_PROVE,
        Method.CERT_IMPORT_SIGN,
        Method.FILE_SAVE,
        Method.INSTALL_VERIFY,
    }
)
"""The operations that the file store does, too."""


def file_save(run: Run, params: dict[str, Any]) -> dict[str, Any]:
    """The .pfx, as often as it is asked for: where the first was held back, the next one is saved (RULES B5)."""
    key = run.begin()
    if not run.in_files:
        raise BridgeFault(ErrorCode.UNSUPPORTED, "the key of a medium never leaves it")
    container = key.container_of(params["txn"])
    if container is None or not container.signing_certificate:
        raise BridgeFault(ErrorCode.CERT_NOT_FOUND, "no certificate of this txn has been imported")
    password = run.ask_password(container)
    run.stage(Stage.STORE, 60)
    faults = run.desk.faults
    if faults.pfx_fails or faults.saving_blocked:
        raise BridgeFault(ErrorCode.PFX_FAILED if faults.pfx_fails else ErrorCode.FILE_SAVE_FAILED)
    name = params["fileName"]
    run.desk.files.save(name, make_pfx(container, password, name=name.removesuffix(".pfx")))
    fingerprint = read_certificate(container.signing_certificate).fingerprint_sm3.hex()
    return {"keySerial": key.serial, "container": container.id, "fileName": name, "fingerprint": fingerprint}
