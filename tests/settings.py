"""Settings of the test run: a folder of its own, known keys, cheap password hashes.

With CERTHALL_DATABASE_URL set (script/with-postgres does it) the whole suite runs on PostgreSQL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

TEST_FOLDER = Path(tempfile.mkdtemp(prefix="certhall-test-"))
(TEST_FOLDER / "staticfiles").mkdir()  # whitenoise warns without it, and warnings are errors
atexit.register(shutil.rmtree, TEST_FOLDER, ignore_errors=True)
os.environ.update(
    CERTHALL_ENV="test",
    CERTHALL_DATA_DIR=str(TEST_FOLDER),
    CERTHALL_SECRET_KEY="a secret of the test run only",
    CERTHALL_MASTER_KEY_HEX="5a" * 32,
    CERTHALL_DEV_CA_KEY_HEX="c3" * 32,
    CERTHALL_JOB_ENGINE="inline",
)

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES, INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.rooms"]

PASSWORD_HASHERS = ["tests.hashers.CheapArgon2"]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # a file, as in life: threads of one test have connections of their own
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_FOLDER / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
