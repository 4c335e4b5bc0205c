"""Leases, fencing and groups: what holds when workers die, freeze or overtake each other."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from portal import jobs
from portal.jobs import leases, runner
from portal.jobs.leases import NotNow
from portal.jobs.models import Job, JobState
from portal.jobs.runner import Outcome
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.jobs.conftest import effect, effects, put, stored

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(seconds=91)  # a lease is 90 s


def frozen_worker(tenant: Tenant) -> tuple[Job, Callable[[], Outcome]]:
    """A job whose first worker stops in the middle of the outside call for longer than its lease: meanwhile
    another worker does the whole job; then the first one wakes up and wants to finish."""

    @jobs.handler("test.outside", kind="outside")
    def work(job: jobs.JobContext) -> jobs.Finish:
        if job.attempt == 1:
            second = runner.run(tenant.pk, job.id, now=timezone.now() + LATER)
            assert second is Outcome.DONE
        return jobs.Finish(lambda: effect(f"token {job.fencing_token}"))

    job = put(tenant, "test.outside")
    return job, lambda: runner.run(tenant.pk, job.pk)


def test_a_worker_that_wakes_up_too_late_changes_nothing(tenant: Tenant) -> None:
    job, first_worker = frozen_worker(tenant)
    assert first_worker() is Outcome.STALE
    assert effects(tenant) == ["token 2"]
    assert stored(tenant, job).state == JobState.DONE


def test_without_the_fence_that_would_be_two_effects(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above has teeth: the same story with the fence taken out."""
    _, first_worker = frozen_worker(tenant)
    monkeypatch.setattr(leases, "_move", lambda lease, **changes: Job.objects.filter(pk=lease.job.pk).update(**changes))
    first_worker()
    assert effects(tenant) == ["token 2", "token 1"]


def test_a_late_failure_does_not_bring_back_a_finished_job(tenant: Tenant) -> None:
    @jobs.handler("test.outside", kind="outside")
    def work(job: jobs.JobContext) -> None:
        if job.attempt == 1:
            runner.run(tenant.pk, job.id, now=timezone.now() + LATER)
            raise ZeroDivisionError

    job = put(tenant, "test.outside")
    assert runner.run(tenant.pk, job.pk) is Outcome.STALE
    row = stored(tenant, job)
    assert (row.state, row.last_error) == (JobState.DONE, "")


def test_a_held_job_is_nobody_elses(tenant: Tenant) -> None:
    @jobs.handler("test.outside", kind="outside")
    def work(job: jobs.JobContext) -> None:
        assert runner.run(tenant.pk, job.id) is Outcome.NOT_NOW

    job = put(tenant, "test.outside")
    assert runner.run(tenant.pk, job.pk) is Outcome.DONE
    assert runner.run(tenant.pk, job.pk) is Outcome.NOT_NOW


def test_a_job_whose_worker_vanished_is_taken_up_when_the_lease_ends(tenant: Tenant) -> None:
    @jobs.handler("test.local", kind="local")
    def work(job: jobs.JobContext) -> None:
        effect(f"attempt {job.attempt}")

    job = put(tenant, "test.local")
    with tenant_tx(tenant, write=True):
        lease = leases.claim(job.pk, now=timezone.now())  # and then the power goes
    assert isinstance(lease, leases.Lease)
    assert jobs.drain() == 0
    assert jobs.drain(ahead=LATER) == 1
    assert effects(tenant) == ["attempt 2"]


def test_a_worker_that_vanishes_every_time_ends_in_a_dead_job(tenant: Tenant) -> None:
    @jobs.handler("test.local", kind="local", max_attempts=2)
    def work(job: jobs.JobContext) -> None:
        pytest.fail("must not run a third time")

    job = put(tenant, "test.local")
    now = timezone.now()
    for _ in range(2):
        with tenant_tx(tenant, write=True):
            assert isinstance(leases.claim(job.pk, now=now), leases.Lease)
        now += LATER
    assert runner.run(tenant.pk, job.pk, now=now) is Outcome.NOT_NOW
    row = stored(tenant, job)
    assert (row.state, row.attempts, row.last_error) == (JobState.DEAD, 2, "LeaseExpired:jobs.lease_expired")


def test_a_group_runs_in_order(tenant: Tenant) -> None:
    @jobs.handler("test.step", kind="local", max_attempts=2)
    def work(job: jobs.JobContext) -> None:
        if job.payload["n"] == 1 and job.attempt == 1:
            raise jobs.Retry(60)
        effect(str(job.payload["n"]))

    rows = [put(tenant, "test.step", {"n": n}, group="order:o1") for n in (1, 2, 3)]
    other = put(tenant, "test.step", {"n": 9}, group="order:o2")
    assert runner.run(tenant.pk, rows[1].pk) is Outcome.NOT_NOW
    with tenant_tx(tenant, write=True):
        assert leases.claim(rows[2].pk, now=timezone.now()) is NotNow.BEHIND
    jobs.drain()
    assert effects(tenant) == ["9"]  # the first of o1 waits a minute, and its group with it
    jobs.drain(ahead=timedelta(minutes=2))
    assert effects(tenant) == ["9", "1", "2", "3"]
    assert stored(tenant, other).state == JobState.DONE


def test_finishing_rings_the_next_of_the_group(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    @jobs.handler("test.step", kind="local")
    def work(job: jobs.JobContext) -> None:
        pass

    rows = [put(tenant, "test.step", group="order:o1") for _ in range(2)]
    rung: list[int] = []
    monkeypatch.setattr("portal.jobs.outbox.ring", lambda _tenant, job: rung.append(job))
    runner.run(tenant.pk, rows[0].pk)
    assert rung == [rows[1].pk]


def test_a_dead_job_does_not_hold_up_its_group(tenant: Tenant) -> None:
    @jobs.handler("test.step", kind="local", max_attempts=1)
    def work(job: jobs.JobContext) -> None:
        if job.payload["n"] == 1:
            raise ZeroDivisionError
        effect("2")

    for n in (1, 2):
        put(tenant, "test.step", {"n": n}, group="order:o1")
    jobs.drain()
    assert effects(tenant) == ["2"]


def test_backoff_grows_to_its_cap_with_a_quarter_of_jitter() -> None:
    backoff = jobs.Backoff(base=2, factor=3, cap=100)
    for attempt, middle in ((1, 2), (2, 6), (3, 18), (4, 54), (5, 100), (500, 100)):
        assert middle * 0.75 <= backoff.seconds(attempt) <= middle * 1.25
