"""System checks of the tenant room."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import connections

from portal.tenants.models import TenantRow


@checks.register(checks.Tags.models)
def check_tenant_models(**_kwargs: Any) -> list[checks.CheckMessage]:
    """tenants.E001, E002: shapes that the policies and composite keys can't cover."""
    found: list[checks.CheckMessage] = []
    for model in apps.get_models():
        if not issubclass(model, TenantRow):
            continue
        if model._meta.parents:
            found.append(checks.Error("a tenant table doesn't inherit from another", obj=model, id="tenants.E001"))
        found.extend(
            checks.Error(
                f"{field.name}: the table between would have no tenant; write it as a TenantRow (through=…)",
                obj=model,
                id="tenants.E002",
            )
            for field in model._meta.local_many_to_many
            if field.remote_field.through._meta.auto_created  # type: ignore[union-attr]
        )
    return found


@checks.register(checks.Tags.database)
def check_role(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """tenants.E003: row-level security means nothing to a superuser."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        if connections[alias].vendor != "postgresql":
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT session_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user")
            name, unbound = cursor.fetchone()
        if unbound:
            hint = "Use a role made with NOSUPERUSER NOBYPASSRLS: docs/decisions/0001-postgresql-roles.md"
            found.append(
                checks.Error(f"the database role {name} passes by row-level security", hint, id="tenants.E003")
            )
    return found
