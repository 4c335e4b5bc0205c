"""Finance's month: received, matched by machine and by hand, in suspense, refunds; what is late; exports."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from payments import dashboard, exports, ledger, sheets
from payments.models import MatchedBy, TransferClaim
from payments.sheets import Cell, Fen
from payments.views import staff_overview
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from tests.payments.conftest import now
from tests.payments.hall import FINANCE, SYSTEM, Hall
from tests.payments.test_transfers import PARENT, claimed, confirmed, with_account
from tests.portal.accounts.people import browser_of, make_staff


@pytest.fixture
def month(hall: Hall) -> Hall:
    """200.00 by WeChat, 200.00 by a transfer that a person found, 200.00 held, 50.00 gone back."""
    with_account(hall)
    online = hall.open_charge("online")
    with tenant_tx(hall.tenant, write=True):
        ledger.credit(
            channel="wechat", transaction_id="=1+1", amount_fen=20_000, paid_at=now(), evidence="query",
            by=SYSTEM, charge_id=online.pk,
        )  # fmt: skip
    found = hall.open_charge("found")
    confirmed(hall, claimed(hall, found), serial="M1")
    confirmed(hall, claimed(hall, hall.open_charge("held")), payer=PARENT, serial="M2")
    with tenant_tx(hall.tenant, write=True):
        (refund,) = ledger.request_refund(found, amount_fen=5_000, reason="退费", by=FINANCE, key="month")
        from payments.refunds import record_bank_refund

        record_bank_refund(refund.public_id, bank_reference="B1", by=FINANCE)
    return hall


def totals(hall: Hall) -> dashboard.Totals:
    with tenant_tx(hall.tenant):
        first, last = dashboard.period()
        first -= timedelta(days=60)  # what the bank says came on earlier days
        return dashboard.totals(first, last, dashboard.by_day(first, last))


def test_every_fen_is_somewhere(month: Hall) -> None:
    assert totals(month) == dashboard.Totals(
        received_fen=60_000,
        online_fen=20_000,
        by_machine_fen=0,
        by_hand_fen=20_000,
        unplaced_fen=0,
        suspense_fen=20_000,
        refunded_fen=5_000,
    )


def test_what_waits_by_age(month: Hall) -> None:
    late = claimed(month, month.open_charge("late"))
    with tenant_tx(month.tenant, write=True):
        TransferClaim.objects.filter(pk=late.pk).update(claimed_at=timezone.now() - timedelta(days=5))
    claimed(month, month.open_charge("fresh"))
    with tenant_tx(month.tenant):
        ages = {one.name: one.counts for one in dashboard.late()}
    assert ages["claims"] == (1, 0, 1, 0, 0)
    assert ages["held"] == (1, 0, 0, 0, 0)
    assert ages["refunds"] == (0, 0, 0, 0, 0)


def test_the_page_shows_the_chart_and_the_numbers(month: Hall) -> None:
    finance: Client = browser_of(make_staff(month.tenant, Role.FINANCE))
    page = finance.get("/demo-ca/staff/payments/overview/").content.decode()
    assert 'role="img"' in page
    assert "chart__bar--wechat" in page
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    desk = browser_of(make_staff(month.tenant, Role.SERVICE_DESK, username="desk"))
    assert desk.get("/demo-ca/staff/payments/overview/").status_code == 403
    assert desk.get("/demo-ca/staff/payments/export/").status_code == 403


def export(month: Hall, **query: str) -> bytes:
    finance = browser_of(make_staff(month.tenant, Role.FINANCE))
    with tenant_tx(month.tenant):
        first, last = dashboard.period()
    data = {"what": "payments", "first": (first - timedelta(days=60)).isoformat(), "last": last.isoformat()} | query
    answer = finance.get("/demo-ca/staff/payments/export/", data)
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_exports_are_audited_and_hold_no_formula(month: Hall) -> None:
    rows = list(csv.reader(io.StringIO(export(month, format="csv").decode("utf-8-sig"))))
    assert len(rows) == 4
    assert rows[0][:3] == ["支付时间", "渠道", "渠道流水号"]
    assert {row[2] for row in rows[1:]} == {"'=1+1", "M1", "M2"}
    assert {row[4] for row in rows[1:]} == {"200.00"}
    with tenant_tx(month.tenant):
        (row,) = AuditRow.objects.filter(action="payments.exported")
        assert row.subject == "export:payments"


@pytest.mark.parametrize(("what", "count"), [("refunds", 1), ("allocations", 4)])
def test_as_a_workbook(month: Hall, what: str, count: int) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(export(month, what=what, format="xlsx")))
    assert len(book.get_sheet_by_index(0).to_python()) == count + 1


def test_a_wrong_period_is_said(month: Hall) -> None:
    finance = browser_of(make_staff(month.tenant, Role.FINANCE))
    wrong = {"what": "payments", "first": "2026-11-02", "last": "2026-11-01", "format": "csv"}
    assert finance.get("/demo-ca/staff/payments/export/", wrong).status_code == 422
    with tenant_tx(month.tenant):
        assert not AuditRow.objects.filter(action="payments.exported").exists()


def test_texts_that_look_like_formulas() -> None:
    row: list[Cell] = ["=A1", "+86", "-1", "@x", "\tx", "良好", Fen(-5), 3]
    data = b"".join(sheets.csv_pieces([row], encoding="gb18030")).decode("gb18030")
    assert data == "'=A1,'+86,'-1,'@x,'\tx,良好,-0.05,3\r\n"
    again = b"".join(sheets.xlsx_pieces([row]))
    assert again == b"".join(sheets.xlsx_pieces([row])), "the same rows are the same bytes"
    (read,) = CalamineWorkbook.from_filelike(io.BytesIO(again)).get_sheet_by_index(0).to_python()
    assert read == ["'=A1", "'+86", "'-1", "'@x", "'\tx", "良好", -0.05, 3.0]


def test_the_bars_of_a_day_stand_on_each_other(month: Hall) -> None:
    with tenant_tx(month.tenant):
        days = [dashboard.Day(timezone.localdate(), {"wechat": 300, "alipay": 100})]
    lower, upper = staff_overview.bars(days, ["wechat", "alipay"])
    assert (lower.y + lower.height, upper.y + upper.height) == (160.0, pytest.approx(lower.y, abs=0.2))
    assert (lower.height, upper.height) == (pytest.approx(110.4), pytest.approx(36.8))
    assert {MatchedBy.NUMBER, MatchedBy.CLAIM} == set(dashboard.BY_MACHINE)
    assert exports.EXPORTS.keys() == {"payments", "refunds", "allocations"}
