"""The process that opens customers' files: limits, and whose fault it is when it ends."""

import os
import subprocess
import sys

import pytest

from portal.files import errors, sandbox
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
