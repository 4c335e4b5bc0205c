"""The outbox's own recurring job: finished rows go, secrets of dead jobs go."""

from datetime import timedelta

from django.utils import timezone

from portal.jobs.models import Job, JobState
from portal.jobs.registry import JobContext, handler, recurring

DONE_KEPT = timedelta(days=30)
SLOTS_KEPT = timedelta(days=1)  # recurring jobs: their key has to outlive the slot only
DEAD_SECRETS_KEPT = timedelta(days=30)
PRUNE_AT_ONCE = 5_000


@handler("jobs.prune", kind="local", max_attempts=3)
def prune(job: JobContext) -> None:  # noqa: ARG001
    """Delete done jobs after 30 days (recurring ones after one) and wipe secrets of jobs dead for 30 days."""
    now = timezone.now()
    done = Job.objects.filter(state=JobState.DONE)
    old = done.filter(done_at__lt=now - DONE_KEPT) | done.filter(
        group__startswith="recurring:", done_at__lt=now - SLOTS_KEPT
    )
    Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:PRUNE_AT_ONCE])).delete()
    Job.objects.filter(state=JobState.DEAD, done_at__lt=now - DEAD_SECRETS_KEPT).update(secret=None)


recurring("jobs.prune", every=timedelta(hours=6), for_each_tenant=True)
