"""What the system checks and ``makemigrations`` refuse before it does harm."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection, models
from django.test.utils import isolate_apps

from portal.tenants import checks
from portal.tenants.management.commands import makemigrations
from portal.tenants.migrations_helper import TenantTables
from portal.tenants.models import Tenant, TenantModel
from tests.rooms.models import Shelf


def _found(monkeypatch, *tables):
    monkeypatch.setattr(checks, "apps", SimpleNamespace(get_models=lambda: tables))
    return [problem.id for problem in checks.check_tenant_models()]


def test_our_own_tables_are_fine():
    assert checks.check_tenant_models() == []


@isolate_apps("tests.rooms")
def test_a_table_between_needs_a_tenant(monkeypatch):
    class Reader(TenantModel):
        shelves = models.ManyToManyField(Shelf, related_name="+")

        class Meta:
            app_label = "rooms"

    assert _found(monkeypatch, Reader) == ["tenants.E002"]


@isolate_apps("tests.rooms")
def test_tenant_tables_dont_inherit(monkeypatch):
    class BigShelf(Shelf):
        class Meta:
            app_label = "rooms"

    assert _found(monkeypatch, BigShelf) == ["tenants.E001"]


@pytest.mark.django_db
def test_the_role_is_bound_by_the_policies():
    assert checks.check_role(databases=["default"]) == []
    assert checks.check_role() == []


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_superuser_is_refused(monkeypatch):
    class Cursor:
        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

        def execute(self, _sql):
            return None

        def fetchone(self):
            return ("postgres", True)

    monkeypatch.setattr(checks, "connections", {"default": SimpleNamespace(vendor=connection.vendor, cursor=Cursor)})
    assert [problem.id for problem in checks.check_role(databases=["default"])] == ["tenants.E003"]


@isolate_apps("tests.rooms")
def test_a_table_that_names_a_tenant_says_why_it_has_no_policy(monkeypatch):
    class Loose(models.Model):
        tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "rooms"

    monkeypatch.setattr(apps.get_app_config("rooms"), "get_models", lambda: [Shelf, Loose])
    with pytest.raises(CommandError, match=r"rooms\.Loose names a tenant"):
        makemigrations._directories("rooms")
    Loose.tenant_directory = "a reason"  # type: ignore[attr-defined]
    assert makemigrations._directories("rooms") == ("Loose",)


def test_every_migration_that_touches_tenant_tables_ends_with_their_security():
    command = makemigrations.Command()
    migration = SimpleNamespace(operations=[], dependencies=[], initial=False)
    command._secure("rooms", migration)
    assert isinstance(migration.operations[-1], TenantTables)
    assert migration.dependencies == [("tenants", "0001_initial")]
    assert migration.operations[-1].deconstruct() == ("TenantTables", ["rooms"], {})
