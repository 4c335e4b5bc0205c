"""Taking a job, and letting go of it: every move a compare-and-set under the fencing token.

A lease is a row state, not a lock: it outlives the transaction that took it, and the worker. Whoever takes
the job next gets a higher token; a write under an older one touches no row and raises `StaleLease`.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import connection
from django.db.models import Q

from portal import audit
from portal.accounts.actor import Actor
from portal.errors import PortalError
from portal.jobs import registry
from portal.jobs.errors import LeaseExpired, StaleLease
from portal.jobs.models import UNFINISHED, Job, JobState, JobTicket
from portal.jobs.outbox import RING_AGAIN, ring_on_commit

_MACHINE_CODE = re.compile(r"[A-Za-z][A-Za-z_.-]{1,59}")  # isv.AMOUNT_NOT_ENOUGH: no digits, so no number
UNKNOWN_LEASE = timedelta(seconds=90)


class NotNow(Enum):
    """Why there was nothing to take."""

    GONE = "gone"  # finished, dead, or held by another runner
    EARLY = "early"  # not due yet
    BEHIND = "behind"  # an earlier job of its group is unfinished


@dataclass(frozen=True, slots=True)
class Lease:
    """This runner's hold on `job` until `job.leased_until`, provable by `token`."""

    job: Job
    token: int
    max_attempts: int

    @property
    def is_last_attempt(self) -> bool:
        return self.job.attempts >= self.max_attempts


def claim(job_id: int, *, now: datetime) -> Lease | NotNow:
    """In a write ``tenant_tx``: lease the job if it is due, free, and first of its group.

    A job whose last worker vanished on its last attempt is declared dead instead.
    """
    job = _locked(job_id)
    if job is None:
        return NotNow.GONE
    if reason := _reason_to_wait(job, now):
        return reason
    spec = registry.find(job.handler)
    max_attempts = spec.max_attempts if spec else registry.DEFAULT_ATTEMPTS
    if job.state == JobState.LEASED and job.attempts >= max_attempts:
        bury(Lease(job, job.lease_token, max_attempts), LeaseExpired(), now=now)
        return NotNow.GONE
    token, until = job.lease_token + 1, now + (spec.lease if spec else UNKNOWN_LEASE)
    taken = (
        Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=job.state)
        .filter(Q(state=JobState.PENDING) | Q(leased_until__lte=now))
        .update(state=JobState.LEASED, lease_token=token, leased_until=until, attempts=job.attempts + 1)
    )
    if not taken:
        return NotNow.GONE
    job.state, job.lease_token, job.leased_until, job.attempts = JobState.LEASED, token, until, job.attempts + 1
    JobTicket.objects.filter(job_id=job.pk).update(state=JobState.LEASED, ring_at=until)
    return Lease(job, token, max_attempts)


def finish(lease: Lease, *, now: datetime) -> None:
    """In the write ``tenant_tx`` of the effect, before it: `done`, the secret wiped, or StaleLease."""
    _move(lease, state=JobState.DONE, done_at=now, leased_until=None, secret=None, last_error="")
    JobTicket.objects.filter(job_id=lease.job.pk).delete()
    _ring_next(lease.job, now)


def postpone(lease: Lease, error: BaseException, *, seconds: float, now: datetime) -> None:
    """In a write ``tenant_tx``: back to pending, not before `seconds` from now, or StaleLease."""
    run_after = now + timedelta(seconds=seconds)
    _move(lease, state=JobState.PENDING, run_after=run_after, leased_until=None, last_error=describe(error))
    JobTicket.objects.filter(job_id=lease.job.pk).update(state=JobState.PENDING, run_after=run_after, ring_at=run_after)


def bury(lease: Lease, error: BaseException, *, now: datetime) -> None:
    """In a write ``tenant_tx``: no more attempts; audited and listed for staff; or StaleLease.

    The secret stays sealed, because staff may try again; `prune` wipes it later. The group goes on without
    this job: a message that can't be sent must not hold up an order.
    """
    _move(lease, state=JobState.DEAD, done_at=now, leased_until=None, last_error=describe(error))
    JobTicket.objects.filter(job_id=lease.job.pk).update(state=JobState.DEAD)
    audit.record(
        "job.died",
        by=Actor.system("jobs"),
        subject=f"job:{lease.job.public_id}",
        detail={"handler": lease.job.handler, "error": describe(error), "attempts": lease.job.attempts},
    )
    _ring_next(lease.job, now)


def describe(error: BaseException) -> str:
    """Class, code, and an outside service's own code. Never the message: it may quote a name or a number."""
    if isinstance(error, registry.GiveUp) and error.__cause__ is not None:
        error = error.__cause__
    parts = [type(error).__name__]
    if isinstance(error, PortalError):
        parts.append(error.code)
        reason = str(error.params.get("reason", ""))
        if _MACHINE_CODE.fullmatch(reason):
            parts.append(reason)
    return ":".join(parts)[:200]


def _locked(job_id: int) -> Job | None:
    jobs = Job.objects.filter(pk=job_id)
    if connection.features.has_select_for_update_skip_locked:
        jobs = jobs.select_for_update(skip_locked=True)  # another runner is on it: not ours to wait for
    return jobs.first()


def _reason_to_wait(job: Job, now: datetime) -> NotNow | None:
    held = job.state == JobState.LEASED and job.leased_until is not None and job.leased_until > now
    if held or job.state not in UNFINISHED:
        return NotNow.GONE
    if job.run_after > now:
        return NotNow.EARLY
    return NotNow.BEHIND if job.group and _waits_in_group(job, now) else None


def _waits_in_group(job: Job, now: datetime) -> bool:
    others = Job.objects.filter(group=job.group).exclude(pk=job.pk)
    earlier = Q(pk__lt=job.pk, state__in=UNFINISHED)
    running = Q(state=JobState.LEASED, leased_until__gt=now)  # a later one that began while this one was dead
    return others.filter(earlier | running).exists()


def _move(lease: Lease, **changes: object) -> None:
    """The fence: only the holder of the newest token may move the row."""
    moved = Job.objects.filter(pk=lease.job.pk, state=JobState.LEASED, lease_token=lease.token).update(**changes)
    if not moved:
        raise StaleLease


def _ring_next(job: Job, now: datetime) -> None:
    if not job.group:
        return
    waiting = Job.objects.filter(group=job.group, state=JobState.PENDING, run_after__lte=now).exclude(pk=job.pk)
    following = waiting.order_by("pk").values_list("tenant_id", "pk").first()
    if following:
        JobTicket.objects.filter(job_id=following[1]).update(ring_at=now + RING_AGAIN)
        ring_on_commit(*following)
