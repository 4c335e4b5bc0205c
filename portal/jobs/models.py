"""The outbox: `Job` (a tenant's row) and `JobTicket` (the directory that sweepers read; ids only)."""

from django.db import models
from django.utils import timezone

from portal.tenants.models import TenantModel


class JobState(models.TextChoices):
    PENDING = "pending", "等待"
    LEASED = "leased", "进行中"
    DONE = "done", "完成"
    DEAD = "dead", "已停止"


UNFINISHED = (JobState.PENDING, JobState.LEASED)


class Job(TenantModel):
    """One piece of work to be done after, and only if, its transaction committed.

    `payload`: JSON, ids and codes, no personal data. `secret`: sealed JSON, NULL once done.
    `last_error`: the error's class and code, never its message, which may carry personal data.
    `public_id` doubles as the request id sent outside.
    """

    handler = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    secret = models.BinaryField(null=True)
    group = models.CharField(max_length=120, blank=True, default="")
    key = models.CharField(max_length=160, null=True)  # noqa: DJ001 (unique where given: NULLs are distinct)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    run_after = models.DateTimeField(default=timezone.now)
    lease_token = models.BigIntegerField(default=0)  # fencing: grows by one with every lease, never goes back
    leased_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="jobs_job_tenant_key"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "group", "id"],
                name="jobs_job_group",
                condition=models.Q(state__in=["pending", "leased"]),
            ),
            models.Index(fields=["tenant", "state", "done_at"], name="jobs_job_state"),
        ]


class JobTicket(models.Model):
    """A job that isn't done, by ids alone. Carries no tenant policy, so that one sweeper serves every tenant.

    `ring_at`: when the bell must be rung (again): the run time of a job that waits, the lease's end of one
    that runs, half a minute after a bell that should have been heard.
    """

    tenant_directory = "one sweeper serves every tenant; it holds numbers and times only"

    job_id = models.BigIntegerField(primary_key=True)
    tenant_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.PENDING)
    run_after = models.DateTimeField()
    ring_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "ring_at"], name="jobs_ticket_ring")]
