"""News that may still be taken back: put off for a moment when it is sent, recalled while nobody has heard it."""

from datetime import datetime

from portal.jobs.models import Job, JobState, JobTicket


def put_off(key: str, until: datetime) -> bool:
    """In the write ``tenant_tx`` that enqueued the job of this key: not before ``until``. False: it has begun."""
    job = _pending(key)
    if job is None:
        return False
    Job.objects.filter(pk=job.pk).update(run_after=until)
    JobTicket.objects.filter(job_id=job.pk).update(run_after=until, ring_at=until)
    return True


def recall(key: str) -> bool:
    """In a write ``tenant_tx``: the job never was, and its key may be used again. False: it has begun, or is done."""
    job = _pending(key)
    if job is None or not Job.objects.filter(pk=job.pk, state=JobState.PENDING, attempts=0).delete()[0]:
        return False
    JobTicket.objects.filter(job_id=job.pk).delete()
    return True


def _pending(key: str) -> Job | None:
    found: Job | None = Job.objects.select_for_update().filter(key=key, state=JobState.PENDING, attempts=0).first()
    return found
