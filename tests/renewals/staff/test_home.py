"""/staff/: what waits, by role; the late ones first; what the calendar says (RULES P20, P21)."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.utils import timezone

from portal.accounts.roles import Role
from portal.jobs.models import Job, JobState
from portal.tenants import tenant_tx
from renewals.models import OrderItem, PinUnblock, ProductionTask, StepRecord
from renewals.staff_selectors.home import calendar_news, expiring, resets_to_release, unfinished_by_status
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import Browse, add_certificate, add_order, day
from tests.renewals.workshop import Workshop, production

HOME = "/szca/staff/"


def body(browser: object) -> str:
    answer = browser.get(HOME)  # type: ignore[attr-defined]
    assert answer.status_code == 200
    return unescape(answer.content.decode())


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.REVIEWER, {"待审核", "待当面或视频核验"}),
        (
            Role.FINANCE,
            {"待核对的转账", "付款人不符", "待财务退款的订单", "待网银退款", "待第二人确认的退款", "退款失败"},
        ),
        (
            Role.CERTIFICATE_ADMINISTRATOR,
            {"待证书管理员办理", "待两人办理的操作", "待批准重置 PIN 码", "待写入签章", "已停止的后台任务"},
        ),
        (Role.SERVICE_DESK, {"超期的订单"}),
        (Role.TENANT_ADMINISTRATOR, {"已停止的后台任务"}),
        (Role.MAIL_ROOM, {"客户寄来的包裹", "待寄出或待领取"}),
        (Role.PRODUCTION, {"待制作", "待批准重置 PIN 码", "待写入签章"}),
    ],
)
def test_everybody_sees_what_is_theirs_to_do(hall: Hall, browse: Browse, role: Role, sees: set[str]) -> None:
    text = body(browse(role))
    every = {
        "待审核",
        "待当面或视频核验",
        "待核对的转账",
        "付款人不符",
        "待财务退款的订单",
        "待网银退款",
        "待第二人确认的退款",
        "退款失败",
        "待证书管理员办理",
        "待两人办理的操作",
        "待批准重置 PIN 码",
        "待写入签章",
        "待制作",
        "客户寄来的包裹",
        "待寄出或待领取",
        "超期的订单",
        "已停止的后台任务",
    }
    assert {part for part in every if part in text} == sees
    assert "未办结的订单" in text


def test_everything_that_waits_for_a_role_can_be_opened_by_it(hall: Hall, browse: Browse) -> None:
    """RULES P20: no door on the first page that is shut."""
    for role in Role:
        browser = browse(role)
        for wait in browser.get(HOME).context["mine"]:
            assert browser.get(wait.url).status_code == 200, (role, wait.label)


def test_production_sees_what_is_late_and_what_is_made_again(hall: Hall, browse: Browse) -> None:
    """RULES D8, P18: overdue first; a reset that somebody else asked for waits for this one (P14, P20)."""
    shop = Workshop(hall, [production("renewed_key", reset_pin=True)])
    order = shop.order()
    medium = {"medium_number": shop.item(order).certificate.medium_number, "model": "", "key_serial": "UNKNOWN1"}
    shop.act(order, "ask_reset", medium | {"nonce": "AAAAAAAAAAAAAAAAAAAAAA=="})
    with tenant_tx(hall.tenant, write=True):
        ProductionTask.objects.update(due_on=timezone.localdate() - timedelta(days=1), first_in_line=True)

    seen = {str(one.label): one.count for one in browse(Role.PRODUCTION).get(HOME).context["mine"]}
    assert seen == {"待制作": "1", "制作超期": "1", "待重做": "1", "待批准重置 PIN 码": "1", "待写入签章": "0"}
    with tenant_tx(hall.tenant):
        assert resets_to_release(shop.by.user_id).number == 0  # whoever asked doesn't release


def test_a_locked_key_is_named_among_what_administrators_do(hall: Hall, browse: Browse) -> None:
    """RULES P1."""
    order = add_order(hall, status="in_progress", next_actor="certificate_administrator")
    with tenant_tx(hall.tenant, write=True):
        item = OrderItem.objects.create(order=order, certificate=hall.certificate(), business_type="pin_unblock")
        PinUnblock.objects.create(item=item, key_serial="SIM01", nonce=b"0" * 16, asked_at=timezone.now())
    waits = {str(one.label): one for one in browse(Role.CERTIFICATE_ADMINISTRATOR).get(HOME).context["mine"]}
    assert str(waits["待证书管理员办理"].hint) == "其中 1 件是授权解锁 Ekey：请先回拨核实申请人"
    assert waits["待证书管理员办理"].count == "1"


def test_the_numbers_lead_to_the_rows_that_they_count(hall: Hall, browse: Browse) -> None:
    for next_actor in ("reviewer", "customer", "customer"):  # the customer can upload papers meanwhile (RULES P4)
        order = add_order(hall, status="in_progress", next_actor=next_actor)
        with tenant_tx(hall.tenant, write=True):
            StepRecord.objects.create(
                order=order, position=1, name="liveness", kind="identity", state="submitted", phase="counter"
            )
    add_order(hall)
    browser = browse(Role.REVIEWER)
    answer = browser.get(HOME)
    reviews, waiting = answer.context["mine"]
    assert (reviews.count, waiting.count) == ("0", "3")
    assert len(browser.get(waiting.url).context["table"].rows) == 3


def test_finance_sees_its_transfers_apart_from_refunds(hall: Hall, browse: Browse) -> None:
    add_order(hall, status="under_review", next_actor="finance")  # a transfer is looked for: no refund
    add_order(hall, status="cancelled", next_actor="finance", closed_at=timezone.now())
    browser = browse(Role.FINANCE)
    numbers = {str(one.label): one for one in browser.get(HOME).context["mine"]}
    assert numbers["待财务退款的订单"].count == "1"
    assert len(browser.get(numbers["待财务退款的订单"].url).context["table"].rows) == 1
    assert browser.get(numbers["待核对的转账"].url).status_code == 200


def test_the_statuses_with_most_late_ones_come_first(hall: Hall) -> None:
    today = timezone.localdate()
    for _ in range(3):
        add_order(hall, status="draft", due_on=today)
    add_order(hall, status="awaiting_payment", due_on=today - timedelta(days=1))
    add_order(hall, status="completed", next_actor="nobody", closed_at=timezone.now())
    with tenant_tx(hall.tenant):
        found = [(row.status, row.number, row.late) for row in unfinished_by_status(today)]
    assert found == [("awaiting_payment", 1, 1), ("draft", 3, 0)]


def test_certificates_that_expire_soon_are_counted_once_replaced_ones_never(hall: Hall) -> None:
    now = timezone.now()
    for days in (-1, 10, 40, 70, 200):
        add_certificate(hall, not_after=now + timedelta(days=days))
    add_certificate(hall, not_after=now + timedelta(days=10), ca_status="revoked")
    renewed = add_certificate(hall, not_after=now + timedelta(days=10))
    add_certificate(hall, not_after=now + timedelta(days=700), predecessor=renewed)
    with tenant_tx(hall.tenant):
        assert expiring() == {30: 1, 60: 2, 90: 3}


def test_dead_jobs_are_counted(hall: Hall, browse: Browse) -> None:
    with tenant_tx(hall.tenant, write=True):
        Job.objects.create(handler="renewals.revoke_old", state=JobState.DEAD)
    (dead,) = browse(Role.TENANT_ADMINISTRATOR).get(HOME).context["mine"]
    assert (dead.count, dead.url) == ("1", "/szca/staff/jobs/")


@pytest.mark.parametrize(
    ("today", "next_day", "missing"),
    [
        ("2026-03-02", None, None),  # a Monday
        ("2026-03-07", "2026-03-09", None),  # Saturday → Monday
        ("2026-02-17", "2026-02-24", None),  # Spring Festival
        ("2026-02-14", None, None),  # a Saturday that is worked
        ("2026-11-30", None, None),  # nobody asks for next year's calendar yet
        ("2026-12-01", None, 2027),  # RULES P21: from 1 December on
    ],
)
def test_the_banner_names_the_next_working_day_and_a_missing_calendar(
    today: str, next_day: str | None, missing: int | None
) -> None:
    news = calendar_news(day(today))
    assert (news.next_day.isoformat() if news.next_day else None, news.missing) == (next_day, missing)


def test_the_banner_stands_on_the_page(hall: Hall, browse: Browse) -> None:
    with time_machine.travel("2026-12-05T02:00:00Z", tick=False):  # a Saturday in Shenzhen
        text = body(browse(Role.REVIEWER))
    assert "2026-12-07</span>（星期一）" in text
    assert "还没有 2027 年的节假日安排" in text
