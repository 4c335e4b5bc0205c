"""The clock beside the workers: nothing rung is needed for a job to run in the end."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from portal import jobs
from portal.jobs import engines, leases, outbox, registry, sweeper
from portal.jobs.models import Job, JobState, JobTicket
from portal.jobs.sweeper import Sweeper, ring_overdue
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.jobs.conftest import put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the sweeper rings; the bell after the commit is lost, as in a crash right after it."""
    heard: list[int] = []
    monkeypatch.setattr(outbox, "ring", lambda *_: None)
    monkeypatch.setattr(sweeper, "ring", lambda _tenant, job: heard.append(job))
    return heard


def test_a_crash_between_commit_and_bell_is_made_good_in_half_a_minute(tenant: Tenant, rung: list[int]) -> None:
    job = put(tenant, "test.work")
    now = timezone.now()
    assert ring_overdue(now + timedelta(seconds=29)) == 0
    assert ring_overdue(now + timedelta(seconds=31)) == 1
    assert rung == [job.pk]
    assert ring_overdue(now + timedelta(seconds=32)) == 0  # not again every second
    assert ring_overdue(now + timedelta(seconds=62)) == 1


def test_a_delayed_job_is_rung_when_it_is_due(tenant: Tenant, rung: list[int]) -> None:
    now = timezone.now()
    job = put(tenant, "test.work", after=now + timedelta(seconds=5))
    assert ring_overdue(now + timedelta(seconds=4)) == 0
    assert ring_overdue(now + timedelta(seconds=5)) == 1
    assert rung == [job.pk]


def test_an_expired_lease_is_rung(tenant: Tenant, rung: list[int]) -> None:
    @jobs.handler("test.work", kind="local")
    def work(job: jobs.JobContext) -> None:
        pass

    job, now = put(tenant, "test.work"), timezone.now()
    with tenant_tx(tenant, write=True):
        lease = leases.claim(job.pk, now=now)
    assert isinstance(lease, leases.Lease)
    assert ring_overdue(now + timedelta(seconds=89)) == 0
    assert ring_overdue(now + timedelta(seconds=91)) == 1


def test_dead_jobs_are_not_rung(tenant: Tenant, rung: list[int]) -> None:
    @jobs.handler("test.work", kind="local", max_attempts=1)
    def work(job: jobs.JobContext) -> None:
        raise ZeroDivisionError

    put(tenant, "test.work")
    jobs.drain()
    assert ring_overdue(timezone.now() + timedelta(days=1)) == 0


AT = datetime(2026, 11, 21, 4, 0, 0, tzinfo=UTC)


def _slots(tenant: Tenant) -> list[int]:
    with tenant_tx(tenant):
        return [job.payload["slot"] for job in Job.objects.filter(handler="test.tick").order_by("pk")]


@pytest.fixture
def tick() -> None:
    registry._recurring.clear()

    @jobs.handler("test.tick", kind="local")
    def work(job: jobs.JobContext) -> None:
        pass

    jobs.recurring("test.tick", every=timedelta(minutes=1))


@pytest.mark.usefixtures("tick", "rung")
def test_a_recurring_job_comes_once_per_slot_and_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    platform = Tenant.objects.create(slug="jobs-platform", name="平台", short_name="平台", is_platform=True)
    slot = int(AT.timestamp()) // 60
    two = [Sweeper(), Sweeper()]
    for seconds in (0, 1, 30, 59, 60, 61):
        for one in two:
            one.look(AT + timedelta(seconds=seconds))
    Sweeper().look(AT + timedelta(seconds=90))  # started anew: remembers nothing
    assert _slots(tenant) == [slot, slot + 1]
    assert _slots(other_tenant) == [slot, slot + 1]
    assert _slots(platform) == [slot, slot + 1]


@pytest.mark.usefixtures("tick", "rung")
def test_missed_slots_are_not_made_up_for(tenant: Tenant) -> None:
    sweeping = Sweeper()
    sweeping.look(AT)
    sweeping.look(AT + timedelta(hours=1))
    slot = int(AT.timestamp()) // 60
    assert _slots(tenant) == [slot, slot + 60]


@pytest.mark.usefixtures("rung")
def test_a_job_of_the_platform_runs_for_the_platform_alone(tenant: Tenant) -> None:
    registry._recurring.clear()
    platform = Tenant.objects.create(slug="jobs-platform", name="平台", short_name="平台", is_platform=True)
    jobs.recurring("test.tick", every=timedelta(minutes=1), for_each_tenant=False)
    Sweeper().look(AT)
    assert _slots(tenant) == []
    assert len(_slots(platform)) == 1


@pytest.mark.usefixtures("tick")
def test_an_idle_look_writes_nothing(
    tenant: Tenant, rung: list[int], django_assert_num_queries: pytest.FixtureRequest
) -> None:
    sweeping = Sweeper()
    sweeping.look(AT)
    with django_assert_num_queries(1):  # type: ignore[operator]
        sweeping.look(AT + timedelta(seconds=1))


def test_a_database_that_is_away_does_not_end_the_sweeper(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    sweeping = Sweeper()

    def away(_now: datetime) -> int:
        raise OperationalError("gone")

    monkeypatch.setattr(sweeper, "ring_overdue", away)
    registry._recurring.clear()
    sweeping.step()


def test_old_rows_and_old_secrets_go(tenant: Tenant) -> None:
    @jobs.handler("test.work", kind="local", max_attempts=1)
    def work(job: jobs.JobContext) -> None:
        if job.secret:
            raise ZeroDivisionError

    done, recent, slot = (
        put(tenant, "test.work"),
        put(tenant, "test.work"),
        put(tenant, "test.work", group="recurring:x"),
    )
    dead = put(tenant, "test.work", secret={"a": "b"})
    jobs.drain()
    now = timezone.now()
    with tenant_tx(tenant, write=True):
        Job.objects.filter(pk__in=[done.pk, dead.pk]).update(done_at=now - timedelta(days=31))
        Job.objects.filter(pk=slot.pk).update(done_at=now - timedelta(days=2))
    upkeep_job = put(tenant, "jobs.prune", {"slot": 1})
    jobs.drain()
    with tenant_tx(tenant):
        left = {job.pk: (job.state, job.secret) for job in Job.objects.exclude(pk=upkeep_job.pk)}
    assert left == {recent.pk: (JobState.DONE, None), dead.pk: (JobState.DEAD, None)}


def test_a_backlog_reaches_the_engine_in_portions(
    tenant: Tenant, rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "AT_ONCE", 3)
    for _ in range(5):
        put(tenant, "test.work")
    later = timezone.now() + timedelta(minutes=1)
    assert [ring_overdue(later), ring_overdue(later), ring_overdue(later)] == [3, 2, 0]
    assert sorted(rung) == sorted(JobTicket.objects.values_list("job_id", flat=True))


def test_the_embedded_engine_leaves_ids_and_nothing_else(tenant: Tenant) -> None:
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    engines.engine_for(engines.JobEngine.EMBEDDED).ring(tenant.pk, 17)
    task = SignedPackage.loads(OrmQ.objects.get().payload)
    assert (task["args"], task["kwargs"], task["name"]) == ((tenant.pk, 17), {}, "job-17")
