"""Row-level security on a real PostgreSQL: what the database refuses whatever our code does.

Needs script/with-postgres. `fully` below goes round every layer of ours: raw SQL on the connection.
"""

import threading
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, ProgrammingError, connection, connections, models, transaction
from django_scopes import scopes_disabled

from portal.audit import record
from portal.tenants import TenantTxError, tenant_tx
from portal.tenants.models import Tenant, TenantRow
from tests.rooms.models import Person, Shelf

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROWS = 20


def fully(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or [])
        return list(cursor.fetchall()) if cursor.description else [(cursor.rowcount,)]


@pytest.fixture
def shelves(tenant: Tenant, other_tenant: Tenant) -> tuple[Tenant, Tenant]:
    for owner in (tenant, other_tenant):
        with tenant_tx(owner, write=True):
            Shelf.objects.bulk_create([Shelf(label=owner.slug) for _ in range(ROWS)])
    return tenant, other_tenant


def test_raw_reads_see_this_tenant_only(shelves):
    for owner in shelves:
        with tenant_tx(owner):
            assert fully("SELECT DISTINCT tenant_id, label FROM rooms_shelf") == [(owner.pk, owner.slug)]
            with scopes_disabled():
                assert Shelf.objects.count() == ROWS


def test_outside_a_tenant_nothing_is_seen_even_by_the_owner_of_the_table(shelves):
    assert fully("SELECT count(*) FROM rooms_shelf") == [(0,)]
    assert fully("SELECT current_setting('app.tenant', true), current_user = session_user") in (
        [("", True)],
        [(None, True)],
    )


def test_inside_the_role_is_the_applications(tenant):
    with tenant_tx(tenant):
        assert fully("SELECT current_user::text") == [(settings.CERTHALL.database_app_role,)]
        assert fully("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False,)]


def test_raw_writes_touch_no_foreign_row(shelves):
    mine, theirs = shelves
    with tenant_tx(mine, write=True):
        assert fully("UPDATE rooms_shelf SET label = 'x' WHERE tenant_id = %s", [theirs.pk]) == [(0,)]
        assert fully("DELETE FROM rooms_shelf WHERE tenant_id = %s", [theirs.pk]) == [(0,)]
        assert fully("UPDATE rooms_shelf SET label = 'x'") == [(ROWS,)]
    with tenant_tx(theirs):
        assert fully("SELECT DISTINCT label FROM rooms_shelf") == [(theirs.slug,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO rooms_shelf (tenant_id, public_id, label) VALUES (%s, 'x', 'x')",
        "UPDATE rooms_shelf SET tenant_id = %s",
    ],
)
def test_no_row_goes_to_another_tenant(shelves, statement):
    mine, theirs = shelves
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_tx(mine, write=True):
        fully(statement, [theirs.pk])
    with tenant_tx(theirs):
        assert fully("SELECT count(*) FROM rooms_shelf") == [(ROWS,)]


def test_the_setting_ends_with_its_transaction(tenant, other_tenant):
    with tenant_tx(tenant, write=True):
        Shelf.objects.create(label="a")
        [(backend,)] = fully("SELECT pg_backend_pid()")
    assert fully("SELECT pg_backend_pid(), coalesce(current_setting('app.tenant', true), '')") == [(backend, "")]
    with transaction.atomic():
        assert fully("SELECT count(*) FROM rooms_shelf") == [(0,)]
    with tenant_tx(other_tenant):
        assert fully("SELECT count(*) FROM rooms_shelf") == [(0,)]


def test_the_setting_ends_with_a_rollback_too(tenant):
    with pytest.raises(ValueError, match="no"), tenant_tx(tenant, write=True):
        raise ValueError("no")
    assert fully("SELECT coalesce(current_setting('app.tenant', true), ''), current_user = session_user") == [
        ("", True)
    ]


@pytest.mark.django_db  # in a test's transaction, which goes on
def test_in_a_transaction_that_goes_on_the_tenant_is_left(tenant):
    with tenant_tx(tenant, write=True):
        Shelf.objects.create(label="a")
    assert fully("SELECT count(*) FROM rooms_shelf") == [(0,)]
    with pytest.raises(ValueError, match="no"), tenant_tx(tenant, write=True):
        raise ValueError("no")
    assert fully("SELECT current_setting('app.tenant', true), current_user = session_user") == [("", True)]


def test_no_read_crosses_while_connections_change_tenants(shelves):
    """Connections are kept and go from tenant to tenant, as behind a pooler."""
    crossed: list[tuple[Any, ...]] = []
    read = []

    def visitor(first: int) -> None:
        try:
            for turn in range(100):
                owner = shelves[(first + turn) % 2]
                with tenant_tx(owner.pk, write=turn % 5 == 0):
                    found = fully("SELECT tenant_id FROM rooms_shelf")
                read.append(len(found))
                crossed.extend(row for row in found if row != (owner.pk,))
                if turn % 7 == 0 and fully("SELECT count(*) FROM rooms_shelf") != [(0,)]:
                    crossed.append(("outside",))
        finally:
            connection.close()

    visitors = [threading.Thread(target=visitor, args=[number]) for number in range(4)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    assert (crossed, sum(read)) == ([], 4 * 100 * ROWS)


def test_the_backend_refuses_the_tenant_outside_a_transaction(tenant):
    with pytest.raises(TenantTxError):
        connections[DEFAULT_DB_ALIAS].enter_tenant(tenant.pk)  # type: ignore[attr-defined]


def test_a_foreign_key_into_another_tenant_fails_at_the_commit(shelves):
    mine, theirs = shelves
    with tenant_tx(theirs):
        foreign = Shelf.objects.values_list("pk", flat=True)[0]
    # a plain foreign key's check goes by row-level security: only the composite one refuses
    with pytest.raises(DatabaseError, match="tenant_fk"), tenant_tx(mine, write=True):
        fully(
            "INSERT INTO rooms_person (tenant_id, public_id, nickname, shelf_id) VALUES (%s, 'x', '', %s)",
            [mine.pk, foreign],
        )
    with tenant_tx(mine):
        assert Person.objects.count() == 0


def test_the_application_can_only_add_to_the_audit_chain(tenant, acting):
    with tenant_tx(tenant, write=True):
        record("test.done", by=acting, subject="test:1")
    for statement in (
        "UPDATE audit_auditrow SET action = 'x'",
        "DELETE FROM audit_auditrow",
        "TRUNCATE audit_auditrow",
        "UPDATE audit_securityevent SET event = 'x'",
        "DELETE FROM audit_audithead",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), tenant_tx(tenant, write=True):
            fully(statement)
    with tenant_tx(tenant):
        assert fully("SELECT action FROM audit_auditrow") == [("test.done",)]


def test_the_application_changes_no_policy(tenant):
    for statement in (
        "ALTER TABLE rooms_shelf DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_rows ON rooms_shelf",
        "SET LOCAL row_security = off; SELECT * FROM rooms_shelf",
    ):
        with pytest.raises(ProgrammingError), tenant_tx(tenant, write=True):
            fully(statement)


# The catalogue: no table is forgotten, whoever adds it.


def _tenant_models() -> list[type[TenantRow]]:
    return [model for model in apps.get_models(include_auto_created=True) if issubclass(model, TenantRow)]


def test_every_table_with_a_tenant_column_is_a_tenant_table():
    found = fully(
        "SELECT table_name::text FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'tenant_id'"
    )
    known = {model._meta.db_table for model in _tenant_models()}
    directories = {model._meta.db_table for model in apps.get_models() if getattr(model, "tenant_directory", "")}
    assert {name for (name,) in found} == known | directories


def test_every_tenant_table_has_policy_and_force():
    rows = fully(
        """
        SELECT c.relname::text, c.relrowsecurity, c.relforcerowsecurity, p.polname::text, p.polcmd::text,
               pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid),
               pg_get_expr(p.polqual, p.polrelid)
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relname = ANY(%s)
        """,
        [[model._meta.db_table for model in _tenant_models()]],
    )
    expression = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::bigint)"
    expected = {(m._meta.db_table, True, True, "tenant_rows", "*", True, expression) for m in _tenant_models()}
    assert set(rows) == expected


def test_the_application_has_exactly_the_privileges_that_the_models_name():
    role = settings.CERTHALL.database_app_role
    for model in _tenant_models():
        table = model._meta.db_table
        rows = fully(
            "SELECT privilege_type::text FROM information_schema.role_table_grants"
            " WHERE grantee = %s AND table_name = %s",
            [role, table],
        )
        assert {privilege for (privilege,) in rows} == set(model.pg_app_privileges), table


def test_every_foreign_key_between_tenant_tables_names_the_tenant():
    """And none is composed of anything else."""
    rows = fully(
        """
        SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,
               (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num)
        FROM pg_constraint c WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 2
        """
    )
    found = {(table, target, tuple(columns)) for table, target, columns in rows}
    expected = {
        (model._meta.db_table, field.remote_field.model._meta.db_table, ("tenant_id", field.column))
        for model in _tenant_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and issubclass(field.remote_field.model, TenantRow)
    }
    assert found == expected


def test_the_owner_is_no_superuser():
    assert fully("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user") == [(False,)]
