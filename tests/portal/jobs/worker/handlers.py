"""`test.held`: an outside call that notes itself in a file and then waits until another file lets it go."""

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from portal import audit, jobs
from portal.accounts.actor import Actor

LEASE = timedelta(seconds=2)


def folder() -> Path:
    return Path(settings.CERTHALL.data_dir)


@jobs.handler("test.held", kind="outside", lease=LEASE)
def held(job: jobs.JobContext) -> jobs.Finish:
    with (folder() / "calls").open("a", encoding="ascii") as calls:
        calls.write(f"{job.request_id} {job.attempt}\n")
    deadline = time.monotonic() + 60
    while job.attempt == 1 and not (folder() / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return jobs.Finish(
        lambda: audit.record("test.effect", by=Actor.system("test"), subject=f"test:{job.fencing_token}")
    )
