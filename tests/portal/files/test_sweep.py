"""What was left behind is removed after a day, and nothing else."""

import os
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.accounts.actor import Actor
from portal.files import access, errors, store, tasks
from portal.files.models import StoredFile
from portal.jobs import registry
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.files.conftest import OWNER, SYSTEM, Keep, accepted, content_of, path_of, sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]

CUSTOMER = Actor("customer", 2, "199****0001")


def age(path: object, hours: int) -> None:
    past = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(str(path), (past, past))


def test_what_nobody_committed_is_swept_after_a_day(tenant: Tenant, keep: Keep) -> None:
    kept = keep()
    with accepted() as taken:
        file = store.put(tenant, taken, owner=OWNER, purpose="licence")
    half = path_of(kept).with_name(".writing-0011223344556677")
    stray = path_of(kept).with_name("s" * 22)
    young = path_of(kept).with_name("y" * 22)
    for path in (half, stray, young):
        path.write_bytes(b"x")
    sweep(tenant)
    assert path_of(file).exists()
    assert stray.exists()
    for path in (path_of(kept), path_of(file), half, stray):
        age(path, 26)
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        age(young, -24)
        sweep(tenant)
    assert not path_of(file).exists()
    assert not half.exists()
    assert not stray.exists()
    assert young.exists()
    assert content_of(kept)
    with tenant_tx(tenant):
        assert not StoredFile.objects.filter(pk=file.pk).exists()
    with tenant_tx(tenant, write=True), pytest.raises(errors.FileNotStored):
        store.commit(file, by=SYSTEM)
    young.unlink()


def test_the_sweep_leaves_other_tenants_alone(tenant: Tenant, other_tenant: Tenant, keep: Keep) -> None:
    with accepted() as taken:
        file = store.store_now(other_tenant, taken, owner=OWNER, purpose="licence", by=SYSTEM)
    age(path_of(file), 50)
    sweep(tenant)
    assert content_of(file)


def test_the_sweep_is_on_the_clock() -> None:
    assert "files.sweep" in {entry.handler for entry in registry.all_recurring()}
    assert access.may_open(CUSTOMER, StoredFile()) is False
    assert timedelta(hours=24) == tasks.ORPHANS_AFTER
