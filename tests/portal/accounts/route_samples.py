"""Real arguments for the routes of accounts (tests/structure/test_routes.py)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from portal.accounts.roles import Role

if TYPE_CHECKING:
    from tests.structure.routes import World


def _account(world: "World") -> dict[str, object]:
    return {"public_id": world.staff[Role.REVIEWER].public_id}


SAMPLES: "dict[str, Callable[[World], dict[str, object]]]" = {
    "staff-account": _account,
    "staff-account-roles": _account,
    "staff-account-enable": _account,
    "staff-account-unlock": _account,
    "staff-account-invitation": _account,
    "staff-account-deputies": _account,
}
