"""Approve, return exactly what was wrong, reject, stop (RULES C10, P2, P13, P22)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.audit.models import AuditRow
from portal.errors import StaleVersion
from portal.tenants import tenant_tx
from renewals import taking_over
from renewals.ca_of_tenant import ca_of
from renewals.demo import people
from renewals.errors import NotYourOrder
from renewals.lifecycle import OrderEnded
from renewals.models import CertificateContact, CertificateGrant, Order, ReviewDraft, ReviewTurn, StatusCheck
from renewals.reviewing import drafts
from renewals.reviewing.errors import (
    MarksIncomplete,
    NotRenewableAnyMore,
    PapersChanged,
    PapersUndecided,
    ReviewNotHeld,
    StatusNotFresh,
    StillRenewable,
)
from renewals.reviewing.returned import returned_words
from tests.renewals.reviewing.desk import Desk
from tests.renewals.snapshot import refused

REASONS = {
    "stamped_form": "form_unsealed",
    "licence": "licence_illegible",
    "application": "application_wrong",
    "liveness": "person_doubtful",
}
NEEDS = {"stamped_form": "documents", "licence": "documents", "application": "application", "liveness": "liveness"}


@pytest.fixture
def claimed(reviewers: Desk) -> tuple[Desk, str, Any]:
    order, by = reviewers.waiting(), reviewers.reviewer()
    reviewers.claim(order, by)
    return reviewers, order, by


# -- approving --------------------------------------------------------------------------------------------------------


def test_an_approval_opens_the_way_to_the_installation(claimed: tuple[Desk, str, Any]) -> None:
    # RULES C10
    desk, order, by = claimed
    desk.approve(order, by)
    steps = desk.hall.steps(order)
    assert (steps["review"], steps["documents"], steps["issuance"]) == ("done", "done", "open")
    assert set(desk.states(order).values()) == {"accepted"}
    assert desk.hall.notices()[-1] == "review.approved"
    assert [job.payload["kind"] for job in desk.hall.jobs("notices.email")][-1] == "review.approved"


def test_what_was_decided_by_whom_and_on_which_findings_is_kept(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    files = desk.files(order)
    desk.approve(order, by)
    (decision,) = desk.decisions(order)
    assert (decision.outcome, decision.by_id, decision.form_version) == ("approved", by.user_id, 1)
    assert decision.papers == {name: {"verdict": "accept", "file": file} for name, file in files.items()}
    assert decision.findings["certificates"][0]["state"] == "expired"
    assert decision.findings["steps"] == {"three_factor": "done", "liveness": "done:counter", "payment": "done"}
    with tenant_tx(desk.hall.tenant):
        row = AuditRow.objects.get(action="order.review.approve")
    assert row.subject == f"order:{order}"


def test_it_may_come_before_the_transfer_is_found(reviewers: Desk) -> None:
    # PLAN of the path: a claimed transfer counts for the review, only settled money for the installation
    order, by = reviewers.waiting(paid=False), reviewers.reviewer()
    reviewers.claim(order, by)
    reviewers.approve(order, by)
    assert reviewers.hall.steps(order)["issuance"] == "waiting"
    assert reviewers.hall.notices()[-1] == "review.approved_unpaid"
    reviewers.hall.pay(order)
    assert reviewers.hall.steps(order)["issuance"] == "open"


def test_every_paper_has_to_be_accepted(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    files = desk.files(order)
    with refused(PapersUndecided) as refusal:
        desk.decide(order, by, "approve", {"papers": {"licence": files["licence"]}})
    assert refusal.value.params == {"papers": "盖章的申请表"}


def test_another_file_than_was_looked_at_isnt_accepted(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    files = desk.files(order)
    with refused(PapersChanged):
        desk.decide(order, by, "approve", {"papers": files | {"licence": files["stamped_form"]}})


def test_a_page_that_is_older_than_the_order_decides_nothing(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    data, seen = {"papers": desk.files(order)}, desk.hall.order(order).version - 1
    with refused(StaleVersion):
        desk.decide(order, by, "approve", data, seen=seen)


def test_the_same_decision_sent_twice_is_made_once(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    data = {"papers": desk.files(order)}
    first = desk.decide(order, by, "approve", data, key="page-1")
    again = desk.decide(order, by, "approve", data, key="page-1")
    assert (first.repeated, again.repeated) == (False, True)
    assert len(desk.decisions(order)) == 1


# -- the CA's word (P13) ----------------------------------------------------------------------------------------------


def test_approving_needs_an_answer_of_the_last_day(claimed: tuple[Desk, str, Any]) -> None:
    # RULES P13
    desk, order, by = claimed
    with tenant_tx(desk.hall.tenant, write=True):
        check = StatusCheck.objects.get()
        check.answered_at -= timedelta(hours=24, minutes=1)  # type: ignore[operator]
        check.save()
    data = {"papers": desk.files(order)}
    with refused(StatusNotFresh):
        desk.decide(order, by, "approve", data)


def test_a_frozen_certificate_is_stopped_told_and_refunded(claimed: tuple[Desk, str, Any]) -> None:
    # RULES P13
    from renewals.reviewing import rechecks

    desk, order, by = claimed
    ca_of(desk.hall.tenant).freeze(desk.hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    with tenant_tx(desk.hall.tenant, write=True):
        rechecks.ask(desk.hall.order(order))
    desk.hall.run()
    data = {"papers": desk.files(order)}
    with refused(NotRenewableAnyMore):
        desk.decide(order, by, "approve", data)
    desk.decide(order, by, "stop", {})
    ended = desk.hall.order(order)
    assert (ended.status, ended.ending["reason"], ended.ending["duties"]) == (
        "stopped",
        "ca_status_frozen",
        ["refund"],
    )
    assert desk.hall.notices()[-1] == "order.stopped"
    assert desk.decisions(order)[-1].outcome == "stopped"


def test_what_the_ca_would_renew_isnt_stopped(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    with refused(StillRenewable):
        desk.decide(order, by, "stop", {})


# -- returning --------------------------------------------------------------------------------------------------------


def test_a_returned_paper_reopens_itself_alone(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    desk.send_back(order, by, {"licence": "licence_unsealed"})
    steps = desk.hall.steps(order)
    assert (steps["documents"], steps["application"], steps["liveness"], steps["payment"], steps["review"]) == (
        "returned",
        "done",
        "done:counter",
        "done",
        "waiting",
    )
    assert desk.states(order) == {"stamped_form": "accepted", "licence": "returned"}
    assert desk.hall.order(order).next_actor == "customer"


def test_the_customer_reads_why_and_what_to_do(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    marks = {"licence": {"reason": "licence_unsealed", "words": "第二页也要盖。", "file": desk.files(order)["licence"]}}
    accepted = {"stamped_form": desk.files(order)["stamped_form"]}
    desk.decide(order, by, "return", {"accepted": accepted, "papers": marks})
    with tenant_tx(desk.hall.tenant):
        (word,) = returned_words(Order.objects.get(public_id=order))
    assert (word.step, word.paper, word.title) == ("documents", "licence", "盖章的证照")
    assert word.words == "证照复印件上没有加盖公章，请盖章后重新扫描上传。"
    assert word.more == "第二页也要盖。"
    assert desk.hall.notices()[-1] == "review.returned"


def test_mended_it_comes_back_and_what_was_accepted_stays_so(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    desk.send_back(order, by, {"licence": "licence_unsealed"})
    desk.upload(order, "licence", "grey")
    desk.hall.act(order, "documents", "submit")
    desk.hall.run()
    turn = desk.turn(order)
    assert (turn.round, turn.returned_before, turn.holder_id) == (2, True, None)
    assert desk.states(order) == {"stamped_form": "accepted", "licence": "submitted"}
    with tenant_tx(desk.hall.tenant):
        assert returned_words(Order.objects.get(public_id=order)) == ()
    desk.claim(order, by)
    desk.decide(order, by, "approve", {"papers": {"licence": desk.files(order)["licence"]}})
    assert desk.hall.steps(order)["issuance"] == "open"


def test_a_returned_application_keeps_the_review_waiting_until_it_is_confirmed(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    desk.send_back(order, by, {"application": "application_wrong"})
    assert desk.hall.steps(order)["review"] == "waiting"
    desk.confirm(order)  # nothing changed: everything behind it still holds
    assert desk.hall.steps(order)["review"] == "open"


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sets(st.sampled_from(sorted(REASONS)), min_size=1))
def test_any_set_of_returns_reopens_exactly_those(reviewers: Desk, back: set[str]) -> None:
    order, by = reviewers.waiting(), reviewers.reviewer()
    reviewers.claim(order, by)
    before = reviewers.hall.steps(order)
    reviewers.send_back(order, by, {name: REASONS[name] for name in back})
    wanted = {NEEDS[name] for name in back}
    after = reviewers.hall.steps(order)
    assert {name for name, state in after.items() if state == "returned"} == wanted
    assert after["review"] == "waiting"
    untouched = set(before) - wanted - {"review"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    papers = {"stamped_form", "licence"}
    assert reviewers.states(order) == {name: "returned" if name in back else "accepted" for name in papers}
    with tenant_tx(reviewers.hall.tenant):
        told = {word.paper or word.step for word in returned_words(Order.objects.get(public_id=order))}
    assert told == back
    reviewers.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})  # C3: the next example's turn


@pytest.mark.parametrize(
    ("data", "about"),
    [
        ({}, "__all__"),
        ({"papers": {"licence": {"reason": "form_unsealed"}}}, "licence"),  # another paper's reason
        ({"papers": {"licence": {"reason": "licence_struck_off"}}}, "licence"),  # a reason to reject
        ({"papers": {"passport": {"reason": "licence_illegible"}}}, "passport"),
        ({"steps": {"payment": {"reason": "application_wrong"}}}, "payment"),
        ({"papers": {"licence": {"reason": "licence_illegible", "words": "请致电 19900001234"}}}, "licence"),
    ],
)
def test_a_return_without_a_proper_reason_changes_nothing(
    claimed: tuple[Desk, str, Any], data: dict[str, Any], about: str
) -> None:
    desk, order, by = claimed
    with refused(MarksIncomplete) as refusal:
        desk.decide(order, by, "return", data)
    assert set(refusal.value.fields) == {about}  # type: ignore[attr-defined]


# -- rejecting --------------------------------------------------------------------------------------------------------


def test_a_rejection_ends_the_order_and_sends_the_money_back(claimed: tuple[Desk, str, Any]) -> None:
    # RULES P22: a holder that was struck off
    desk, order, by = claimed
    desk.decide(order, by, "reject", {"reason": "licence_struck_off"})
    ended = desk.hall.order(order)
    assert (ended.status, ended.ending["duties"]) == ("rejected", ["refund"])
    assert desk.hall.item(order).reserves is False
    assert desk.hall.notices()[-1] == "order.rejected"
    desk.hall.refund_arrives()
    assert desk.hall.order(order).ending["duties"] == []
    with refused(OrderEnded):
        desk.decide(order, by, "reject", {"reason": "licence_struck_off"})


def test_a_reason_for_a_return_doesnt_reject(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    with refused(MarksIncomplete):
        desk.decide(order, by, "reject", {"reason": "licence_illegible"})


# -- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["approve", "return", "reject", "stop"])
def test_only_reviewers_decide(claimed: tuple[Desk, str, Any], action: str) -> None:
    # RULES P20
    from portal.accounts.roles import Role

    desk, order, _by = claimed
    others = desk.hall.staff_member(*(role for role in Role if role is not Role.REVIEWER))
    data = {"papers": {}} if action == "approve" else {"reason": "papers_forged"} if action == "reject" else {}
    with refused(NotYourOrder):
        desk.decide(order, others, action, data)


def test_nobody_decides_without_having_claimed_it(reviewers: Desk) -> None:
    order, by = reviewers.waiting(), reviewers.reviewer()
    data = {"papers": reviewers.files(order)}
    with refused(ReviewNotHeld):
        reviewers.decide(order, by, "approve", data)


def test_marks_are_gone_with_the_decision_and_stay_with_a_refusal(claimed: tuple[Desk, str, Any]) -> None:
    desk, order, by = claimed
    mark = {"verdict": "accept", "file": desk.files(order)["licence"], "reason": "", "words": ""}
    turn = desk.turn(order)
    with tenant_tx(desk.hall.tenant, write=True):
        drafts.save(turn, {"licence": mark}, by=by)
    with refused(PapersUndecided):
        desk.decide(order, by, "approve", {"papers": {}})
    with tenant_tx(desk.hall.tenant):
        assert ReviewDraft.objects.get().marks == {"licence": mark}
    desk.approve(order, by)
    with tenant_tx(desk.hall.tenant):
        assert not ReviewDraft.objects.exists()
        assert not ReviewTurn.objects.filter(is_open=True).exists()


# -- a claim by sealed authorisation (P2) -----------------------------------------------------------------------------


def test_an_approval_grants_the_claim_and_unbinds_the_handlers_so_far(reviewers: Desk) -> None:
    # RULES P2
    desk = reviewers
    order = desk.applied()
    certificate = desk.hall.item(order).certificate
    with tenant_tx(desk.hall.tenant, write=True):
        Order.objects.filter(public_id=order).update(claim=Order.Claim.SEALED_AUTHORISATION)
        CertificateContact.objects.filter(certificate=certificate).delete()
        before = CertificateGrant.objects.create(
            certificate=certificate, user=people.customer("19900000008", "旧经办"), via="key_proof"
        )
    desk.seen_in_person(order)
    desk.hand_in(order, ("stamped_form", "licence", "authorisation"))
    desk.hall.pay(order)
    desk.hall.run()
    by = desk.reviewer()
    desk.claim(order, by)
    desk.approve(order, by)
    with tenant_tx(desk.hall.tenant):
        before.refresh_from_db()
        grant = CertificateGrant.objects.get(certificate=certificate, user=desk.hall.customer, withdrawn_at=None)
    assert before.withdrawn_at is not None
    assert grant.via == CertificateGrant.Via.REVIEW
    assert desk.decisions(order)[-1].findings["claim"] == "sealed_authorisation"
    with tenant_tx(desk.hall.tenant):  # approved, it is a handler's like another: a later one with the key takes it
        taken = taking_over.open_orders_of_others(certificate, before.user)
        assert [row.public_id for row in taken] == [order]
