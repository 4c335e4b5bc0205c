"""What the customer reads and proves before anything else: notices, the key's answer (RULES D2, D3, E3)."""

import time

from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge import challenges
from renewals.bridge.protocol import CLAIM
from renewals.bridge.simulator import InProcessBridge
from renewals.demo.certificates import PIN
from renewals.issuing.requests import parse
from renewals.walking import bridge_calls
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk
from renewals.walking.walker import text


def acknowledge(walk: Walk, turn: Turn) -> None:
    walk.do(turn, "acknowledge", {"acknowledged": [part.name for part in turn.config.parts]})


def prove(walk: Walk, turn: Turn) -> None:
    """The certificate's key signs the hall's question."""
    started, item = time.perf_counter(), walk.item(turn)
    serial = walk._key_serial(item.certificate.medium_number)
    walk.desk.pull_all()
    walk.desk.insert(serial)
    with tenant_tx(walk.tenant, write=True):
        question = challenges.issue("claim", by=walk.by, item=item)
    bridge = InProcessBridge(walk.desk, origin=origin(walk.tenant), pin=PIN)
    try:
        signer = parse(bytes(item.certificate.signing_der))
        signature = bridge_calls.sign(bridge, key=serial, question=question, action=CLAIM, signer=signer)
    finally:
        bridge.close()
    walk.told("bridge", "key proof", started)
    challenges.reserve(walk.tenant, question["challenge"], by=walk.by)
    walk.do(turn, "prove", {"challenge": question["challenge"], "signature": text(signature)})
