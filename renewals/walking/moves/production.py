"""The hall's desk makes a new medium, renews the key that was sent in, or prints an envelope (RULES D8, P14, B7)."""

import secrets
import time
from typing import Any

from portal import vault
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge import challenges
from renewals.bridge.protocol import install_action
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
from renewals.demo.certificates import PIN
from renewals.issuing import history
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject, model_of
from renewals.issuing.wishes import keeps_key
from renewals.lifecycle import Phase, StepState
from renewals.models import FirstPin, OrderItem, PinReset, ProductionTask
from renewals.walking import bridge_calls
from renewals.walking.moves import files
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk
from renewals.walking.walker import WalkFailed, text

MAKER, ADMINISTRATOR = "production", "certadmin"
WORKING_PIN = "864209"  # of a mailed-in key, while it lies on the desk


def produce(walk: Walk, turn: Turn) -> None:
    """All of it in one go; a walk that was broken off goes on where it stands."""
    if turn.config.makes == "download_codes":
        files.print_envelope(walk, turn)
        return
    by, item = walk.staff(MAKER, Role.PRODUCTION), walk.item(turn)
    desk, serial, pin = _medium(walk, turn, item, by)
    bridge = InProcessBridge(desk, origin=origin(walk.tenant), pin=pin)
    try:
        if turn.state is not StepState.SUBMITTED:
            _request(walk, turn, by, bridge, serial)
        if turn.phase is not Phase.INSTALLED:
            _bring_home(walk, turn, by, bridge, serial)
        if turn.config.first_pin != "none":
            _first_pin(walk, turn, by, bridge, serial)
    finally:
        bridge.close()
    if turn.config.makes == "renewed_key":
        with desk.editing(serial) as key:
            key.set_pin(PIN)  # demo keys all have the same one
    if turn.config.first_pin == "mailer":
        _print_mailer(walk, turn, item, by)


def _medium(walk: Walk, turn: Turn, item: OrderItem, by: Actor) -> tuple[SoftKeyDesk, str, str]:
    """The desk, the medium alone in its computer, and the PIN that opens it now."""
    if turn.config.makes == "renewed_key":
        key = walk.desk.find(item.certificate.medium_number)
        if key is None:
            raise WalkFailed(f"没有介质编号为 {item.certificate.medium_number} 的 Ekey")
        walk.desk.pull_all()
        walk.desk.insert(key.serial)
        if turn.config.reset_pin and turn.state is not StepState.SUBMITTED:
            _reset(walk, turn, item, by, key.serial)
        return walk.desk, key.serial, WORKING_PIN if turn.config.reset_pin else PIN
    if walk.hall_desk is None:
        raise WalkFailed("大厅没有制证用的电脑")
    if turn.state is StepState.SUBMITTED:  # begun on a medium that was taken before
        with tenant_tx(walk.tenant):
            serial = ProductionTask.objects.exclude(state=ProductionTask.State.SCRAPPED).get(item=item).key_serial
        walk.hall_desk.pull_all()
        walk.hall_desk.insert(serial)
        return walk.hall_desk, serial, PIN
    model = turn.config.key_model or item.certificate.key_model
    algorithm = "RSA2048" if parse(bytes(item.certificate.signing_der)).algorithm == "RSA" else "SM2"
    number = f"{_prefix(item)}{secrets.randbelow(10**8):08d}"
    blank = walk.hall_desk.provision(number, "空白介质", PIN, algorithm, model=model)
    walk.hall_desk.pull_all()
    walk.hall_desk.insert(blank.serial)
    return walk.hall_desk, blank.serial, PIN


def _prefix(item: OrderItem) -> str:
    """New media are numbered like the old ones of the programme."""
    return item.certificate.medium_number[:-8]


def _reset(walk: Walk, turn: Turn, item: OrderItem, by: Actor, serial: str) -> None:
    """Two persons and the CA; then a working PIN (P14)."""
    bridge = InProcessBridge(walk.desk, origin=origin(walk.tenant), pin=WORKING_PIN)
    try:
        info = bridge.call("pin.info", keySerial=serial)
        walk.do(turn, "ask_reset", _seen(walk.desk, serial) | {"nonce": info["unlockNonce"]}, by=by)
        other = walk.staff(ADMINISTRATOR, Role.CERTIFICATE_ADMINISTRATOR)
        walk.do(turn, "release_reset", {"reason": "与寄件清单核对一致"}, by=other)

        def word() -> str | None:
            with tenant_tx(walk.tenant, write=True):
                reset = PinReset.objects.get(item=item, used_at__isnull=True)
                if reset.authorization is None:
                    return None
                told = vault.reveal(reset, "authorization", by=by, reason="重置寄来介质的 PIN 码")
                return f"{walk.tenant.slug}/{reset.public_id} {told}"

        txn, authorization = walk._until(word, "CA 没有给出重置授权").split(" ")
        bridge.call("pin.unlock", keySerial=serial, txn=txn, authorization=authorization)
    finally:
        bridge.close()
    walk.do(turn, "reset_used", by=by)


def _request(walk: Walk, turn: Turn, by: Actor, bridge: InProcessBridge, serial: str) -> None:
    desk = walk.desk if turn.config.makes == "renewed_key" else walk.hall_desk
    walk.do(turn, "take", _seen(desk, serial), by=by)
    started, item = time.perf_counter(), walk.item(turn)  # an enrolment has its number by now
    with tenant_tx(walk.tenant, write=True):
        old, subject = parse(bytes(model_of(item).signing_der)), expected_subject(item)
        question = challenges.issue("request", by=by, item=item)
        earlier = history.expected(item, kept=keeps_key(item))
    more = {"replaces": old.fingerprint_sm3.hex()} if turn.config.makes == "renewed_key" else {}
    algorithm = "RSA2048" if old.algorithm == "RSA" else old.algorithm
    wanted = {"keySerial": serial, "txn": question["txn"], "algorithm": algorithm, "subject": text(subject)}
    space = {"historyContainers": earlier} if earlier else {}
    csr = bridge.call("key.genCsr", **wanted, **space, **more)["csr"]
    signature = bridge_calls.prove_request(bridge, key=serial, question=question)
    walk.told("desk bridge", "new key and request", started)
    challenges.reserve(walk.tenant, question["challenge"], by=by)
    data = {"csr": csr, "challenge": question["challenge"], "signature": text(signature)}
    walk.do(turn, "request", data, by=by)


def _bring_home(walk: Walk, turn: Turn, by: Actor, bridge: InProcessBridge, serial: str) -> None:
    started, item = time.perf_counter(), walk.item(turn)
    issuance = walk._until(lambda: walk._issued(item), "CA 没有签发证书")
    walk.told("ca", "issued", started)
    started = time.perf_counter()
    with tenant_tx(walk.tenant, write=True):
        question = challenges.issue("install", by=by, item=item)
    bridge_calls.import_certificates(bridge, key=serial, txn=question["txn"], issuance=issuance)
    new = parse(bytes(issuance.signing_certificate or b""))
    signature = bridge_calls.verify(
        bridge,
        key=serial,
        question=question,
        action=install_action(new.serial),
        encryption=issuance.encryption_certificate is not None,
    )
    walk.told("desk bridge", "import and verify", started)
    challenges.reserve(walk.tenant, question["challenge"], by=by)
    walk.do(turn, "verify", {"challenge": question["challenge"], "signature": text(signature)}, by=by)


def _first_pin(walk: Walk, turn: Turn, by: Actor, bridge: InProcessBridge, serial: str) -> None:
    """Made by the bridge, sealed for the hall: not even this walk sees it (RULES D9)."""
    asked = walk.do(turn, "ask_pin", by=by).answer
    wanted: dict[str, Any] = {name: asked[name] for name in ("txn", "recipient", "digits")}
    sealed = bridge.call("pin.issue", keySerial=serial, **wanted)["sealedPin"]
    walk.do(turn, "set_pin", {"sealed_pin": sealed}, by=by)


def _print_mailer(walk: Walk, turn: Turn, item: OrderItem, by: Actor) -> None:
    with tenant_tx(walk.tenant):
        pin = FirstPin.objects.get(task__item=item, state=FirstPin.State.SET)
    walk.do(turn, "mailer_printed", {"pin": pin.public_id}, by=by)


def _seen(desk: SoftKeyDesk | None, serial: str) -> dict[str, str]:
    """What the desk's bridge says of the medium that is in."""
    if desk is None:
        raise WalkFailed("大厅没有制证用的电脑")
    key = desk.key(serial)
    return {"key_serial": key.serial, "medium_number": key.medium_number, "model": key.model}
