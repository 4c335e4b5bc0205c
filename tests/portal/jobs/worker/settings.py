"""Settings of a real worker process under test: the site's own, on SQLite in CERTHALL_DATA_DIR, plus this app."""

from portal.settings import *  # noqa: F403
from portal.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.portal.jobs.worker.apps.WorkerTestConfig"]
