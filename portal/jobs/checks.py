"""System checks: settings on which the jobs' promises rest."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from portal.conf import JobEngine
from portal.jobs import registry


@register()
def embedded_engine_settings(**_kwargs: Any) -> list[CheckMessage]:
    """django-q2 repeats a task whose `retry` runs out, and kills one whose `timeout` runs out."""
    if settings.CERTHALL.job_engine is not JobEngine.EMBEDDED:
        return []
    q: dict[str, Any] = settings.Q_CLUSTER
    problems: list[CheckMessage] = []
    if not q["retry"] > q["timeout"]:
        problems.append(Error("Q_CLUSTER: retry must be greater than timeout.", id="jobs.E001"))
    if q.get("save_limit") != -1 or q.get("max_attempts") != 1:
        problems.append(
            Error("Q_CLUSTER: save_limit must be -1 and max_attempts 1: the outbox keeps and repeats.", id="jobs.E002")
        )
    problems += [
        Error(f"Job {spec.name}: its lease is longer than Q_CLUSTER's timeout.", id="jobs.E003")
        for spec in registry.all_handlers()
        if spec.lease.total_seconds() > q["timeout"]
    ]
    return problems


@register()
def recurring_jobs_have_handlers(**_kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"Recurring job {r.handler} has no handler.", id="jobs.E004")
        for r in registry.all_recurring()
        if registry.find(r.handler) is None
    ]
