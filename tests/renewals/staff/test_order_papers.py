"""What a staff order page says of papers, reviews and the handler (RULES C7, C8, C10)."""

import pytest

from portal.accounts.roles import Role
from tests.renewals.hall import Hall
from tests.renewals.reviewing.desk import Desk
from tests.renewals.staff.conftest import Browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewers(channels: Hall) -> Desk:
    return Desk(channels)


def page(browse: Browse, order: str, *roles: Role) -> str:
    answer = browse(*roles).get(f"/szca/staff/orders/{order}/")
    assert answer.status_code == 200
    return str(answer.text)


def test_papers_and_the_way_to_the_review_stand_there(reviewers: Desk, browse: Browse) -> None:
    order = reviewers.waiting()
    text = page(browse, order, Role.REVIEWER)
    for words in (
        "三要素核对",
        "人证一致",
        "核验通过",
        "申请表与资料",
        "盖章的申请表",
        "盖章的证照",
        "已提交",
        "当面核验",
        "去审核",
    ):
        assert words in text
    assert f"/szca/staff/review/{order}/" in text


def test_who_does_not_review_gets_no_link_to_it(reviewers: Desk, browse: Browse) -> None:
    text = page(browse, reviewers.waiting(), Role.FINANCE)
    assert "盖章的证照" in text
    assert "去审核" not in text


def test_what_went_back_and_why_in_the_packs_titles(reviewers: Desk, browse: Browse) -> None:
    order = reviewers.waiting()
    by = reviewers.reviewer()
    reviewers.claim(order, by)
    reviewers.send_back(order, by, {"licence": "licence_illegible"})
    text = page(browse, order, Role.SERVICE_DESK)
    assert "审核结论" in text
    assert "盖章的证照：证照看不清" in text
    assert "licence_illegible" not in text


def test_an_unexpired_order_has_no_papers(channels: Hall, browse: Browse) -> None:
    assert "申请表与资料" not in page(browse, channels.to("payment"), Role.REVIEWER)
