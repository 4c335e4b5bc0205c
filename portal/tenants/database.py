"""The PostgreSQL settings of one installation, and who migrates it.

See docs/decisions/0001-postgresql-roles.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.conninfo import conninfo_to_dict

ENGINE = "portal.tenants.backends.postgresql"


def postgresql(url: str, *, app_role: str, owner_url: str = "") -> dict[str, Any]:
    """``DATABASES["default"]`` for ``postgresql://user:password@host:port/name?sslmode=…``.

    app_role: the role that tenant_tx takes on (or that ``url`` logs in as).
    owner_url: the role that owns the tables, for ``migrate``; "" when ``url`` is the owner's.
    """
    return {
        "ENGINE": ENGINE,
        **_login(url),
        "APP_ROLE": app_role,
        "OWNER": _login(owner_url) if owner_url else {},
        "CONN_MAX_AGE": 600,  # seconds; a connection per request costs 7 ms
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # a cursor doesn't survive a transaction pooler
    }


def _login(url: str) -> dict[str, Any]:
    parts = dict(conninfo_to_dict(url))
    login = {
        key: str(parts.pop(name, None) or "")
        for key, name in {
            "NAME": "dbname",
            "USER": "user",
            "PASSWORD": "password",
            "HOST": "host",
            "PORT": "port",
        }.items()
    }
    return {**login, "OPTIONS": {**parts}}


@contextmanager
def as_owner() -> Iterator[None]:
    """Log in as the owner of the tables for a while (``migrate``, ``createcachetable``)."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    owner = wrapper.settings_dict.get("OWNER")
    if not owner:
        yield
        return
    before = dict(wrapper.settings_dict)
    wrapper.close()
    wrapper.settings_dict.update(owner)
    try:
        yield
    finally:
        wrapper.close()
        wrapper.settings_dict.update(before)
