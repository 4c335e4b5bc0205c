"""For tests and `manage.py walk`: nothing rings; `jobs.drain()` runs what is due, in this process."""


class InlineEngine:
    def ring(self, tenant_id: int, job_id: int) -> None:
        """The outbox already says that the job is due."""
