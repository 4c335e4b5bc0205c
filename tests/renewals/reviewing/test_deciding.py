"""Approve, return exactly what was wrong, reject, stop (RULES C10, P13, P22)."""

import pytest

from renewals.models import ReviewDecision
from tests.renewals.reviewing.desk import Desk


def test_an_approval_opens_the_way_to_the_installation(reviewers: Desk) -> None:
    # RULES C10
    order, by = reviewers.waiting(), reviewers.reviewer()
    reviewers.claim(order, by)
    reviewers.approve(order, by)
    steps = reviewers.hall.steps(order)
    assert (steps["review"], steps["documents"], steps["issuance"]) == ("done", "done", "open")
    assert set(reviewers.states(order).values()) == {"accepted"}
    (decision,) = reviewers.decisions(order)
    assert (decision.outcome, decision.by_id) == (ReviewDecision.Outcome.APPROVED, by.user_id)
    assert decision.findings["certificates"][0]["state"] == "expired"
    assert "review.approved" in reviewers.hall.notices()
