"""Issue 2 §6: every route × role × foreign tenant answers as it declares."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from portal.accounts import policy
from portal.accounts.access import Access
from portal.accounts.middleware import AccessMiddleware
from portal.accounts.roles import Role
from portal.tenants.models import Tenant
from tests.portal.accounts.people import browser_of, make_customer, make_staff
from tests.structure.routes import Route, World, every_route, samples

ROUTES = every_route()
PLACEHOLDERS = samples()


@pytest.fixture
def world(tenant: Tenant, other_tenant: Tenant) -> World:
    return World(
        tenant=tenant,
        customer=make_customer(tenant),
        staff={role: make_staff(tenant, role) for role in Role},
        stranger=make_customer(other_tenant),
        foreign_staff=make_staff(other_tenant, *Role),
    )


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_has_a_name_and_declares_its_access(route: Route) -> None:
    assert route.name, f"{route.path} has no name"
    assert isinstance(route.access, Access), f"{route.path}: say @access(…)"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.access and route.access.permission], ids=str)
def test_every_permission_that_a_route_asks_for_is_held_by_somebody(route: Route) -> None:
    assert route.access
    assert policy.registered().get(route.access.permission), f"{route.access.permission} is registered for no role"


def test_every_sample_belongs_to_a_route() -> None:
    assert set(PLACEHOLDERS) <= {route.name for route in ROUTES}


def test_a_view_that_declares_nothing_is_refused_to_everybody() -> None:
    def forgotten(_request: HttpRequest) -> HttpResponse:
        raise AssertionError("it ran")

    answer = AccessMiddleware(lambda _request: HttpResponse()).process_view(HttpRequest(), forgotten, (), {})
    assert answer is not None
    assert answer.status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in ROUTES if route.access], ids=str)
def test_a_route_answers_whom_it_says(route: Route, world: World) -> None:
    declared = route.access
    assert declared
    url = url_of(route, world)
    outcomes = {
        "anonymous": ask(Client(), url),
        "a customer": ask(browser_of(world.customer), url),
        "a customer of another tenant": ask(browser_of(world.stranger), url),
        "staff of another tenant": ask(browser_of(world.foreign_staff), url),
        **{role.value: ask(browser_of(user), url) for role, user in world.staff.items()},
    }
    wrong = {who: answer for who, answer in outcomes.items() if not EXPECTED[declared.level](declared, who, answer)}
    assert not wrong, f"{route.path} declares {declared}, but answered: {wrong}"


def ask(browser: Client, url: str) -> str:
    """One word or status: where this browser gets at this address. A view that takes no GET is posted to."""
    response = browser.get(url)
    if response.status_code == 405:
        response = browser.post(url)
    target = response.headers.get("Location", "")
    for door, name in (("sign-in", "/first-ca/sign-in/?next="), ("staff-sign-in", "/first-ca/staff/sign-in/?next=")):
        if target.startswith(name):
            return door
    if response.status_code in {401, 403}:
        return "refused"
    return "in" if response.status_code < 500 else f"broken ({response.status_code})"


def url_of(route: Route, world: World) -> str:
    arguments = PLACEHOLDERS[route.name](world) if route.name in PLACEHOLDERS else route.made_up
    try:
        return "/first-ca" + reverse(route.name, kwargs=arguments)
    except NoReverseMatch as error:
        raise AssertionError(f"{route.path}: made-up arguments {arguments} don't fit; add a route sample") from error


def _public(_declared: Access, _who: str, answer: str) -> bool:
    return not answer.startswith("broken")  # a callback may refuse a signature, a form may send to a sign-in


def _customer(declared: Access, who: str, answer: str) -> bool:
    if who in {role.value for role in Role}:
        return answer == "refused"
    if who == "a customer":
        return answer == "in"
    return answer == "sign-in" or _polled(declared, answer)


def _staff(declared: Access, who: str, answer: str) -> bool:
    if who in {role.value for role in Role}:
        may = not declared.permission or Role(who) in policy.registered().get(declared.permission, frozenset())
        return answer == ("in" if may else "refused")
    if who == "a customer":
        return answer == "refused"
    return answer == "staff-sign-in" or _polled(declared, answer)


def _polled(declared: Access, answer: str) -> bool:
    """What a page asks by itself can't follow a redirect: it gets a 401."""
    return declared.background and answer == "refused"


EXPECTED: dict[str, Callable[[Access, str, str], bool]] = {"public": _public, "customer": _customer, "staff": _staff}


def test_no_two_routes_share_a_name_or_an_address() -> None:
    for what in ("name", "path"):
        values = [getattr(route, what) for route in ROUTES]
        assert sorted({value for value in values if values.count(value) > 1}) == [], f"used twice: {what}"
