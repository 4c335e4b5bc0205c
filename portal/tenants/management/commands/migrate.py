"""``migrate`` as the owner of the tables."""

from typing import Any

from django.core.management.commands import migrate

from portal.tenants.database import as_owner


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        with as_owner():
            return super().handle(*args, **options)
