"""Host and prefix: requests find their tenant, and every address leads back into it."""

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix

from portal import tenants
from portal.conf import Environment
from portal.tenants.models import Tenant, TenantHost

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.tenants.urls")]


@pytest.fixture(autouse=True)
def _only_this_middleware(settings):
    settings.MIDDLEWARE = ["portal.tenants.middleware.TenantMiddleware"]
    settings.ALLOWED_HOSTS = ["*"]


@pytest.fixture
def own_host(other_tenant: Tenant) -> Tenant:
    TenantHost.objects.create(host="hall.second-ca.example", tenant=other_tenant)
    return other_tenant


def test_prefix(client, tenant):
    answer = client.get("/first-ca/?page=2").content.decode()
    assert answer == (
        "first-ca /first-ca/orders/abc/ /static/certhall.css /first-ca/?page=2 http://testserver/first-ca/?page=2"
    )
    assert client.get("/first-ca/orders/x/").content.startswith(b"first-ca ")


def test_the_prefix_is_gone_with_the_request(client, tenant):
    client.get("/first-ca/")
    assert get_script_prefix() == "/"
    assert client.get("/first-ca/nothing/").status_code == 404
    assert get_script_prefix() == "/"


def test_a_prefix_without_its_slash_is_led_on(client, tenant):
    answer = client.get("/first-ca?page=2")
    assert (answer.status_code, answer["Location"]) == (302, "/first-ca/?page=2")


def test_host(client, own_host):
    answer = client.get("/", headers={"host": "Hall.second-CA.example:8000"}).content.decode()
    assert answer.startswith("second-ca /orders/abc/ /static/certhall.css / ")


def test_on_its_own_host_no_prefix_leads_to_another_tenant(client, tenant, own_host):
    assert client.get("/first-ca/", headers={"host": "hall.second-ca.example"}).status_code == 404


@pytest.mark.parametrize("path", ["/nobody/", "/nobody", "/First-CA/", "/first-ca%2Forders/", "/%00/", "/a/"])
def test_unknown(client, tenant, path):
    assert client.get(path).status_code == 404


def test_in_production_the_bare_host_tells_nothing(client, tenant, settings):
    settings.CERTHALL = settings.CERTHALL.model_copy(update={"env": Environment.PRODUCTION})
    assert client.get("/").status_code == 404


def test_a_bare_host_lists_the_tenants(client, tenant, other_tenant, monkeypatch):
    from portal.tenants import middleware

    shown: list[str] = []

    def render(request, template, content):
        shown.extend([template, *(row.slug for row in content["tenants"])])
        return middleware.HttpResponse()

    monkeypatch.setattr(middleware, "render", render)
    assert client.get("/").status_code == 200
    assert shown == ["tenants/directory.html", "first-ca", "second-ca"]


def test_links_without_a_request(tenant, own_host):
    site = settings.CERTHALL.site_url
    assert tenants.url(tenant, "order", "abc") == f"{site}/first-ca/orders/abc/"
    assert tenants.url(tenant, "order", public_id="abc") == f"{site}/first-ca/orders/abc/"
    assert tenants.url(own_host, "order", "abc") == "http://hall.second-ca.example:8000/orders/abc/"
    assert get_script_prefix() == "/"
    with pytest.raises(NoReverseMatch):
        tenants.url(tenant, "nothing")
    assert get_script_prefix() == "/"
