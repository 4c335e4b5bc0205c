"""Writing jobs: inside the business transaction, rung when it has committed."""

import json
import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from portal import audit, vault
from portal.accounts.actor import Actor
from portal.errors import IdempotencyConflict
from portal.jobs.engines import ring
from portal.jobs.errors import JobNotDead, JobNotFound, PersonalDataInPayload
from portal.jobs.guards import personal_data_in
from portal.jobs.models import Job, JobState, JobTicket
from portal.tenants import current_tenant, require_tx

logger = logging.getLogger(__name__)

MOST_BELLS = 20  # of one call of enqueue_many
RING_AGAIN = timedelta(seconds=30)  # a bell that hasn't led to a lease by then wasn't heard
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{22}")
SECRET_SCOPE = "jobs"  # noqa: S105 (the data key's owner: one per tenant; secrets live for minutes)


def enqueue(
    handler: str,
    payload: dict[str, Any],
    *,
    group: str = "",
    after: datetime | None = None,
    key: str | None = None,
    secret: dict[str, Any] | None = None,
) -> Job:
    """Put a job in the outbox of the current write ``tenant_tx``; it runs only if that commits.

    `payload`: JSON of ids and codes. `secret`: JSON, sealed, wiped when done. Jobs of one `group` run one
    after another in the order of this call. `after`: not before (aware). `key`: unique per tenant while the
    job's row is kept (30 days after `done`); a second call with the same key returns the first job.

    Raises IdempotencyConflict when that one has another handler, PersonalDataInPayload (in production that is an
    error in the log), TenantTxError.
    """
    tenant = current_tenant()
    require_tx(write=True)  # the job belongs to that transaction
    _refuse_personal_data(handler, payload, group, key)
    if key is not None and (known := Job.objects.filter(key=key).first()):
        return _same(known, handler)
    now = timezone.now()
    job = Job(tenant=tenant, handler=handler, payload=payload, group=group, key=key, run_after=after or now)
    if secret is not None:
        job.secret = vault.seal_text(tenant.pk, SECRET_SCOPE, secret_aad(job), json.dumps(secret, ensure_ascii=False))
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        if key is not None and (known := Job.objects.filter(key=key).first()):
            return _same(known, handler)
        raise
    due = job.run_after <= now
    JobTicket.objects.create(
        job_id=job.pk,
        tenant_id=tenant.pk,
        run_after=job.run_after,
        ring_at=now + RING_AGAIN if due else job.run_after,
    )
    if due:
        ring_on_commit(tenant.pk, job.pk)
    return job


def enqueue_many(handler: str, jobs: Iterable[tuple[dict[str, Any], str, str]]) -> list[Job]:
    """``enqueue`` for many new ones in two queries: (payload, group, key) each.

    Of more than MOST_BELLS none is rung: the sweeper does it on its next turn; a bell costs as much as its job's row.
    Raises IntegrityError for a key that is taken: only for keys of which the caller holds the lock.
    """
    tenant = current_tenant()
    require_tx(write=True)
    now = timezone.now()
    rows = []
    for payload, group, key in jobs:
        _refuse_personal_data(handler, payload, group, key)
        rows.append(Job(tenant=tenant, handler=handler, payload=payload, group=group, key=key, run_after=now))
    Job.objects.bulk_create(rows)
    few = len(rows) <= MOST_BELLS
    again = now + RING_AGAIN if few else now
    JobTicket.objects.bulk_create(
        [JobTicket(job_id=job.pk, tenant_id=tenant.pk, run_after=now, ring_at=again) for job in rows]
    )
    for job in rows if few else ():
        ring_on_commit(tenant.pk, job.pk)
    return rows


def retry(job_id: int | str, *, by: Actor) -> Job:
    """In a write ``tenant_tx``: give a dead job (id or public id) all its attempts again. Audited.

    Raises JobNotFound, JobNotDead.
    """
    if isinstance(job_id, str) and not _PUBLIC_ID.fullmatch(job_id):
        raise JobNotFound  # typed by somebody: PostgreSQL won't even look up a NUL
    wanted = Q(pk=job_id) if isinstance(job_id, int) else Q(public_id=job_id)
    job = Job.objects.select_for_update().filter(wanted).first()
    if job is None:
        raise JobNotFound
    if job.state != JobState.DEAD:
        raise JobNotDead(state=JobState(job.state).label)
    now, tenant_id = timezone.now(), current_tenant().pk
    job.state, job.attempts, job.run_after, job.leased_until = JobState.PENDING, 0, now, None
    job.save(update_fields=["state", "attempts", "run_after", "leased_until"])
    JobTicket.objects.update_or_create(
        job_id=job.pk,
        defaults={
            "tenant_id": tenant_id,
            "state": JobState.PENDING,
            "run_after": now,
            "ring_at": now + RING_AGAIN,
        },
    )
    audit.record("job.retried", by=by, subject=f"job:{job.public_id}", detail={"handler": job.handler})
    ring_on_commit(tenant_id, job.pk)
    return job


def secret_aad(job: Job) -> str:
    return f"job|{job.public_id}|secret"


def ring_on_commit(tenant_id: int, job_id: int) -> None:
    # robust: the business is committed; a bell that fails is the sweeper's to ring again
    transaction.on_commit(partial(ring, tenant_id, job_id), robust=True)


def _same(known: Job, handler: str) -> Job:
    if known.handler != handler:
        raise IdempotencyConflict
    return known


def _refuse_personal_data(handler: str, payload: dict[str, Any], group: str, key: str | None) -> None:
    where = personal_data_in({"payload": payload, "group": group, "key": key or ""}, "job")
    if where is None:
        return
    if settings.CERTHALL.is_production:  # a customer's business isn't stopped for our slip
        logger.error("job %s: personal data at %s", handler, where)
        return
    raise PersonalDataInPayload(where=f"{handler} {where}")
