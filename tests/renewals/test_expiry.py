"""The clocks: a warning, then the end; money, a saved draft and the Spring Festival keep an order open (P9, P21)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from portal.tenants import tenant_tx
from renewals import drafts, expiry, selectors
from renewals.checks import next_years_calendar_is_there
from renewals.views import progress
from tests.renewals.hall import Hall

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Shenzhen


@contextmanager
def on(day: date) -> Iterator[None]:
    with time_machine.travel(datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)):
        yield


def tick(hall: Hall) -> None:
    """What the recurring job does once an hour."""
    from portal import jobs

    with tenant_tx(hall.tenant, write=True):
        jobs.enqueue("renewals.expire_orders", {"slot": 1})
    hall.run()


@pytest.fixture
def order(hall: Hall) -> str:
    """A draft that was opened on Monday 2 March 2026; its 20th working day is Monday 30 March."""
    with time_machine.travel(MONDAY):
        return hall.to("application", hall.certificate(days_left=80))


def test_a_draft_has_the_packs_working_days(hall: Hall, order: str) -> None:
    # RULES P21
    assert hall.order(order).due_on == date(2026, 3, 30)


def test_nothing_happens_before_the_warning(hall: Hall, order: str) -> None:
    with on(date(2026, 3, 24)):
        tick(hall)
    assert (hall.order(order).status, hall.notices()) == ("draft", [])


def test_three_working_days_before_the_end_the_customer_is_warned_once(hall: Hall, order: str) -> None:
    for day in (25, 26, 27, 28, 29, 30):
        with on(date(2026, 3, day)):
            tick(hall)
            tick(hall)
    assert hall.notices() == ["order.draft_expiring"]
    assert hall.order(order).status == "draft"


def test_the_day_after_the_last_one_the_draft_is_closed(hall: Hall, order: str) -> None:
    with on(date(2026, 3, 31)):
        tick(hall)
    row = hall.order(order)
    assert (row.status, row.next_actor, row.ending["reason"]) == ("expired", "nobody", "nobody_went_on")
    assert row.closed_at is not None
    assert hall.notices() == ["order.expired"]
    with on(date(2026, 4, 1)):
        tick(hall)
    assert hall.order(order).version == row.version


def test_a_draft_that_was_typed_in_lives_on(hall: Hall, order: str) -> None:
    with on(date(2026, 3, 20)), tenant_tx(hall.tenant, write=True):
        drafts.save(hall.order(order), {"representative_name": "林晓彤"})
    with on(date(2026, 3, 31)):
        tick(hall)
    assert (hall.order(order).status, hall.notices()) == ("draft", [])
    with on(date(2026, 4, 20)):  # the 20th working day after 20 March
        tick(hall)
    assert (hall.order(order).status, hall.notices()) == ("draft", ["order.draft_expiring"])
    with on(date(2026, 4, 21)):
        tick(hall)
    assert hall.order(order).status == "expired"


def test_an_unpaid_order_is_closed_with_its_charge_and_frees_the_certificate(hall: Hall) -> None:
    with time_machine.travel(MONDAY):
        order = hall.to("payment", hall.certificate(days_left=80))
    assert hall.order(order).due_on == date(2026, 3, 16)
    with on(date(2026, 3, 17)):
        tick(hall)
    assert hall.order(order).status == "expired"
    assert (hall.charge(order).state, hall.charge(order).close_reason) == ("closed", "order_expired")
    assert not hall.item(order).reserves


def test_an_application_that_was_returned_does_not_keep_the_certificate_for_good(hall: Hall) -> None:
    from renewals.identity.base import Outcome

    hall.identity.outcomes = [Outcome.MISMATCH]
    with time_machine.travel(MONDAY):
        order = hall.to("payment", hall.certificate(days_left=80))
    assert (hall.order(order).status, hall.order(order).due_on) == ("in_progress", date(2026, 3, 30))
    with on(date(2026, 3, 31)):
        tick(hall)
    assert hall.order(order).status == "expired"


@pytest.mark.parametrize("station", ["issuance", "issued"])
def test_an_order_with_money_in_it_does_not_expire(hall: Hall, station: str) -> None:
    # RULES P9
    with time_machine.travel(MONDAY):
        order = hall.to(station, hall.certificate(days_left=80))
    with on(date(2026, 8, 3)):
        tick(hall)
    assert hall.order(order).closed_at is None


def test_money_that_has_come_but_was_not_told_yet_keeps_the_order_open(hall: Hall) -> None:
    # RULES P9
    with time_machine.travel(MONDAY):
        order = hall.to("payment", hall.certificate(days_left=80))
    with on(date(2026, 3, 17)):
        from django.utils import timezone

        from payments import ledger
        from portal.accounts.actor import Actor

        charge = hall.charge(order)
        with tenant_tx(hall.tenant, write=True):
            ledger.credit(
                channel="wechat",
                transaction_id="T1",
                amount_fen=20_000,
                paid_at=timezone.now(),
                evidence="test",
                by=Actor.system("tests"),
                charge_id=charge.pk,
            )
            from portal import jobs

            jobs.enqueue("renewals.expire_orders", {"slot": 1})
        hall.run(but=("charge_settled",))
        assert hall.order(order).status == "awaiting_payment"
        hall.run()
        assert hall.order(order).status == "ready_to_install"


def test_one_look_leaves_every_order_to_a_job_of_its_own_and_comes_in_portions(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    with time_machine.travel(MONDAY):
        orders = [hall.to("application") for _ in range(5)]
    with on(date(2026, 3, 31)):
        tick(hall)
    assert {hall.order(order).status for order in orders} == {"expired"}
    assert len(hall.jobs("renewals.watch_order")) == 5
    assert [job.payload.get("after") is not None for job in hall.jobs("renewals.expire_orders")] == [False, True, True]


def test_an_order_that_went_on_between_look_and_job_is_left_alone(hall: Hall, order: str) -> None:
    from portal import jobs

    with on(date(2026, 3, 31)):
        with tenant_tx(hall.tenant, write=True):
            jobs.enqueue("renewals.expire_orders", {"slot": 1})
        hall.run(but=("renewals.watch_order",))
        hall.confirm(order)
        hall.run()
    assert hall.order(order).status == "awaiting_payment"


# -- the long path ----------------------------------------------------------------------------------------------------


def to_liveness(hall: Hall) -> str:
    """Phone and form are awaited."""
    order = hall.open(hall.certificate(-12))
    hall.consent(order)
    hall.confirm(order)
    hall.run()
    return order


def test_every_wait_for_the_customer_runs_out(hall: Hall) -> None:
    """RULES P21: the phone, the form, the papers: 20 working days, with a warning before."""
    with time_machine.travel(MONDAY):
        order = to_liveness(hall)
    assert (hall.order(order).status, hall.order(order).due_on) == ("in_progress", date(2026, 3, 30))
    with on(date(2026, 3, 25)):
        tick(hall)
    assert hall.notices()[-1] == "order.draft_expiring"
    with on(date(2026, 3, 31)):
        tick(hall)
    assert hall.order(order).status == "expired"


def test_an_upload_counts_as_going_on(hall: Hall) -> None:
    from tests.renewals.papers.counter import Counter, blank_page

    counter = Counter(hall)
    with time_machine.travel(MONDAY):
        order = counter.fetched(hall.certificate(-12))
    with on(date(2026, 3, 27)):
        counter.upload(order, "licence", blank_page(), kind="business_licence")
    with on(date(2026, 3, 31)):
        tick(hall)
    assert hall.order(order).closed_at is None


def test_what_was_returned_and_is_paid_does_not_run_out(channels: Hall) -> None:
    """RULES P9: money is in, so nobody's papers are too late."""
    from tests.renewals.reviewing.desk import Desk

    desk = Desk(channels)
    order = desk.waiting()
    by = desk.reviewer()
    desk.claim(order, by)
    desk.send_back(order, by, {"licence": "licence_illegible"})
    row = channels.order(order)
    assert (row.status, row.next_actor) == ("in_progress", "customer")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200)):
        tick(channels)
    assert channels.order(order).closed_at is None


def test_an_order_with_a_transfer_claim_does_not_run_out(channels: Hall) -> None:
    """RULES P9: also when its papers came back to the customer meanwhile."""
    from tests.renewals.reviewing.desk import Desk

    desk = Desk(channels)
    order = desk.waiting(paid=False)
    by = desk.reviewer()
    desk.claim(order, by)
    desk.send_back(order, by, {"licence": "licence_illegible"})
    assert channels.order(order).next_actor == "customer"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200)):
        tick(channels)
    assert channels.order(order).closed_at is None


def test_a_review_has_three_working_days_and_says_so(channels: Hall) -> None:
    """RULES P21: the customer reads by when."""
    from tests.renewals.reviewing.desk import Desk

    with time_machine.travel(datetime(2026, 9, 29, 2, 0, tzinfo=UTC)):  # Tuesday; the holidays are 1 to 7 October
        order = Desk(channels).waiting()
        assert channels.order(order).due_on == date(2026, 10, 9)
        with tenant_tx(channels.tenant):
            view = selectors.order_view(channels.order(order))
            step = progress.next_step(view, progress.money_of(view), None)
        assert (str(step.title), str(step.by)) == ("正在审核", "预计 10 月 9 日前完成")


# -- the calendar (P21) -----------------------------------------------------------------------------------------------


def test_a_last_day_in_a_year_without_a_calendar_is_shown_as_approximate(hall: Hall) -> None:
    # RULES P21
    with time_machine.travel(MONDAY):
        near = hall.to("application", hall.certificate(days_left=80))
        with tenant_tx(hall.tenant):
            assert selectors.order_view(hall.order(near)).due_certain
    from renewals.programmes.working_days import calendar_known

    unknown = next(year for year in range(2026, 2100) if not calendar_known(year))
    with on(date(unknown - 1, 12, 21)):
        far = hall.to("application", hall.certificate(days_left=80))
        row = hall.order(far)
        assert row.due_on is not None
        assert row.due_on.year == unknown
        with tenant_tx(hall.tenant):
            view = selectors.order_view(row)
            assert not view.due_certain
            assert "节假日安排公布后可能顺延" in str(progress._by(view))


@pytest.mark.parametrize(("month", "day", "warned"), [(11, 30, False), (12, 1, True), (12, 31, True)])
def test_from_december_on_a_missing_calendar_is_warned_of(month: int, day: int, warned: bool) -> None:
    # RULES P21
    from renewals.programmes.working_days import calendar_known

    unknown = next(year for year in range(2026, 2100) if not calendar_known(year))
    with on(date(unknown - 1, month, day)):
        found = next_years_calendar_is_there(None)
    assert [message.id for message in found] == (["renewals.W001"] if warned else [])
