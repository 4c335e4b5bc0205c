"""Starts ``portal.files.child`` on one file, and turns what comes of it into an answer or a refusal. Pure."""

import json
import logging
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from portal.files import errors
from portal.files.kinds import Limits

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_REFUSALS: dict[str, type[errors.FileRefused]] = {
    kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.FileRefused)
}
#: how a process ends that hit its limits, or whose library fell over hostile bytes
_OVERRUN = {
    -number
    for number in (signal.SIGXCPU, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGXFSZ)
}
#: children of this process at a time: each may take up to Limits.memory
_AT_ONCE = threading.BoundedSemaphore(2)
_MEMORY_WORDS = ("MemoryError", "bad_alloc", "Cannot allocate memory")


def run(request: dict[str, Any], *, source: BinaryIO, target: BinaryIO, limits: Limits) -> dict[str, Any]:
    """The child's answer to ``request`` about ``source``; what it makes is in ``target``.

    Raises FileRefused (its kinds), GateUnavailable when the gate itself is at fault.
    """
    source.flush()
    source.seek(0)
    if not _AT_ONCE.acquire(timeout=limits.wall):
        raise errors.GateUnavailable(reason="too many files at once")
    try:
        return _answer(_start(request, source, target, limits))
    finally:
        _AT_ONCE.release()
        source.seek(0)
        target.seek(0)


def _start(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits
) -> "subprocess.CompletedProcess[bytes]":
    whole = {**request, "input": source.fileno(), "output": target.fileno(), "limits": limits.as_json()}
    command = [sys.executable, "-E", "-s", "-W", "ignore", "-m", "portal.files.child", json.dumps(whole)]
    try:
        return subprocess.run(  # noqa: S603  our own program; the file comes by descriptor
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=(source.fileno(), target.fileno()),
            cwd=_ROOT,
            env={"PATH": "/usr/bin:/bin:/sbin", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            timeout=limits.wall,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise errors.TooComplex from error
    except OSError as error:
        raise errors.GateUnavailable from error


def _answer(ended: "subprocess.CompletedProcess[bytes]") -> dict[str, Any]:
    if ended.returncode == 0:
        try:
            answer: dict[str, Any] = json.loads(ended.stdout)
        except ValueError as error:
            raise errors.GateUnavailable from error
        if "refused" in answer:
            raise _REFUSALS[answer["refused"]](**answer["params"])
        done: dict[str, Any] = answer["done"]
        return done
    said = ended.stderr.decode("utf-8", "replace")
    if ended.returncode in _OVERRUN or any(word in said for word in _MEMORY_WORDS):
        logger.warning("a file overran its limits: exit %s", ended.returncode)
        raise errors.TooComplex
    logger.error("the file gate failed with exit %s: %s", ended.returncode, _without_content(said))
    raise errors.GateUnavailable


def _without_content(said: str) -> str:
    """The traceback's places and the exception's class: its message may quote somebody's paper."""
    lines = said.splitlines()
    places = [line.strip() for line in lines if line.startswith('  File "')]
    kind = re.match(r"[A-Za-z_.]{1,80}", lines[-1]) if lines else None
    return " < ".join([kind.group() if kind else "?", *reversed(places[-4:])])
