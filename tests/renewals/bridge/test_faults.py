"""Whatever goes wrong, the old certificate stays usable until install.verify has passed."""

import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renewals.bridge.protocol import (
    PAGE_SIDE,
    PROTOCOL_VERSION,
    STAGES,
    BridgeFault,
    ErrorCode,
    Method,
    Stage,
    new_challenge,
)
from renewals.bridge.simulator import Dispatcher, PinDesk, SoftKeyDesk
from renewals.bridge.simulator.faults import DONE
from renewals.bridge.simulator.soft_key import ContainerState
from tests.renewals.bridge.conftest import personalise
from tests.renewals.bridge.test_operations import refused
from tests.renewals.bridge.workshop import PIN, TXN, Page, Rekey, WorkshopCa

INSTALLING = [Method.KEY_GEN_CSR, Method.CERT_IMPORT_SIGN, Method.CERT_IMPORT_ENC, Method.INSTALL_VERIFY]
POINTS = [f"{method}/{stage}" for method in INSTALLING for stage in (*STAGES[method], DONE)]


def steps(rekey: Rekey) -> list[Callable[[], Any]]:
    return [rekey.gen_csr, rekey.import_sign, rekey.import_enc, rekey.verify]


def old_still_signs(page: Page, rekey: Rekey) -> None:
    page.call(
        "auth.sign", keySerial=rekey.serial, fingerprint=rekey.old, challenge=new_challenge(), txn=TXN, action="resume"
    )


@pytest.mark.parametrize("point", POINTS)
def test_pulled_out_anywhere_and_resumed(
    page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa, point: str
) -> None:
    rekey = Rekey(page, ca, serial)
    desk.faults.update({"pull_at": point})
    done = []
    for step in steps(rekey):
        try:
            step()
        except BridgeFault as fault:
            assert fault.code is ErrorCode.KEY_REMOVED  # noqa: PT017
            desk.insert(serial)
            if point != "install.verify/done":
                old_still_signs(page, rekey)
            step()  # the same txn again
            done.append(step)
    assert len(done) == 1
    assert [each.state for each in desk.key(serial).containers] == [ContainerState.HISTORY, ContainerState.CURRENT]
    assert rekey.current() == rekey.issued[0].fingerprint_sm3.hex()


@pytest.mark.parametrize("point", [point for point in POINTS if point.split("/")[1] not in ("check", "pin", "verify")])
def test_killed_anywhere_and_resumed(tmp_path: Path, ca: WorkshopCa, point: str) -> None:
    """The process dies as by SIGKILL; a new one goes on with the same folder."""
    desk = SoftKeyDesk(tmp_path)
    serial = personalise(desk, ca, "3888000000000009")
    desk.insert(serial)
    rekey = Rekey(Page(desk), ca, serial)
    method = point.split("/", maxsplit=1)[0]
    before = INSTALLING.index(Method(method))
    for step in steps(rekey)[:before]:
        step()
    if before == 0:
        params = {"keySerial": serial, "txn": TXN, "algorithm": "SM2", "replaces": rekey.old}
    else:
        params = json.loads(_last_request(rekey, steps(rekey)[before]))
    died = subprocess.run(
        [sys.executable, "-c", _DIES, str(tmp_path), PIN, point, method, json.dumps(params)],
        check=False,
        capture_output=True,
    )
    assert died.returncode == 9, died.stderr.decode()

    rekey.page = Page(SoftKeyDesk(tmp_path))
    if point != "install.verify/done":
        old_still_signs(rekey.page, rekey)
    for step in steps(rekey)[before:]:
        step()
    assert rekey.current() == rekey.issued[0].fingerprint_sm3.hex()
    assert not list(tmp_path.rglob(".*.json.*"))


_DIES = """
import json, sys
from pathlib import Path
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
folder, pin, point, method, params = sys.argv[1:]
desk = SoftKeyDesk(Path(folder))
desk.faults.update({"exit_at": point})
InProcessBridge(desk, origin="https://szca.example", pin=pin).call(method, **json.loads(params))
"""


def _last_request(rekey: Rekey, step: Callable[[], Any]) -> str:
    """The parameters that `step` would send."""
    sent: dict[str, Any] = {}

    class Tap:
        def call(self, _method: str, **params: Any) -> None:
            sent.update(params)

    page, rekey.page = rekey.page, Tap()  # type: ignore[assignment]
    step()
    rekey.page = page
    return json.dumps(sent)


@pytest.mark.parametrize("stage", STAGES[Method.KEY_GEN_CSR])
def test_exchanged_for_another_key(
    page: Page, desk: SoftKeyDesk, serial: str, other: str, ca: WorkshopCa, stage: Stage
) -> None:
    """A10."""
    rekey = Rekey(page, ca, serial)
    before = desk.key(serial), desk.key(other)
    desk.faults.update({"swap_at": f"key.genCsr/{stage}", "swap_to": other})
    with refused(ErrorCode.KEY_CHANGED):
        rekey.gen_csr()
    assert (desk.key(serial).containers, desk.key(other)) == (before[0].containers, before[1])


def test_second_key_put_in_midway(page: Page, desk: SoftKeyDesk, serial: str, other: str, ca: WorkshopCa) -> None:
    rekey = Rekey(page, ca, serial)
    rekey.gen_csr()
    desk.insert(other)
    with refused(ErrorCode.MULTIPLE_KEYS):
        rekey.import_sign()
    assert not desk.key(serial).containers[1].signing_certificate


def test_verify_fails_and_the_old_container_stays(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    rekey = Rekey(page, ca, serial)
    for step in steps(rekey)[:3]:
        step()
    desk.faults.update({"verify_fails": True})
    with refused(ErrorCode.VERIFY_FAILED):
        rekey.verify()
    old_still_signs(page, rekey)
    desk.faults.update({"verify_fails": False})
    rekey.verify()


def test_a_defect_is_internal_and_changes_nothing(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    rekey = Rekey(page, ca, serial)
    before = desk.key(serial)
    desk.faults.update({"crash_at": "key.genCsr/store"})
    with refused(ErrorCode.INTERNAL):
        rekey.gen_csr()
    assert desk.key(serial).containers == before.containers


def test_cancelled_before_the_effect_or_not_at_all(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    rekey = Rekey(page, ca, serial)
    desk.faults.update({"slow_seconds": 0.2})
    codes: list[str] = []

    def run() -> None:
        try:
            rekey.gen_csr()
        except BridgeFault as fault:
            codes.append(fault.code)

    thread = threading.Thread(target=run)
    thread.start()
    while "check" not in page.stages():
        time.sleep(0.01)
    running = page.last
    with refused(ErrorCode.BUSY):
        page.call("pin.verify", keySerial=serial, txn=TXN)  # one operation at a time
    assert page.call("op.cancel", requestId=running) == {"cancelled": True}
    thread.join()
    assert codes == ["CANCELLED"]
    assert len(desk.key(serial).containers) == 1
    assert page.call("op.cancel", requestId=running) == {"cancelled": False}


def test_one_session_per_key(page: Page, desk: SoftKeyDesk, serial: str) -> None:
    page.call("pin.verify", keySerial=serial, txn=TXN)
    second = Page(desk, dispatcher=page.dispatcher)
    assert second.call("cert.list")["key"]["keySerial"] == serial  # reading is free
    with refused(ErrorCode.BUSY):
        second.call("pin.verify", keySerial=serial, txn=TXN)
    page.dispatcher.close(page.session)
    second.call("pin.verify", keySerial=serial, txn=TXN)


def test_old_bridge(desk: SoftKeyDesk, page: Page) -> None:
    """E1."""
    assert page.call("hello", protocol=1, minBridgeVersion="4.7.6")["simulator"] is True
    desk.faults.update({"old_version": True})
    with refused(ErrorCode.BRIDGE_TOO_OLD):
        page.call("hello", protocol=1, minBridgeVersion="4.7.6")
    with refused(ErrorCode.BRIDGE_TOO_OLD):
        page.call("hello", protocol=PROTOCOL_VERSION + 1)


def test_session_begins_with_hello(desk: SoftKeyDesk) -> None:
    dispatcher = Dispatcher(desk, PinDesk())
    session = dispatcher.open("https://szca.example", lambda _: None)
    answer = dispatcher.handle(session, '{"jsonrpc":"2.0","id":1,"method":"cert.list","params":{}}')
    assert answer["error"]["data"]["code"] == "BAD_REQUEST"


def test_environment_item_by_item(page: Page, desk: SoftKeyDesk, serial: str, other: str) -> None:
    """A5, B1: present, version and enabled apart."""
    wanted = {
        "minBridgeVersion": "4.7.6",
        "minDriverVersion": "3.0",
        "components": [
            {"name": "NetSignCNG", "minVersion": "3.0.5.0", "mandatory": True},
            {"name": "CertEnroll Control", "exactVersion": "2.0.4.8", "mandatory": True},
            {"name": "Nobody Knows", "minVersion": "1.0", "mandatory": False},
        ],
        "certificate": {"mediumNumberPrefix": "3888"},
    }

    def errors() -> tuple[bool, dict[str, str | None]]:
        result = page.call("env.check", **wanted)
        return result["passed"], {check["name"]: check["error"] for check in result["checks"]}

    fine = {
        "证书助手": None,
        "NetSignCNG": None,
        "CertEnroll Control": None,
        "Nobody Knows": "COMPONENT_VERSION",
        "Ekey 驱动": None,
        "Ekey": None,
        "证书": None,
    }
    assert errors() == (True, fine)
    for component in ("old", "missing", "disabled"):
        desk.faults.update({"component": component})
        assert errors() == (
            False,
            {**fine, "NetSignCNG": "COMPONENT_VERSION", "CertEnroll Control": "COMPONENT_VERSION"},
        )
    desk.faults.update({"component": "ok", "old_version": True})
    assert errors() == (False, {**fine, "证书助手": "BRIDGE_TOO_OLD"})
    desk.faults.update({"old_version": False})
    desk.insert(other)
    assert errors() == (False, {**fine, "Ekey": "MULTIPLE_KEYS"})
    desk.pull_all()
    assert errors() == (False, {**fine, "Ekey": "NO_KEY", "证书": "CERT_NOT_FOUND"})
    desk.faults.update({"driver": "missing"})
    assert errors()[1]["Ekey 驱动"] == "DRIVER_MISSING"
    desk.faults.update({"driver": "old"})
    assert errors()[1]["Ekey 驱动"] == "DRIVER_TOO_OLD"


@pytest.mark.parametrize(
    "change",
    [
        {"pull_at": "nowhere"},
        {"slow_seconds": -1},
        {"slow_seconds": True},
        {"driver": "rusty"},
        {"update": 1},
        {"_known": ()},
        {"nothing": True},
        {"container_full": 1},
    ],
)
def test_unknown_faults_are_refused(desk: SoftKeyDesk, change: dict[str, Any]) -> None:
    before = desk.faults.as_dict()
    with pytest.raises(ValueError, match="no such fault"):
        desk.faults.update({"keygen_fails": True, **change})
    assert desk.faults.as_dict() == before


# --- hostile input -------------------------------------------------------------------------------

_AWKWARD = [
    *("", "\x00", "\ud800", "%00", "A" * 5000, "../../etc", TXN, TXN + "\n"),
    *("claim", "SM2", "=" * 43, "MAA=", "0" * 64),
]
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.sampled_from(_AWKWARD)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
_NAMES = [
    "keySerial",
    "txn",
    "action",
    "challenge",
    "fingerprint",
    "certificate",
    "envelopedKey",
    "algorithm",
    "subject",
    "replaces",
    "authorization",
    "requestId",
    "components",
    "encryption",
    "protocol",
]


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_hostile_values_are_bad_requests(hostile: Page, data: st.DataObject) -> None:
    method = data.draw(st.sampled_from([str(method) for method in Method] + ["", "__init__", "rpc.discover"]))
    params = data.draw(st.one_of(st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=6), _VALUES))
    if isinstance(params, dict) and data.draw(st.booleans()):
        params["keySerial"] = data.draw(st.sampled_from([hostile.call("cert.list")["key"]["keySerial"], "SIM0"]))
    request = {"jsonrpc": "2.0", "id": data.draw(st.one_of(_SCALARS, st.just(1))), "method": method, "params": params}
    answer = hostile.send(json.dumps(request))
    assert answer.get("error", {}).get("data", {}).get("code") not in {"INTERNAL", *PAGE_SIDE}, request


_TEXTS = [
    *("[" * 100_000, '{"a":' * 50_000, "1" * 5000, "NaN", '{"id":1,"id":2}', "[]", "null", '{"id":1e999}'),
    "A" * 300_000,
]


@given(text=st.one_of(st.text(), st.sampled_from(_TEXTS)))
@settings(max_examples=100, deadline=None)
def test_hostile_text_is_a_bad_request(hostile: Page, text: str) -> None:
    assert hostile.send(text)["error"]["data"]["code"] == "BAD_REQUEST"


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_hostile_der(hostile: Page, data: st.DataObject) -> None:
    """Certificates, names and envelopes with bytes changed, cut or put in."""
    sample = data.draw(st.sampled_from(hostile.call("cert.list")["certificates"]))
    der = bytearray(base64.b64decode(sample["certificate"]))
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    text = base64.b64encode(bytes(der[: data.draw(st.integers(1, len(der)))])).decode()
    serial = hostile.call("cert.list")["key"]["keySerial"]
    requests: list[tuple[str, dict[str, Any]]] = [
        ("cert.importSign", {"certificate": text}),
        ("cert.importEnc", {"certificate": text, "envelopedKey": text}),
        ("cert.importEnc", {"certificate": sample["certificate"], "envelopedKey": text}),
        ("key.genCsr", {"subject": text, "algorithm": "SM2"}),
    ]
    for method, params in requests:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"keySerial": serial, "txn": TXN, **params}}
        assert hostile.send(json.dumps(request)).get("error", {}).get("data", {}).get("code") != "INTERNAL", request


@pytest.fixture(scope="module", params=["SM2", "RSA2048"])
def hostile(tmp_path_factory: pytest.TempPathFactory, ca: WorkshopCa, request: pytest.FixtureRequest) -> Page:
    """A page in the midst of a renewal, whose PIN window denies everything after a moment."""
    desk = SoftKeyDesk(tmp_path_factory.mktemp("hostile"))
    serial = personalise(desk, ca, "3888000000000066", request.param)
    desk.insert(serial)
    page = Page(desk)
    rekey = Rekey(page, ca, serial, algorithm=request.param)
    rekey.gen_csr()
    rekey.import_sign()
    return page
