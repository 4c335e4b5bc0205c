"""The real pages where there is no tenant, through every middleware."""

import pytest

pytestmark = pytest.mark.django_db


def test_the_directory_lists_the_tenants(client, tenant, other_tenant):
    page = client.get("/")
    assert page.status_code == 200
    text = page.content.decode()
    for owner in (tenant, other_tenant):
        assert f'href="/{owner.slug}/">{owner.name}</a>' in text


def test_an_unknown_tenant_gets_a_worded_page(client, tenant):
    page = client.get("/nobody/")
    assert page.status_code == 404
    assert "<h1" in page.content.decode()
    assert "Not Found" not in page.content.decode()
