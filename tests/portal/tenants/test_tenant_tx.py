"""tenant_tx: who may nest in whom, what runs before the commit and what after."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import UniqueConstraint
from django_scopes.exceptions import ScopeError

from portal.tenants import (
    ForeignTenantError,
    TenantTxError,
    after_tx,
    current_tenant,
    current_tenant_id,
    current_tx,
    on_before_commit,
    require_tx,
    tenant_tx,
)
from portal.tenants.models import ServicePoint, Tenant
from tests.rooms.models import Person, Shelf


def test_opens_the_tenant_and_leaves_it(tenant):
    assert current_tx() is None
    with tenant_tx(tenant):
        assert current_tenant() is tenant
        assert current_tenant_id() == tenant.pk
    assert current_tx() is None
    with pytest.raises(TenantTxError):
        current_tenant()


def test_by_number_the_tenant_is_fetched_when_asked_for(tenant):
    with tenant_tx(tenant.pk):
        assert current_tenant() == tenant


def test_rows_are_not_read_outside(tenant):
    with pytest.raises(ScopeError):
        list(ServicePoint.objects.all())


def test_rows_are_not_written_outside_or_in_a_reading_one(tenant):
    with pytest.raises(TenantTxError):
        ServicePoint(tenant=tenant, name="a", address="b").save()
    with tenant_tx(tenant):
        with pytest.raises(TenantTxError):
            ServicePoint.objects.create(name="a", address="b")
        with pytest.raises(TenantTxError):
            ServicePoint.objects.bulk_create([ServicePoint(name="a", address="b")])
        with pytest.raises(TenantTxError):
            ServicePoint.objects.update(name="c")
        with pytest.raises(TenantTxError):
            ServicePoint.objects.all().delete()
        assert ServicePoint.objects.count() == 0


def test_the_tenant_fills_itself_in(tenant):
    with tenant_tx(tenant, write=True):
        point = ServicePoint.objects.create(name="福田网点", address="示例路 1 号")
    assert point.tenant_id == tenant.pk
    assert len(point.public_id) == 22


def test_another_tenant_inside_is_refused(tenant, other_tenant):
    with tenant_tx(tenant), pytest.raises(TenantTxError), tenant_tx(other_tenant):
        pass


def test_a_write_inside_a_read_is_refused(tenant):
    with tenant_tx(tenant), pytest.raises(TenantTxError), tenant_tx(tenant, write=True):
        pass


def test_the_same_tenant_inside_joins(tenant):
    with tenant_tx(tenant, write=True) as outer:
        with tenant_tx(tenant) as reading, tenant_tx(tenant.pk, write=True) as writing:
            assert reading is writing is outer
        assert require_tx(write=True) is outer


def test_a_refusal_inside_can_be_lived_with(tenant):
    ran: list[list[str]] = []
    with tenant_tx(tenant, write=True):
        ServicePoint.objects.create(name="stays", address="a")
        on_before_commit(ran.append, "stays")
        with pytest.raises(ValueError, match="refused"), tenant_tx(tenant, write=True):
            ServicePoint.objects.create(name="goes", address="a")
            on_before_commit(ran.append, "goes")
            raise ValueError("refused")
        with pytest.raises(ValueError, match="refused"), transaction.atomic():  # Django's own savepoint alike
            on_before_commit(ran.append, "goes too")
            raise ValueError("refused")
    assert ran == [["stays"]]
    with tenant_tx(tenant):
        assert [point.name for point in ServicePoint.objects.all()] == ["stays"]


@pytest.mark.django_db(transaction=True)
def test_an_outermost_write_is_durable(tenant):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), tenant_tx(tenant, write=True):
        pass


def test_hooks_run_once_before_the_commit_in_their_order(tenant):
    seen: list[str] = []

    def last():
        seen.append("last")

    def first():
        seen.append("first")
        on_before_commit(last, order=1000)
        on_before_commit(added)

    def added():
        seen.append(f"added, rows {ServicePoint.objects.count()}, inside {connection.in_atomic_block}")

    with tenant_tx(tenant, write=True):
        on_before_commit(last, order=1000)
        on_before_commit(first)
        on_before_commit(first)
        with tenant_tx(tenant, write=True):
            ServicePoint.objects.create(name="a", address="b")
        assert seen == []
    assert seen == ["first", "added, rows 1, inside True", "last"]


@pytest.mark.django_db(transaction=True)
def test_a_failing_hook_rolls_back(tenant):
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), tenant_tx(tenant, write=True):
        ServicePoint.objects.create(name="a", address="b")
        on_before_commit(fail)
    with tenant_tx(tenant, write=True):
        assert ServicePoint.objects.count() == 0


def test_hooks_need_a_write(tenant):
    with pytest.raises(TenantTxError):
        on_before_commit(print)
    with tenant_tx(tenant), pytest.raises(TenantTxError):
        on_before_commit(print)


def test_what_waits_for_the_end_runs_also_after_a_failure(tenant):
    seen: list[object] = []
    with pytest.raises(ValueError, match="refused"), tenant_tx(tenant, write=True), tenant_tx(tenant):
        after_tx(lambda: seen.append(current_tx()))
        after_tx(lambda: seen.append("second"))
        assert seen == []
        raise ValueError("refused")
    assert seen == [None, "second"]
    after_tx(lambda: seen.append("at once"))
    assert seen[-1] == "at once"


@pytest.mark.django_db(transaction=True)
def test_a_thread_has_its_own(tenant):
    found: list[object] = []
    with tenant_tx(tenant):
        worker = threading.Thread(target=lambda: found.append(current_tx()))
        worker.start()
        worker.join()
    assert found == [None]


# What django-scopes alone lets through; on PostgreSQL the database refuses as well (test_postgresql.py).


@pytest.fixture
def foreign_shelf(other_tenant: Tenant) -> Shelf:
    with tenant_tx(other_tenant, write=True):
        return Shelf.objects.create(label="theirs")


def test_the_base_manager_is_scoped(tenant, foreign_shelf):
    with tenant_tx(tenant):
        assert not Shelf._base_manager.filter(pk=foreign_shelf.pk).exists()
        with pytest.raises(Shelf.DoesNotExist):
            Shelf(pk=foreign_shelf.pk).refresh_from_db()


def test_a_foreign_row_is_not_saved_over(tenant, other_tenant, foreign_shelf):
    with pytest.raises((DatabaseError, ForeignTenantError)), tenant_tx(tenant, write=True):
        Shelf(pk=foreign_shelf.pk, label="mine now").save()
    with pytest.raises(ForeignTenantError), tenant_tx(tenant, write=True):
        foreign_shelf.save()
    with pytest.raises(ForeignTenantError), tenant_tx(tenant, write=True):
        foreign_shelf.delete()
    with tenant_tx(other_tenant):
        assert Shelf.objects.get().label == "theirs"


@pytest.mark.django_db(transaction=True)
def test_a_foreign_key_into_another_tenant_is_refused(tenant, foreign_shelf):
    with pytest.raises(ForeignTenantError), tenant_tx(tenant, write=True):
        Person.objects.create(shelf=foreign_shelf)
    # by number: looked up on SQLite, the composite key on PostgreSQL, at the commit
    with pytest.raises((ForeignTenantError, DatabaseError)), tenant_tx(tenant, write=True):
        Person.objects.create(shelf_id=foreign_shelf.pk)
    with tenant_tx(tenant, write=True):
        assert Person.objects.count() == 0
        person = Person.objects.create()
        with pytest.raises(ForeignTenantError):
            Person.objects.filter(pk=person.pk).update(shelf=foreign_shelf)
        with pytest.raises(ForeignTenantError):
            Person.objects.filter(pk=person.pk).update(tenant=foreign_shelf.tenant_id)


def test_a_foreign_row_is_not_followed_to(tenant, foreign_shelf):
    with tenant_tx(tenant), pytest.raises(Shelf.DoesNotExist):
        _ = Person(shelf_id=foreign_shelf.pk).shelf


def test_every_tenant_table_has_its_two_unique_keys():
    keys = {tuple(key.fields) for key in Person._meta.constraints if isinstance(key, UniqueConstraint)}
    assert {("tenant", "id"), ("tenant", "public_id"), ("tenant", "phone_index")} == keys
