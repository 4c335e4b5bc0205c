"""Production's way: the site logs in as the application's role, `migrate` as the owner (docs/decisions/0001)."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from portal.tenants.database import postgresql

WORK = """
import django; django.setup()
from django.core.management import call_command
from django.db import ProgrammingError, connection
from portal.tenants import tenant_tx
from portal.tenants.models import ServicePoint, Tenant

def row(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()

call_command("migrate", verbosity=0)
call_command("createcachetable", "django_cache")
site, = row("SELECT session_user::text")
tenant = Tenant.objects.create(slug="first-ca", name="x")
with tenant_tx(tenant, write=True):
    ServicePoint.objects.create(name="a", address="b")
    inside, = row("SELECT current_user::text")
outside, = row("SELECT count(*) FROM tenants_servicepoint")
owner, = row("SELECT tableowner::text FROM pg_tables WHERE tablename = 'tenants_servicepoint'")
row("SELECT count(*) FROM django_cache")
try:
    row("ALTER TABLE tenants_servicepoint DISABLE ROW LEVEL SECURITY")
except ProgrammingError as error:
    refused = "must be owner" in str(error)
call_command("migrate", verbosity=0)
print(site, inside, owner, outside, refused)
"""


@pytest.fixture
def two_logins(db: None) -> Iterator[dict[str, str]]:
    """A second database, whose application role is a login of its own."""
    owner = connection.settings_dict
    where: dict[str, Any] = {"host": owner["HOST"], "user": owner["USER"], "password": owner["PASSWORD"] or None}
    if owner["PORT"]:
        where["port"] = owner["PORT"]
    name = f"certhall_two_{secrets.token_hex(4)}"
    database, site = sql.Identifier(name), sql.Identifier(f"{name}_site")
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'of-the-test' NOBYPASSRLS").format(site))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(database))
        try:
            rest = f"@/{name}?host={owner['HOST']}&port={owner['PORT'] or 5432}"
            yield {
                "CERTHALL_DATABASE_URL": f"postgresql://{name}_site:of-the-test{rest}",
                "CERTHALL_OWNER_DATABASE_URL": f"postgresql://{owner['USER']}:{owner['PASSWORD']}{rest}",
                "CERTHALL_DATABASE_APP_ROLE": f"{name}_site",
            }
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
            admin.execute(sql.SQL("DROP ROLE {}").format(site))


@pytest.mark.postgres
def test_the_site_works_as_the_application_and_migrates_as_the_owner(two_logins):
    ran = subprocess.run(
        [sys.executable, "-c", WORK],
        env={**os.environ, **two_logins, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    site = two_logins["CERTHALL_DATABASE_APP_ROLE"]
    assert ran.stdout.split("\n")[-2] == f"{site} {site} {connection.settings_dict['USER']} 0 True"


def test_a_url_becomes_settings():
    found = postgresql(
        "postgresql://site:p%40ss@db.example:6432/certhall?sslmode=verify-full",
        app_role="certhall_app",
        owner_url="postgresql://owner:x@db.example:5432/certhall",
    )
    assert {key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS", "APP_ROLE")} == {
        "NAME": "certhall",
        "USER": "site",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "verify-full"},
        "APP_ROLE": "certhall_app",
    }
    assert (found["OWNER"]["USER"], found["OWNER"]["PORT"]) == ("owner", "5432")
    assert found["DISABLE_SERVER_SIDE_CURSORS"] is True
