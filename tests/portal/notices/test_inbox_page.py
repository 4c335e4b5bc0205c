"""/dev/inbox/: development only, per tenant. /notices/: the bell's list."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client

from portal import jobs, notices
from portal.conf import SmsBackend
from portal.notices import checks, email, inbox, urls
from portal.notices.errors import InboxRefusesProduction
from portal.notices.sms.inbox import InboxSms
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

BASE = Path(__file__).resolve().parents[3]


@pytest.fixture
def production(settings: pytest.FixtureRequest) -> None:
    settings.CERTHALL = SimpleNamespace(is_production=True, sms_backend=SmsBackend.INBOX)  # type: ignore[attr-defined]


def send(tenant: Tenant, phone: str, code: str) -> None:
    with tenant_tx(tenant, write=True):
        notices.send("test.code", to=notices.Recipient(phone=phone), context={"code": code})
    jobs.drain()


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_this_tenants_messages_newest_first(tenant: Tenant, other_tenant: Tenant) -> None:
    send(tenant, "19900000001", "111111")
    send(tenant, "19900000002", "222222")
    send(other_tenant, "19900000001", "333333")
    page = Client().get(f"/{tenant.slug}/dev/inbox/")
    text = page.content.decode()
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert text.index("222222") < text.index("111111")
    assert "333333" not in text
    filtered = Client().get(f"/{tenant.slug}/dev/inbox/", {"to": "19900000001"}).content.decode()
    assert "111111" in filtered
    assert "222222" not in filtered


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("to", ["\x00", "'; DROP TABLE", "9" * 5000, "<script>alert(1)</script>"])
def test_hostile_filters_find_nothing_and_break_nothing(tenant: Tenant, to: str) -> None:
    page = Client().get(f"/{tenant.slug}/dev/inbox/", {"to": to})
    assert page.status_code == 200
    assert b"<script>alert" not in page.content


def test_production_has_no_such_page() -> None:
    assert [pattern.name for pattern in urls.patterns(production=True)] == ["notices"]
    assert [pattern.name for pattern in urls.patterns(production=False)] == ["notices", "dev-inbox"]


@pytest.mark.usefixtures("production")
def test_the_adapters_refuse_production_when_they_are_made() -> None:
    for make in (InboxSms, email.InboxBackend, inbox.refuse_production):
        with pytest.raises(InboxRefusesProduction):
            make()
    assert {problem.id for problem in checks.inbox_refuses_production()} == {"notices.E001", "notices.E002"}


def test_a_production_without_real_services_does_not_start(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "CERTHALL_ENV": "production",
        "CERTHALL_DATA_DIR": str(tmp_path),
        "CERTHALL_SECRET_KEY": "x" * 50,
        "CERTHALL_MASTER_KEY_HEX": "00" * 32,
        "CERTHALL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "CERTHALL_BASE_URL": "https://hall.example.com",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert "the inbox refuses production" in done.stderr
