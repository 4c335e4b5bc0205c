"""Handlers that are taken out again after each test, and an effect to count."""

from collections.abc import Callable, Iterator

import pytest

from portal import audit
from portal.accounts.actor import Actor
from portal.audit.models import AuditRow
from portal.jobs import registry
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

Effect = Callable[..., None]


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    before, schedules = dict(registry._handlers), dict(registry._recurring)
    yield
    registry._handlers.clear()
    registry._handlers.update(before)
    registry._recurring.clear()
    registry._recurring.update(schedules)


def effect(name: str = "x") -> None:
    """Something that commits or doesn't: a row of the audit chain."""
    audit.record("test.effect", by=Actor.system("test"), subject=f"test:{name}")


def effects(tenant: Tenant) -> list[str]:
    with tenant_tx(tenant):
        rows = AuditRow.objects.filter(action="test.effect").order_by("seq")
        return [subject.removeprefix("test:") for subject in rows.values_list("subject", flat=True)]


def put(tenant: Tenant, handler: str, payload: dict[str, object] | None = None, **options: object) -> Job:
    """Enqueue in a transaction of its own."""
    from portal import jobs

    with tenant_tx(tenant, write=True):
        return jobs.enqueue(handler, payload or {}, **options)  # type: ignore[arg-type]


def stored(tenant: Tenant, job: Job) -> Job:
    with tenant_tx(tenant):
        return Job.objects.get(pk=job.pk)
