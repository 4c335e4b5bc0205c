"""Settings that would break the jobs' promises don't start."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from portal import jobs
from portal.conf import JobEngine
from portal.jobs import checks, registry

GOOD = {"retry": 180, "timeout": 120, "save_limit": -1, "max_attempts": 1}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, set()),
        ({"retry": 100}, {"jobs.E001"}),
        ({"save_limit": 250}, {"jobs.E002"}),  # results would be kept
        ({"max_attempts": 0}, {"jobs.E002"}),
    ],
)
def test_the_embedded_engine_needs_its_settings(
    settings: pytest.FixtureRequest, changed: dict[str, int], found: set[str]
) -> None:
    settings.CERTHALL = SimpleNamespace(job_engine=JobEngine.EMBEDDED)  # type: ignore[attr-defined]
    settings.Q_CLUSTER = {**GOOD, **changed}  # type: ignore[attr-defined]
    assert {problem.id for problem in checks.embedded_engine_settings()} == found


def test_a_lease_must_end_before_the_engine_kills(settings: pytest.FixtureRequest) -> None:
    settings.CERTHALL = SimpleNamespace(job_engine=JobEngine.EMBEDDED)  # type: ignore[attr-defined]
    jobs.handler("test.long", kind="outside", lease=timedelta(seconds=121))(print)
    assert {problem.id for problem in checks.embedded_engine_settings()} == {"jobs.E003"}


def test_a_recurring_job_needs_a_handler() -> None:
    assert checks.recurring_jobs_have_handlers() == []
    jobs.recurring("test.nobody", every=timedelta(minutes=1))
    assert {problem.id for problem in checks.recurring_jobs_have_handlers()} == {"jobs.E004"}
    with pytest.raises(ValueError, match="a second apart"):
        jobs.recurring("test.nobody", every=timedelta(0))


def test_one_name_is_one_handler() -> None:
    jobs.handler("test.once", kind="local")(print)
    with pytest.raises(ValueError, match="registered twice"):
        jobs.handler("test.once", kind="local")(repr)
    assert registry.find("test.once") is not None
    with pytest.raises(ValueError, match="must be positive"):
        jobs.handler("test.never", kind="local", max_attempts=0)
