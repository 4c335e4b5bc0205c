"""What every test may use. Tests reach nothing but this machine.

Fixtures: ``tenant`` and ``other_tenant`` (saved), ``tenant_scope`` (a write tenant_tx open for the whole
test), ``acting`` (somebody for the audit log). A test that opens its own tenant_tx takes ``tenant`` only.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.conf import settings
from pytest_socket import socket_allow_hosts

if TYPE_CHECKING:
    from portal.tenants.models import Tenant


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        _leave_out_what_needs_no_database(config, items)
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL: script/with-postgres pytest …")
    for item in items:
        if "postgres" in item.keywords:
            item.add_marker(skip)


def _leave_out_what_needs_no_database(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A run on PostgreSQL is about the database; everything else is the same as on SQLite. Unless asked by name.

    Pages and single steps read through selectors and write through the one door; what is theirs in the database is
    played on both by test_every_action, the random walks, and whatever is marked postgres.
    """
    if config.args != config.getini("testpaths"):
        return

    above = {"views", "staff", "ui", "steps", "papers", "reviewing", "structure"}

    def touches(item: pytest.Item) -> bool:
        if above & set(item.path.parts) and not item.get_closest_marker("postgres"):
            return False
        return bool({"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))) or any(
            item.get_closest_marker(name) for name in ("django_db", "postgres")
        )

    left_out = [item for item in items if not touches(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if touches(item)]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell script/test which tests could not run here: it lists them, and CI takes none."""
    if not (file := os.environ.get("CERTHALL_NOT_RUN")):
        return
    with Path(file).open("a") as listing:
        for report in terminalreporter.stats.get("skipped", []):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            listing.write(f"{report.nodeid}: {reason}\n")


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _no_keys_of_another_test() -> None:
    """A test's tenant may have the number of an earlier, rolled-back one."""
    from portal.vault import keys

    keys.forget()


@dataclass(frozen=True)
class Somebody:
    """Stands where an Actor is wanted and accounts don't matter."""

    kind: str = "system"
    user_id: int | None = None
    label: str = "测试"
    roles: frozenset[Any] = frozenset()
    ip: str = "127.0.0.1"
    session_hash: str = ""


@pytest.fixture
def acting() -> Somebody:
    return Somebody()


def _tenant(slug: str, name: str, short_name: str) -> "Tenant":
    from portal.tenants.models import Tenant

    return Tenant.objects.create(
        slug=slug,
        name=name,
        short_name=short_name,
        branding={"accent": "#1d5fa8", "logo_text": short_name},
        hotline="400-000-0001",
        service_hours="工作日 9:00–17:30",
        payee={"name": name, "bank": "测试银行深圳分行", "account": "0000111122223333"},
        mail_address="深圳市测试区示例路 1 号",
        sms_signature=short_name,
    )


@pytest.fixture
def tenant(db: None) -> "Tenant":
    return _tenant("first-ca", "测试第一电子认证有限公司", "测试一 CA")


@pytest.fixture
def other_tenant(db: None) -> "Tenant":
    return _tenant("second-ca", "测试第二电子认证有限公司", "测试二 CA")


@pytest.fixture
def tenant_scope(tenant: "Tenant") -> "Iterator[Tenant]":
    """A write tenant_tx of ``tenant`` around the whole test; its audit rows are written at the end."""
    from portal.tenants import tenant_tx

    with tenant_tx(tenant, write=True):
        yield tenant


@pytest.fixture
def time_machine_at() -> "Callable[[str], time_machine.travel]":
    """``with time_machine_at("2026-03-02T10:00:00Z"):`` stops the clock there."""
    return lambda moment: time_machine.travel(moment, tick=False)
