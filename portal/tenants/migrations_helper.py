"""Migration operations that put row-level security under the tenant tables (PostgreSQL only).

``manage.py makemigrations`` appends them by itself (``management/commands/makemigrations.py``).
Both may run again at any time: a later migration that adds a table just appends ``TenantTables``.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps as installed
from django.conf import settings
from django.db import models
from django.db.migrations.operations.base import Operation
from psycopg import sql

ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
POLICY = "tenant_rows"
_THIS_TENANT = sql.SQL("tenant_id = nullif(current_setting('app.tenant', true), '')::bigint")


def _run(schema_editor: Any, statement: sql.Composed) -> None:
    schema_editor.execute(statement.as_string(None), None)


class PrepareRoles(Operation):
    """The application's role, and what it may do with tables that aren't a tenant's."""

    reversible = True
    reduces_to_sql = True
    elidable = False

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        if schema_editor.connection.vendor != "postgresql":
            return
        role = sql.Identifier(settings.CERTHALL.database_app_role)
        for statement in (_CREATE_ROLE, _MEMBER):
            _run(schema_editor, statement.format(role=role, name=sql.Literal(settings.CERTHALL.database_app_role)))
        for statement in _OPEN_TABLES:
            _run(schema_editor, statement.format(role=role))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Nothing: the role belongs to the server, other databases may use it."""

    def describe(self) -> str:
        return "Create the application's role"


_CREATE_ROLE = sql.SQL(
    """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = {name}) THEN
            CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
        END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL; -- two databases prepared at once
        WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'let an administrator run: CREATE ROLE {role} NOLOGIN NOBYPASSRLS; GRANT {role} TO %',
                current_user;
    END $$
    """
)
# The owner takes the role on inside tenant_tx when it is also the login (one URL). Where the role is a
# login of its own and an administrator made it, the owner needs no membership and may not get one.
_MEMBER = sql.SQL(
    """
    DO $$ BEGIN
        IF NOT pg_has_role(current_user, {name}, 'MEMBER') THEN
            GRANT {role} TO CURRENT_USER;
        END IF;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'the owner is no member of {role}: the site must log in as {role}';
    END $$
    """
)
_OPEN_TABLES = tuple(
    sql.SQL(text)
    for text in (
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    )
)


class TenantTables(Operation):
    """Policy, FORCE, grants and composite foreign keys for every tenant table of ``app_label``.

    directories: model names that point at a tenant but must be found by everybody, with no policy.
    """

    reversible = True
    reduces_to_sql = True
    elidable = False

    def __init__(self, app_label: str, directories: tuple[str, ...] = ()) -> None:
        self.app_label = app_label
        self.directories = directories

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        keywords = {"directories": tuple(self.directories)} if self.directories else {}
        return type(self).__name__, [self.app_label], keywords

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        if schema_editor.connection.vendor != "postgresql":
            return
        without = {name.lower() for name in self.directories}
        for model in to_state.apps.get_app_config(self.app_label).get_models(include_auto_created=True):
            if _is_tenant_table(model) and model._meta.model_name not in without:
                for statement in (*_security(model), *_composite_keys(model, schema_editor)):
                    _run(schema_editor, statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Nothing: the policies go with their tables."""

    def describe(self) -> str:
        return f"Row-level security for the tenant tables of {self.app_label}"


def _is_tenant_table(model: type[models.Model]) -> bool:
    """Also of historical models, which have lost their base class."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    tenant = fields.get("tenant")
    return isinstance(tenant, models.ForeignKey) and tenant.remote_field.model._meta.label_lower == "tenants.tenant"


def _security(model: type[models.Model]) -> Iterator[sql.Composed]:
    meta = model._meta
    table = sql.Identifier(meta.db_table)
    role = sql.Identifier(settings.CERTHALL.database_app_role)
    try:
        privileges = installed.get_model(meta.app_label, meta.object_name or "").pg_app_privileges
    except (LookupError, AttributeError):
        privileges = ALL  # the model is gone by now; a later migration drops the table
    if not set(privileges) <= set(ALL):
        raise ValueError(f"{meta.label}.pg_app_privileges: {privileges}")
    policy = sql.Identifier(POLICY)
    yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table)
    yield sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(table)
    yield sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(policy, table)
    yield sql.SQL("CREATE POLICY {} ON {} USING ({}) WITH CHECK ({})").format(policy, table, _THIS_TENANT, _THIS_TENANT)
    yield sql.SQL("REVOKE ALL ON {} FROM {}").format(table, role)
    yield sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(", ").join(map(sql.SQL, privileges)), table, role)


def _composite_keys(model: type[models.Model], schema_editor: Any) -> Iterator[sql.Composed]:
    """A plain foreign key's check passes by row-level security: it must name the tenant itself."""
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey) or not _is_tenant_table(field.remote_field.model):
            continue
        table, target = model._meta.db_table, field.remote_field.model._meta.db_table
        name = schema_editor._create_index_name(table, [field.column], suffix="_tenant_fk")
        yield sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}").format(sql.Identifier(table), sql.Identifier(name))
        yield sql.SQL(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY (tenant_id, {}) REFERENCES {} (tenant_id, {})"
            " DEFERRABLE INITIALLY DEFERRED"
        ).format(
            sql.Identifier(table),
            sql.Identifier(name),
            sql.Identifier(str(field.column)),
            sql.Identifier(target),
            sql.Identifier(str(field.target_field.column)),
        )
