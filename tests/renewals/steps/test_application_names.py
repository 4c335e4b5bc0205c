"""Under which name a holder may apply: another one only where its proof is asked for and reviewed. RULES P11, D4."""

import pytest

from renewals.models import Order
from renewals.steps.answers import Answers, Holder
from renewals.steps.application import name_without_proof
from tests.renewals.programmes.example import CGN, EPASS3000GM, EPASS3003, JSJ, NETCA

HOLDER = Holder("深圳市测试精密制造有限公司", "91440300MA5DEM0010")
RENAMED = Answers(organisation_name="深圳市测试智能制造有限公司")
SAME = Answers(organisation_name="深圳市测试精密制造有限公司")


def test_an_upgrade_that_nobody_reviews_renames_nobody() -> None:
    order = Order(business=Order.Business.TOKEN_MODEL_CHANGE)
    assert name_without_proof(order, JSJ.path("upgrade"), RENAMED, HOLDER) == {
        "organisation_name": ["名称与证书上的不一致。填错了的请更正；单位已改名的，请先变更证书上的名称，再办本业务。"]
    }
    assert name_without_proof(order, JSJ.path("upgrade"), SAME, HOLDER) == {}


def test_a_change_of_the_subject_is_what_it_is_for() -> None:
    order = Order(business=Order.Business.SUBJECT_CHANGE)
    assert name_without_proof(order, CGN.path("change"), RENAMED, HOLDER) == {}


@pytest.mark.parametrize(
    "path",
    [
        path
        for pack in (CGN, EPASS3000GM, EPASS3003, NETCA)
        for path in pack.paths
        if path.application and "organisation_name" in path.application.all_fields and path.name != "change"
    ],
    ids=lambda path: path.name,
)
def test_everywhere_else_where_the_name_is_asked_a_change_notice_is_too(path) -> None:  # type: ignore[no-untyped-def]
    order = Order(business=path.serves[0])
    assert name_without_proof(order, path, RENAMED, HOLDER) == {}
