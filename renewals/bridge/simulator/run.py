"""One running request: its stages, cancellation, the one key it is about, the PIN it needs."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from renewals.bridge.protocol import FILE_STORE, PASSWORD_DIGITS, STAGES, BridgeFault, ErrorCode, Event, Method, Stage
from renewals.bridge.simulator.desk import SoftKeyDesk
from renewals.bridge.simulator.faults import DONE
from renewals.bridge.simulator.pins import PinAnswer, PinDesk, Wants, request_for
from renewals.bridge.simulator.soft_key import Container, Reply, SoftKey

AUTHORISED_SECONDS = 600


@dataclass(slots=True)
class Authorisations:
    """One PIN entry counts for one txn, one insertion of the key and ten minutes."""

    _until: dict[tuple[int, str], float] = field(default_factory=dict)
    _passwords: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)  # container → of its file

    def add(self, insertion: int, txn: str) -> None:
        self._until[(insertion, txn)] = time.monotonic() + AUTHORISED_SECONDS

    def has(self, insertion: int, txn: str) -> bool:
        return self._until.get((insertion, txn), 0.0) > time.monotonic()

    def keep_password(self, container: str, password: str) -> None:
        self._passwords[container] = (password, time.monotonic() + AUTHORISED_SECONDS)

    def password(self, container: str) -> str:
        """ "" when it has to be asked for."""
        password, until = self._passwords.get(container, ("", 0.0))
        return password if until > time.monotonic() else ""


class Run:
    """Made by the dispatcher for one request; used by one thread, cancelled from any."""

    def __init__(
        self,
        *,
        desk: SoftKeyDesk,
        pins: PinDesk,
        authorisations: Authorisations,
        origin: str,
        request_id: int | str,
        method: Method,
        params: dict[str, Any],
        send: Callable[[dict[str, Any]], None],
    ) -> None:
        self.desk = desk
        self.origin = origin
        self.method = method
        self.reply_name = ""
        self.reply_digest = ""
        self._pins = pins
        self._authorisations = authorisations
        self._id = request_id
        self._serial: str | None = params.get("keySerial")
        self.in_files = params.get("store") == FILE_STORE or (
            self._serial is not None and self._serial == desk.files.serial
        )
        self._txn: str = params.get("txn", "")
        self._send = send
        self._insertion = 0
        self._lock = threading.Lock()
        self._cancelled = False
        self._past_return = False

    # --- cancelling --------------------------------------------------------------------------

    def cancel(self) -> bool:
        """False when the effect can no longer be held back."""
        with self._lock:
            if self._past_return:
                return False
            self._cancelled = True
        self._pins.wake()
        return True

    # --- stages ------------------------------------------------------------------------------

    def present(self) -> SoftKey:
        """The one key that is in, or the store of files. NO_KEY, MULTIPLE_KEYS, KEY_CHANGED, DRIVER_…"""
        key = self.desk.files.read() if self.in_files else self.desk.the_only_key()
        if self._serial is not None and key.serial != self._serial:
            raise BridgeFault(ErrorCode.KEY_CHANGED, "another key is in")
        return key

    def begin(self) -> SoftKey:
        """The first stage: from here on it is this key, in this insertion, and no other."""
        key = self.present()
        self._insertion = self.desk.inserted().get(key.serial, 0)
        self.stage(Stage.CHECK, 5)
        return key

    def stage(self, stage: Stage, percent: int) -> None:
        """Entering `stage`: faults strike, then cancellation and the key are looked at."""
        self._strike(stage)
        self._still_wanted()
        if stage is STAGES[self.method][-1] and stage is not Stage.PIN:  # waiting can always be ended
            with self._lock:
                if self._cancelled:
                    raise BridgeFault(ErrorCode.CANCELLED)
                self._past_return = True
        self._send(
            {
                "jsonrpc": "2.0",
                "method": str(Event.PROGRESS),
                "params": {"requestId": self._id, "stage": str(stage), "percent": percent},
            }
        )

    def ask_pin(self, key: SoftKey, *, action: str = "", wants: Wants = Wants.PIN) -> PinAnswer:
        """USER_DENIED, TIMEOUT, PIN_INCORRECT, PIN_LOCKED; asks nothing when this txn has asked."""
        self.stage(Stage.PIN, 10)
        if wants is not Wants.NEW_PIN and key.retries_left == 0:
            raise BridgeFault(ErrorCode.PIN_LOCKED, retries_left=0)
        if wants is Wants.PIN and self._authorisations.has(self._insertion, self._txn):
            return PinAnswer()
        request = request_for(key, origin=self.origin, method=self.method, action=action, wants=wants)
        answer = self._pins.ask(request, self._still_wanted)
        if wants is not Wants.NEW_PIN:
            try:
                self.desk.try_pin(key.serial, answer.pin)
            except BridgeFault as fault:
                self._pins.note(request, str(fault.code), fault.retries_left)
                raise
            self._authorisations.add(self._insertion, self._txn)
        self._pins.note(request, "OK", None)
        return answer

    def authorise(self, key: SoftKey, container: Container, *, action: str = "") -> None:
        """By the medium's PIN, or by the password of the one file."""
        if self.in_files:
            self.ask_password(container, action=action)
        else:
            self.ask_pin(key, action=action)

    def ask_password(self, container: Container, *, action: str = "") -> str:
        """The password of one file, remembered for ten minutes as a PIN is.

        USER_DENIED, TIMEOUT, PASSWORD_INCORRECT.
        """
        self.stage(Stage.PIN, 10)
        known = self._authorisations.password(container.id)
        if known:
            return known
        request = request_for(
            self.present(), origin=self.origin, method=self.method, action=action, wants=Wants.PIN, file=True
        )
        password = self._pins.ask(request, self._still_wanted).pin
        right = container.password_matches(password)
        self._pins.note(request, "OK" if right else str(ErrorCode.PASSWORD_INCORRECT), None)
        if not right:
            raise BridgeFault(ErrorCode.PASSWORD_INCORRECT, "not the password of this file")
        self._authorisations.keep_password(container.id, password)
        return password

    def ask_new_password(self, digits: int = PASSWORD_DIGITS) -> str:
        """The password of a file that is about to be made: exactly so many digits."""
        self.stage(Stage.PIN, 10)
        request = request_for(
            self.present(),
            origin=self.origin,
            method=self.method,
            action="",
            wants=Wants.NEW_PIN,
            digits=digits,
            file=True,
        )
        return self._pins.ask(request, self._still_wanted).new_pin

    def keep_password(self, container: Container, password: str) -> None:
        self._authorisations.keep_password(container.id, password)

    def store(
        self,
        stage: Stage,
        percent: int,
        result: dict[str, Any],
        change: Callable[[SoftKey], None],
        *,
        remember: bool = True,
    ) -> dict[str, Any]:
        """The one effect of an operation: `change` and the remembered answer, in one file write."""
        self.stage(stage, percent)
        serial = self.present().serial
        with self.desk.files.editing() if self.in_files else self.desk.editing(serial) as key:
            change(key)
            if remember:
                key.remember(self.reply_name, Reply(self.reply_digest, result))
        return result

    def finish(self) -> None:
        """After the effect: a pull-out here loses the answer, not the effect."""
        self._strike(DONE)
        self._still_wanted(cancellable=not self._past_return)

    # --- inside ------------------------------------------------------------------------------

    def _still_wanted(self, *, cancellable: bool = True) -> None:
        if cancellable and self._cancelled:
            raise BridgeFault(ErrorCode.CANCELLED)
        if self.in_files:  # nothing can be pulled out
            return
        try:
            key = self.present()
        except BridgeFault as fault:
            if fault.code is ErrorCode.NO_KEY:
                raise BridgeFault(ErrorCode.KEY_REMOVED, "the key was pulled out") from fault
            raise
        if self.desk.inserted().get(key.serial) != self._insertion:
            raise BridgeFault(ErrorCode.KEY_REMOVED, "the key was pulled out and plugged in again")

    def _strike(self, stage: str) -> None:
        faults, point = self.desk.faults, f"{self.method}/{stage}"
        if faults.slow_seconds:
            self._sleep(faults.slow_seconds)
        if faults.takes("exit_at", point):
            os._exit(9)
        if faults.takes("crash_at", point):
            raise RuntimeError(f"the test desk asked for a crash at {point}")
        if faults.takes("pull_at", point):
            self.desk.pull_all()
        if faults.takes("swap_at", point):
            self.desk.pull_all()
            self.desk.insert(faults.swap_to)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._cancelled:
            time.sleep(min(0.05, left))
