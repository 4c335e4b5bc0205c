"""The soft keys and the virtual USB slots: everything a key does, and nothing of any protocol."""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.gm import EnvelopeInvalid, SM2PrivateKey, csr, envelope
from renewals.bridge.protocol import PIN_TRIES, BridgeFault, ErrorCode, Event, unlock_authorization
from renewals.bridge.simulator.faults import Faults
from renewals.bridge.simulator.file_store import FileStore
from renewals.bridge.simulator.key_models import model_of
from renewals.bridge.simulator.soft_key import (
    PIN_LENGTHS,
    Container,
    ContainerState,
    SoftKey,
    dump_key,
    generate,
    load_key,
    public_der,
    read_certificate,
)
from renewals.bridge.simulator.store import KeyStore

SLOTS = 4
Listener = Callable[[Event, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class ProvisionedKey:
    """A new key as the CA's personalisation desk hands it out. Public keys: SubjectPublicKeyInfo."""

    serial: str
    medium_number: str
    signing_public_key: bytes
    encryption_public_key: bytes
    unlock_key: bytes


class SoftKeyDesk:
    """Soft keys in `folder`; usable in-process (no server, no event loop), safe across threads."""

    def __init__(self, folder: Path) -> None:
        self._store = KeyStore(folder)
        self.files = FileStore(folder / "files")
        self._listeners: list[Listener] = []
        self.faults = Faults()

    # --- making keys -----------------------------------------------------------------------

    def provision(
        self,
        medium_number: str,
        label: str,
        pin: str,
        algorithm: str = "",
        *,
        model: str = "模拟 Ekey",
        capacity: int = 0,
        serial: str | None = None,
    ) -> ProvisionedKey:
        """A new key with one container, its keys made, no certificate yet. Not plugged in.

        ``algorithm`` "" and ``capacity`` 0: as the model has it (key_models.py).
        Raises ValueError for an algorithm that the model doesn't make, an impossible PIN, or a medium number that
        another key here already has.
        """
        kind = model_of(model)
        algorithm = algorithm or kind.algorithms[0]
        if algorithm not in kind.algorithms:
            raise ValueError(f"algorithm {algorithm} is none of {kind.algorithms}")
        if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", medium_number):
            raise ValueError("a medium number is letters, digits and hyphens")
        check_new_pin(pin)
        signing, encryption = generate(algorithm), generate(algorithm)
        key = SoftKey(
            serial=serial or "SIM" + secrets.token_hex(6).upper(),
            medium_number=medium_number,
            label=label,
            model=model,
            capacity=capacity or kind.capacity,
            unlock_key=secrets.token_bytes(32),
            unlock_nonce=secrets.token_bytes(16),
        )
        key.set_pin(pin)
        key.containers.append(
            Container(
                id=_container_id(),
                label=label,
                algorithm=algorithm,
                state=ContainerState.CURRENT,
                signing_key=dump_key(signing),
                encryption_key=dump_key(encryption),
            )
        )
        with self._store.locked():
            if self._store.read(key.serial) or any(k.medium_number == medium_number for k in self.soft_keys()):
                raise ValueError(f"there is already a key with medium number {medium_number}")
            self._store.write(key)
        return ProvisionedKey(key.serial, medium_number, public_der(signing), public_der(encryption), key.unlock_key)

    def initial_csr(self, serial: str, subject_der: bytes) -> bytes:
        """A request (PKCS #10, DER) for a provisioned key's first signing certificate."""
        container = self.key(serial).containers[0]
        return csr.build(subject_der, load_key(container.signing_key, container.algorithm)).der

    def install_initial(
        self,
        serial: str,
        signing_certificate: bytes,
        encryption_certificate: bytes | None = None,
        enveloped_key: bytes | None = None,
    ) -> None:
        """Puts the CA's first certificates (DER) in a provisioned key's first container.

        With `enveloped_key` the CA made the encryption key; without, the provisioned one stays.
        Raises BridgeFault CERT_KEY_MISMATCH or ENVELOPE_INVALID; then nothing is stored.
        """
        with self.editing(serial) as key:
            container = key.containers[0]
            require_own(container, signing_certificate)
            container.signing_certificate = signing_certificate
            if encryption_certificate is None:
                container.encryption_key = b""
                return
            if enveloped_key is not None:
                container.encryption_key = dump_key(open_envelope(container, enveloped_key))
            require_same_key(container.encryption_key, container.algorithm, encryption_certificate)
            container.encryption_certificate = encryption_certificate

    def delete(self, serial: str) -> None:
        """The key is thrown away, with everything in it."""
        self.pull(serial)
        with self._store.locked():
            self._store.delete(serial)

    # --- finding and changing --------------------------------------------------------------

    def soft_keys(self) -> list[SoftKey]:
        found = (self._store.read(serial) for serial in self._store.serials())
        return [key for key in found if key is not None]

    def key(self, serial: str) -> SoftKey:
        """A fresh copy. Raises KeyError."""
        key = self._store.read(serial)
        if key is None:
            raise KeyError(serial)
        return key

    def find(self, medium_number: str) -> SoftKey | None:
        return next((key for key in self.soft_keys() if key.medium_number == medium_number), None)

    @contextmanager
    def editing(self, serial: str) -> Iterator[SoftKey]:
        """Changes made to the yielded key are stored together, or on an exception not at all."""
        with self._store.locked():
            key = self.key(serial)
            yield key
            self._store.write(key)

    # --- USB slots ---------------------------------------------------------------------------

    def inserted(self) -> dict[str, int]:
        """Serial → number of this insertion."""
        return self._store.read_slots()

    def insert(self, serial: str) -> None:
        """Raises KeyError for an unknown key, ValueError when all slots are taken."""
        key = self.key(serial)
        with self._store.locked():
            slots = self._store.read_slots()
            if serial in slots:
                return
            if len(slots) >= SLOTS:
                raise ValueError("all slots are taken")
            slots[serial] = secrets.randbelow(2**48)
            self._store.write_slots(slots)
        self.tell(Event.KEY_INSERTED, {"keySerial": serial, "mediumNumber": key.medium_number, "label": key.label})

    def pull(self, serial: str) -> None:
        with self._store.locked():
            slots = self._store.read_slots()
            if slots.pop(serial, None) is None:
                return
            self._store.write_slots(slots)
        self.tell(Event.KEY_REMOVED, {"keySerial": serial})

    def pull_all(self) -> None:
        for serial in self.inserted():
            self.pull(serial)

    def the_only_key(self) -> SoftKey:
        """Raises BridgeFault NO_KEY, MULTIPLE_KEYS, DRIVER_MISSING, DRIVER_TOO_OLD."""
        if self.faults.driver != "ok":
            missing = self.faults.driver == "missing"
            raise BridgeFault(ErrorCode.DRIVER_MISSING if missing else ErrorCode.DRIVER_TOO_OLD)
        serials = list(self.inserted())
        if not serials:
            raise BridgeFault(ErrorCode.NO_KEY)
        if len(serials) > 1:
            raise BridgeFault(ErrorCode.MULTIPLE_KEYS, f"{len(serials)} keys are in")
        return self.key(serials[0])

    def listen(self, listener: Listener) -> Callable[[], None]:
        """`listener` hears of keys and PIN tries; the returned function ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def tell(self, event: Event, params: dict[str, Any]) -> None:
        for listener in tuple(self._listeners):
            listener(event, params)

    # --- PIN ---------------------------------------------------------------------------------

    def try_pin(self, serial: str, pin: str) -> None:
        """Raises BridgeFault PIN_INCORRECT or, with no try left, PIN_LOCKED (RULES A11).

        The try is taken off before the comparison: a kill between them can't give it back.
        """
        with self.editing(serial) as key:
            if key.retries_left == 0:
                raise BridgeFault(ErrorCode.PIN_LOCKED, retries_left=0)
            before = key.retries_left
            key.retries_left -= 1
        if key.pin_matches(pin):
            with self.editing(serial) as key:
                key.retries_left = PIN_TRIES
            if before != PIN_TRIES:
                self.tell(Event.PIN_CHANGED, {"keySerial": serial, "retriesLeft": PIN_TRIES})
            return
        self.tell(Event.PIN_CHANGED, {"keySerial": serial, "retriesLeft": key.retries_left})
        if key.retries_left == 0:
            raise BridgeFault(ErrorCode.PIN_LOCKED, retries_left=0)
        raise BridgeFault(ErrorCode.PIN_INCORRECT, retries_left=key.retries_left)

    def check_unlock(self, serial: str, authorization: bytes) -> None:
        """Raises BridgeFault VERIFY_FAILED unless the CA made it for this key and nonce."""
        key = self.key(serial)
        wanted = unlock_authorization(key.unlock_key, serial, key.unlock_nonce)
        if not hmac.compare_digest(wanted, authorization):
            raise BridgeFault(ErrorCode.VERIFY_FAILED, "not an authorisation for this key and nonce")


def check_new_pin(pin: str) -> None:
    """Raises ValueError."""
    shortest, longest = PIN_LENGTHS
    if not shortest <= len(pin) <= longest or not pin.isascii() or not pin.isprintable():
        raise ValueError(f"a PIN is {shortest} to {longest} printable ASCII characters")


def check_new_password(password: str, digits: int) -> None:
    """A file's 保护口令: exactly so many digits (RULES B6). Raises ValueError."""
    if len(password) != digits or not password.isascii() or not password.isdigit():
        raise ValueError(f"the protection password is exactly {digits} digits")


def from_base64(text: str) -> bytes:
    """Raises BridgeFault BAD_REQUEST."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BridgeFault(ErrorCode.BAD_REQUEST, "not base64") from error


def require_own(container: Container, certificate_der: bytes) -> None:
    require_same_key(container.signing_key, container.algorithm, certificate_der)


def require_same_key(pkcs8: bytes, algorithm: str, certificate_der: bytes) -> None:
    """Raises BridgeFault CERT_KEY_MISMATCH."""
    certificate = read_certificate(certificate_der)
    if not pkcs8 or public_der(load_key(pkcs8, algorithm)) != certificate.spki_der:
        raise BridgeFault(ErrorCode.CERT_KEY_MISMATCH, "the certificate belongs to another key")


def open_envelope(container: Container, enveloped: bytes) -> Any:
    """The encryption key inside, opened with the container's signing key. ENVELOPE_INVALID."""
    key = load_key(container.signing_key, container.algorithm)
    try:
        if isinstance(key, SM2PrivateKey):
            return envelope.open(enveloped, key)
        return envelope.open_rsa(enveloped, read_certificate(container.signing_certificate), key)
    except EnvelopeInvalid as error:
        raise BridgeFault(ErrorCode.ENVELOPE_INVALID, str(error)) from error


def _container_id() -> str:
    return "c" + secrets.token_hex(6)
