"""A medium's first PIN, made by the bridge of the hall's own desk and sealed for the hall (RULES D9, Across 5)."""

import base64
from typing import Any

from portal.gm import GmError
from renewals.bridge.first_pin import new_pin, seal_pin
from renewals.bridge.protocol import PIN_TRIES, BridgeFault, ErrorCode, Stage
from renewals.bridge.simulator.desk import from_base64
from renewals.bridge.simulator.run import Run
from renewals.bridge.simulator.soft_key import SoftKey

Params = dict[str, Any]
Result = dict[str, Any]


def pin_issue(run: Run, params: Params) -> Result:
    """Whoever has the PIN of now (the medium's transport PIN) may have it changed to one that nobody sees."""
    key = run.begin()
    run.ask_pin(key)
    run.stage(Stage.GENERATE, 50)
    pin = new_pin(params["digits"])
    try:
        sealed = seal_pin(from_base64(params["recipient"]), key_serial=key.serial, txn=params["txn"], pin=pin)
    except GmError as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, "the recipient is no SM2 key") from error

    def store(stored: SoftKey) -> None:
        stored.set_pin(pin)
        stored.retries_left = PIN_TRIES

    result = {"keySerial": key.serial, "sealedPin": base64.b64encode(sealed).decode("ascii")}
    return run.store(Stage.STORE, 80, result, store)
