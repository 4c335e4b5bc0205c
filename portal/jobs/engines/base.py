"""What an engine must do. Celery joins by one more module and a name in conf.JobEngine."""

from typing import Protocol


class Engine(Protocol):
    def ring(self, tenant_id: int, job_id: int) -> None:
        """Have some worker call ``portal.jobs.runner.answer(tenant_id, job_id)`` soon, outside any transaction.

        May lose the ring, deliver it twice, late or out of order: leases and the sweeper take care of that.
        May raise whatever its broker raises.
        """
        ...
