"""Virus scanners: a place for one, and clamd where an installation has it (``CERTHALL_CLAMD``). Pure."""

import socket
from contextlib import closing
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from portal.files.errors import GateUnavailable

_CHUNK = 64 * 1024
_TIMEOUT = 30  # seconds, for each step


class Scanner(Protocol):
    def scan(self, source: BinaryIO) -> str | None:
        """The name of what was found, None when nothing was. Raises GateUnavailable: not scanned is not clean."""
        ...


class NoScanner:
    """No clamd here: the gate still encodes images anew and takes PDFs apart."""

    def scan(self, source: BinaryIO) -> str | None:  # noqa: ARG002
        return None


class ClamdScanner:
    """clamd's INSTREAM over ``unix:///run/clamav/clamd.ctl`` or ``tcp://host:3310``."""

    def __init__(self, address: str) -> None:
        self.address = address

    def scan(self, source: BinaryIO) -> str | None:
        source.seek(0)
        try:
            with closing(self._connect()) as line:
                line.sendall(b"zINSTREAM\0")
                while chunk := source.read(_CHUNK):
                    line.sendall(len(chunk).to_bytes(4, "big") + chunk)
                line.sendall(bytes(4))
                answer = _until_nul(line)
        except OSError as error:
            raise GateUnavailable(reason="clamd doesn't answer") from error
        finally:
            source.seek(0)
        return _read(answer)

    def _connect(self) -> socket.socket:
        where = urlsplit(self.address)
        if where.scheme == "unix":
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(_TIMEOUT)
            try:
                line.connect(where.path)
            except OSError:
                line.close()
                raise
            return line
        return socket.create_connection((where.hostname or "127.0.0.1", where.port or 3310), timeout=_TIMEOUT)


def scanner_for(address: str) -> Scanner:
    """ "" → none."""
    return ClamdScanner(address) if address else NoScanner()


def _until_nul(line: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        more = line.recv(4096)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0")


def _read(answer: bytes) -> str | None:
    text = answer.decode("utf-8", "replace").strip()
    if text == "stream: OK":
        return None
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return text.removeprefix("stream: ").removesuffix(" FOUND")
    raise GateUnavailable(reason="clamd refused")
