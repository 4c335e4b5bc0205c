"""JSON-RPC 2.0 over whatever carries text: the WebSocket server, or a call in the same process."""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from renewals.bridge.protocol import (
    MESSAGE_LIMIT,
    OLDEST_PROTOCOL,
    PROTOCOL_VERSION,
    RPC_NUMBERS,
    SINCE,
    STAGES,
    BridgeFault,
    ErrorCode,
    Event,
    Method,
    canonical_origin,
)
from renewals.bridge.schema import request_problem, response_problem
from renewals.bridge.simulator.desk import SoftKeyDesk
from renewals.bridge.simulator.environment import bridge_version, env_check, numbers
from renewals.bridge.simulator.operations import READINGS, perform
from renewals.bridge.simulator.pins import PinDesk
from renewals.bridge.simulator.run import Authorisations, Run

LEASE_SECONDS: Final = 60
"""How long a session keeps the key for itself after its last operation."""

Message = dict[str, Any]
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    """One WebSocket of one page. `send` takes notifications and is called from any thread."""

    origin: str
    send: Callable[[Message], None]
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    greeted: bool = False
    protocol: int = 0  # what was agreed on in hello
    authorisations: Authorisations = field(default_factory=Authorisations)
    running: dict[int | str, Run] = field(default_factory=dict)


class Dispatcher:
    """`handle` blocks while an operation runs: call it in a thread of its own."""

    def __init__(self, desk: SoftKeyDesk, pins: PinDesk, *, desk_url: str = "", pin_url: str = "") -> None:
        self.desk = desk
        self.pins = pins
        self.desk_url = desk_url
        self.pin_url = pin_url
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._leases: dict[str, tuple[str, float]] = {}  # key serial → session, until
        self._forget = desk.listen(self._broadcast)

    # --- sessions ----------------------------------------------------------------------------

    def open(self, origin: str, send: Callable[[Message], None]) -> Session:
        session = Session(canonical_origin(origin), send)
        with self._lock:
            self._sessions[session.id] = session
        return session

    def close(self, session: Session) -> None:
        """What still runs is cancelled, and the key is free for others."""
        with self._lock:
            self._sessions.pop(session.id, None)
            self._leases = {serial: held for serial, held in self._leases.items() if held[0] != session.id}
            runs = list(session.running.values())
        for run in runs:
            run.cancel()

    def shut_down(self) -> None:
        self._forget()
        for session in list(self._sessions.values()):
            self.close(session)

    def info(self) -> Message:
        """The answer to `GET /v1/hello` and to `hello`."""
        urls = {"deskUrl": self.desk_url, "pinUrl": self.pin_url}
        return {
            "bridge": {"name": "Certhall 证书助手（模拟）", "version": bridge_version(self.desk)},
            "protocol": {"min": OLDEST_PROTOCOL, "max": PROTOCOL_VERSION},
            "simulator": True,
            **{name: url for name, url in urls.items() if url},
        }

    # --- messages ----------------------------------------------------------------------------

    def handle(self, session: Session, text: str) -> Message:
        """The answer to one message; never raises."""
        request_id: int | str | None = None
        try:
            message = _parse(text)
            method = _method(message)
            _check(method, message)
            request_id = message["id"]
            return self._answer(session, method, message)
        except BridgeFault as fault:
            return refusal(request_id if request_id is not None else _id_of(text), fault)
        except Exception:
            logger.exception("defect of the simulator")
            return refusal(request_id, BridgeFault(ErrorCode.INTERNAL, "see the simulator's log"))

    def _answer(self, session: Session, method: Method, message: Message) -> Message:
        params: Message = message.get("params", {})
        result = self._result(session, method, message["id"], params)
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        wrong = response_problem(method, answer)
        if wrong is not None:  # the simulator is the contract's example: it may not stray from it
            raise RuntimeError(f"{method}: the answer leaves the contract: {wrong}")
        return answer

    def _result(self, session: Session, method: Method, request_id: int | str, params: Message) -> Message:
        if method is Method.HELLO:
            return self._hello(session, params)
        if not session.greeted:
            raise BridgeFault(ErrorCode.BAD_REQUEST, "a session begins with hello")
        if SINCE.get(method, OLDEST_PROTOCOL) > session.protocol:
            raise BridgeFault(ErrorCode.UNSUPPORTED, f"{method} is not in protocol {session.protocol}")
        if method is Method.OP_CANCEL:
            run = session.running.get(params["requestId"])
            return {"cancelled": run is not None and run.cancel()}
        run = Run(
            desk=self.desk,
            pins=self.pins,
            authorisations=session.authorisations,
            origin=session.origin,
            request_id=request_id,
            method=method,
            params=params,
            send=session.send,
        )
        if method is Method.ENV_CHECK:
            return env_check(run, params)
        if method not in STAGES:
            return READINGS[method](run, params)
        self._take(session, params["keySerial"], request_id, run)
        try:
            return perform(run, params)
        finally:
            self._give_back(session, params["keySerial"], request_id)

    def _hello(self, session: Session, params: Message) -> Message:
        wanted = params.get("minBridgeVersion", "0")
        if params["protocol"] > PROTOCOL_VERSION or numbers(bridge_version(self.desk)) < numbers(wanted):
            raise BridgeFault(ErrorCode.BRIDGE_TOO_OLD, f"this is {bridge_version(self.desk)}")
        session.greeted, session.protocol = True, params["protocol"]
        return self.info()

    # --- one session per key -----------------------------------------------------------------

    def _take(self, session: Session, serial: str, request_id: int | str, run: Run) -> None:
        with self._lock:
            if session.id not in self._sessions:
                raise BridgeFault(ErrorCode.CANCELLED, "the session has ended")
            holder, until = self._leases.get(serial, ("", 0.0))
            other = self._sessions.get(holder)
            if other is not None and other is not session and (other.running or until > time.monotonic()):
                raise BridgeFault(ErrorCode.BUSY, "another session holds this key")
            if session.running:
                raise BridgeFault(ErrorCode.BUSY, "this session has an operation running")
            session.running[request_id] = run
            self._leases[serial] = (session.id, time.monotonic() + LEASE_SECONDS)

    def _give_back(self, session: Session, serial: str, request_id: int | str) -> None:
        with self._lock:
            session.running.pop(request_id, None)
            if session.id in self._sessions:
                self._leases[serial] = (session.id, time.monotonic() + LEASE_SECONDS)

    # --- events ------------------------------------------------------------------------------

    def _broadcast(self, event: Event, params: Message) -> None:
        notification = {"jsonrpc": "2.0", "method": str(event), "params": params}
        if event is Event.KEY_REMOVED:
            self.pins.wake()
        with self._lock:
            if event is Event.KEY_REMOVED:
                self._leases.pop(params["keySerial"], None)
            greeted = [session for session in self._sessions.values() if session.greeted]
        for session in greeted:
            session.send(notification)


def refusal(request_id: int | str | None, fault: BridgeFault) -> Message:
    data: Message = {"code": str(fault.code)}
    if fault.retries_left is not None:
        data["retriesLeft"] = fault.retries_left
    error = {"code": RPC_NUMBERS[fault.code], "message": fault.detail or str(fault.code), "data": data}
    return {"jsonrpc": "2.0", "id": request_id, "error": error}


class InProcessBridge:
    """A page's view of the bridge without a network, for `manage.py walk` and tests.

    Every call goes through JSON text and the schemas, as over the wire.
    """

    def __init__(self, desk: SoftKeyDesk, *, origin: str, pin: str) -> None:
        self.events: list[Message] = []
        self._dispatcher = Dispatcher(desk, PinDesk(auto_pin=pin))
        self._session = self._dispatcher.open(origin, self.events.append)
        self._count = 0
        self.call("hello", protocol=PROTOCOL_VERSION)

    def call(self, method: str, **params: Any) -> Message:
        """The result. Raises BridgeFault as a page would see it."""
        self._count += 1
        request = {"jsonrpc": "2.0", "id": self._count, "method": method, "params": params}
        answer = self._dispatcher.handle(self._session, json.dumps(request))
        if "error" in answer:
            data = answer["error"]["data"]
            raise BridgeFault(ErrorCode(data["code"]), answer["error"]["message"], retries_left=data.get("retriesLeft"))
        result: Message = json.loads(json.dumps(answer["result"]))
        return result

    def close(self) -> None:
        self._dispatcher.shut_down()


def _parse(text: str) -> Message:
    if len(text) > MESSAGE_LIMIT:
        raise BridgeFault(ErrorCode.BAD_REQUEST, "the message is too long")
    try:
        message = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, "not JSON") from error
    if not isinstance(message, dict):
        raise BridgeFault(ErrorCode.BAD_REQUEST, "one request object a message")
    return message


def _method(message: Message) -> Method:
    name = message.get("method")
    if not isinstance(name, str) or message.get("jsonrpc") != "2.0":
        raise BridgeFault(ErrorCode.BAD_REQUEST, "not a JSON-RPC 2.0 request")
    try:
        return Method(name)
    except ValueError as error:
        raise BridgeFault(ErrorCode.UNSUPPORTED, "no such method") from error


def _check(method: Method, message: Message) -> None:
    wrong = request_problem(method, message)
    if wrong is not None:
        raise BridgeFault(ErrorCode.BAD_REQUEST, wrong)


def _id_of(text: str) -> int | str | None:
    """The id of a request that was refused before it was understood, if it has a usable one."""
    try:
        message = _parse(text)
    except BridgeFault:
        return None
    found = message.get("id")
    probe = {"jsonrpc": "2.0", "id": found, "method": "hello", "params": {"protocol": 1}}
    return found if request_problem(Method.HELLO, probe) is None else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Message:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members
