"""Who may open a file. This room knows owners' names, not owners: whoever stores files registers a guard."""

from collections.abc import Callable

from portal.accounts.actor import Actor
from portal.files.models import StoredFile

Guard = Callable[[Actor, StoredFile], bool]

_guards: list[Guard] = []


def register_guard(guard: Guard) -> None:
    """``guard(actor, file)``: True lets this visitor open the file, and the pictures of its pages.

    Called inside a tenant_tx, with the file that was uploaded (never with a page image: those follow it).
    Nobody registered, or nobody says True → refused.
    """
    if guard not in _guards:
        _guards.append(guard)


def may_open(actor: Actor, file: StoredFile) -> bool:
    """Staff never get what a customer sent, only page images of it (FACTS, Documents)."""
    if actor.is_staff and not file.is_picture:
        return False
    original = file.derived_from or file
    return any(guard(actor, original) for guard in _guards)
