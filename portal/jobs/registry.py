"""What a job's name means: handlers and the clock-driven (recurring) ones. Knows no tables."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from portal.tenants.models import Tenant

Kind = Literal["local", "outside"]
DEFAULT_ATTEMPTS = 8
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds until the next attempt: ``base · factor^(attempt-1)``, at most `cap`, give or take a quarter."""

    base: float = 2.0
    factor: float = 3.0
    cap: float = 900.0

    def seconds(self, attempt: int) -> float:
        """`attempt`: the one that just failed, from 1."""
        exponent = min(attempt - 1, 40)  # beyond that a float says no more than the cap
        return min(self.cap, self.base * self.factor**exponent) * _random.uniform(0.75, 1.25)


class Retry(Exception):
    """Raised by a handler: not yet; try again in `after_seconds`. Counts as an attempt."""

    def __init__(self, after_seconds: float) -> None:
        super().__init__(f"again in {after_seconds} s")
        self.after_seconds = after_seconds


class GiveUp(Exception):
    """Raised by a handler, ``raise GiveUp from error``: trying again is no use; the job is dead at once."""


@dataclass(frozen=True, slots=True)
class Finish:
    """What an outside job still has to write; run in the transaction that writes `done`."""

    fn: Callable[[], object]

    def __call__(self) -> None:
        self.fn()


@dataclass(frozen=True, slots=True)
class JobContext:
    """One attempt at one job, as its handler sees it.

    `request_id` is the same at every attempt: send it outside as the idempotency key.
    `attempt` counts from 1. `fencing_token` grows with every lease of this job.
    """

    tenant: Tenant
    id: int
    payload: dict[str, Any] = field(repr=False)
    secret: dict[str, Any] = field(repr=False)
    attempt: int
    max_attempts: int
    fencing_token: int
    request_id: str

    @property
    def is_last_attempt(self) -> bool:
        return self.attempt >= self.max_attempts


Handler = Callable[[JobContext], object]
_F = TypeVar("_F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class HandlerSpec:
    name: str
    kind: Kind
    fn: Handler
    max_attempts: int
    backoff: Backoff
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Recurring:
    """`every` cuts time since 1970 into slots; the handler runs once per slot (and tenant)."""

    handler: str
    every: timedelta
    for_each_tenant: bool

    def slot(self, now: datetime) -> int:
        return int(now.timestamp() // self.every.total_seconds())


_handlers: dict[str, HandlerSpec] = {}
_recurring: dict[str, Recurring] = {}


def handler(
    name: str,
    *,
    kind: Kind,
    max_attempts: int = DEFAULT_ATTEMPTS,
    backoff: Backoff | None = None,
    lease: timedelta = timedelta(seconds=90),
) -> Callable[[_F], _F]:
    """Register the function that runs jobs called `name`.

    local: ``f(job) -> None`` runs in one write ``tenant_tx`` together with `done`.
    outside: ``f(job) -> Finish | None`` runs without a transaction; what it returns is called in the
    write ``tenant_tx`` that sets `done`, under the fencing token.

    `lease`: after this long the worker is taken for dead and the job goes to another one. An outside
    handler's own time limits must add up to less.
    """
    if max_attempts < 1 or lease <= timedelta(0):
        raise ValueError(f"job handler {name}: max_attempts and lease must be positive")

    def register(fn: _F) -> _F:
        known = _handlers.get(name)
        if known is not None and (known.fn.__module__, known.fn.__qualname__) != (fn.__module__, fn.__qualname__):
            raise ValueError(f"job handler {name} is registered twice")
        _handlers[name] = HandlerSpec(name, kind, fn, max_attempts, backoff or Backoff(), lease)
        return fn

    return register


def recurring(handler: str, *, every: timedelta, for_each_tenant: bool = True) -> None:
    """Have the sweeper run `handler` once in every slot of `every`, for each tenant (the platform
    among them) or for the platform alone.

    The payload is ``{"slot": n}``. Slots missed while no worker ran are not made up for.
    """
    if every < timedelta(seconds=1):
        raise ValueError(f"recurring job {handler}: at least a second apart")
    _recurring[handler] = Recurring(handler, every, for_each_tenant)


def find(name: str) -> HandlerSpec | None:
    return _handlers.get(name)


def all_handlers() -> tuple[HandlerSpec, ...]:
    return tuple(_handlers.values())


def all_recurring() -> tuple[Recurring, ...]:
    return tuple(_recurring.values())


def forget(name: str) -> None:
    """For tests: take a handler and its schedule out again."""
    _handlers.pop(name, None)
    _recurring.pop(name, None)
