"""The expired application's pages: what they ask, warn of and keep (RULES C6, P3, P11, P12)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.tenants import tenant_tx
from renewals import drafts
from tests.portal.accounts.people import browser_of
from tests.renewals.hall import Hall, organisation_of
from tests.renewals.papers.counter import Counter
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("channels")]
DAYS_PAST = -12
NEW_NAME = "深圳市测试智能制造股份有限公司"


def opened(hall: Hall, days_left: int = DAYS_PAST) -> str:
    order = hall.open(hall.certificate(days_left))
    hall.consent(order)
    return order


def test_the_form_asks_for_the_organisation_and_starts_with_the_holder(hall: Hall, browser: Client) -> None:
    """RULES C6."""
    page = browser.get(url("order-application", opened(hall))).text
    for words in ("申请单位", "统一社会信用代码", "法定代表人", 'value="91440300MA5DEM0019"'):
        assert words in page


def test_what_is_wrong_stands_beside_its_field_and_everything_is_kept(hall: Hall, browser: Client) -> None:
    """RULES C6."""
    order = opened(hall)
    sent = hall.answers(order, organisation_code="91440300MA5DEM0018", legal_representative="周明远")
    answer = browser.post(url("order-application", order), sent)
    assert answer.status_code == 422
    assert "统一社会信用代码有误" in answer.text
    again = browser.get(url("order-application", order)).text
    assert 'value="91440300MA5DEM0018"' in again
    assert 'value="周明远"' in again


def test_a_new_name_is_pointed_out_before_it_is_confirmed(hall: Hall, browser: Client) -> None:
    """RULES P11: the notice of change, and that the new certificate carries the new name."""
    order = opened(hall)
    browser.post(url("order-application", order), hall.answers(order, organisation_name=NEW_NAME))
    page = browser.get(url("order-check", order)).text
    for words in ("单位名称与证书上的不同", "深圳市测试精密制造有限公司", NEW_NAME, "名称变更证明", "新证书使用新名称"):
        assert words in page


def test_the_usual_name_is_not(hall: Hall, browser: Client) -> None:
    order = opened(hall)
    browser.post(url("order-application", order), hall.answers(order))
    assert "单位名称与证书上的不同" not in browser.get(url("order-check", order)).text


def test_the_application_is_confirmed_from_the_page(hall: Hall, browser: Client) -> None:
    order = opened(hall)
    browser.post(url("order-application", order), hall.answers(order))
    answer = browser.post(url("order-check", order), follow=True)
    assert "然后打印申请表、手机核验身份、上传资料" in answer.text
    assert hall.steps(order)["application"] == "done"


# -- into another window (RULES P12) ----------------------------------------------------------------------------------


def test_a_draft_whose_certificate_expired_says_what_is_needed_now(hall: Hall) -> None:
    """RULES P12: nothing that was typed is lost, and the confirmation takes the expired path."""
    order = opened(hall, days_left=3)
    before = hall.answers(order, representative_name="周明远")
    with tenant_tx(hall.tenant, write=True):
        drafts.save(hall.order(order), before)
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        browser = browser_of(hall.customer)
        sent_to = browser.get(url("order-check", order))
        assert sent_to.headers["Location"] == url("order-application", order)
        page = browser.get(url("order-application", order)).text
        for words in (
            "办理方式有变化",
            "改按过期续期办理",
            "盖章的申请表、盖章的证照",
            "约 3 个工作日",
            'value="周明远"',
        ):
            assert words in page
        assert hall.order(order).path == "unexpired"
        browser.post(url("order-application", order), before | organisation_of(hall.item(order).certificate))
        assert "办理方式有变化" in browser.get(url("order-check", order)).text
        browser.post(url("order-check", order))
        assert hall.order(order).path == "expired"
        assert "办理方式有变化" not in browser.get(url("order-application", order)).text


# -- changes in the middle (RULES P3) ---------------------------------------------------------------------------------


def test_what_a_change_undoes_is_said_before_it_is_confirmed(hall: Hall, browser: Client) -> None:
    """RULES P3, C7: which steps, and what has to be printed again."""
    counter = Counter(hall)
    order = counter.handed_in()
    browser.post(url("order-application", order), counter.answers(order, representative_name="周明远"))
    page = browser.get(url("order-check", order)).text
    assert "要重新办理：核对经办人信息、打印申请表、上传资料。" in page
    assert "申请表上的“经办人”会变，请重新打印申请表" in page
    assert hall.steps(order)["documents"] == "submitted"


def test_a_change_that_undoes_nothing_says_so(hall: Hall, browser: Client) -> None:
    order = hall.to("payment")
    browser.post(url("order-application", order), hall.answers(order, invoice_title="深圳市测试精密制造有限公司总部"))
    assert "不用重新办理已经完成的步骤" in browser.get(url("order-check", order)).text


def test_the_handler_may_still_change_while_the_review_waits(hall: Hall, browser: Client) -> None:
    """RULES P3: may_write, as long as the CA hasn't been asked."""
    counter = Counter(hall)
    order = counter.handed_in()
    page = browser.get(url("order-answers", order)).text
    assert url("order-application", order) in page
    assert "已交的证照不受影响" in page
