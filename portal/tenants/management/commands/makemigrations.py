"""``makemigrations`` that never forgets the row-level security of a tenant table."""

from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.core.management.commands import makemigrations

from portal.tenants.migrations_helper import PrepareRoles, TenantTables
from portal.tenants.models import TenantRow


class Command(makemigrations.Command):
    def write_migration_files(self, changes: dict[str, list[Any]], *args: Any, **kwargs: Any) -> None:
        for app_label, migrations in changes.items():
            if app_label == "tenants" and migrations[0].initial:
                migrations[0].operations.insert(0, PrepareRoles())
            if any(issubclass(model, TenantRow) for model in apps.get_app_config(app_label).get_models()):
                self._secure(app_label, migrations[-1])
        super().write_migration_files(changes, *args, **kwargs)

    @staticmethod
    def _secure(app_label: str, migration: Any) -> None:
        migration.operations.append(TenantTables(app_label, directories=_directories(app_label)))
        if app_label != "tenants" and all(app != "tenants" for app, _ in migration.dependencies):
            migration.dependencies.append(("tenants", "0001_initial"))


def _directories(app_label: str) -> tuple[str, ...]:
    """The models that name a tenant and say why they have no policy. Raises CommandError for one that doesn't."""
    names = []
    for model in apps.get_app_config(app_label).get_models():
        if issubclass(model, TenantRow) or all(field.column != "tenant_id" for field in model._meta.concrete_fields):
            continue
        if not getattr(model, "tenant_directory", ""):
            raise CommandError(
                f"{model._meta.label} names a tenant: make it a TenantRow, or say why not: tenant_directory"
            )
        names.append(model.__name__)
    return tuple(names)
