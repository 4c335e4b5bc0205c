"""What is done at a customer's computer besides installing: its environment is looked at, a locked key is unlocked."""

from typing import Any

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals import orders
from renewals.bridge.protocol import UNBLOCK
from renewals.issuing.requests import parse
from renewals.models import Certificate
from renewals.publishing import current
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, text
from tests.renewals.packs import publish_changed

STEP = "pin_unblock"


def with_environment(document: dict[str, Any]) -> None:
    """Before anything else the computer is looked at."""
    document["next_certificate"]["starts"] = "any_time"
    document["paths"][0]["steps"].insert(
        0,
        {
            "kind": "environment",
            "name": "environment",
            "title": "环境检测",
            "checks": [{"name": "one_key", "title": "只插一个 Ekey", "what": "one_key", "cure": "请只插一个 Ekey。"}],
        },
    )


def at_the_computer(hall: Hall) -> None:
    """Every action of both kinds: a report; an unlocking that is refused, lapses, works; one that the CA can't do."""
    publish_changed(hall.tenant, with_environment, version=97)
    order = hall.open(hall.certificate(30))
    found = {"name": "one_key", "present": True, "found": "1"}
    hall.act(order, "environment", "report", {"checks": [found]}, item=hall.item(order).public_id)

    certificate = hall.certificate(20)
    order = opened(hall, certificate)
    for ending in ("refuse", "lapsed", "unblocked"):
        _ask(hall, order)
        if ending == "refuse":
            _do(hall, order, "refuse", {"reason": "回拨无人接听"}, administrator=True)
            continue
        _release(hall, order)
        hall.system(order, STEP, "released", {"authorization": text(bytes(32))}, item=hall.item(order).public_id)
        _do(hall, order, ending, signed(hall, order, certificate) if ending == "unblocked" else None)

    order = opened(hall, hall.certificate(21))
    _ask(hall, order)
    _release(hall, order)
    hall.system(order, STEP, "not_released", item=hall.item(order).public_id)


def opened(hall: Hall, certificate: Certificate) -> str:
    with tenant_tx(hall.tenant, write=True):
        return orders.open_order(
            programme=current(certificate.programme_slug),
            certificates=[certificate],
            by=hall.by,
            key=f"unblock:{certificate.public_id}",
            business="pin_unblock",
        ).public_id


def signed(hall: Hall, order: str, certificate: Certificate) -> dict[str, str]:
    """The key's word, as it is given with the new PIN."""
    question = hall.challenge("unblock", order)
    bridge, key = hall.bridge(certificate)
    try:
        signer = parse(bytes(certificate.signing_der))
        signature = bridge_calls.sign(bridge, key=key, question=question, action=UNBLOCK, signer=signer)
    finally:
        bridge.close()
    data = {"challenge": question["challenge"], "signature": text(signature)}
    hall.reserve(data)
    return data


def _ask(hall: Hall, order: str) -> None:
    _do(hall, order, "ask", {"key_serial": "SIM01", "nonce": text(bytes(16))})


def _release(hall: Hall, order: str) -> None:
    for _ in range(2):
        _do(hall, order, "release", {"how": "callback", "reason": "本人确认"}, administrator=True)


def _do(hall: Hall, order: str, action: str, data: Any = None, *, administrator: bool = False) -> None:
    by = hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR) if administrator else None
    hall.act(order, STEP, action, data, by=by, item=hall.item(order).public_id)
