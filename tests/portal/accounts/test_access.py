"""``@access``: who gets in, where the others are sent, and which transaction a view runs in."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import RequestFactory
from django.urls import set_script_prefix

from portal.accounts.access import AccessMixin, access, safe_next
from portal.accounts.actor import Actor
from portal.accounts.errors import CustomersOnly, NotYourDuty, SignInNeeded, StaffOnly
from portal.accounts.roles import Role
from portal.accounts.sessions import SessionStore
from portal.errors import NotFound
from portal.tenants.models import Tenant
from portal.tenants.transaction import current_tx
from tests.portal.accounts.people import make_customer, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _prefix() -> Any:
    set_script_prefix("/first-ca/")
    yield
    set_script_prefix("/")


def request_of(
    tenant: Tenant | None, user: object = None, method: str = "GET", path: str = "/first-ca/x/?a=1", **headers: str
) -> HttpRequest:
    request = RequestFactory().generic(method, path, headers=headers)
    request.tenant = tenant  # type: ignore[attr-defined]
    request.session = SessionStore()
    request.user = user or AnonymousUser()  # type: ignore[assignment]
    return request


def ok(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


def test_nonsense_is_refused_where_it_is_written() -> None:
    for declared in ("", "everybody", "customer:orders.read", "staf"):
        with pytest.raises(ValueError, match="say public, customer, staff"):
            access(declared)


def test_what_it_declares_stands_on_the_view() -> None:
    view = access("staff:orders.read", background=True)(ok)
    assert str(view.access) == "staff:orders.read"  # type: ignore[attr-defined]
    assert view.__name__ == "ok"


def test_a_class_declares_it_as_an_attribute() -> None:
    class Page(AccessMixin):
        access = "customer"

        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("in")

    assert str(Page.as_view().access) == "customer"


class TestWhoIsNotSignedIn:
    def test_is_sent_to_the_right_door_and_comes_back(self, tenant: Tenant) -> None:
        for declared, door in (("customer", "/first-ca/sign-in/"), ("staff", "/first-ca/staff/sign-in/")):
            assert access(declared)(ok)(request_of(tenant))["Location"] == f"{door}?next=%2Ffirst-ca%2Fx%2F%3Fa%3D1"

    def test_comes_back_to_the_page_of_the_form(self, tenant: Tenant) -> None:
        request = request_of(tenant, method="POST", Referer="http://testserver/first-ca/form/?b=2")
        assert access("customer")(ok)(request)["Location"].endswith("?next=%2Ffirst-ca%2Fform%2F%3Fb%3D2")

    @pytest.mark.parametrize("referer", ["https://example.com/first-ca/form/", "http://testserver/second-ca/", ""])
    def test_never_comes_back_elsewhere(self, tenant: Tenant, referer: str) -> None:
        request = request_of(tenant, method="POST", Referer=referer)
        assert access("customer")(ok)(request)["Location"].endswith("?next=%2Ffirst-ca%2F")

    def test_a_fragment_moves_the_whole_page(self, tenant: Tenant) -> None:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/first-ca/order/"}
        response = access("customer")(ok)(request_of(tenant, **headers))
        assert response["HX-Redirect"].endswith("?next=%2Ffirst-ca%2Forder%2F")

    def test_what_polls_gets_a_401(self, tenant: Tenant) -> None:
        with pytest.raises(SignInNeeded):
            access("customer", background=True)(ok)(request_of(tenant))


class TestWhoIsSignedIn:
    def test_stays_on_their_side(self, tenant: Tenant) -> None:
        customer, reviewer = make_customer(tenant), make_staff(tenant, Role.REVIEWER)
        assert access("customer")(ok)(request_of(tenant, customer)).content == b"in"
        assert access("staff")(ok)(request_of(tenant, reviewer)).content == b"in"
        with pytest.raises(StaffOnly):
            access("staff")(ok)(request_of(tenant, customer))
        with pytest.raises(CustomersOnly):
            access("customer")(ok)(request_of(tenant, reviewer))

    def test_needs_the_permission(self, tenant: Tenant) -> None:
        view = access("staff:accounts.manage")(ok)
        assert view(request_of(tenant, make_staff(tenant, Role.TENANT_ADMINISTRATOR))).content == b"in"
        with pytest.raises(NotYourDuty):
            view(request_of(tenant, make_staff(tenant, Role.REVIEWER)))

    def test_their_pages_are_kept_by_nobody(self, tenant: Tenant) -> None:
        customer = make_customer(tenant)
        assert access("customer")(ok)(request_of(tenant, customer))["Cache-Control"] == "private, no-cache"
        assert "Cache-Control" not in access("public")(ok)(request_of(tenant)).headers


class TestTransactions:
    def look(self, seen: list[str]) -> Any:
        def view(_request: HttpRequest) -> HttpResponse:
            seen.append(state())
            response = SimpleTemplateResponse("errors/plain.html")
            response.resolve_context = lambda _context: seen.append(state()) or {}  # type: ignore[method-assign,func-returns-value]
            return response

        return view

    @pytest.mark.parametrize(
        ("method", "options", "expected"),
        [
            ("GET", {}, ["reads", "reads"]),
            ("HEAD", {}, ["reads", "reads"]),
            ("GET", {"transaction": False}, ["none", "reads"]),
            ("POST", {}, ["none", "reads"]),
        ],
    )
    def test_reads_run_and_render_in_one_and_posts_open_their_own(
        self, tenant: Tenant, method: str, options: dict[str, bool], expected: list[str]
    ) -> None:
        seen: list[str] = []
        access("public", **options)(self.look(seen))(request_of(tenant, method=method))
        assert seen == expected
        assert state() == "none"

    def test_without_a_tenant_only_views_that_say_so_answer(self) -> None:
        assert access("public", tenant=False)(ok)(request_of(None)).content == b"in"
        with pytest.raises(NotFound):
            access("public")(ok)(request_of(None))


def state() -> str:
    tx = current_tx()
    return "none" if tx is None else "writes" if tx.write else "reads"


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/first-ca/orders/?page=2", True),
        ("/first-ca/", True),
        ("/first-ca", False),
        ("/second-ca/", False),
        ("/", False),
        ("//example.com/first-ca/", False),
        ("https://example.com/first-ca/", False),
        ("/first-ca/\n", False),
        ("/first-ca/../second-ca/", False),
        ("/first-ca/%2e%2e/second-ca/", False),
        ("/first-ca/a..b/?c=..", True),
        (None, False),
    ],
)
def test_where_one_may_be_sent(target: str | None, safe: bool) -> None:
    request = RequestFactory().get("/first-ca/")
    assert safe_next(request, target) == (target if safe else "/first-ca/")


def test_the_system_names_its_part() -> None:
    actor = Actor.system("payments")
    assert (actor.kind, actor.label, actor.user_id, actor.roles) == ("system", "payments", None, frozenset())
