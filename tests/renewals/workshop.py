"""Production's desk in tests: orders whose path leads to it, blank media, and the desk's own bridge.

shop = Workshop(hall, production())       the hall's pack with this production step in its path
order = shop.order()                      confirmed; production is open
shop.make(order)                          taken, certified, verified, first PIN set
"""

import base64
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals import orders, projection
from renewals.bridge import challenges
from renewals.bridge.protocol import install_action
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
from renewals.demo.certificates import PIN
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject, model_of
from renewals.models import Certificate, FirstPin, Issuance, OrderItem, ProductionTask
from renewals.publishing import pack_of
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, text
from tests.renewals.packs import publish_changed

_numbers = itertools.count(1)
MODEL = "SZCA-SM2 Ukey"


def production(makes: str = "new_medium", first_pin: str = "sms", **more: Any) -> dict[str, Any]:
    step = {"kind": "production", "name": "production", "title": "制作新介质", "makes": makes, "first_pin": first_pin}
    return step | {"working_days": 5} | more


DELIVERY = {
    "kind": "delivery",
    "name": "delivery",
    "title": "交付",
    "methods": ["mail", "pickup"],
    "freight": "collect",
    "papers": [],
}
REVOCATION = {"kind": "revocation", "name": "revocation", "title": "吊销原证书", "reason": "superseded"}


def _path(document: dict[str, Any], steps: Sequence[Mapping[str, Any]], **more: Any) -> None:
    path = document["paths"][0]
    first = [step for step in path["steps"] if step["kind"] in {"consent", "application"}]
    before = "application"
    later = []
    for step in steps:
        gates = [{"step": name, "state": "done"} for name in dict.fromkeys(("application", before))]
        later.append(dict(step) | {"opens_when": gates})
        before = step["name"]
    path["steps"] = [*first, *later]
    path["stages"] = [{"title": "办理", "steps": [step["name"] for step in path["steps"]]}]
    path |= more
    document["tariff"] = []
    document["next_certificate"]["starts"] = "any_time"


@dataclass
class Workshop:
    """``steps``: what comes after the application; ``path``: other options of the path."""

    hall: Hall
    steps: Sequence[Mapping[str, Any]]
    path: Mapping[str, Any] = field(default_factory=dict)
    version: int = 90

    def __post_init__(self) -> None:
        publish_changed(
            self.hall.tenant, lambda document: _path(document, self.steps, **self.path), version=self.version
        )
        self.desk = SoftKeyDesk(self.hall.desk._store.folder.parent / "hall-keys")
        self.by = self.hall.staff_member(Role.PRODUCTION)
        self.serial = ""

    # -- what there is ------------------------------------------------------------------------------------------------

    def order(self, certificate: Certificate | None = None) -> str:
        order = self.hall.open(certificate or self.hall.certificate())
        self.hall.consent(order)
        self.hall.confirm(order)
        self.hall.run()
        return order

    def task(self, order: str) -> ProductionTask:
        with tenant_tx(self.hall.tenant):
            return ProductionTask.objects.filter(order__public_id=order).latest("id")

    def pin(self, order: str) -> FirstPin:
        with tenant_tx(self.hall.tenant):
            return FirstPin.objects.filter(task__order__public_id=order).latest("id")

    def item(self, order: str) -> OrderItem:
        return self.hall.item(order)

    def blank(self, *, model: str = MODEL, algorithm: str = "SM2") -> str:
        """A blank medium, alone in the desk's computer: its number."""
        number = f"3888900000{next(_numbers):06d}"
        self.serial = self.desk.provision(number, "空白介质", PIN, algorithm, model=model).serial
        self.insert(self.serial)
        return number

    def insert(self, serial: str) -> None:
        self.serial = serial
        self.desk.pull_all()
        self.desk.insert(serial)

    def medium(self) -> dict[str, str]:
        key = self.desk.key(self.serial)
        return {"key_serial": key.serial, "medium_number": key.medium_number, "model": key.model}

    # -- what is done -------------------------------------------------------------------------------------------------

    def act(
        self, order: str, action: str, data: Mapping[str, Any] | None = None, *, by: Actor | None = None, key: str = ""
    ) -> orders.ActResult:
        item = self.hall.item(order).public_id
        with tenant_tx(self.hall.tenant, write=True):
            result = orders.act(
                order,
                action,
                step="production",
                item=item,
                by=by or self.by,
                data=data,
                key=key or f"w:{next(_numbers)}",
            )
            assert projection.agrees(result.order, pack_of(result.order.programme))
        return result

    def take(self, order: str) -> None:
        self.act(order, "take", self.medium())

    def bridge(self, pin: str = PIN) -> InProcessBridge:
        return InProcessBridge(self.desk, origin=origin(self.hall.tenant), pin=pin)

    def request_data(self, order: str, bridge: InProcessBridge) -> dict[str, str]:
        with tenant_tx(self.hall.tenant, write=True):
            item = OrderItem.objects.select_related("certificate", "issued").get(order__public_id=order)
            old, subject = parse(bytes(model_of(item).signing_der)), expected_subject(item)
            question = challenges.issue("request", by=self.by, item=item)
        renewed = self.task(order).makes == "renewed_key"
        more = {"replaces": old.fingerprint_sm3.hex()} if renewed else {}
        made = bridge.call(
            "key.genCsr",
            keySerial=self.serial,
            txn=question["txn"],
            algorithm="RSA2048" if old.algorithm == "RSA" else old.algorithm,
            subject=text(subject),
            **more,
        )
        signature = bridge_calls.prove_request(bridge, key=self.serial, question=question)
        return {"csr": made["csr"], "challenge": question["challenge"], "signature": text(signature)}

    def request(self, order: str, bridge: InProcessBridge) -> None:
        data = self.request_data(order, bridge)
        self.hall.reserve(data, by=self.by)
        self.act(order, "request", data)

    def verify(self, order: str, bridge: InProcessBridge) -> orders.ActResult:
        with tenant_tx(self.hall.tenant, write=True):
            item = OrderItem.objects.select_related("certificate").get(order__public_id=order)
            issuance = Issuance.objects.get(item=item, state="issued")
            question = challenges.issue("install", by=self.by, item=item)
        bridge_calls.import_certificates(bridge, key=self.serial, txn=question["txn"], issuance=issuance)
        new = parse(bytes(issuance.signing_certificate or b""))
        signature = bridge_calls.verify(
            bridge, key=self.serial, question=question, action=install_action(new.serial), encryption=True
        )
        data = {"challenge": question["challenge"], "signature": text(signature)}
        self.hall.reserve(data, by=self.by)
        return self.act(order, "verify", data)

    def set_pin(self, order: str, bridge: InProcessBridge) -> str:
        """The bridge makes it; base64 of what it sealed."""
        asked = self.act(order, "ask_pin").answer
        wanted = {name: asked[name] for name in ("txn", "recipient", "digits")}
        sealed = str(bridge.call("pin.issue", keySerial=self.serial, **wanted)["sealedPin"])
        self.act(order, "set_pin", {"sealed_pin": sealed})
        return sealed

    def make(self, order: str, *, pin: bool = True) -> None:
        """On the medium that is in."""
        self.take(order)
        bridge = self.bridge()
        try:
            self.request(order, bridge)
            self.hall.run()
            self.verify(order, bridge)
            if pin:
                self.set_pin(order, bridge)
        finally:
            bridge.close()


def decoded(data: str) -> bytes:
    return base64.b64decode(data)
