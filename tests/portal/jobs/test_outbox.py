"""Enqueueing: part of the business transaction, rung after it (DESIGN §6)."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from portal import jobs
from portal.errors import IdempotencyConflict
from portal.jobs import engines, outbox
from portal.jobs.errors import PersonalDataInPayload
from portal.jobs.models import Job, JobState, JobTicket
from portal.tenants import TenantTxError, tenant_tx
from portal.tenants.models import Tenant
from tests.portal.jobs.conftest import put, stored

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_belongs_to_the_transaction_that_made_it(tenant: Tenant) -> None:
    with suppress(ZeroDivisionError), tenant_tx(tenant, write=True):
        jobs.enqueue("test.work", {"order": "o1"})
        raise ZeroDivisionError
    assert JobTicket.objects.count() == 0
    with tenant_tx(tenant):
        assert Job.objects.count() == 0


def test_a_job_needs_a_transaction_that_writes(tenant: Tenant) -> None:
    with pytest.raises(TenantTxError):
        jobs.enqueue("test.work", {})
    with tenant_tx(tenant), pytest.raises(TenantTxError):
        jobs.enqueue("test.work", {})
    assert JobTicket.objects.count() == 0


def test_the_bell_rings_after_the_commit_and_not_before(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[int, int]] = []
    monkeypatch.setattr(outbox, "ring", lambda *ids: rung.append(ids))
    with tenant_tx(tenant, write=True):
        job = jobs.enqueue("test.work", {})
        assert rung == []
    assert rung == [(tenant.pk, job.pk)]


def test_a_job_for_later_is_not_rung_now(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[int, int]] = []
    monkeypatch.setattr(outbox, "ring", lambda *ids: rung.append(ids))
    later = timezone.now() + timedelta(minutes=5)
    job = put(tenant, "test.work", after=later)
    assert rung == []
    assert JobTicket.objects.get(job_id=job.pk).ring_at == later


def test_an_engine_that_is_down_does_not_undo_the_business(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def ring(self, *_ids: int) -> None:
            raise ConnectionError("no broker")

    monkeypatch.setattr(engines, "engine_for", lambda _name: Down())
    job = put(tenant, "test.work")
    assert stored(tenant, job).state == JobState.PENDING


def test_one_key_is_one_job(tenant: Tenant, other_tenant: Tenant) -> None:
    first = put(tenant, "test.work", {"n": 1}, key="paid:o1")
    again = put(tenant, "test.work", {"n": 2}, key="paid:o1")
    assert (again.pk, again.payload) == (first.pk, {"n": 1})
    assert put(other_tenant, "test.work", key="paid:o1").pk != first.pk  # keys are a tenant's own
    assert JobTicket.objects.count() == 2


def test_a_key_is_not_shared_between_handlers(tenant: Tenant) -> None:
    put(tenant, "test.work", key="paid:o1")
    with pytest.raises(IdempotencyConflict):
        put(tenant, "test.other", key="paid:o1")


@pytest.mark.parametrize(
    "payload",
    [
        {"phone": "19900000001"},
        {"to": ["x", {"deep": "call 19900000001 now"}]},
        {"id": "110101199003070011"},
        {"mail": "someone@example.com"},
    ],
)
def test_personal_data_does_not_get_into_a_payload(tenant: Tenant, payload: dict[str, object]) -> None:
    with pytest.raises(PersonalDataInPayload):
        put(tenant, "test.work", payload)
    with pytest.raises(PersonalDataInPayload):
        put(tenant, "test.work", key=f"k:{list(payload.values())}")
    assert JobTicket.objects.count() == 0


@pytest.mark.parametrize(
    "payload",
    [
        {"order": "RN19900000001"},  # an order number isn't a phone
        {"trade": "202611211300000000000001"},
        {"at": 1780000000123, "id": 19900000001},  # numbers are ids and fen
        {"public_id": "Yk3v1990000000_1-aBcDeF"},
    ],
)
def test_ids_and_codes_do(tenant: Tenant, payload: dict[str, object]) -> None:
    assert stored(tenant, put(tenant, "test.work", payload)).payload == payload


def test_a_secret_is_sealed_in_the_row(tenant: Tenant) -> None:
    job = stored(tenant, put(tenant, "test.work", secret={"phone": "19900000001", "code": "271828"}))
    assert job.secret is not None
    assert b"19900000001" not in bytes(job.secret)
    assert b"271828" not in bytes(job.secret)
