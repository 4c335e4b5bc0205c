"""Waiting for something that comes about by itself: ask again until there is an answer, never sleep for good luck."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 60.0  # seconds; a loaded machine takes its time
BETWEEN = 0.2


def wait_for(ask: Callable[[], T | None], otherwise: str) -> T:
    """The first answer that isn't None, False or empty. AssertionError with ``otherwise`` when none comes."""
    ends = time.monotonic() + PATIENCE
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < ends, otherwise
        time.sleep(BETWEEN)
