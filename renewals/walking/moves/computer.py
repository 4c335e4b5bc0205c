"""What the customer's computer does by itself: its environment is looked at, a locked key takes a new PIN.

RULES A5, B1, P1.
"""

import base64
import time

from django.utils import timezone

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge import challenges
from renewals.bridge.protocol import FILE_STORE, PIN_TRIES, UNBLOCK, BridgeFault
from renewals.bridge.readiness import question
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
from renewals.demo import pfx
from renewals.demo.certificates import PIN
from renewals.issuing.requests import parse
from renewals.lifecycle import Phase, StepState
from renewals.models import Certificate, OrderItem, PinUnblock
from renewals.steps.pin_unblock import authorization_for
from renewals.walking import bridge_calls
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk
from renewals.walking.walker import WalkFailed

ADMINISTRATORS = ("certadmin", "certadmin2")
WRONG_PIN, NEW_PIN = "000000", "246810"
CHECKS = {name: name for name in ("bridge", "driver", "component", "certificate")} | {"key": "one_key"}


def check(walk: Walk, turn: Turn) -> None:
    """The page's part: ask the bridge, tell the hall."""
    started, certificate = time.perf_counter(), walk.item(turn).certificate
    fingerprint = parse(bytes(certificate.signing_der)).fingerprint_sm3.hex()
    asked = question(
        turn.config.checks,
        fingerprint=fingerprint,
        key_model=certificate.key_model,
        storage=certificate.storage,
        oldest_bridge="1.0",
    )
    if certificate.storage == FILE_STORE:
        bring_in(walk.desk, certificate)
    else:
        plug_in(walk.desk, certificate)
    bridge = InProcessBridge(walk.desk, origin=origin(walk.tenant), pin=PIN)
    try:
        answer = bridge.call("env.check", **asked)
    finally:
        bridge.close()
    walk.told("bridge", "env.check", started)
    found = [
        {
            "name": check.name,
            "present": said["present"],
            "enabled": said["enabled"],
            "found": said["found"] or "",
            "error": said["error"] or "",
        }
        for check in turn.config.checks
        for said in answer["checks"]
        if CHECKS[said["check"]] == check.what
        and (check.what != "component" or said["name"] == (check.component or check.name))
    ]
    told = walk.do(turn, "report", {"checks": found}).answer
    if told["outcome"] != "passed":
        missing = "、".join(one["name"] for one in told["checks"] if not one["passed"])
        raise WalkFailed(f"环境检测没有通过：{missing}")


def unblock(walk: Walk, turn: Turn) -> None:
    """The key is locked and asks; two administrators release; it takes a new PIN and signs with it."""
    item = walk.item(turn)
    if turn.state is not StepState.SUBMITTED:
        _ask(walk, turn, item)
    elif turn.phase is Phase.RELEASED:
        _use(walk, turn, item)
    else:
        _release(walk, turn, item)


def _ask(walk: Walk, turn: Turn, item: OrderItem) -> None:
    serial = plug_in(walk.desk, item.certificate)
    for _ in range(PIN_TRIES):  # RULES A11
        try:
            walk.desk.try_pin(serial, WRONG_PIN)
        except BridgeFault:
            continue
    bridge = InProcessBridge(walk.desk, origin=origin(walk.tenant), pin=PIN)
    try:
        info = bridge.call("pin.info", keySerial=serial)
    finally:
        bridge.close()
    if not info["locked"]:
        raise WalkFailed("Ekey 连续输错六次以后没有锁定")
    walk.do(turn, "ask", {"key_serial": serial, "nonce": info["unlockNonce"]})


def _release(walk: Walk, turn: Turn, item: OrderItem) -> None:
    for name in ADMINISTRATORS:
        by = walk.staff(name, Role.CERTIFICATE_ADMINISTRATOR)
        walk.do(turn, "release", {"how": "callback", "reason": "回拨登记电话，本人确认"}, by=by)

    def released() -> PinUnblock | None:
        with tenant_tx(walk.tenant):
            return PinUnblock.objects.filter(item=item, state=PinUnblock.State.RELEASED).first()

    walk._until(released, "CA 没有给出解锁授权")


def _use(walk: Walk, turn: Turn, item: OrderItem) -> None:
    started, serial = time.perf_counter(), plug_in(walk.desk, item.certificate)
    with tenant_tx(walk.tenant, write=True):
        unblock, released = authorization_for(item, by=walk.by, now=timezone.now())
        asked = challenges.issue("unblock", by=walk.by, item=item)
    signer = parse(bytes(item.certificate.signing_der))
    bridge = InProcessBridge(walk.desk, origin=origin(walk.tenant), pin=NEW_PIN)
    try:
        bridge.call("pin.unlock", keySerial=serial, txn=f"{walk.tenant.slug}/{unblock}", authorization=released)
        signature = bridge_calls.sign(bridge, key=serial, question=asked, action=UNBLOCK, signer=signer)
    finally:
        bridge.close()
    walk.told("bridge", "pin.unlock", started)
    challenges.reserve(walk.tenant, asked["challenge"], by=walk.by)
    data = {"challenge": asked["challenge"], "signature": base64.b64encode(signature).decode()}
    walk.do(turn, "unblocked", data)
    with walk.desk.editing(serial) as key:
        key.set_pin(PIN)  # demo keys all have the same one


def bring_in(desk: SoftKeyDesk, certificate: Certificate) -> None:
    """The old .pfx is imported once, as a double click on it does (RULES B2)."""
    fingerprint = parse(bytes(certificate.signing_der)).fingerprint_sm3.hex()
    if desk.files.read().signing_container(fingerprint) is None:
        desk.files.import_pfx(pfx.path_of(certificate.number).read_bytes(), pfx.PASSWORD)


def plug_in(desk: SoftKeyDesk, certificate: Certificate) -> str:
    """This certificate's key alone in the computer; its serial."""
    key = desk.find(certificate.medium_number)
    if key is None:
        raise WalkFailed(f"没有介质编号为 {certificate.medium_number} 的 Ekey")
    desk.pull_all()
    desk.insert(key.serial)
    return key.serial
