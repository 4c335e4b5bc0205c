"""The bridge's own PIN window: requests wait here until somebody answers on `/pin`.

A PIN goes from that page into `answer` and from there to the key; it is in no message of the
protocol, no log line and no file.
"""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from renewals.bridge.protocol import BridgeFault, ErrorCode, Method
from renewals.bridge.simulator.desk import check_new_password, check_new_pin
from renewals.bridge.simulator.soft_key import SoftKey

PIN_SECONDS: Final = 120
_TICK: Final = 0.1  # seconds between two looks at cancellation and the key


class Wants(StrEnum):
    PIN = "pin"
    NEW_PIN = "new_pin"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PinAnswer:
    pin: str = field(default="", repr=False)
    new_pin: str = field(default="", repr=False)


@dataclass(slots=True)
class PinRequest:
    """What the person at the key is asked for, and by whom."""

    origin: str
    method: Method
    action: str
    key_serial: str
    key_label: str
    medium_number: str
    retries_left: int
    wants: Wants
    digits: int = 0  # of a file's new password: exactly so many; 0: a medium's PIN
    file: bool = False  # about a file's password, not about a medium's PIN
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    answer: PinAnswer | None = field(default=None, repr=False)
    denied: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "origin": self.origin,
            "method": str(self.method),
            "action": self.action,
            "keySerial": self.key_serial,
            "keyLabel": self.key_label,
            "mediumNumber": self.medium_number,
            "retriesLeft": self.retries_left,
            "wants": str(self.wants),
            "digits": self.digits,
            "file": self.file,
        }


def request_for(
    key: SoftKey, *, origin: str, method: Method, action: str, wants: Wants, digits: int = 0, file: bool = False
) -> PinRequest:
    return PinRequest(
        origin, method, action, key.serial, key.label, key.medium_number, key.retries_left, wants, digits, file
    )


class PinDesk:
    """`auto_pin`, when set, answers every request at once: for walks and tests."""

    def __init__(self, *, seconds: float = PIN_SECONDS, auto_pin: str = "") -> None:
        self.seconds = seconds
        self.auto_pin = auto_pin
        self.auto_new_pin = ""
        self._changed = threading.Condition()
        self._pending: dict[str, PinRequest] = {}
        self._outcomes: deque[dict[str, Any]] = deque(maxlen=10)

    def ask(self, request: PinRequest, still_wanted: Callable[[], None]) -> PinAnswer:
        """Blocks until answered. `still_wanted` raises when the operation has lost its reason
        (cancelled, key pulled out). Raises BridgeFault USER_DENIED or TIMEOUT."""
        if self.auto_pin:
            if request.digits:
                check_new_password(self.auto_new_pin or self.auto_pin, request.digits)
            return PinAnswer(self.auto_pin, self.auto_new_pin or self.auto_pin)
        until = time.monotonic() + self.seconds
        with self._changed:
            self._pending[request.id] = request
            try:
                while request.answer is None:
                    if request.denied:
                        raise BridgeFault(ErrorCode.USER_DENIED)
                    if time.monotonic() >= until:
                        raise BridgeFault(ErrorCode.TIMEOUT, "nobody entered the PIN")
                    still_wanted()
                    self._changed.wait(min(_TICK, self.seconds))
                return request.answer
            finally:
                del self._pending[request.id]
                request.answer = None

    def pending(self) -> list[PinRequest]:
        with self._changed:
            return list(self._pending.values())

    def answer(self, request_id: str, pin: str, new_pin: str = "") -> None:
        """Raises KeyError when the request is gone, ValueError for an impossible PIN (which then
        takes no try off)."""
        with self._changed:
            request = self._pending[request_id]
            if request.wants is not Wants.NEW_PIN and not 1 <= len(pin) <= 64:
                raise ValueError("the PIN is missing or too long")
            if request.wants is not Wants.PIN and request.digits:
                check_new_password(new_pin, request.digits)
            elif request.wants is not Wants.PIN:
                check_new_pin(new_pin)
            request.answer = PinAnswer(pin, new_pin)
            self._changed.notify_all()

    def deny(self, request_id: str) -> None:
        """Raises KeyError."""
        with self._changed:
            self._pending[request_id].denied = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Something happened (key pulled out, request cancelled): look again now."""
        with self._changed:
            self._changed.notify_all()

    def note(self, request: PinRequest, outcome: str, retries_left: int | None) -> None:
        """What became of an answered request: the PIN page tells the person."""
        with self._changed:
            self._outcomes.append({"id": request.id, "outcome": outcome, "retriesLeft": retries_left})

    def outcomes(self) -> list[dict[str, Any]]:
        with self._changed:
            return list(self._outcomes)
