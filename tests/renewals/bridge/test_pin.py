"""The PIN: six tries, the bridge's own window, unlocking. RULES A7, A11, P1, Across 5."""

import base64
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from renewals.bridge.protocol import BridgeFault, ErrorCode, unlock_authorization
from renewals.bridge.simulator import Dispatcher, PinDesk, SoftKeyDesk
from tests.renewals.bridge.test_operations import refused
from tests.renewals.bridge.workshop import PIN, TXN, Page, Rekey, WorkshopCa


def ask(page: Page, serial: str, txn: str = TXN) -> None:
    page.call("pin.verify", keySerial=serial, txn=txn)


def tries_left(desk: SoftKeyDesk, serial: str) -> int:
    return desk.key(serial).retries_left


def test_six_wrong_pins_in_a_row_lock_the_key(page: Page, desk: SoftKeyDesk, serial: str) -> None:
    page.pins.auto_pin = "000000"
    for left in (5, 4, 3, 2, 1):
        with pytest.raises(BridgeFault) as caught:
            ask(page, serial)
        assert (caught.value.code, caught.value.retries_left) == (ErrorCode.PIN_INCORRECT, left)
    with refused(ErrorCode.PIN_LOCKED):
        ask(page, serial)
    page.pins.auto_pin = PIN  # too late
    with refused(ErrorCode.PIN_LOCKED):
        ask(page, serial)
    assert page.call("pin.info", keySerial=serial)["locked"] is True
    changed = [event["params"]["retriesLeft"] for event in page.events if event["method"] == "pin.changed"]
    assert changed == [5, 4, 3, 2, 1, 0]


def test_a_right_pin_gives_the_tries_back(page: Page, desk: SoftKeyDesk, serial: str) -> None:
    page.pins.auto_pin = "000000"
    for _ in range(5):
        with refused(ErrorCode.PIN_INCORRECT):
            ask(page, serial)
    page.pins.auto_pin = PIN
    ask(page, serial)
    assert tries_left(desk, serial) == 6


def test_the_try_is_taken_off_before_the_comparison(
    desk: SoftKeyDesk, serial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr("renewals.bridge.simulator.soft_key.SoftKey.pin_matches", killed)
    with pytest.raises(KeyboardInterrupt):
        desk.try_pin(serial, PIN)
    assert tries_left(desk, serial) == 5


def test_one_pin_for_one_txn(desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    """A7: one PIN window for the whole update; another txn asks again."""
    page = Page(desk)
    Rekey(page, ca, serial).all()
    page.pins.auto_pin = "000000"
    ask(page, serial)  # this txn has been authorised
    with refused(ErrorCode.PIN_INCORRECT):
        ask(page, serial, "szca/another")
    assert tries_left(desk, serial) == 5


def test_pulling_the_key_out_ends_the_authorisation(page: Page, desk: SoftKeyDesk, serial: str) -> None:
    ask(page, serial)
    desk.pull(serial)
    desk.insert(serial)
    page.pins.auto_pin = "000000"
    with refused(ErrorCode.PIN_INCORRECT):
        ask(page, serial)


def test_change(page: Page, desk: SoftKeyDesk, serial: str) -> None:
    page.pins.auto_new_pin = "24681357"
    assert page.call("pin.change", keySerial=serial, txn=TXN) == {"keySerial": serial, "changed": True}
    assert desk.key(serial).pin_matches("24681357")
    assert not desk.key(serial).pin_matches(PIN)
    assert page.call("pin.change", keySerial=serial, txn=TXN)["changed"]  # repeated: same answer, not asked again


def test_unlock_with_the_cas_authorisation_once(page: Page, desk: SoftKeyDesk, serial: str) -> None:
    """P1."""
    page.pins.auto_pin = "000000"
    for _ in range(6):
        with pytest.raises(BridgeFault):
            ask(page, serial)
    nonce = base64.b64decode(page.call("pin.info", keySerial=serial)["unlockNonce"])
    right = unlock_authorization(desk.key(serial).unlock_key, serial, nonce)

    def unlock(txn: str, authorization: bytes) -> None:
        sent = base64.b64encode(authorization).decode()
        page.call("pin.unlock", keySerial=serial, txn=txn, authorization=sent)

    with refused(ErrorCode.VERIFY_FAILED):
        unlock(TXN, bytes(32))
    assert tries_left(desk, serial) == 0
    page.pins.auto_pin = "24681357"
    unlock(TXN, right)
    assert tries_left(desk, serial) == 6
    assert desk.key(serial).pin_matches("24681357")
    with refused(ErrorCode.VERIFY_FAILED):
        unlock("szca/again", right)  # the nonce has moved on


def test_no_pin_lies_on_the_disk(desk: SoftKeyDesk, serial: str, tmp_path: Path) -> None:
    desk.try_pin(serial, PIN)
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert PIN.encode() not in written
    assert PIN.encode().hex().encode() not in written


class Window:
    """Somebody at the PIN window, on a page without auto_pin."""

    def __init__(self, desk: SoftKeyDesk, *, seconds: float = 5) -> None:
        self.pins = PinDesk(seconds=seconds)
        self.page = Page(desk, dispatcher=Dispatcher(desk, self.pins))

    def meanwhile(self, act: Callable[[str], None]) -> threading.Thread:
        """`act` is called with the request's id as soon as one is waiting."""

        def watch() -> None:
            until = time.monotonic() + 5
            while not self.pins.pending() and time.monotonic() < until:
                time.sleep(0.01)
            for request in self.pins.pending():
                act(request.id)

        thread = threading.Thread(target=watch)
        thread.start()
        return thread


def test_window_says_who_asks_for_what(desk: SoftKeyDesk, serial: str) -> None:
    window = Window(desk)
    seen = []

    def answer(request_id: str) -> None:
        seen.append(window.pins.pending()[0].as_dict())
        window.pins.answer(request_id, PIN)

    thread = window.meanwhile(answer)
    ask(window.page, serial)
    thread.join()
    assert seen[0]["origin"] == "https://szca.example"
    assert (seen[0]["method"], seen[0]["retriesLeft"], seen[0]["wants"]) == ("pin.verify", 6, "pin")
    assert window.pins.pending() == []
    assert window.pins.outcomes()[-1]["outcome"] == "OK"


def test_denied_timed_out_cancelled_pulled(desk: SoftKeyDesk, serial: str) -> None:
    window = Window(desk)
    endings: list[tuple[Callable[[str], object], ErrorCode]] = [
        (window.pins.deny, ErrorCode.USER_DENIED),
        (lambda _: window.page.call("op.cancel", requestId=window.page.last), ErrorCode.CANCELLED),
        (lambda _: desk.pull(serial), ErrorCode.KEY_REMOVED),
    ]
    for act, code in endings:
        thread = window.meanwhile(lambda request_id, act=act: act(request_id) and None)  # type: ignore[misc]
        with refused(code):
            ask(window.page, serial)
        thread.join()
    desk.insert(serial)
    impatient = Window(desk, seconds=0.05)
    window.page.dispatcher.shut_down()
    with refused(ErrorCode.TIMEOUT):
        ask(impatient.page, serial)
    assert tries_left(desk, serial) == 6


def test_impossible_pins_take_no_try_off(desk: SoftKeyDesk, serial: str) -> None:
    window = Window(desk)

    def answer(request_id: str) -> None:
        for new_pin in ("", "12345", "1" * 17, "密码密码密码", "12345\n"):
            with pytest.raises(ValueError, match="PIN"):
                window.pins.answer(request_id, PIN, new_pin)
        window.pins.deny(request_id)

    thread = window.meanwhile(answer)
    with refused(ErrorCode.USER_DENIED):
        window.page.call("pin.change", keySerial=serial, txn=TXN)
    thread.join()
    assert tries_left(desk, serial) == 6
