"""One attempt: the effect and `done` are one commit; failures cost attempts and say nothing personal."""

import json
import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from portal import jobs
from portal.accounts.actor import Actor
from portal.audit.models import AuditRow
from portal.errors import OutsideUnavailable
from portal.jobs import selectors
from portal.jobs.errors import JobNotDead, JobNotFound
from portal.jobs.models import JobState, JobTicket
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.jobs.conftest import effect, effects, put, stored

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def test_a_local_job_is_done_together_with_its_effect(tenant: Tenant) -> None:
    seen: list[object] = []

    @jobs.handler("test.local", kind="local")
    def work(job: jobs.JobContext) -> None:
        assert connection.in_atomic_block
        seen.append((job.tenant, job.payload, job.secret, job.attempt, job.fencing_token))
        effect("local")

    job = put(tenant, "test.local", {"order": "o1"}, secret={"code": "271828"})
    assert jobs.drain() == 1
    row = stored(tenant, job)
    assert seen == [(tenant, {"order": "o1"}, {"code": "271828"}, 1, 1)]
    assert (row.state, row.secret, row.leased_until) == (JobState.DONE, None, None)  # the secret is wiped
    assert effects(tenant) == ["local"]
    assert JobTicket.objects.count() == 0
    assert jobs.drain() == 0


def test_a_local_job_that_fails_changes_nothing(tenant: Tenant) -> None:
    @jobs.handler("test.local", kind="local")
    def work(job: jobs.JobContext) -> None:
        effect()
        raise ZeroDivisionError

    job = put(tenant, "test.local", secret={"code": "271828"})
    jobs.drain()
    row = stored(tenant, job)
    assert effects(tenant) == []
    assert (row.state, row.attempts, row.last_error) == (JobState.PENDING, 1, "ZeroDivisionError")
    assert row.secret is not None  # still needed
    assert row.run_after > timezone.now()


def test_an_outside_job_calls_without_a_transaction_and_finishes_in_one(tenant: Tenant) -> None:
    ids: list[str] = []

    @jobs.handler("test.outside", kind="outside")
    def work(job: jobs.JobContext) -> jobs.Finish:
        assert not connection.in_atomic_block
        ids.append(job.request_id)

        def write() -> None:
            assert connection.in_atomic_block
            effect("outside")

        return jobs.Finish(write)

    job = put(tenant, "test.outside")
    jobs.drain()
    assert ids == [job.public_id]
    assert effects(tenant) == ["outside"]
    assert stored(tenant, job).state == JobState.DONE


def test_a_finish_that_fails_is_neither_done_nor_half_done(tenant: Tenant) -> None:
    ids: list[str] = []

    @jobs.handler("test.outside", kind="outside")
    def work(job: jobs.JobContext) -> jobs.Finish:
        ids.append(job.request_id)

        def write() -> None:
            effect()
            if job.attempt == 1:
                raise ZeroDivisionError

        return jobs.Finish(write)

    job = put(tenant, "test.outside")
    jobs.drain()
    assert effects(tenant) == []
    jobs.drain(ahead=DAY)
    assert effects(tenant) == ["x"]
    assert ids == [job.public_id, job.public_id]  # outside may recognise the repetition


def test_a_job_waits_longer_after_each_failure_and_dies_after_the_last(tenant: Tenant) -> None:
    @jobs.handler("test.outside", kind="outside", max_attempts=3, backoff=jobs.Backoff(base=10, factor=4))
    def work(job: jobs.JobContext) -> None:
        raise OutsideUnavailable(phone="19900000001")

    job = put(tenant, "test.outside", {"order": "o1"})
    waits: list[timedelta] = []
    for _ in range(2):
        before = timezone.now()
        jobs.drain(ahead=sum(waits, timedelta(0)))
        waits.append(stored(tenant, job).run_after - before)
    assert timedelta(seconds=7.5) <= waits[0] <= timedelta(seconds=13)
    assert timedelta(seconds=30) <= waits[1] <= timedelta(seconds=51)
    jobs.drain(ahead=DAY)
    row = stored(tenant, job)
    assert (row.state, row.attempts, row.last_error) == (
        JobState.DEAD,
        3,
        "OutsideUnavailable:portal.outside_unavailable",
    )
    assert jobs.drain(ahead=DAY) == 0


def test_a_dead_job_is_audited_and_listed_and_may_be_tried_again(tenant: Tenant, other_tenant: Tenant) -> None:
    works = False

    @jobs.handler("test.outside", kind="outside", max_attempts=1)
    def work(job: jobs.JobContext) -> jobs.Finish:
        if not works:
            raise ZeroDivisionError
        return jobs.Finish(lambda: effect(job.secret["code"]))

    job = put(tenant, "test.outside", secret={"code": "again"})
    jobs.drain()
    with tenant_tx(tenant):
        listed = selectors.dead_jobs()
        audited = AuditRow.objects.get(action="job.died")
    assert [(row.id, row.handler, row.attempts, row.last_error) for row in listed] == [
        (job.pk, "test.outside", 1, "ZeroDivisionError")
    ]
    assert audited.subject == f"job:{job.public_id}"
    with tenant_tx(other_tenant):
        assert selectors.dead_jobs() == []
    with tenant_tx(other_tenant, write=True), pytest.raises(JobNotFound):
        jobs.retry(job.pk, by=Actor.system("test"))

    works = True
    with tenant_tx(tenant, write=True):
        jobs.retry(job.pk, by=Actor.system("test"))
    jobs.drain()
    assert effects(tenant) == ["again"]
    with tenant_tx(tenant, write=True), pytest.raises(JobNotDead):
        jobs.retry(job.pk, by=Actor.system("test"))


def test_giving_up_is_dead_at_once_and_names_the_cause(tenant: Tenant) -> None:
    @jobs.handler("test.outside", kind="outside")
    def work(job: jobs.JobContext) -> None:
        raise jobs.GiveUp from OutsideUnavailable(reason="isv.MOBILE_NUMBER_ILLEGAL")

    job = put(tenant, "test.outside")
    jobs.drain()
    row = stored(tenant, job)
    assert (row.state, row.attempts) == (JobState.DEAD, 1)
    assert row.last_error == "OutsideUnavailable:portal.outside_unavailable:isv.MOBILE_NUMBER_ILLEGAL"


def test_retry_says_when(tenant: Tenant) -> None:
    @jobs.handler("test.poll", kind="outside")
    def work(job: jobs.JobContext) -> None:
        raise jobs.Retry(40)

    job = put(tenant, "test.poll")
    before = timezone.now()
    jobs.drain()
    assert timedelta(seconds=39) < stored(tenant, job).run_after - before < timedelta(seconds=45)


def test_a_job_that_this_version_does_not_know_waits(tenant: Tenant) -> None:
    job = put(tenant, "test.from_the_future")
    jobs.drain()
    row = stored(tenant, job)
    assert (row.state, row.last_error) == (JobState.PENDING, "UnknownHandler:jobs.unknown_handler")


def test_neither_log_nor_row_repeats_what_an_error_says(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    @jobs.handler("test.outside", kind="outside", max_attempts=1)
    def work(job: jobs.JobContext) -> None:
        raise ValueError(f"no such person: {job.secret['name']} 19900000001")

    with caplog.at_level(logging.DEBUG):
        job = put(tenant, "test.outside", secret={"name": "测试甲"})
        jobs.drain()
    row = stored(tenant, job)
    with tenant_tx(tenant):
        audited = b"".join(bytes(body) for body in AuditRow.objects.values_list("body", flat=True))
    everything = caplog.text + json.dumps([row.payload, row.last_error]) + audited.decode()
    assert "测试甲" not in everything
    assert "19900000001" not in everything
    assert "ValueError at tests/portal/jobs/test_runner.py" in caplog.text  # but where it happened is there


def test_a_context_does_not_print_its_secret() -> None:
    job = jobs.JobContext(
        tenant=Tenant(pk=1),
        id=1,
        payload={"a": "PAY"},
        secret={"b": "SECRET"},
        attempt=1,
        max_attempts=3,
        fencing_token=1,
        request_id="r",
    )
    assert "SECRET" not in repr(job)
    assert "PAY" not in repr(job)


def test_jobs_do_not_run_inside_a_transaction(tenant: Tenant) -> None:
    put(tenant, "test.work")
    with tenant_tx(tenant, write=True), pytest.raises(RuntimeError):
        jobs.drain()


def test_jobs_that_make_jobs_are_stopped(tenant: Tenant) -> None:
    @jobs.handler("test.breeding", kind="local")
    def work(job: jobs.JobContext) -> None:
        jobs.enqueue("test.breeding", {})

    put(tenant, "test.breeding")
    with pytest.raises(RuntimeError, match="more than 20"):
        jobs.drain(limit=20)
