"""Everything that the tables hold, to show that a refusal changed nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection

from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

Snapshot = dict[str, list[str]]


def snapshot() -> Snapshot:
    """Table → its rows of every tenant, as text, in a fixed order. Call it outside any tenant_tx."""
    found: Snapshot = {}
    for tenant in Tenant.objects.all():
        with tenant_tx(tenant), connection.cursor() as cursor:
            for model in apps.get_models():
                table = model._meta.db_table
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
                found.setdefault(table, []).extend(sorted(_line(row) for row in cursor.fetchall()))
    return found


def _line(row: tuple[object, ...]) -> str:
    return repr([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row])


@contextmanager
def refused(kind: type[PortalError]) -> Iterator[pytest.ExceptionInfo[PortalError]]:
    """The block is refused with exactly this kind of error, and has changed nothing at all."""
    before = snapshot()
    with pytest.raises(kind) as refusal:
        yield refusal
    assert refusal.type is kind
    after = snapshot()
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
