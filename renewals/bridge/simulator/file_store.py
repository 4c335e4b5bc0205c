"""Certificates in files (.pfx) on this computer: what the manual's personal store holds (RULES B2, B5–B7).

To the rest of the simulator the store is one more `SoftKey` that is always there, with a container for each file and a
password for each container. What is saved lies in `<folder>/saved`; a real bridge asks where to.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12

from renewals.bridge.protocol import BridgeFault, ErrorCode
from renewals.bridge.simulator.key_models import FILES
from renewals.bridge.simulator.soft_key import Container, ContainerState, SoftKey, dump_key, load_key
from renewals.bridge.simulator.store import KeyStore

CAPACITY: Final = 500
_NAME = "FILES"


class FileStore:
    def __init__(self, folder: Path) -> None:
        self._store = KeyStore(folder)
        self.saved = folder / "saved"

    @property
    def serial(self) -> str:
        """The store's name in requests; each computer's is another."""
        return self.read().serial

    def read(self) -> SoftKey:
        """A fresh copy."""
        with self._store.locked():
            return self._read()

    def _read(self) -> SoftKey:
        for serial in self._store.serials():
            found = self._store.read(serial)
            if found is not None:
                return found
        made = SoftKey(_NAME + secrets.token_hex(6).upper(), _NAME, "文件证书", FILES, CAPACITY)
        self._store.write(made)
        return made

    @contextmanager
    def editing(self) -> Iterator[SoftKey]:
        """Changes made to the yielded store are kept together, or on an exception not at all."""
        with self._store.locked():
            store = self._read()
            yield store
            self._store.write(store)

    def import_pfx(self, pfx: bytes, password: str) -> str:
        """What a double click on the .pfx does; the new container's id. ValueError for a wrong password, or for a file
        that isn't one RSA key with its certificate."""
        key, certificate, _ = pkcs12.load_key_and_certificates(pfx, password.encode())
        if not isinstance(key, RSAPrivateKey) or certificate is None:
            raise ValueError("the file holds no RSA key with its certificate")
        container = Container(
            id="f" + secrets.token_hex(6),
            label=_NAME,
            algorithm="RSA2048",
            state=ContainerState.CURRENT,
            signing_key=dump_key(key),
            signing_certificate=certificate.public_bytes(serialization.Encoding.DER),
        )
        container.set_password(password)
        with self.editing() as store:  # the same file once more takes its own place
            store.containers = [each for each in store.containers if each.signing_key != container.signing_key]
            store.containers.append(container)
        return container.id

    def save(self, name: str, pfx: bytes) -> Path:
        """FILE_SAVE_FAILED when it can't be written."""
        try:
            self.saved.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = self.saved / name
            file.write_bytes(pfx)
        except OSError as error:
            raise BridgeFault(ErrorCode.FILE_SAVE_FAILED, type(error).__name__) from error
        return file


def make_pfx(container: Container, password: str, *, name: str) -> bytes:
    """PKCS #12 with the container's key and certificate, AES-256 under the password. PFX_FAILED."""
    key = load_key(container.signing_key, container.algorithm)
    if not isinstance(key, RSAPrivateKey):
        raise BridgeFault(ErrorCode.PFX_FAILED, "only RSA keys go into a file")
    certificate = x509.load_der_x509_certificate(container.signing_certificate)
    protection = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, protection)
