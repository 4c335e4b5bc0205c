"""Virus scanners: clamd's protocol, spoken to a stand-in on this machine."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.files import errors, gate
from portal.files.scanning import ClamdScanner, NoScanner, scanner_for
from tests.portal.files import papers
from tests.portal.files.papers import upload

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@contextmanager
def clamd(folder: Path, answer: bytes | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Knows EICAR. ``answer``: says that instead."""
    path, seen = folder / "clamd.ctl", []
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        line, _address = server.accept()
        with line, line.makefile("rb") as reader:
            assert reader.read(10) == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(reader.read(4), "big"):
                content += reader.read(size)
            seen.append(content)
            found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
            line.sendall(found if answer is None else answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"unix://{path}", seen
    finally:
        server.close()
        thread.join(5)


def test_a_clean_file_is_sent_whole(tmp_path: Path) -> None:
    content = bytes(200_000)
    with clamd(tmp_path) as (address, seen):
        source = io.BytesIO(content)
        assert ClamdScanner(address).scan(source) is None
    assert seen == [content]
    assert source.tell() == 0


def test_eicar_is_found_and_refused_at_the_gate(tmp_path: Path) -> None:
    with clamd(tmp_path) as (address, _seen), pytest.raises(errors.Infected):
        gate.accept(upload("a.png", papers.png() + EICAR), scanner=ClamdScanner(address))


def test_the_setting_names_the_scanner(tmp_path: Path, settings: object) -> None:
    with clamd(tmp_path) as (address, _seen):
        settings.CERTHALL = settings.CERTHALL.model_copy(update={"clamd": address})  # type: ignore[attr-defined]
        with pytest.raises(errors.Infected):
            gate.accept(upload("a.png", papers.png() + EICAR))
    assert isinstance(scanner_for(""), NoScanner)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: \0"])
def test_not_scanned_is_not_clean(tmp_path: Path, answer: bytes) -> None:
    with clamd(tmp_path, answer) as (address, _seen), pytest.raises(errors.GateUnavailable):
        ClamdScanner(address).scan(io.BytesIO(b"x"))


def test_a_scanner_that_is_away_closes_the_gate(tmp_path: Path) -> None:
    for address in (f"unix://{tmp_path}/nobody", "tcp://127.0.0.1:1"):
        with pytest.raises(errors.GateUnavailable):
            gate.accept(upload("a.png", papers.png()), scanner=ClamdScanner(address))
