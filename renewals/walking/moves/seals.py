"""An electronic seal: its impression looked at, made, written at the hall, or by the customer (RULES P7)."""

import time

from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge import challenges
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
from renewals.demo.certificates import PIN
from renewals.lifecycle import NextActor, Phase, StepState
from renewals.models import Certificate
from renewals.steps.seal import live_seal, transaction_of
from renewals.walking import bridge_calls
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk
from renewals.walking.walker import WalkFailed, text


def seal(walk: Walk, turn: Turn) -> None:
    """First the impression is looked at; once the seal is made it is written and read back."""
    by = walk.by if turn.who is NextActor.CUSTOMER else walk.staff(turn.who.value, Role(turn.who.value))
    if turn.state is not StepState.SUBMITTED:
        walk.do(turn, "bind", {}, by=by)
        return
    if turn.phase is Phase.ISSUED:
        _write(walk, turn, by)


def _write(walk: Walk, turn: Turn, by: Actor) -> None:
    started, item = time.perf_counter(), walk.item(turn)
    with tenant_tx(walk.tenant, write=True):
        record = live_seal(item)
        if record is None or record.certificate is None:
            raise WalkFailed("没有待写入的电子签章")
        txn, data, certificate = transaction_of(record), bytes(record.data or b""), record.certificate
        question = challenges.issue("seal", by=by, item=item)
    der = bytes(certificate.signing_der)
    desk, serial = _found(walk, certificate)
    desk.pull_all()
    desk.insert(serial)
    bridge = InProcessBridge(desk, origin=origin(walk.tenant), pin=PIN)
    try:
        bridge_calls.write_seal(bridge, key=serial, txn=txn, certificate=der, seal=data)
        if by.kind == "staff":
            answer = {"seal": text(bridge_calls.read_seal(bridge, key=serial, certificate=der))}
        else:
            found, signature = bridge_calls.verify_seal(bridge, key=serial, certificate=der, question=question)
            answer = {"seal": text(found), "challenge": question["challenge"], "signature": text(signature)}
            challenges.reserve(walk.tenant, question["challenge"], by=by)
    finally:
        bridge.close()
    walk.told("bridge", "seal written", started)
    walk.do(turn, "verify", answer, by=by)


def _found(walk: Walk, certificate: Certificate) -> tuple[SoftKeyDesk, str]:
    """The desk that has the certificate's medium: the hall's, while it hasn't been sent, or the customer's."""
    for desk in (walk.hall_desk, walk.desk):
        key = desk.find(certificate.medium_number) if desk is not None else None
        if desk is not None and key is not None:
            return desk, key.serial
    raise WalkFailed(f"两张桌上都没有介质 {certificate.medium_number}")
