"""/staff/review/: who sees the queue, in which order, with which filters; the next free one (RULES C10, P20)."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.models import ReviewTurn, StepRecord
from renewals.reviewing import leases
from renewals.staff_selectors import review as queue
from renewals.staff_selectors.review import QueueFilter
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import Browse, add_order

QUEUE = "/szca/staff/review/"
TODAY = timedelta(0)


def body(answer: Any) -> str:
    return unescape(answer.content.decode())


def add_turn(hall: Hall, *, due: timedelta = TODAY, state: str = "open", **more: Any) -> ReviewTurn:
    """An order whose review is in this state; it was never walked."""
    order = add_order(hall, path="expired", status="under_review", next_actor="reviewer", **more.pop("order", {}))
    with tenant_tx(hall.tenant, write=True):
        StepRecord.objects.create(order=order, position=7, name="review", kind="review", state=state)
        return ReviewTurn.objects.create(
            order=order, step="review", opened_at=timezone.now(), due_on=timezone.localdate() + due, **more
        )


def numbers(hall: Hall, **wanted: Any) -> list[str]:
    with tenant_tx(hall.tenant):
        return [row.number for row in queue.page_of(QueueFilter(**wanted)).rows]


def take(hall: Hall, turn: ReviewTurn, by: Any) -> None:
    with tenant_tx(hall.tenant, write=True):
        leases.claim(ReviewTurn.objects.select_related("order__programme").get(pk=turn.pk), by=by)


def test_the_next_to_be_due_comes_first(hall: Hall) -> None:
    later, first, late = (add_turn(hall, due=timedelta(days=days)) for days in (3, 1, -2))
    assert numbers(hall) == [turn.order.number for turn in (late, first, later)]


def test_what_the_customer_took_back_or_ended_isnt_there(hall: Hall) -> None:
    add_turn(hall, state="waiting")
    add_turn(hall, order={"closed_at": timezone.now()})
    add_turn(hall, is_open=False)
    there = add_turn(hall)
    assert numbers(hall) == [there.order.number]


def test_finance_acting_beside_hides_nothing(hall: Hall) -> None:
    # the order waits for finance first; the review is open all the same
    turn = add_turn(hall)
    with tenant_tx(hall.tenant, write=True):
        turn.order.next_actor = "finance"
        turn.order.save()
    assert numbers(hall) == [turn.order.number]


def test_the_filters(hall: Hall) -> None:
    me, colleague = hall.staff_member(Role.REVIEWER), hall.staff_member(Role.REVIEWER)
    mine, theirs, lapsed, free = (add_turn(hall, due=timedelta(days=days)) for days in range(4))
    late = add_turn(hall, due=timedelta(days=-1), returned_before=True)
    take(hall, mine, me)
    take(hall, theirs, colleague)
    take(hall, lapsed, colleague)
    with tenant_tx(hall.tenant, write=True):
        ReviewTurn.objects.filter(pk=lapsed.pk).update(held_until=timezone.now() - timedelta(minutes=1))
    assert numbers(hall, whose="mine", me=me.user_id) == [mine.order.number]
    assert numbers(hall, whose="free") == [turn.order.number for turn in (late, lapsed, free)]
    assert numbers(hall, overdue=True) == numbers(hall, returned=True) == [late.order.number]
    assert len(numbers(hall, programme="cgn-sm2")) == 5
    assert numbers(hall, programme="other") == []


def test_the_page_says_who_works_on_what_and_leads_to_it(hall: Hall, browse: Browse) -> None:
    colleague = hall.staff_member(Role.REVIEWER)
    turn = add_turn(hall, due=timedelta(days=-1), returned_before=True)
    take(hall, turn, colleague)
    text = body(browse(Role.REVIEWER).get(QUEUE))
    assert colleague.label in text
    assert "超期" in text
    assert "退回过" in text
    assert f'href="{QUEUE}{turn.order.public_id}/"' in text


def test_pages_go_on_where_the_last_one_ended(hall: Hall) -> None:
    turns = [add_turn(hall, due=timedelta(days=number // 2)) for number in range(5)]
    seen, after = [], ""
    for _ in range(3):
        with tenant_tx(hall.tenant):
            page = queue.page_of(QueueFilter(), after=after, size=2)
        seen += [row.number for row in page.rows]
        after = page.older
    assert (seen, after) == ([turn.order.number for turn in turns], "")


@pytest.mark.parametrize("role", list(Role))
def test_only_reviewers_see_it(hall: Hall, browse: Browse, role: Role) -> None:
    # RULES P20: the service desk reads masks elsewhere and decides nothing
    wanted = 200 if role is Role.REVIEWER else 403
    browser = browse(role)
    assert browser.get(QUEUE).status_code == wanted
    assert browser.post(f"{QUEUE}next/").status_code == (302 if role is Role.REVIEWER else 403)


# -- the next one -----------------------------------------------------------------------------------------------------


def next_of(browser: Client, query: str = "") -> str:
    answer = browser.post(f"{QUEUE}next/{query}")
    assert answer.status_code == 302
    return str(answer["Location"])


def test_the_next_free_one_is_claimed_and_opened(hall: Hall, browse: Browse) -> None:
    colleague = hall.staff_member(Role.REVIEWER)
    first, second = add_turn(hall), add_turn(hall, due=timedelta(days=1))
    take(hall, first, colleague)
    browser = browse(Role.REVIEWER)
    assert next_of(browser) == f"{QUEUE}{second.order.public_id}/"
    assert next_of(browser) == QUEUE
    assert "没有等待领取的订单了" in body(browser.get(QUEUE))


def test_the_next_one_keeps_to_the_filters(hall: Hall, browse: Browse) -> None:
    add_turn(hall, due=timedelta(days=-3))
    returned = add_turn(hall, returned_before=True)
    assert next_of(browse(Role.REVIEWER), "?returned=on") == f"{QUEUE}{returned.order.public_id}/"


# -- cost -------------------------------------------------------------------------------------------------------------


def queries(browser: Client) -> int:
    """Those on this app's tables; how often a visit is noted depends on the clock."""
    with CaptureQueriesContext(connection) as found:
        assert browser.get(QUEUE).status_code == 200
    return sum('FROM "renewals_' in query["sql"] for query in found)


def test_forty_orders_cost_as_many_queries_as_one(hall: Hall, browse: Browse) -> None:
    browser = browse(Role.REVIEWER)
    add_turn(hall)
    browser.get(QUEUE)
    one = queries(browser)
    for _ in range(40):
        add_turn(hall)
    assert queries(browser) == one
    assert one <= 6


def test_the_queue_is_read_by_its_index(hall: Hall) -> None:
    """Turns in the queue's order, without sorting; many old orders don't slow it down."""
    with tenant_tx(hall.tenant):
        if connection.vendor == "postgresql":  # which would rather sort the few rows of a test
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
        plan = queue.waiting().order_by("due_on", "pk").explain()
    assert "review_queue" in plan
