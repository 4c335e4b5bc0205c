"""Several runners at once on PostgreSQL (SQLite has one writer and proves nothing here)."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from portal import jobs
from portal.jobs import leases, registry, runner
from portal.jobs.models import Job, JobState, JobTicket
from portal.jobs.sweeper import Sweeper
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.jobs.conftest import effect, effects, put

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
RUNNERS = 4


def at_once(work: Callable[[int], object]) -> None:
    """Run `work(n)` in RUNNERS threads that start together; raises what one of them raised."""
    barrier, problems = threading.Barrier(RUNNERS), list[BaseException]()

    def one(number: int) -> None:
        try:
            barrier.wait(10)
            work(number)
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(RUNNERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if problems:
        raise problems[0]


def test_runners_that_race_for_the_same_jobs_do_each_once(tenant: Tenant) -> None:
    calls: list[int] = []

    @jobs.handler("test.outside", kind="outside")
    def work(job: jobs.JobContext) -> jobs.Finish:
        calls.append(job.payload["n"])
        return jobs.Finish(lambda: effect(str(job.payload["n"])))

    rows = [put(tenant, "test.outside", {"n": n}) for n in range(60)]

    def race(number: int) -> None:
        order = list(rows)
        random.Random(number).shuffle(order)  # noqa: S311
        for row in order * 2:
            runner.run(tenant.pk, row.pk)

    at_once(race)
    assert sorted(calls) == list(range(60))  # not even the call was made twice
    assert sorted(effects(tenant), key=int) == [str(n) for n in range(60)]
    assert JobTicket.objects.count() == 0


def test_a_group_keeps_its_order_however_many_run_it(tenant: Tenant) -> None:
    @jobs.handler("test.step", kind="local")
    def work(job: jobs.JobContext) -> None:
        effect(f"{job.payload['group']}.{job.payload['n']}")

    rows = [put(tenant, "test.step", {"group": g, "n": n}, group=f"order:{g}") for n in range(8) for g in "ab"]

    def race(number: int) -> None:
        order = list(rows)
        random.Random(number).shuffle(order)  # noqa: S311
        while JobTicket.objects.exists():
            for row in order:
                runner.run(tenant.pk, row.pk)

    at_once(race)
    done = effects(tenant)
    for g in "ab":
        assert [e for e in done if e.startswith(g)] == [f"{g}.{n}" for n in range(8)]


def test_a_locked_job_is_passed_over_and_not_waited_for(tenant: Tenant) -> None:
    job = put(tenant, "test.work")
    answers: list[object] = []

    def second() -> None:
        with tenant_tx(tenant, write=True):
            connection.cursor().execute("SET LOCAL lock_timeout = '2s'")
            answers.append(leases.claim(job.pk, now=timezone.now()))
        connections.close_all()

    with tenant_tx(tenant, write=True):
        assert isinstance(leases.claim(job.pk, now=timezone.now()), leases.Lease)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(10)
    assert answers == [leases.NotNow.GONE]


def test_sweepers_that_meet_make_one_job_per_slot(tenant: Tenant) -> None:
    @jobs.handler("test.tick", kind="local")
    def work(job: jobs.JobContext) -> None:
        pass

    registry._recurring.clear()
    jobs.recurring("test.tick", every=timedelta(hours=1))
    now = timezone.now()
    at_once(lambda _number: Sweeper().look(now))
    with tenant_tx(tenant):
        assert Job.objects.filter(handler="test.tick", state=JobState.PENDING).count() == 1


def test_one_key_enqueued_by_several_at_once_is_one_job(tenant: Tenant) -> None:
    made: list[int] = []

    def enqueue(_number: int) -> None:
        made.extend(put(tenant, "test.work", key=f"paid:{n}").pk for n in range(10))

    at_once(enqueue)
    assert len(made) == RUNNERS * 10
    assert len(set(made)) == 10
