"""Somebody else pays an order under review: what finance and the reviewer see, what becomes of held money (P10)."""

from typing import Any

import pytest

from payments import files as payment_files
from payments.models import Suspense
from portal.accounts.roles import Role
from portal.files.models import FileState, StoredFile
from portal.tenants import tenant_tx
from renewals.staff_files import reviewers as reviewers_guard
from renewals.staff_selectors.review_order import review_view
from tests.renewals.reviewing.desk import Desk
from tests.renewals.steps.test_transfer import PARENT, found, letter

REASON = {"payment_explanation": "explanation_wrong"}


@pytest.fixture
def held(reviewers: Desk) -> tuple[Desk, str]:
    """A transfer was found, and it came from the parent company."""
    order = reviewers.waiting(paid=False)
    with tenant_tx(reviewers.hall.tenant):
        (claim,) = review_view(order).transfers.claims  # type: ignore[union-attr]
    found(reviewers.hall, claim.public_id, payer=PARENT)
    return reviewers, order


def money(desk: Desk) -> Any:
    with tenant_tx(desk.hall.tenant):
        return Suspense.objects.select_related("explanation").get()


def explained(desk: Desk, order: str, colour: str = "white") -> str:
    file = desk.upload(order, "payment_explanation", colour)
    desk.hall.act(order, "documents", "submit")
    desk.hall.run()
    return file


def test_finance_and_the_reviewer_see_what_came_among_the_papers(held: tuple[Desk, str]) -> None:
    desk, order = held
    explained(desk, order)
    file, hall = money(desk).explanation, desk.hall
    roles = (Role.FINANCE, Role.REVIEWER, Role.MAIL_ROOM, Role.SERVICE_DESK, Role.PRODUCTION)
    finance, reviewer, *others = [hall.staff_member(role) for role in roles]
    with tenant_tx(hall.tenant):
        assert payment_files.may_open(finance, file)
        assert reviewers_guard(reviewer, file)
        for actor in others:
            assert not payment_files.may_open(actor, file)
            assert not reviewers_guard(actor, file)


def test_one_that_was_sent_back_is_replaced_for_finance_too(held: tuple[Desk, str]) -> None:
    desk, order = held
    first, by = explained(desk, order), desk.reviewer()
    assert money(desk).explanation.public_id == first
    desk.claim(order, by)
    desk.send_back(order, by, REASON)
    second = explained(desk, order, "red")
    assert money(desk).explanation.public_id == second
    with tenant_tx(desk.hall.tenant):  # what a reviewer saw is kept
        assert StoredFile.objects.get(public_id=first).state == FileState.COMMITTED


def test_the_reviewer_sees_one_that_came_beside_the_payment(held: tuple[Desk, str]) -> None:
    desk, order = held
    file = letter(desk.hall, order)
    desk.hall.act(order, "payment", "explain_payer", {"suspense": money(desk).public_id, "file": file})
    with tenant_tx(desk.hall.tenant):
        shown = review_view(order)
    assert [(one.sheets.file, one.detail) for one in shown.evidence if one.name == "explanation"] == [(file, PARENT)]
    assert shown.papers[-1].view.name != "payment_explanation"


def test_among_the_papers_it_is_shown_once(held: tuple[Desk, str]) -> None:
    desk, order = held
    explained(desk, order)
    with tenant_tx(desk.hall.tenant, write=True):
        shown = review_view(order)
    assert [one.name for one in shown.evidence if one.name == "explanation"] == []
    assert shown.papers[-1].view.name == "payment_explanation"


@pytest.mark.parametrize("answered", [False, True])
def test_an_order_that_ends_asks_for_held_money_back(held: tuple[Desk, str], answered: bool) -> None:
    """Finance finds it among those that wait for it, whatever the customer had said."""
    desk, order = held
    if answered:
        explained(desk, order)
    desk.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    assert (money(desk).state, money(desk).wish) == ("held", "refund")
