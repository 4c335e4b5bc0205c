"""Running one job: lease, work, finish.

local     lease │ [ done under the token + handler ]            one transaction
outside   lease │ handler, no transaction │ [ done under the token + Finish ]
"""

import json
import logging
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from portal import vault
from portal.jobs import leases, registry
from portal.jobs.errors import StaleLease, UnknownHandler
from portal.jobs.leases import Lease, NotNow
from portal.jobs.models import Job, JobState, JobTicket
from portal.jobs.outbox import SECRET_SCOPE, secret_aad
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

logger = logging.getLogger(__name__)


class Outcome(Enum):
    DONE = "done"
    POSTPONED = "postponed"
    DEAD = "dead"
    STALE = "stale"  # somebody else took over meanwhile; this result was dropped
    NOT_NOW = "not_now"


def answer(tenant_id: int, job_id: int) -> None:
    """What an engine calls when it was rung. Never raises: the ticket stays, the sweeper rings again."""
    try:
        run(tenant_id, job_id)
    except Exception as error:  # noqa: BLE001 (an engine would store the message, which may be personal)
        logger.error("job %s: runner failed: %s at %s", job_id, leases.describe(error), where_from(error))  # noqa: TRY400


def run(tenant_id: int, job_id: int, *, now: datetime | None = None) -> Outcome:
    """Run the job once, if it is this runner's turn. Opens its own transactions; call it in none.

    `now` stands in for the clock when the lease is taken (tests, `drain` looking ahead).
    """
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        logger.warning("job %s: its tenant is gone", job_id)
        return Outcome.NOT_NOW
    _refuse_transaction()
    with tenant_tx(tenant, write=True):
        lease = leases.claim(job_id, now=now or timezone.now())
    if isinstance(lease, NotNow):
        return Outcome.NOT_NOW
    try:
        return _attempt(tenant, lease)
    except StaleLease:
        logger.warning("job %s %s: lease %s is stale, result dropped", job_id, lease.job.handler, lease.token)
        return Outcome.STALE


def _attempt(tenant: Tenant, lease: Lease) -> Outcome:
    try:
        spec = registry.find(lease.job.handler)
        if spec is None:
            raise UnknownHandler(handler=lease.job.handler)  # noqa: TRY301 (retried like any failure)
        job = _context(tenant, lease)
        if spec.kind == "outside":
            effect = spec.fn(job)
            _refuse_transaction()
            _commit(tenant, lease, effect if callable(effect) else None)
        else:
            _commit(tenant, lease, lambda: spec.fn(job))
    except StaleLease:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a handler throws costs an attempt)
        return _failed(tenant, lease, error)
    return Outcome.DONE


def _commit(tenant: Tenant, lease: Lease, effect: Callable[[], object] | None) -> None:
    with tenant_tx(tenant, write=True):
        leases.finish(lease, now=timezone.now())  # first: it locks the row, so the effect runs behind the fence
        if effect is not None:
            effect()


def _failed(tenant: Tenant, lease: Lease, error: Exception) -> Outcome:
    job = lease.job
    logger.warning(
        "job %s %s: attempt %s of %s failed: %s at %s",
        job.pk,
        job.handler,
        job.attempts,
        lease.max_attempts,
        leases.describe(error),
        where_from(error),
    )
    now = timezone.now()
    with tenant_tx(tenant, write=True):
        if lease.is_last_attempt or isinstance(error, registry.GiveUp):
            leases.bury(lease, error, now=now)
            return Outcome.DEAD
        leases.postpone(lease, error, seconds=_delay(job, error), now=now)
        return Outcome.POSTPONED


def _delay(job: Job, error: Exception) -> float:
    if isinstance(error, registry.Retry):
        return error.after_seconds
    spec = registry.find(job.handler)
    return (spec.backoff if spec else registry.Backoff(base=30)).seconds(job.attempts)


def _context(tenant: Tenant, lease: Lease) -> registry.JobContext:
    job = lease.job
    secret = {}
    if job.secret is not None:
        with tenant_tx(tenant):
            secret = json.loads(vault.open_text(tenant.pk, SECRET_SCOPE, secret_aad(job), bytes(job.secret)))
    return registry.JobContext(
        tenant=tenant,
        id=job.pk,
        payload=job.payload,
        secret=secret,
        attempt=job.attempts,
        max_attempts=lease.max_attempts,
        fencing_token=lease.token,
        request_id=job.public_id,
    )


def where_from(error: BaseException) -> str:
    """The innermost line of our own code that `error` passed: enough to find it, nothing of what it says."""
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in f.filename and Path(f.filename).is_relative_to(settings.BASE_DIR)
    ]
    if not frames:
        return "?"
    last = frames[-1]
    return f"{Path(last.filename).relative_to(settings.BASE_DIR)}:{last.lineno} {last.name}"


def _refuse_transaction() -> None:
    """No network call inside a transaction. (A test case's own wrapping transaction doesn't count.)"""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("jobs run outside of any transaction")


def drain(*, ahead: timedelta = timedelta(0), limit: int = 1000) -> int:
    """Run everything due, and what that enqueues, in this process; answers how many attempts were made.

    `ahead`: also what falls due within that time, as if it had passed (tests of retries and delays).
    Raises RuntimeError after `limit` attempts: jobs that keep making jobs.
    """
    attempts = 0
    while True:
        horizon = timezone.now() + ahead
        progress = 0
        for tenant_id, job_id in _due(horizon):
            progress += run(tenant_id, job_id, now=horizon) is not Outcome.NOT_NOW
            if attempts + progress > limit:
                raise RuntimeError(f"jobs.drain: more than {limit} attempts")
        if not progress:
            return attempts
        attempts += progress


def _due(horizon: datetime) -> list[tuple[int, int]]:
    waiting = JobTicket.objects.filter(state=JobState.PENDING, run_after__lte=horizon)
    abandoned = JobTicket.objects.filter(state=JobState.LEASED, ring_at__lte=horizon)
    return list((waiting | abandoned).order_by("job_id").values_list("tenant_id", "job_id"))
