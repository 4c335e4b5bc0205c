"""Who works on a review: claimed, kept, taken over, given back; of two at once one wins (RULES C10)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.models import ReviewTurn
from renewals.reviewing import drafts, leases
from renewals.reviewing.errors import ReviewHeldByOther, ReviewNotHeld
from tests.renewals.reviewing.desk import Desk
from tests.renewals.snapshot import refused
from tests.renewals.staff.conftest import add_order

MINUTES = 30  # the pack's lease


def bare_turn(desk: Desk) -> ReviewTurn:
    """A turn in the queue of an order that was never walked."""
    order = add_order(desk.hall, path="expired", status="under_review", next_actor="reviewer")
    with tenant_tx(desk.hall.tenant, write=True):
        turn = ReviewTurn.objects.create(
            order=order, step="review", opened_at=timezone.now(), due_on=timezone.localdate()
        )
        return ReviewTurn.objects.select_related("order__programme").get(pk=turn.pk)


def again(desk: Desk, row: Any) -> Any:
    with tenant_tx(desk.hall.tenant):
        row.refresh_from_db()
    return row


def do(desk: Desk, what: Any, turn: ReviewTurn, by: Any) -> Any:
    with tenant_tx(desk.hall.tenant, write=True):
        return what(turn, by=by)


def test_it_lasts_as_long_as_the_pack_says_and_working_renews_it(reviewers: Desk) -> None:
    turn, by = bare_turn(reviewers), reviewers.reviewer()
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as clock:
        claimed = do(reviewers, leases.claim, turn, by)
        assert claimed.held_until == timezone.now() + timedelta(minutes=MINUTES)
        clock.shift(timedelta(minutes=20))
        assert do(reviewers, leases.renew, turn, by) == timezone.now() + timedelta(minutes=MINUTES)


def test_a_colleague_is_told_who_has_it_and_until_when(reviewers: Desk) -> None:
    turn, by, other = bare_turn(reviewers), reviewers.reviewer(), reviewers.reviewer()
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False):
        do(reviewers, leases.claim, turn, by)
        with refused(ReviewHeldByOther) as refusal:
            do(reviewers, leases.claim, turn, other)
    assert refusal.value.params == {"holder": by.label, "until": "09:30"}


def test_a_lapsed_lease_isnt_revived_but_taken_over(reviewers: Desk) -> None:
    turn, by, other = bare_turn(reviewers), reviewers.reviewer(), reviewers.reviewer()
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as clock:
        do(reviewers, leases.claim, turn, by)
        clock.shift(timedelta(minutes=MINUTES))
        with refused(ReviewNotHeld):
            do(reviewers, leases.renew, turn, by)
        do(reviewers, leases.claim, turn, other)
        with refused(ReviewHeldByOther):
            do(reviewers, leases.renew, turn, by)
    with tenant_tx(reviewers.hall.tenant):
        rows = AuditRow.objects.filter(action="review.claimed").order_by("seq")
        assert [b'"took_over":true' in bytes(row.body).replace(b" ", b"") for row in rows] == [False, True]


def test_given_back_it_is_free_at_once_and_the_marks_stay(reviewers: Desk) -> None:
    turn, by, other = bare_turn(reviewers), reviewers.reviewer(), reviewers.reviewer()
    do(reviewers, leases.claim, turn, by)
    mark = {"verdict": "return", "file": "", "reason": "application_wrong", "words": "见证照"}
    with tenant_tx(reviewers.hall.tenant, write=True):
        draft = drafts.save(turn, {"application": mark}, by=by)
    do(reviewers, leases.release, turn, by)
    do(reviewers, leases.claim, turn, other)
    again(reviewers, draft)
    assert (draft.marks, draft.by_id) == ({"application": mark}, by.user_id)


def test_giving_back_what_a_colleague_has_changes_nothing(reviewers: Desk) -> None:
    turn, by, other = bare_turn(reviewers), reviewers.reviewer(), reviewers.reviewer()
    do(reviewers, leases.claim, turn, by)
    do(reviewers, leases.release, turn, other)
    again(reviewers, turn)
    assert turn.holder_id == by.user_id


def test_words_with_somebodys_number_arent_kept(reviewers: Desk) -> None:
    turn, by = bare_turn(reviewers), reviewers.reviewer()
    do(reviewers, leases.claim, turn, by)
    mark = {"verdict": "return", "file": "", "reason": "application_wrong", "words": "请致电 19900001234"}
    with tenant_tx(reviewers.hall.tenant, write=True):
        draft = drafts.save(turn, {"application": mark}, by=by)
    assert draft.marks["application"] == mark | {"words": ""}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_gets_it(reviewers: Desk) -> None:
    hands = [reviewers.reviewer() for _ in range(2)]
    for _ in range(30):
        turn = bare_turn(reviewers)
        barrier, got = threading.Barrier(2), [None, None]

        def run(number: int) -> None:
            try:
                with tenant_tx(reviewers.hall.tenant):
                    mine = ReviewTurn.objects.select_related("order__programme").get(pk=turn.pk)  # noqa: B023
                barrier.wait(10)  # noqa: B023
                do(reviewers, leases.claim, mine, hands[number])
                got[number] = "taken"  # type: ignore[call-overload]  # noqa: B023
            except ReviewHeldByOther:
                got[number] = "held"  # type: ignore[call-overload]  # noqa: B023
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(map(str, got)) == ["held", "taken"]
        again(reviewers, turn)
        assert turn.holder_id == hands[got.index("taken")].user_id  # type: ignore[arg-type]
