"""The clock beside the workers: rings what fell due or wasn't heard, and enqueues recurring jobs.

Runs once a second (a look at one index); a bell that was rung and led to nothing is rung again after 30 s.
Several sweepers at once do no harm: leases and slot keys let one win.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from portal.jobs import registry
from portal.jobs.engines import ring
from portal.jobs.models import JobState, JobTicket
from portal.jobs.outbox import RING_AGAIN, enqueue
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

logger = logging.getLogger(__name__)

AT_ONCE = 200  # rings per look: a backlog reaches the engine in portions


@dataclass
class Sweeper:
    """One per worker process. Remembers which slots it has enqueued, so that an idle look writes nothing."""

    _slots: dict[str, int] = field(default_factory=dict)

    def step(self) -> None:
        """A look now, whatever state the database is in."""
        close_old_connections()
        try:
            self.look(timezone.now())
        except DatabaseError as error:
            logger.warning("sweeper: %s; looking again", type(error).__name__)

    def look(self, now: datetime) -> int:
        """One look; answers the number of bells rung."""
        self._enqueue_recurring(now)
        return ring_overdue(now)

    def _enqueue_recurring(self, now: datetime) -> None:
        new = [r for r in registry.all_recurring() if self._slots.get(r.handler) != r.slot(now)]
        if not new:
            return
        tenants = list(Tenant.objects.all())
        for recurring in new:
            slot = recurring.slot(now)
            for tenant in tenants:
                if recurring.for_each_tenant or tenant.is_platform:
                    enqueue_slot(tenant, recurring, slot)
            self._slots[recurring.handler] = slot


def enqueue_slot(tenant: Tenant, recurring: registry.Recurring, slot: int) -> None:
    """The slot's job, once however many sweepers try: its key is unique. Slots of one handler run in order."""
    name = f"recurring:{recurring.handler}"
    with tenant_tx(tenant, write=True):
        enqueue(recurring.handler, {"slot": slot}, group=name, key=f"{name}:{slot}")


def ring_overdue(now: datetime) -> int:
    """Ring every ticket whose bell time has come, and set its next one; answers how many."""
    overdue = JobTicket.objects.filter(state__in=[JobState.PENDING, JobState.LEASED], ring_at__lte=now)
    tickets = list(overdue.order_by("ring_at").values_list("tenant_id", "job_id")[:AT_ONCE])
    if not tickets:
        return 0
    # Before ringing: a crash in between delays the bell by half a minute and loses nothing.
    JobTicket.objects.filter(job_id__in=[job_id for _, job_id in tickets], ring_at__lte=now).update(
        ring_at=now + RING_AGAIN
    )
    for tenant_id, job_id in tickets:
        ring(tenant_id, job_id)
    return len(tickets)
