"""Real `manage.py jobs work` processes, killed, frozen and stopped in the middle of an outside call.

Always on SQLite in a folder of its own: the processes are no part of the test's database.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.canaries import found_in

BASE = Path(__file__).resolve().parents[3]


class Site:
    """One data folder and the worker processes on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTHALL_")}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "tests.portal.jobs.worker.settings",
            "CERTHALL_DATA_DIR": str(self.folder),
            "CERTHALL_JOB_ENGINE": "embedded",
            "PYTHONPATH": os.pathsep.join([str(BASE), os.environ.get("PYTHONPATH", "")]),
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=BASE,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    def put_job(self) -> None:
        self.run("-m", "tests.portal.jobs.worker.put")

    def start_worker(self) -> subprocess.Popen[str]:
        log = (self.folder / f"worker{len(self.workers)}.log").open("w")
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "jobs", "work"],
            cwd=BASE,
            env=self.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        log.close()
        self.workers.append(worker)
        return worker

    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text("ascii").splitlines() if file.exists() else []

    def query(self, sql: str) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self.folder / "certhall.sqlite3", timeout=20)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def state(self) -> str:
        return str(self.query("SELECT state FROM jobs_job WHERE handler = 'test.held'")[0][0])

    def effects(self) -> list[str]:
        rows = self.query("SELECT subject FROM audit_auditrow WHERE action = 'test.effect' ORDER BY seq")
        return [str(subject) for (subject,) in rows]

    def log(self) -> str:
        return "".join(file.read_text() for file in sorted(self.folder.glob("worker*.log")))

    def wait_for(self, what: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = Site(tmp_path_factory.mktemp("jobs-migrated"))
    site.run("manage.py", "migrate", "--verbosity=0", "--skip-checks")
    site.run("manage.py", "createcachetable")
    return site.folder


@pytest.fixture
def site(migrated: Path, tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "data")
    shutil.copytree(migrated, made.folder)
    yield made
    for worker in made.workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)


def test_killed_in_the_middle_of_the_call_it_still_happens_once(site: Site) -> None:
    site.put_job()
    first = site.start_worker()
    site.wait_for(lambda: len(site.calls()) == 1)
    os.killpg(first.pid, signal.SIGKILL)  # no clean-up of any kind
    first.wait(10)
    assert site.state() == "leased"
    assert site.effects() == []

    second = site.start_worker()
    site.wait_for(lambda: site.state() == "done")
    ids = [line.split()[0] for line in site.calls()]
    assert [line.split()[1] for line in site.calls()] == ["1", "2"]
    assert ids[0] == ids[1]  # outside can tell that it is the same request
    assert site.effects() == ["test:2"]
    second.terminate()
    assert second.wait(20) == 0


def test_a_frozen_worker_that_thaws_after_another_finished_changes_nothing(site: Site) -> None:
    site.put_job()
    first = site.start_worker()
    site.wait_for(lambda: len(site.calls()) == 1)
    os.killpg(first.pid, signal.SIGSTOP)
    site.start_worker()
    site.wait_for(lambda: site.state() == "done")
    assert site.effects() == ["test:2"]

    (site.folder / "go").touch()
    os.killpg(first.pid, signal.SIGCONT)
    site.wait_for(lambda: "lease 1 is stale, result dropped" in site.log())
    assert site.effects() == ["test:2"]
    assert site.state() == "done"


def test_asked_to_stop_it_finishes_what_it_has_in_hand(site: Site) -> None:
    site.put_job()
    worker = site.start_worker()
    site.wait_for(lambda: len(site.calls()) == 1)
    worker.terminate()
    time.sleep(0.3)
    (site.folder / "go").touch()
    assert worker.wait(20) == 0, site.log()
    assert (site.state(), site.effects()) == ("done", ["test:1"])
    assert site.query("SELECT count(*) FROM jobs_jobticket") == [(0,)]


def test_nothing_personal_is_left_on_disk(site: Site) -> None:
    """The job carries the canaries: they are in no database page, write-ahead log or log file."""
    (site.folder / "go").touch()
    site.put_job()
    worker = site.start_worker()
    site.wait_for(lambda: site.state() == "done")
    worker.terminate()
    worker.wait(20)
    assert (site.folder / "certhall.sqlite3").stat().st_size > 100_000
    assert "后台任务已停止" in site.log()
    assert found_in(site.folder) == []
    assert site.query("SELECT secret FROM jobs_job WHERE handler = 'test.held'") == [(None,)]
    assert site.query("SELECT count(*) FROM django_q_task") == [(0,)]


def test_the_command_lists_and_retries(site: Site) -> None:
    site.put_job()
    listed = site.run("manage.py", "jobs", "list")
    assert "test.held" in listed
    assert "jobs-one" in listed
    failed = subprocess.run(
        [sys.executable, "manage.py", "jobs", "retry", "1"],
        cwd=BASE,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert failed.returncode == 1
    assert "只有已停止的任务能重试" in failed.stderr
