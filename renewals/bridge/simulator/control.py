"""What the desk page and the tests may do to the desk: POST /control/<action>, JSON in and out."""

from collections.abc import Callable
from typing import Any

from portal.gm import Certificate
from renewals.bridge.simulator.desk import SoftKeyDesk
from renewals.bridge.simulator.environment import COMPONENTS
from renewals.bridge.simulator.faults import points
from renewals.bridge.simulator.key_models import MODELS
from renewals.bridge.simulator.pins import PinDesk
from renewals.bridge.simulator.soft_key import Container, SoftKey

Body = dict[str, Any]


class Control:
    """Raises KeyError for what isn't there and ValueError for what can't be."""

    def __init__(self, desk: SoftKeyDesk, pins: PinDesk) -> None:
        self._desk = desk
        self._pins = pins
        self.actions: dict[str, Callable[[Body], None]] = {
            "state": lambda _: None,
            "insert": lambda body: desk.insert(_text(body, "keySerial")),
            "pull": lambda body: desk.pull(_text(body, "keySerial")),
            "pull_all": lambda _: desk.pull_all(),
            "delete": lambda body: desk.delete(_text(body, "keySerial")),
            "faults": desk.faults.update,
            "provision": self._provision,
            "auto_pin": self._auto_pin,
            "pin_answer": lambda body: pins.answer(
                _text(body, "id"), _text(body, "pin", needed=False), _text(body, "newPin", needed=False)
            ),
            "pin_deny": lambda body: pins.deny(_text(body, "id")),
        }

    def state(self) -> Body:
        """Everything the pages show. No PIN and no private key is in it."""
        inserted = self._desk.inserted()
        return {
            "keys": [_shown(key, inserted=key.serial in inserted) for key in self._desk.soft_keys()],
            "faults": self._desk.faults.as_dict(),
            "points": list(points()),
            "models": list(MODELS),
            "components": list(COMPONENTS),
            "pending": [request.as_dict() for request in self._pins.pending()],
            "outcomes": self._pins.outcomes(),
            "autoPin": bool(self._pins.auto_pin),
        }

    def _provision(self, body: Body) -> None:
        self._desk.provision(
            _text(body, "mediumNumber"),
            _text(body, "label")[:100],
            _text(body, "pin"),
            _text(body, "algorithm", needed=False),
            model=_text(body, "model", needed=False)[:100] or "模拟 Ekey",
        )

    def _auto_pin(self, body: Body) -> None:
        self._pins.auto_pin = _text(body, "pin", needed=False)
        self._pins.auto_new_pin = _text(body, "newPin", needed=False)


def _text(body: Body, name: str, *, needed: bool = True) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or (needed and not value):
        raise ValueError(f"{name} is missing")
    return value


def _shown(key: SoftKey, *, inserted: bool) -> Body:
    return {
        "keySerial": key.serial,
        "mediumNumber": key.medium_number,
        "label": key.label,
        "model": key.model,
        "inserted": inserted,
        "retriesLeft": key.retries_left,
        "capacity": key.capacity,
        "containers": [_container(container) for container in key.containers],
    }


def _container(container: Container) -> Body:
    signing = container.signing_certificate or container.encryption_certificate
    certificate = Certificate.from_der(signing) if signing else None
    return {
        "id": container.id,
        "state": str(container.state),
        "algorithm": container.algorithm,
        "subject": certificate.subject if certificate else "",
        "serial": certificate.serial_hex if certificate else "",
        "notAfter": certificate.not_after.date().isoformat() if certificate else "",
    }
