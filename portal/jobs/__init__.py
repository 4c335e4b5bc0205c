"""Jobs: a transactional outbox; engines only ring.

A business transaction writes a `Job` row beside its own rows (`enqueue`). When it has committed, the
engine is rung with the row's ids. A runner takes a lease by compare-and-set, does the work, and commits
the effect and `done` in one transaction under its fencing token. A bell that nobody heard is rung again
by the sweeper, so losing the engine, its broker or a worker loses nothing.

    from portal import jobs

    @jobs.handler("mail_room.count", kind="local")
    def count(job: jobs.JobContext) -> None: ...           # in the transaction that writes `done`

    @jobs.handler("channel.place", kind="outside", max_attempts=6)
    def place(job: jobs.JobContext) -> jobs.Finish | None:  # no transaction: may call the network
        answer = channel.place(job.payload["charge"], request_id=job.request_id)
        return jobs.Finish(lambda: store(answer))           # in the transaction that writes `done`

What may go where: `payload` holds ids and codes, never personal data; names, phones and codes go into
`secret`, which is sealed and wiped when the job is done.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from portal.jobs.registry import Backoff, Finish, GiveUp, JobContext, Retry, handler, recurring

if TYPE_CHECKING:
    from portal.jobs.outbox import enqueue, enqueue_many, retry
    from portal.jobs.runner import drain

__all__ = [
    "Backoff",
    "Finish",
    "GiveUp",
    "JobContext",
    "Retry",
    "drain",
    "enqueue",
    "enqueue_many",
    "handler",
    "recurring",
    "retry",
]

# These touch tables, and this package is imported before Django's apps are ready.
_LATER = {
    "enqueue": "portal.jobs.outbox",
    "enqueue_many": "portal.jobs.outbox",
    "retry": "portal.jobs.outbox",
    "drain": "portal.jobs.runner",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
