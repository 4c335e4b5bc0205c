"""Which roles may do what. What nobody has registered is refused (default deny).

Permissions are named ``<area>.<verb>`` by the app that they belong to, which registers them in its
``AppConfig.ready``. Customers hold no permissions: what is theirs is decided by what they own.
"""

from django.http import HttpRequest

from portal.accounts.actor import Actor
from portal.accounts.roles import Role

_ROLES_OF: dict[str, frozenset[Role]] = {}


def register(permission: str, *roles: Role) -> None:
    """Name a permission and the roles that hold it. Registering it again with other roles is a ValueError."""
    held_by = frozenset(roles)
    if _ROLES_OF.setdefault(permission, held_by) != held_by:
        raise ValueError(f"permission {permission!r} is registered already, for {sorted(_ROLES_OF[permission])}")


def allows(actor: Actor, permission: str) -> bool:
    """Whether this member of staff may; a deputy holds the roles of those whom they stand in for (P21)."""
    if actor.kind != "staff" or actor.user_id is None:
        return False
    return not actor.roles.isdisjoint(_ROLES_OF.get(permission, frozenset()))


def is_registered(permission: str) -> bool:
    return permission in _ROLES_OF


def registered() -> dict[str, frozenset[Role]]:
    """A copy: permission → roles, for the staff pages and the structure tests."""
    return dict(_ROLES_OF)


def permissions_of(roles: frozenset[Role]) -> frozenset[str]:
    return frozenset(name for name, held_by in _ROLES_OF.items() if roles & held_by)


def is_restricted(request: HttpRequest) -> bool:
    """RULES P17: this customer was idle for more than 180 days and has shown nothing but an SMS code since.

    Such a visit may prove a key or an identity and start something new; it is shown nothing old.
    """
    return bool(getattr(request.user, "is_restricted", False))
