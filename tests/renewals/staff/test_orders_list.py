"""/staff/orders/: every filter lets through exactly what it says; the address keeps it; few queries; CSV."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.models import CertificateContact, Order
from renewals.staff_selectors import search
from renewals.staff_selectors.orders import OrderFilter, matching, page_of
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import Browse, add_certificate, add_order, day, moment

LIST = "/szca/staff/orders/"


def numbers(hall: Hall, **wanted: object) -> set[str]:
    with tenant_tx(hall.tenant):
        return {row.number for row in page_of(OrderFilter(**wanted)).rows}  # type: ignore[arg-type]


def test_each_filter_alone_and_together(hall: Hall) -> None:
    today = timezone.localdate()
    draft = add_order(hall)
    late = add_order(hall, status="awaiting_payment", due_on=today - timedelta(days=1))
    due_today = add_order(hall, status="awaiting_payment", due_on=today)
    review = add_order(hall, status="in_progress", next_actor="reviewer", path="last_days")
    over = add_order(hall, status="completed", next_actor="nobody", closed_at=timezone.now())
    every = {order.number for order in (draft, late, due_today, review, over)}
    assert numbers(hall) == every
    assert numbers(hall, status="awaiting_payment") == {late.number, due_today.number}
    assert numbers(hall, status="open") == every - {over.number}
    assert numbers(hall, overdue=True) == {late.number}  # its day is over; today's isn't
    assert numbers(hall, actor="reviewer") == {review.number}
    assert numbers(hall, path="last_days") == {review.number}
    assert numbers(hall, programme="cgn-sm2") == every
    assert numbers(hall, programme="another") == set()
    assert numbers(hall, status="awaiting_payment", overdue=True, actor="customer") == {late.number}
    assert numbers(hall, status="awaiting_payment", actor="reviewer") == set()
    assert numbers(hall, sort="due") == {late.number, due_today.number}


def test_days_are_the_halls_own_and_include_both_ends(hall: Hall) -> None:
    before = add_order(hall, opened_at=moment("2026-03-01T15:59:59+00:00"))  # 23:59:59 on the 1st in Shenzhen
    first = add_order(hall, opened_at=moment("2026-03-01T16:00:00+00:00"))
    last = add_order(hall, opened_at=moment("2026-03-03T15:59:59+00:00"))
    after = add_order(hall, opened_at=moment("2026-03-03T16:00:00+00:00"))
    assert numbers(hall, opened_from=day("2026-03-02"), opened_to=day("2026-03-03")) == {first.number, last.number}
    assert numbers(hall, opened_to=day("2026-03-01")) == {before.number}
    assert numbers(hall, opened_from=day("2026-03-04")) == {after.number}


def test_searching_by_everything_that_a_caller_may_read_out(hall: Hall) -> None:
    certificate = add_certificate(
        hall, organisation="深圳市示例海运物流有限公司", serial="0AB12CD34E", medium_number="3888000000009999"
    )
    with tenant_tx(hall.tenant, write=True):
        CertificateContact.objects.create(certificate=certificate, name="周明远", phone="19900000011")
    wanted = add_order(hall, certificate=certificate)
    other = add_order(hall)
    spaced = " ".join([wanted.number[:4], wanted.number[4:8], wanted.number[8:]])
    for text in (
        wanted.number,
        spaced,
        "0AB12CD34E",
        "ab:12:cd:34:e",
        "3888000000009999",
        "3888 0000 0000 9999",
        "海运物流",
        "19900000011",
        "199 0000 0011",
    ):
        assert numbers(hall, sought=text) == {wanted.number}, text
    assert numbers(hall, sought="19900000006") == {wanted.number, other.number}  # the customer's own account
    assert numbers(hall, sought="19900000012") == set()
    assert numbers(hall, sought="%") == set()  # no pattern
    assert numbers(hall, sought="   ") == {wanted.number, other.number}


def test_the_beginning_of_a_number_and_a_name_that_many_share(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = add_order(hall), add_order(hall)
    assert numbers(hall, sought=first.number[:16]) >= {first.number}
    assert numbers(hall, sought="01202611") == {first.number, second.number}
    assert numbers(hall, sought="01202612") == set()
    monkeypatch.setattr(search, "FEW", 1)  # more than a few: the list is walked instead
    assert numbers(hall, sought="精密制造") == {first.number, second.number}
    assert numbers(hall, sought="19900000006") == {first.number, second.number}


def test_the_latest_first_or_the_earliest_day_first(hall: Hall) -> None:
    old = add_order(hall, opened_at=moment("2026-03-01T00:00:00+00:00"), due_on=day("2026-03-20"))
    new = add_order(hall, opened_at=moment("2026-03-02T00:00:00+00:00"), due_on=day("2026-03-10"))
    with tenant_tx(hall.tenant):
        assert [row.number for row in page_of(OrderFilter()).rows] == [new.number, old.number]
        assert [row.number for row in page_of(OrderFilter(sort="due")).rows] == [new.number, old.number]
        assert [row.late for row in page_of(OrderFilter(sort="due")).rows] == [True, True]


def test_another_halls_orders_are_never_there(hall: Hall, other_tenant: object) -> None:
    add_order(hall)
    with tenant_tx(other_tenant):  # type: ignore[arg-type]
        assert not matching(OrderFilter()).exists()


def test_the_page_keeps_its_filter_in_the_address(hall: Hall, browse: Browse) -> None:
    for _ in range(53):
        add_order(hall, status="awaiting_payment", due_on=day("2026-03-10"))
    add_order(hall)
    browser = browse(Role.SERVICE_DESK)
    page = browser.get(LIST, {"status": "awaiting_payment", "overdue": "on", "q": "", "since": "not a day"})
    assert page.status_code == 200
    body = page.content.decode()
    assert body.count('<tr role="row" data-href=') == 50
    assert "共 53 条" in body
    older = page.context["turning"].older
    assert older.startswith("/szca/staff/orders/?status=awaiting_payment&overdue=on&since=not+a+day&after=")
    last = browser.get(older)
    assert len(last.context["table"].rows) == 3
    assert last.context["turning"].older == ""
    first = browser.get(last.context["turning"].newer)
    assert [row.url for row in first.context["table"].rows] == [row.url for row in page.context["table"].rows]


def test_the_list_takes_the_same_few_queries_however_long_it_is(hall: Hall, browse: Browse) -> None:
    browser = browse(Role.TENANT_ADMINISTRATOR)
    add_order(hall)

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(LIST, {"status": "draft"}).status_code == 200
        return [query["sql"] for query in queries.captured_queries]

    few = asked()
    for _ in range(30):
        add_order(hall)
    of_renewals = [query for query in asked() if "renewals_" in query]
    assert len(of_renewals) == 5  # programmes, rows, count; what waits in the mail room and in production
    read = [query for query in few if query.startswith("SELECT") and " FROM " in query]
    assert len(read) <= 17  # with session, user, duties, and the visit's own row now and then


def test_nothing_found_says_what_to_do(hall: Hall, browse: Browse) -> None:
    body = browse(Role.REVIEWER).get(LIST, {"q": "没有这家单位"}).content.decode()
    assert "没有符合条件的订单" in body
    assert "请放宽筛选条件" in body


# -- CSV --------------------------------------------------------------------------------------------------------------


def test_exporting_takes_the_filtered_rows_and_leaves_an_audit_row(hall: Hall, browse: Browse) -> None:
    wanted = add_order(hall, status="awaiting_payment", due_on=day("2026-03-10"), organisation="=cmd|测试公司")
    add_order(hall)
    answer = browse(Role.FINANCE).get(f"{LIST}export.csv", {"status": "awaiting_payment"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    text = answer.content.decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text))
    assert heading[0] == "订单编号"
    assert len(rows) == 1
    assert rows[0][0] == f"\t{wanted.number}"
    assert rows[0][1] == "'=cmd|测试公司"  # a spreadsheet would run it
    assert rows[0][6:9] == ["待缴费", "客户", "2026-03-10"]
    with tenant_tx(hall.tenant):
        row = AuditRow.objects.latest("seq")
    assert row.action == "orders.exported"
    assert '"rows":1' in bytes(row.body).decode()


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.SERVICE_DESK, Role.CERTIFICATE_ADMINISTRATOR])
def test_others_may_not_export(hall: Hall, browse: Browse, role: Role) -> None:
    browser = browse(role)
    with tenant_tx(hall.tenant):
        before = AuditRow.objects.count()
    assert browser.get(f"{LIST}export.csv").status_code == 403
    assert "export.csv" not in browser.get(LIST).content.decode()
    with tenant_tx(hall.tenant):
        assert AuditRow.objects.count() == before
        assert not Order.objects.exists()
