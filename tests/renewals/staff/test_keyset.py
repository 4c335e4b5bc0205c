"""Pages by keyset: every row once, whichever way one turns, and while rows come and go (FACTS, Web)."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.tenants import tenant_tx
from renewals.models import Order
from renewals.staff_selectors.keyset import by_day, by_moment, capped_count, slice_of
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import add_order, day, moment

START = moment("2026-03-02T09:00:00+08:00")
NEWEST, DUE = by_moment("opened_at"), by_day("due_on")


@pytest.fixture
def many(hall: Hall) -> list[str]:
    """23 orders on five moments and four days, so that most share theirs; the order of the ids is no help."""
    dice = random.Random(7)  # noqa: S311
    for _ in range(23):
        add_order(
            hall,
            opened_at=START + timedelta(minutes=dice.randrange(5), microseconds=dice.randrange(2)),
            due_on=day(f"2026-04-0{dice.randrange(1, 5)}"),
        )
    with tenant_tx(hall.tenant):
        return list(Order.objects.values_list("number", flat=True))


def expected(hall: Hall, *order: str) -> list[str]:
    with tenant_tx(hall.tenant):
        return list(Order.objects.order_by(*order).values_list("number", flat=True))


@pytest.mark.parametrize(("keyset", "order"), [(NEWEST, ("-opened_at", "-pk")), (DUE, ("due_on", "pk"))])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 22, 23, 24])
def test_pages_are_contiguous_there_and_back(
    hall: Hall, many: list[str], keyset: object, order: tuple[str, str], size: int
) -> None:
    wanted, forth, back = expected(hall, *order), [], []
    with tenant_tx(hall.tenant):
        page = slice_of(Order.objects.all(), keyset, ["number"], size=size)
        assert page.newer == ""
        while True:
            forth += [row[2] for row in page.rows]
            if not page.older:
                break
            page = slice_of(Order.objects.all(), keyset, ["number"], after=page.older, size=size)
        assert forth == wanted
        while True:
            back = [row[2] for row in page.rows] + back
            if not page.newer:
                break
            page = slice_of(Order.objects.all(), keyset, ["number"], before=page.newer, size=size)
        assert page.older or size >= len(wanted)
    assert back == wanted


def test_rows_that_come_and_go_neither_repeat_nor_hide_others(hall: Hall, many: list[str]) -> None:
    wanted = expected(hall, "-opened_at", "-pk")
    with tenant_tx(hall.tenant):
        first = slice_of(Order.objects.all(), NEWEST, ["number"], size=10)
    add_order(hall, opened_at=START + timedelta(days=1))  # in front of everything
    with tenant_tx(hall.tenant, write=True):
        last_seen = Order.objects.get(number=wanted[9])
        last_seen.items.all().delete()
        last_seen.delete()  # the very row that the cursor names
    with tenant_tx(hall.tenant):
        second = slice_of(Order.objects.all(), NEWEST, ["number"], after=first.older, size=10)
    assert [row[2] for row in second.rows] == wanted[10:20]


@pytest.mark.parametrize(
    "cursor", ["", "x", "~", "2026-03-02~1", "2026-03-02T09:00:00~1", "2026-03-02T09:00:00+08:00~x", "~9" * 40]
)
def test_what_is_no_cursor_gives_the_first_page(hall: Hall, many: list[str], cursor: str) -> None:
    with tenant_tx(hall.tenant):
        page = slice_of(Order.objects.all(), NEWEST, ["number"], after=cursor, size=3)
    assert [row[2] for row in page.rows] == expected(hall, "-opened_at", "-pk")[:3]


def test_a_page_is_one_query_with_a_row_value_comparison(hall: Hall, many: list[str]) -> None:
    with (
        tenant_tx(hall.tenant),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        cursor = f"{START.isoformat()}~{2**40}"
        slice_of(Order.objects.all(), NEWEST, ["number"], after=cursor, size=3)
    (query,) = [entry["sql"] for entry in asked.captured_queries if "ORDER BY" in entry["sql"]]
    assert '("renewals_order"."opened_at", "renewals_order"."id") < (' in query
    assert " OR " not in query


def test_counting_stops_at_its_cap(hall: Hall, many: list[str]) -> None:
    with tenant_tx(hall.tenant):
        assert str(capped_count(Order.objects.all())) == "23"
        assert str(capped_count(Order.objects.all(), cap=23)) == "23"
        assert str(capped_count(Order.objects.all(), cap=22)) == "22+"
        assert str(capped_count(Order.objects.none())) == "0"
