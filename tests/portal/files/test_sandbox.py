"""The process that opens customers' files: limits, and whose fault it is when it ends."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from portal.files import errors, gate, sandbox
from portal.files.buffers import new_buffer
from portal.files.kinds import DEFAULT_LIMITS, Limits
from tests.portal.files import papers


def run(request: dict[str, object], content: bytes = b"", limits: Limits = DEFAULT_LIMITS) -> dict[str, object]:
    with new_buffer() as source, new_buffer() as target:
        source.write(content)
        return sandbox.run(request, source=source, target=target, limits=limits)


ACCEPT_PNG = {"op": "accept", "kind": "png", "extension": "png", "kinds": ["png"]}


def test_it_knows_no_django_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import portal.files.child.pdf, portal.files.child.pages, portal.files.child.__main__ as m; import sys; "
    code += "print('django' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"False\n"
    monkeypatch.setenv("CERTHALL_MASTER_KEY_HEX", "00" * 32)
    seen: list[dict[str, str]] = []

    def fake(_command: list[str], **options: object) -> "subprocess.CompletedProcess[bytes]":
        seen.append(options["env"])  # type: ignore[arg-type]
        return subprocess.CompletedProcess([], 0, b'{"done": {}}', b"")

    monkeypatch.setattr(sandbox.subprocess, "run", fake)
    run(ACCEPT_PNG)
    assert set(seen[0]) == {"PATH", "LANG", "MALLOC_ARENA_MAX"}


def test_out_of_memory_is_the_files_fault() -> None:
    with pytest.raises(errors.TooComplex):
        run(ACCEPT_PNG, papers.png((7000, 7000)), Limits(memory=260 * 1024 * 1024))


def test_out_of_time_is_the_files_fault() -> None:
    with pytest.raises(errors.TooComplex):
        run(ACCEPT_PNG, papers.png((6000, 6000)), Limits(wall=0))


@pytest.mark.parametrize("signal", [9, 11, 6, 24])
def test_a_crash_of_the_parser_is_the_files_fault(signal: int) -> None:
    with pytest.raises(errors.TooComplex):
        sandbox._answer(subprocess.CompletedProcess([], -signal, b"", b""))


@pytest.mark.parametrize(("code", "said"), [(1, b""), (1, b"ImportError: failed to find libmagic"), (0, b"")])
def test_a_fault_of_the_gate_is_not_the_customers(code: int, said: bytes) -> None:
    with pytest.raises(errors.GateUnavailable):
        sandbox._answer(subprocess.CompletedProcess([], code, b"", said))
    with pytest.raises(errors.GateUnavailable):
        run({"op": "unknown"})


def test_it_leaves_no_descriptor_open() -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _time in range(3):
        run(ACCEPT_PNG, papers.png())
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_no_more_than_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take a gigabyte and a half: a third waits, and not for ever."""
    full = threading.BoundedSemaphore(2)
    monkeypatch.setattr(sandbox, "_AT_ONCE", full)
    for _time in range(2):
        full.acquire()
    with pytest.raises(errors.GateUnavailable):
        run(ACCEPT_PNG, papers.png(), Limits(wall=0))
    full.release()
    assert run(ACCEPT_PNG, papers.png())["width"] == 300
    with pytest.raises(errors.ContentMismatch):
        run(ACCEPT_PNG, papers.jpeg())
    assert run(ACCEPT_PNG, papers.png())["width"] == 300  # a refusal gives its place back


def test_the_log_says_where_it_failed_and_quotes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    said = b'Traceback:\n  File "portal/files/child/pdf.py", line 9, in rebuild\n    x\nValueError: bad 19900007531'
    with pytest.raises(errors.GateUnavailable):
        sandbox._answer(subprocess.CompletedProcess([], 1, b"", said))
    assert 'ValueError < File "portal/files/child/pdf.py", line 9, in rebuild' in caplog.text
    assert "19900007531" not in caplog.text


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("name", "make"), [("a.pdf", papers.armed_pdf), ("a.png", papers.png), ("a.jpg", papers.with_place)]
)
def test_mutated_files_are_taken_or_refused_never_a_fault(name: str, make: Callable[[], bytes], seed: int) -> None:
    """A byte changed, lost or put in somewhere: whatever comes of it, the canary doesn't get through."""
    dice, content = random.Random(f"{name} {seed}"), bytearray(make())  # noqa: S311  repeatable on purpose
    for _time in range(dice.choice([1, 2, 20])):
        at = dice.randrange(8, len(content))
        match dice.randrange(3):
            case 0:
                content[at] = dice.randrange(256)
            case 1:
                del content[at : at + dice.randrange(1, 20)]
            case 2:
                content[at:at] = dice.randbytes(dice.randrange(1, 8))
    try:
        with gate.accept(papers.upload(name, bytes(content))) as accepted:
            assert papers.CANARY not in accepted.content.read()
    except errors.FileRefused:
        pass
