"""/staff/audit/: the chain as its administrator reads it."""

import json
from html import unescape

import pytest
from django.db import connection
from django.utils import timezone

from portal import audit
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.staff_selectors.audit import AuditFilter, AuditPage, chain_state, page_of
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import Browse

AUDIT = "/szca/staff/audit/"


@pytest.fixture
def acts(hall: Hall) -> list[int]:
    """60 acts on three subjects by two people; their numbers, the newest first."""
    for number in range(60):
        by = Actor("staff", None, "reviewer" if number % 2 else "finance", frozenset({Role.REVIEWER}), "203.0.113.9")
        with tenant_tx(hall.tenant, write=True):
            audit.record(f"test.act{number % 3}", by=by, subject=f"thing:{number % 3}", detail={"n": number})
    with tenant_tx(hall.tenant):
        return list(AuditRow.objects.filter(action__startswith="test.").order_by("-seq").values_list("seq", flat=True))


def pages(hall: Hall, wanted: AuditFilter, size: int) -> list[int]:
    found: list[int] = []
    before = None
    with tenant_tx(hall.tenant):
        while True:
            page: AuditPage = page_of(wanted, before=before, size=size)
            found += [row.seq for row in page.rows]
            if page.older is None:
                return found
            before = page.older


@pytest.mark.parametrize("size", [1, 7, 59, 60, 61])
def test_every_row_once_the_newest_first(hall: Hall, acts: list[int], size: int) -> None:
    assert pages(hall, AuditFilter(action="test."), size) == acts


def test_filters(hall: Hall, acts: list[int]) -> None:
    assert pages(hall, AuditFilter(subject="thing:1"), 50) == acts[1::3]
    assert pages(hall, AuditFilter(action="test.act2"), 50) == acts[0::3]
    assert pages(hall, AuditFilter(actor="review", action="test."), 7) == acts[0::2]
    assert pages(hall, AuditFilter(actor="nobody"), 50) == []
    today = timezone.localdate()
    assert pages(hall, AuditFilter(action="test.", since=today, until=today), 50) == acts
    assert pages(hall, AuditFilter(action="test.", until=today.replace(year=today.year - 1)), 50) == []


def test_a_row_that_was_changed_is_called_out(hall: Hall, acts: list[int], browse: Browse) -> None:
    browser = browse(Role.TENANT_ADMINISTRATOR)
    with tenant_tx(hall.tenant):
        assert chain_state().agrees
    text = unescape(browser.get(AUDIT).content.decode())
    assert "链尾完好" in text
    assert "不符" not in text
    with tenant_tx(hall.tenant, write=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('role', 'none', true)")  # as the database's administrator would
        row = AuditRow.objects.get(seq=acts[3])
        body = json.loads(bytes(row.body)) | {"detail": {"n": 999}}
        AuditRow.objects.filter(pk=row.pk).update(body=json.dumps(body).encode())
    text = unescape(browser.get(AUDIT).content.decode())
    assert text.count("不符</span>") == 1
    assert "审计链有问题" in text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TENANT_ADMINISTRATOR])
def test_the_audit_log_is_the_administrators_alone(hall: Hall, browse: Browse, role: Role) -> None:
    browser = browse(role)
    assert browser.get(AUDIT).status_code == 403
    assert AUDIT not in browser.get("/szca/staff/").content.decode()
