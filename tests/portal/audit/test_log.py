"""record: one chain per tenant, whole or not at all. security: kept whatever happens."""

import datetime as dt
import json
import threading

import pytest
from django.db import connection

from portal import audit
from portal.audit.models import AuditHead, AuditRow, SecurityEvent
from portal.audit.verify import verify
from portal.tenants import TenantTxError, tenant_tx
from portal.tenants.models import ServicePoint


def _rows(tenant):
    with tenant_tx(tenant):
        return list(AuditRow.objects.order_by("seq"))


@pytest.mark.django_db
def test_rows_are_appended_in_order_before_the_commit(tenant, acting):
    with tenant_tx(tenant, write=True):
        audit.record("order.opened", by=acting, subject="order:a", detail={"items": 2})
        audit.record("order.submitted", by=acting, subject="order:a")
        assert AuditRow.objects.count() == 0
    with tenant_tx(tenant, write=True):
        audit.record("order.paid", by=acting, subject="order:a", detail={"fen": 27000})
    rows = _rows(tenant)
    assert [(row.seq, row.action) for row in rows] == [(1, "order.opened"), (2, "order.submitted"), (3, "order.paid")]
    assert [bytes(row.prev_hash) for row in rows] == [bytes(32), bytes(rows[0].hash), bytes(rows[1].hash)]
    body = json.loads(bytes(rows[0].body))
    assert body["detail"] == {"items": 2}
    assert body["by"] == {
        "kind": "system",
        "user": None,
        "label": "测试",
        "roles": [],
        "ip": "127.0.0.1",
        "session": "",
    }
    assert dt.datetime.fromisoformat(body["at"]) == rows[0].recorded_at
    assert verify(tenant).finding is None


@pytest.mark.django_db
def test_what_was_recorded_is_what_was_said_then(tenant, acting):
    detail = {"state": "before"}
    with tenant_tx(tenant, write=True):
        audit.record("a", by=acting, subject="x:1", detail=detail)
        detail["state"] = "after"
    assert json.loads(bytes(_rows(tenant)[0].body))["detail"] == {"state": "before"}


@pytest.mark.django_db
def test_a_refused_act_leaves_no_row(tenant, acting):
    with pytest.raises(ValueError, match="refused"), tenant_tx(tenant, write=True):
        audit.record("a", by=acting, subject="x:1")
        raise ValueError("refused")
    with tenant_tx(tenant, write=True):
        audit.record("b", by=acting, subject="x:1")
        with pytest.raises(ValueError, match="refused"), tenant_tx(tenant, write=True):
            audit.record("c", by=acting, subject="x:1")
            raise ValueError("refused")
    assert [row.action for row in _rows(tenant)] == ["b"]


@pytest.mark.django_db
def test_a_row_needs_a_write_and_a_plain_detail(tenant, acting):
    with pytest.raises(TenantTxError):
        audit.record("a", by=acting, subject="x:1")
    with tenant_tx(tenant), pytest.raises(TenantTxError):
        audit.record("a", by=acting, subject="x:1")
    with tenant_tx(tenant, write=True), pytest.raises(TypeError):
        audit.record("a", by=acting, subject="x:1", detail={"amount": 1.5})


@pytest.mark.django_db
def test_tenants_have_chains_of_their_own(tenant, other_tenant, acting):
    for owner in (tenant, other_tenant, tenant):
        with tenant_tx(owner, write=True):
            audit.record("a", by=acting, subject="x:1")
    assert [row.seq for row in _rows(tenant)] == [1, 2]
    assert [row.seq for row in _rows(other_tenant)] == [1]


@pytest.mark.django_db
def test_the_head_is_locked_once_for_a_batch(tenant, acting, django_assert_max_num_queries):
    with tenant_tx(tenant, write=True):
        audit.record("first", by=acting, subject="x:1")
    with django_assert_max_num_queries(8), tenant_tx(tenant, write=True):
        for number in range(300):
            audit.record("imported", by=acting, subject=f"x:{number}")
    assert len(_rows(tenant)) == 301
    assert verify(tenant).finding is None


@pytest.mark.django_db(transaction=True)
def test_acts_at_once_make_one_chain(tenant, acting):
    def act(number):
        try:
            for turn in range(5):
                with tenant_tx(tenant.pk, write=True):
                    audit.record("a", by=acting, subject=f"x:{number}-{turn}")
        finally:
            connection.close()

    workers = [threading.Thread(target=act, args=[number]) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    result = verify(tenant)
    assert (result.rows, result.finding) == (30, None)


# the security log


@pytest.mark.django_db(transaction=True)
def test_a_security_event_survives_the_refusal(tenant, acting):
    with pytest.raises(ValueError, match="refused"), tenant_tx(tenant, write=True):
        ServicePoint.objects.create(name="a", address="b")
        audit.security("code.wrong", tenant=tenant, by=acting, detail={"left": 3})
        raise ValueError("refused")
    with tenant_tx(tenant):
        event = SecurityEvent.objects.get()
        assert (event.event, event.label, event.ip, event.detail) == ("code.wrong", "测试", "127.0.0.1", {"left": 3})
        assert ServicePoint.objects.count() == 0
        assert AuditHead.objects.count() == 0


@pytest.mark.django_db
def test_a_security_event_from_a_page_that_reads(tenant):
    with tenant_tx(tenant):
        audit.security("page.refused", tenant=tenant, by=None)
        assert SecurityEvent.objects.count() == 0
    with tenant_tx(tenant):
        assert SecurityEvent.objects.get().event == "page.refused"
