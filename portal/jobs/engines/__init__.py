"""Engines ring; they decide nothing. Which one: CERTHALL_JOB_ENGINE."""

import logging
from functools import cache

from django.conf import settings

from portal.conf import JobEngine
from portal.jobs.engines.base import Engine

logger = logging.getLogger(__name__)


@cache
def engine_for(name: JobEngine) -> Engine:
    if name is JobEngine.EMBEDDED:
        from portal.jobs.engines.embedded import EmbeddedEngine  # noqa: PLC0415 (only the engine in use is imported)

        return EmbeddedEngine()
    from portal.jobs.engines.inline import InlineEngine  # noqa: PLC0415

    return InlineEngine()


def ring(tenant_id: int, job_id: int) -> None:
    """Ask the engine to run the job soon. Never raises: the sweeper rings again."""
    try:
        engine_for(settings.CERTHALL.job_engine).ring(tenant_id, job_id)
    except Exception as error:  # noqa: BLE001 (whatever the engine's broker throws)
        logger.warning("job %s: the engine did not take the ring (%s)", job_id, type(error).__name__)
