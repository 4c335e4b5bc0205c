"""Who may see and pay a charge. This app knows references, not people: whoever opens charges registers a guard."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.accounts.actor import Actor

Guard = Callable[[Actor, str], bool]

_guards: list[Guard] = []


@dataclass(frozen=True, slots=True)
class Choosing:
    """Where the payer chooses how to pay: a page that takes POST ``channel`` and ``key``, and what it offers."""

    url: str
    channels: tuple[str, ...]


Chooser = Callable[[str], Choosing | None]
_choosers: list[Chooser] = []


def register_chooser(chooser: Chooser) -> None:
    """``chooser(reference)``: how the charge of that reference is paid is chosen there, never here (one way)."""
    if chooser not in _choosers:
        _choosers.append(chooser)


def choosing(reference: str) -> Choosing | None:
    return next((found for chooser in _choosers if (found := chooser(reference)) is not None), None)


def register_guard(guard: Guard) -> None:
    """``guard(actor, reference)``: True lets this visitor see and pay the charge of that reference.

    Called inside a tenant_tx. Nobody registered, or nobody says True → refused.
    """
    if guard not in _guards:
        _guards.append(guard)


def may_pay(actor: Actor, reference: str) -> bool:
    return any(guard(actor, reference) for guard in _guards)
