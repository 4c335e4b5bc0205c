"""Who may see and pay a charge. This app knows references, not people: whoever opens charges registers a guard."""

from collections.abc import Callable

from portal.accounts.actor import Actor

Guard = Callable[[Actor, str], bool]

_guards: list[Guard] = []


def register_guard(guard: Guard) -> None:
    """``guard(actor, reference)``: True lets this visitor see and pay the charge of that reference.

    Called inside a tenant_tx. Nobody registered, or nobody says True → refused.
    """
    if guard not in _guards:
        _guards.append(guard)


def may_pay(actor: Actor, reference: str) -> bool:
    return any(guard(actor, reference) for guard in _guards)
