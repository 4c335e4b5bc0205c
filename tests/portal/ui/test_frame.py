"""/ui/accent.css, /healthz, the frame of a page, navigation and bell."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.ui import context, navigation
from portal.ui.context import Bell, Site
from portal.ui.navigation import NavItem


def _tenant(**more: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{
            "name": "测试第一电子认证有限公司",
            "short_name": "测试一 CA",
            "branding": {"accent": "#8a1c3c"},
            "hotline": "400-000-0001",
            "service_hours": "工作日 9:00–17:30",
            **more,
        }
    )


def _request(path: str = "/", tenant: object = None, user: object = None) -> HttpRequest:
    request = RequestFactory().get(path)
    request.tenant = tenant  # type: ignore[attr-defined]
    if user is not None:
        request.user = user  # type: ignore[assignment]
    return request


@pytest.mark.django_db
def test_health(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_accent_sheet_is_cached_by_its_etag(client: Client) -> None:
    first = client.get("/ui/accent.css")
    assert first["Content-Type"] == "text/css; charset=utf-8"
    assert "--accent: #1d5b8f;" in first.content.decode()
    again = client.get("/ui/accent.css", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_each_tenant_has_its_own_colours(client: Client, tenant: Any, other_tenant: Any) -> None:
    other_tenant.branding = {"accent": "#ff6a00"}
    other_tenant.save()
    one = client.get(f"/{tenant.slug}/ui/accent.css")
    other = client.get(f"/{other_tenant.slug}/ui/accent.css")
    assert one["ETag"] != other["ETag"]
    assert "--accent: #1d5fa8;" in one.content.decode()
    assert "#ff6a00" not in other.content.decode()  # darkened: it would be unreadable


@pytest.mark.parametrize("broken", ["", "red", "#fff}*{display:none", None])
def test_a_broken_colour_gives_the_platforms(broken: object) -> None:
    assert context.tenant_accent(_request(tenant=_tenant(branding={"accent": broken}))) == "#1d5b8f"


def test_the_address_of_the_sheet_changes_with_the_colour() -> None:
    assert Site(_request(tenant=_tenant())).accent_url == f"{reverse('ui-accent')}?c=8a1c3c"


def test_brand() -> None:
    site = Site(_request(tenant=_tenant()))
    assert (site.short_name, site.hotline_url) == ("测试一 CA", "tel:4000000001")
    assert Site(_request(tenant=_tenant(branding={"logo_text": "一 CA"}))).short_name == "一 CA"
    assert str(Site(_request()).short_name) == "证书网厅"


@pytest.fixture
def _navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {"customer": {}, "staff": {}})
    navigation.register("customer", NavItem("健康", "healthz", position=2))
    navigation.register("customer", NavItem("组件", "ui-components", position=1))
    navigation.register("staff", NavItem("审核", "healthz", permission="orders.review"))
    navigation.register("staff", NavItem("组件", "ui-components", count=lambda _request: 6))


@pytest.mark.usefixtures("_navigation")
def test_navigation_is_ordered_and_knows_where_one_is() -> None:
    links = navigation.links("customer", _request("/dev/components/pages/home/"))
    assert [(link.label, link.current) for link in links] == [("组件", True), ("健康", False)]


@pytest.mark.usefixtures("_navigation")
def test_staff_see_what_they_may_do() -> None:
    links = navigation.links("staff", _request("/x"), lambda permission: permission != "orders.review")
    assert [(link.label, link.count) for link in links] == [("组件", 6)]


@pytest.mark.usefixtures("_navigation")
def test_nobody_signed_in_no_navigation() -> None:
    assert Site(_request()).navigation == []
    assert Site(_request(user=SimpleNamespace(is_authenticated=False))).viewer is None


def test_the_bell_is_for_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    """RULES A3."""
    monkeypatch.setattr(context, "_bell_source", [])
    context.register_bell(lambda _request: Bell(2, "/", "2 张证书需要续期"))
    customer = SimpleNamespace(is_authenticated=True, is_staff=False)
    staff = SimpleNamespace(is_authenticated=True, is_staff=True)
    bell = Site(_request(user=customer)).bell
    assert bell is not None
    assert bell.count == 2
    assert Site(_request(user=staff)).bell is None
    assert Site(_request()).bell is None
