"""Attempts are used up before the check, and never more than there are."""

import datetime as dt
import threading

import pytest
from django.db import connection

from portal.audit import attempts
from portal.audit.models import AttemptCounter
from portal.errors import RateLimited
from portal.tenants import TenantTxError, tenant_tx

MINUTE = dt.timedelta(minutes=1)
PHONE = "19900001234"


def _try(tenant, *, limit=3, subject=PHONE, window=MINUTE):
    return attempts.reserve(tenant, "sign_in.code", subject, limit=limit, window=window)


@pytest.mark.django_db
def test_so_many_and_no_more(tenant):
    assert [_try(tenant) for _ in range(3)] == [2, 1, 0]
    for _ in range(2):
        with pytest.raises(RateLimited) as refused:
            _try(tenant)
        assert 58 <= refused.value.retry_after <= 60
    with tenant_tx(tenant):
        assert AttemptCounter.objects.get().used == 3


@pytest.mark.django_db
def test_the_window_opens_with_the_first_attempt(tenant, time_machine_at):
    with time_machine_at("2026-03-02T10:00:59Z"):
        _try(tenant, limit=1)
    with time_machine_at("2026-03-02T10:01:58Z"), pytest.raises(RateLimited) as refused:
        _try(tenant, limit=1)
    assert refused.value.retry_after == 1
    with time_machine_at("2026-03-02T10:01:59Z"):
        assert _try(tenant, limit=1) == 0


@pytest.mark.django_db
def test_counted_apart(tenant, other_tenant):
    _try(tenant, limit=1)
    _try(tenant, limit=1, subject="19900001235")
    _try(other_tenant, limit=1)
    attempts.reserve(tenant, "staff.password", PHONE, limit=1, window=MINUTE)
    with pytest.raises(RateLimited):
        _try(tenant, limit=1)


@pytest.mark.django_db
def test_forgotten_after_a_success(tenant):
    _try(tenant, limit=1)
    attempts.forget(tenant, "sign_in.code", PHONE)
    assert _try(tenant, limit=1) == 0


@pytest.mark.django_db
def test_the_table_names_nobody(tenant):
    _try(tenant)
    with tenant_tx(tenant):
        assert PHONE.encode() not in bytes(AttemptCounter.objects.get().subject_hash)


@pytest.mark.django_db
def test_not_inside_the_transaction_it_must_outlive(tenant):
    for write in (False, True):
        with tenant_tx(tenant, write=write), pytest.raises(TenantTxError):
            _try(tenant)


@pytest.mark.django_db
def test_old_ones_are_dropped(tenant, time_machine_at):
    with time_machine_at("2026-03-01T10:00:00Z"):
        _try(tenant)
    with time_machine_at("2026-03-03T10:00:00Z"):
        _try(tenant, subject="19900001235")
        assert attempts.forget_lapsed(tenant, older_than=dt.timedelta(days=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_more(tenant):
    results: list[str] = []
    gate = threading.Barrier(12)

    def hurry():
        try:
            gate.wait()
            _try(tenant.pk, limit=5)
            results.append("tried")
        except RateLimited:
            results.append("refused")
        finally:
            connection.close()

    workers = [threading.Thread(target=hurry) for _ in range(12)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(results) == ["refused"] * 7 + ["tried"] * 5
