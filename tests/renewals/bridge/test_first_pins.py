"""pin.issue (RULES D9, Across 5): a first PIN that only the hall's own key for it opens."""

import base64
import itertools
import json

import pytest

from portal.gm import SM2PrivateKey
from portal.gm.certificate import public_key_of
from renewals.bridge.first_pin import SealedPinInvalid, new_pin, open_pin, seal_pin
from renewals.bridge.protocol import BridgeFault, ErrorCode
from renewals.bridge.simulator import SoftKeyDesk
from tests.renewals.bridge.workshop import PIN, TXN, Page, b64

OURS = SM2PrivateKey.generate()
RECIPIENT = public_key_of(OURS).to_spki_der()


def blank(desk: SoftKeyDesk) -> str:
    serial = desk.provision("3888000000000901", "空白介质", PIN).serial
    desk.insert(serial)
    return serial


def test_the_bridge_makes_a_pin_that_only_we_can_open(desk: SoftKeyDesk) -> None:
    serial = blank(desk)
    page = Page(desk, protocol=3)

    asked = {"keySerial": serial, "txn": TXN, "recipient": b64(RECIPIENT), "digits": 8}
    answer = page.call("pin.issue", **asked)

    sealed = base64.b64decode(answer["sealedPin"])
    pin = open_pin(OURS, sealed, key_serial=serial, txn=TXN)
    assert len(pin) == 8
    assert pin.isdigit()
    assert desk.key(serial).pin_matches(pin)
    assert not desk.key(serial).pin_matches(PIN)
    assert page.call("pin.issue", **asked) == answer  # idempotent by its txn: the medium keeps the same PIN
    assert desk.key(serial).pin_matches(pin)
    told = json.dumps([answer, page.events, desk.key(serial).to_json()])
    assert pin not in told


def test_a_sealed_pin_is_for_its_medium_and_txn_alone() -> None:
    sealed = seal_pin(RECIPIENT, key_serial="SIM01", txn=TXN, pin="48291735")

    assert open_pin(OURS, sealed, key_serial="SIM01", txn=TXN) == "48291735"
    for wrong in ({"key_serial": "SIM02", "txn": TXN}, {"key_serial": "SIM01", "txn": "szca/other"}):
        with pytest.raises(SealedPinInvalid) as refused:
            open_pin(OURS, sealed, **wrong)
        assert "48291735" not in repr(refused.value)
    with pytest.raises(SealedPinInvalid):
        open_pin(SM2PrivateKey.generate(), sealed, key_serial="SIM01", txn=TXN)
    with pytest.raises(SealedPinInvalid):
        open_pin(OURS, b"\x30\x00", key_serial="SIM01", txn=TXN)


def test_without_the_pin_of_now_nothing_changes(desk: SoftKeyDesk) -> None:
    serial = blank(desk)

    with pytest.raises(BridgeFault) as refused:
        Page(desk, pin="000000", protocol=3).call(
            "pin.issue", keySerial=serial, txn=TXN, recipient=b64(RECIPIENT), digits=8
        )

    assert refused.value.code is ErrorCode.PIN_INCORRECT
    assert desk.key(serial).pin_matches(PIN)


def test_first_pins_have_no_runs() -> None:
    for _ in range(300):
        pin = new_pin(6)
        steps = [int(b) - int(a) for a, b in itertools.pairwise(pin)]
        assert all(pair not in [(0, 0), (1, 1), (-1, -1)] for pair in itertools.pairwise(steps))
