"""django-q2 on the site's own database. Only ids travel; its tables never see a payload.

Settings it relies on (Q_CLUSTER): ``max_attempts`` 1 (the outbox retries), ``save_limit`` -1 (no results
kept), ``retry`` > ``timeout`` > the longest lease, ``poll`` 0.2 (the bell's latency).
"""

import ctypes
import os
import signal
import sys
import threading

from django_q.cluster import Cluster
from django_q.exceptions import TimeoutException
from django_q.tasks import async_task

from portal.jobs import runner

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class EmbeddedEngine:
    def ring(self, tenant_id: int, job_id: int) -> None:
        async_task(
            "portal.jobs.engines.embedded.answer",
            tenant_id,
            job_id,
            save=False,
            ack_failure=True,
            task_name=f"job-{job_id}",
        )


def answer(tenant_id: int, job_id: int) -> None:
    """What the django-q2 worker calls."""
    try:
        runner.answer(tenant_id, job_id)
    except TimeoutException:
        # django-q2 keeps a failure's text with its traceback: cut off what was being handled meanwhile
        raise TimeoutException(f"job {job_id}") from None


class StoppableCluster(Cluster):
    """django-q2's cluster whose SIGTERM and SIGINT handler sets an event; the command stops it when it looks."""

    stop_asked: threading.Event

    def sig_handler(self, *_: object) -> None:
        self.stop_asked.set()


def start_cluster(stop: threading.Event) -> StoppableCluster:
    """Start the worker processes; from now on SIGTERM and SIGINT set `stop`."""
    StoppableCluster.stop_asked = stop  # before the constructor installs the handler
    cluster = StoppableCluster()
    cluster.start()
    return cluster


def die_with_parent() -> None:
    """Linux: every process forked from now on ends when its parent does, so that killing the command leaves no
    workers of an old version behind. What they were doing is leased, and found again."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        os.register_at_fork(after_in_child=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM))
