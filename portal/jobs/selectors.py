"""Reads of the outbox, in the current ``tenant_tx``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.jobs.models import UNFINISHED, Job, JobState


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as staff see it. `last_error` is class and code."""

    id: int
    public_id: str
    handler: str
    group: str
    state: str
    state_label: str
    attempts: int
    last_error: str
    created_at: datetime
    run_after: datetime
    ended_at: datetime | None


def dead_jobs(limit: int = 100) -> list[JobRow]:
    """Jobs that gave up, the latest first: someone has to look at each and try again."""
    return _rows(Job.objects.filter(state=JobState.DEAD).order_by("-done_at", "-pk")[:limit])


def unfinished_jobs(limit: int = 100) -> list[JobRow]:
    """Jobs that wait or run, the oldest first."""
    return _rows(Job.objects.filter(state__in=UNFINISHED).order_by("pk")[:limit])


def is_busy(group: str) -> bool:
    """Whether `group` has work under way: a page shows "处理中" and polls."""
    return Job.objects.filter(group=group, state__in=UNFINISHED).exists()


def _rows(jobs: Iterable[Job]) -> list[JobRow]:
    return [
        JobRow(
            id=job.pk,
            public_id=job.public_id,
            handler=job.handler,
            group=job.group,
            state=job.state,
            state_label=str(JobState(job.state).label),
            attempts=job.attempts,
            last_error=job.last_error,
            created_at=job.created_at,
            run_after=job.run_after,
            ended_at=job.done_at,
        )
        for job in jobs
    ]
