"""What production is given and what it is refused. Each case is a process of its own: settings are read once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GIVEN = {
    "CERTHALL_ENV": "production",
    "CERTHALL_SECRET_KEY": "a-secret-of-a-test-that-is-long-enough-for-the-checks",
    "CERTHALL_MASTER_KEY_HEX": "ab" * 32,
    "CERTHALL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",  # never connected to
    "CERTHALL_BASE_URL": "https://hall.example.com",
    "CERTHALL_ALLOWED_HOSTS": '["hall.example.com"]',
    "CERTHALL_SMS_BACKEND": "aliyun",
    "CERTHALL_SMS_ALIYUN_KEY_ID": "x",
    "CERTHALL_SMS_ALIYUN_KEY_SECRET": "y",
    "CERTHALL_EMAIL_URL": "smtp://u:p@mail.example.com:587?tls=1&from=hall@example.com",
    "CERTHALL_IDENTITY_URL": "https://identity.example.com",
    "CERTHALL_IDENTITY_KEY_HEX": "ef" * 32,
}


def run(*arguments: str, data: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTHALL_")}
    environment = kept | GIVEN | {"DJANGO_SETTINGS_MODULE": "portal.settings", "CERTHALL_DATA_DIR": str(data)} | changed
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "MASTER_KEY_HEX", "DATABASE_URL", "BASE_URL", "SMS_BACKEND", "EMAIL_URL", "IDENTITY_URL"],
)
def test_what_is_missing_stops_it_in_one_line(tmp_path: Path, name: str) -> None:
    without = {"SMS_BACKEND": "inbox"}.get(name, "")
    done = run("-c", "import portal.settings", data=tmp_path, **{f"CERTHALL_{name}": without})
    assert (done.returncode, done.stderr.count("\n")) == (78, 1)
    assert f"CERTHALL_{name}" in done.stderr


def test_a_mail_address_that_cannot_be_read_stops_it_in_one_line(tmp_path: Path) -> None:
    done = run("-c", "import portal.settings", data=tmp_path, CERTHALL_EMAIL_URL="smtp://u:hidden@mail.example.com")
    assert done.returncode == 78
    assert done.stderr == "设置有误：CERTHALL_EMAIL_URL: add ?from=address, the user isn't an address\n"


@pytest.mark.parametrize(
    "command", [["serve"], ["pay-sandbox"], ["outside-sandbox"], ["bridge-simulator"], ["walk", "szca/cgn-sm2"]]
)
def test_what_is_for_trying_out_refuses(tmp_path: Path, command: list[str]) -> None:
    done = run("manage.py", *command, data=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: ")


_VISIT = """
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse
for name in ("dev-inbox", "ui-components"):
    try:
        print("routed:", reverse(name))
    except NoReverseMatch:
        pass
assert not settings.DEBUG and settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE
client = Client()
for how in ({"SERVER_NAME": "elsewhere.example.com"}, {"SERVER_NAME": "hall.example.com"},
            {"SERVER_NAME": "elsewhere.example.com", "secure": True}):
    answer = client.get("/healthz", **how)
    policy = answer.headers.get("Content-Security-Policy", "")
    print(answer.status_code, answer.headers.get("Location", "-"), "default-src 'none'" in policy, "unsafe" in policy)
"""


def test_no_page_for_trying_out_is_routed_and_every_refusal_carries_the_policy(tmp_path: Path) -> None:
    done = run("-c", _VISIT, data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "400 - True False",
        "301 https://hall.example.com/healthz True False",
        "400 - True False",
    ]
