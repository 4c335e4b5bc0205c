"""/staff/jobs/: dead jobs are seen and tried again by those who may (RULES P20)."""

import pytest

from portal import jobs
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.jobs.models import Job, JobState
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.accounts.people import browser_of, make_customer, make_staff
from tests.portal.jobs.conftest import put, stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dead(tenant: Tenant) -> Job:
    @jobs.handler("test.work", kind="local", max_attempts=1)
    def work(job: jobs.JobContext) -> None:
        raise ZeroDivisionError

    job = put(tenant, "test.work")
    jobs.drain()
    return job


def test_an_administrator_sees_it_and_tries_again(tenant: Tenant, dead: Job) -> None:
    browser = browser_of(make_staff(tenant, Role.TENANT_ADMINISTRATOR))
    address = f"/{tenant.slug}/staff/jobs/"
    page = browser.get(address).content.decode()
    assert "test.work" in page
    assert "ZeroDivisionError" in page
    answer = browser.post(address, {"job": dead.public_id})
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert stored(tenant, dead).state == JobState.PENDING
    with tenant_tx(tenant):
        assert AuditRow.objects.filter(action="job.retried", subject=f"job:{dead.public_id}").count() == 1
    again = browser.post(address, {"job": dead.public_id}, follow=True)  # too late
    assert "只有已停止的任务才能手动重试" in again.content.decode()


@pytest.mark.parametrize("job", ["", "A" * 22, "1", "\x00"])
def test_unknown_jobs_are_not_found(tenant: Tenant, dead: Job, job: str) -> None:
    browser = browser_of(make_staff(tenant, Role.TENANT_ADMINISTRATOR))
    assert browser.post(f"/{tenant.slug}/staff/jobs/", {"job": job}).status_code == 404
    assert stored(tenant, dead).state == JobState.DEAD


def test_nobody_else_sees_it(tenant: Tenant, other_tenant: Tenant, dead: Job) -> None:
    address = f"/{tenant.slug}/staff/jobs/"
    assert browser_of(make_staff(tenant, Role.REVIEWER)).post(address, {"job": dead.public_id}).status_code == 403
    assert browser_of(make_customer(tenant)).get(address).status_code in {302, 403}
    elsewhere = browser_of(make_staff(other_tenant, Role.TENANT_ADMINISTRATOR))
    assert elsewhere.post(f"/{other_tenant.slug}/staff/jobs/", {"job": dead.public_id}).status_code == 404
    assert stored(tenant, dead).state == JobState.DEAD
