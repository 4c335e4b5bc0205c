"""RULES P20: roles, a permission policy each, default deny."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.accounts.roles import DUTIES, LABELS, Role

HELD_BY = frozenset({Role.REVIEWER, Role.FINANCE})


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(policy, "_ROLES_OF", {"orders.review": HELD_BY, "nobody.may": frozenset()})
    return iter(())


def staff(*roles: Role) -> Actor:
    return Actor("staff", 1, "zhang.min", frozenset(roles))


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_was_registered_for_it(role: Role) -> None:
    assert policy.allows(staff(role), "orders.review") is (role in HELD_BY)


@pytest.mark.parametrize("permission", ["orders.delete", "nobody.may", "", "orders"])
def test_what_nobody_registered_is_refused_to_all(permission: str) -> None:
    assert not policy.allows(staff(*Role), permission)


@pytest.mark.parametrize(
    "actor",
    [
        Actor("customer", 1, "199****0001", frozenset(Role)),
        Actor("anonymous", None, "未登录", frozenset(Role)),
        Actor("staff", None, "nobody", frozenset(Role)),
        Actor.system("payments"),
        staff(),
    ],
)
def test_only_staff_with_roles_hold_permissions(actor: Actor) -> None:
    assert not policy.allows(actor, "orders.review")


def test_a_permission_is_named_once() -> None:
    policy.register("orders.review", Role.FINANCE, Role.REVIEWER)
    with pytest.raises(ValueError, match=r"orders\.review"):
        policy.register("orders.review", Role.FINANCE)
    assert policy.registered()["orders.review"] == HELD_BY


@given(st.frozensets(st.sampled_from(Role)), st.frozensets(st.sampled_from(Role)))
def test_more_roles_never_take_a_permission_away(some: frozenset[Role], more: frozenset[Role]) -> None:
    assert policy.permissions_of(some) <= policy.permissions_of(some | more)


def test_every_role_of_p20_has_its_words() -> None:
    assert len(Role) == 7
    assert set(LABELS) == set(DUTIES) == set(Role)
    assert all(str(role.label) and str(role.duty).endswith("。") for role in Role)
