"""What the bridge's tests are made with: a CA of a few lines, a page that checks every message."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from portal.gm import Certificate, CertificateRequest, PrivateKey, PublicKey, SM2PrivateKey, SM2PublicKey, envelope
from portal.gm.certificate import public_key_of
from portal.gm.issuing import build_certificate, build_name, end_entity_extensions
from renewals.bridge.protocol import BridgeFault, ErrorCode, Event, Method, install_action, new_challenge
from renewals.bridge.schema import event_problem, problem, response_problem
from renewals.bridge.simulator import Dispatcher, PinDesk, SoftKeyDesk
from renewals.bridge.simulator.soft_key import generate

ORIGIN = "https://szca.example"
TXN = "szca/Qm9pbGVyX3BsYXRlXzAx"
PIN = "135790"
SUBJECT = build_name([("C", "CN"), ("O", "深圳市测试精密制造有限公司"), ("CN", "深圳市测试精密制造有限公司")])


class WorkshopCa:
    """Signs anything. One root per algorithm."""

    def __init__(self) -> None:
        self._roots: dict[str, PrivateKey] = {}
        self._serial = 0x1000

    def certificate(self, public_key: PublicKey, *, usage: str = "digitalSignature") -> Certificate:
        kind = "SM2" if isinstance(public_key, SM2PublicKey) else "RSA2048"
        root = self._roots.setdefault(kind, generate(kind))
        self._serial += 1
        return build_certificate(
            issuer_key=root,
            issuer_subject_der=build_name([("C", "CN"), ("CN", f"测试根 {kind}")]),
            subject_der=SUBJECT,
            public_key=public_key,
            serial=self._serial,
            not_before=datetime(2026, 1, 1, tzinfo=UTC),
            not_after=datetime(2027, 1, 1, tzinfo=UTC),
            extensions=end_entity_extensions(public_key, issuer_key=public_key_of(root), key_usage=[usage]),
        )

    def pair(self, csr_der: bytes) -> tuple[Certificate, Certificate, bytes]:
        """Signing and encryption certificate for a request, and the enveloped encryption key."""
        request = CertificateRequest.from_der(csr_der)
        request.verify()
        signing = self.certificate(request.public_key)
        encryption_key = generate("SM2" if isinstance(request.public_key, SM2PublicKey) else "RSA2048")
        encryption = self.certificate(public_key_of(encryption_key), usage="keyEncipherment")
        return signing, encryption, seal(signing, encryption_key)


def seal(signing: Certificate, encryption_key: PrivateKey) -> bytes:
    if isinstance(encryption_key, SM2PrivateKey):
        assert isinstance(signing.public_key, SM2PublicKey)
        return envelope.seal(signing.public_key, encryption_key)
    return envelope.seal_rsa(signing, encryption_key)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


class Page:
    """A page's session. Every answer and every event is held against its schema."""

    def __init__(
        self,
        desk: SoftKeyDesk,
        *,
        pin: str = PIN,
        origin: str = ORIGIN,
        dispatcher: Dispatcher | None = None,
        protocol: int = 2,
    ):
        self.pins = dispatcher.pins if dispatcher else PinDesk(auto_pin=pin, seconds=5)
        self.dispatcher = dispatcher or Dispatcher(desk, self.pins)
        self.events: list[dict[str, Any]] = []
        self.session = self.dispatcher.open(origin, self._event)
        self.last = 0
        self.call("hello", protocol=protocol)

    def _event(self, message: dict[str, Any]) -> None:
        assert event_problem(Event(message["method"]), message) is None, message
        self.events.append(message)

    def send(self, text: str) -> dict[str, Any]:
        answer = self.dispatcher.handle(self.session, text)
        if "error" in answer:
            assert problem("error.json", answer) is None, answer
        return answer

    def call(self, method: str, **params: Any) -> Any:
        number = self.last = self.last + 1
        answer = self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        assert answer["id"] == number
        if "error" in answer:
            data = answer["error"]["data"]
            raise BridgeFault(ErrorCode(data["code"]), answer["error"]["message"], retries_left=data.get("retriesLeft"))
        assert response_problem(Method(method), answer) is None
        return answer["result"]

    def stages(self) -> list[str]:
        return [event["params"]["stage"] for event in self.events if event["method"] == "progress"]


class Rekey:
    """A renewal on one key, step by step, as the portal's page drives it."""

    def __init__(self, page: Page, ca: WorkshopCa, serial: str, *, txn: str = TXN, algorithm: str = "SM2") -> None:
        self.page, self.ca, self.serial, self.txn, self.algorithm = page, ca, serial, txn, algorithm
        self.old = self.current()
        self.pair: tuple[Certificate, Certificate, bytes] | None = None

    def current(self) -> str:
        listed = self.page.call("cert.list", keySerial=self.serial)["certificates"]
        return str(next(c["fingerprint"] for c in listed if c["usage"] == "signing" and c["state"] == "current"))

    def gen_csr(self) -> dict[str, Any]:
        result: dict[str, Any] = self.page.call(
            "key.genCsr", keySerial=self.serial, txn=self.txn, algorithm=self.algorithm, replaces=self.old
        )
        if self.pair is None:
            self.pair = self.ca.pair(base64.b64decode(result["csr"]))
        return result

    @property
    def issued(self) -> tuple[Certificate, Certificate, bytes]:
        assert self.pair is not None
        return self.pair

    def import_sign(self) -> Any:
        certificate = b64(self.issued[0].der)
        return self.page.call("cert.importSign", keySerial=self.serial, txn=self.txn, certificate=certificate)

    def import_enc(self) -> Any:
        _, certificate, enveloped = self.issued
        return self.page.call(
            "cert.importEnc",
            keySerial=self.serial,
            txn=self.txn,
            certificate=b64(certificate.der),
            envelopedKey=b64(enveloped),
        )

    def verify(self, challenge: str | None = None) -> Any:
        return self.page.call(
            "install.verify",
            keySerial=self.serial,
            txn=self.txn,
            challenge=challenge or new_challenge(),
            action=install_action(self.issued[0].serial),
            encryption="required",
        )

    def all(self) -> Any:
        self.gen_csr()
        self.import_sign()
        self.import_enc()
        return self.verify()
