"""The order page: who acts next, tasks, facts (RULES Across 4, C4, C12), and its live part."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments import ledger
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from renewals import selectors
from renewals.identity.base import Outcome
from renewals.views.progress import facts, money_of, next_step
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.reviewing.desk import Desk
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]


@pytest.mark.parametrize(
    ("station", "words"),
    [
        ("consent", "阅读并同意协议"),
        ("application", "选择年限，填写经办人和发票信息"),
        ("identity", "正在核验经办人身份"),
        ("payment", "缴纳证书费用 ¥200.00"),
        ("issuance", "付款成功，接下来安装证书"),
        ("requested", "CA 正在签发新证书"),
        ("issued", "把新证书装入 Ekey"),
        ("completed", "新证书已安装并验证"),
    ],
)
def test_every_station_says_what_comes_next(hall: Hall, browser: Client, station: str, words: str) -> None:
    page = browser.get(url("order", hall.to(station)))
    assert page.status_code == 200
    assert words in page.text


def test_the_facts_of_the_order_stand_beside_it(hall: Hall, browser: Client) -> None:
    """RULES C12."""
    order = hall.to("issuance")
    page = browser.get(url("order", order)).text
    for label in ("订单编号", "业务服务", "业务描述", "办理年限", "证书费用", "支付方式"):
        assert label in page
    assert "¥200.00" in page
    assert "1 年" in page


def test_the_stages_are_the_packs(hall: Hall, browser: Client) -> None:
    """RULES C4: of the five those that apply."""
    page = browser.get(url("order", hall.to("application"))).text
    for stage in ("续期介绍", "证书选择", "录入信息"):
        assert stage in page
    assert "打印申请表" not in page


@pytest.mark.parametrize(
    ("outcome", "words"), [(Outcome.MISMATCH, "三项核对不一致"), (Outcome.NO_RECORD, "没有查到这个手机号码的实名登记")]
)
def test_a_failed_check_returns_the_application_with_help(
    hall: Hall, browser: Client, outcome: Outcome, words: str
) -> None:
    hall.identity.outcomes = [outcome]
    order = hall.to("payment")
    assert words in browser.get(url("order", order)).text
    form = browser.get(url("order-application", order)).text
    assert words in form
    assert "请登录手机号码所属运营商的 App" in form
    assert "还可以在线核验 4 次" in form  # the pack allows five
    assert 'value="林晓彤"' in form  # what was confirmed is there to be mended


def test_somebody_elses_order_does_not_exist(hall: Hall) -> None:
    order = hall.to("consent")
    stranger = browser_of(make_customer(hall.tenant, "19900000055"))
    rooms = ("order", "order-live", "order-consent", "order-application", "order-check", "order-answers", "order-pay")
    for room in (*rooms, "order-install", "order-cancel"):
        assert stranger.get(url(room, order)).status_code == 404, room
    assert hall.order(order).number not in stranger.get(url("orders")).text.replace(" ", "")


def test_the_live_part_is_asked_for_while_something_moves(hall: Hall, browser: Client) -> None:
    resting, moving = hall.to("application", hall.certificate(40)), hall.to("identity")
    assert 'hx-trigger="every 2s"' in browser.get(url("order", moving)).text
    assert 'hx-trigger="every 2s"' not in browser.get(url("order", resting)).text


def test_unchanged_is_304_and_a_change_is_not(hall: Hall, browser: Client) -> None:
    order = hall.to("identity")
    first = browser.get(url("order-live", order))
    assert first.status_code == 200
    assert f'data-etag="{first["ETag"]}"'.replace('""', '"&quot;').count("data-etag") == 1
    again = browser.get(url("order-live", order), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    hall.run()
    changed = browser.get(url("order-live", order), headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert "缴纳证书费用" in changed.text


def test_an_unavailable_service_is_told_and_asked_again(hall: Hall, browser: Client) -> None:
    hall.identity.outcomes = [Outcome.UNAVAILABLE]
    order = hall.to("payment")
    page = browser.get(url("order", order)).text
    assert "身份核验服务暂时不可用" in page
    assert "系统会自动重试" in page


def test_the_order_page_takes_few_queries(hall: Hall, browser: Client) -> None:
    order = hall.to("completed")
    browser.get(url("order", order))
    with CaptureQueriesContext(connection) as asked:
        browser.get(url("order", order))
    assert len(asked) <= 24, "\n".join(query["sql"][:160] for query in asked)


def test_the_list_takes_no_more_queries_for_more_orders(hall: Hall, browser: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url("orders")).status_code == 200
        return len(queries)

    hall.to("consent")
    asked()
    one = asked()
    for days in (31, 32, 33):
        hall.to("consent", hall.certificate(days))
    assert asked() == one


# -- the long path ----------------------------------------------------------------------------------------------------


def says(hall: Hall, order: str) -> tuple[str, str, str]:
    """Who is next, what, and by when, as the customer's page has it."""
    with tenant_tx(hall.tenant):
        view = selectors.order_view(hall.order(order))
        step = next_step(view, money_of(view), None)
    return str(step.who), str(step.title), str(step.by)


def test_the_long_path_says_what_comes_next_and_by_when(channels: Hall) -> None:
    """RULES Across 4, P21."""
    desk = Desk(channels)
    order = desk.applied()
    who, title, by = says(channels, order)
    assert (who, title) == ("you", "用手机核验经办人身份")
    assert by.startswith("请在 ")
    desk.seen_in_person(order)
    assert says(channels, order)[:2] == ("you", "上传盖章的申请表和盖章的证照")
    desk.hand_in(order)
    assert says(channels, order)[:2] == ("you", "缴纳证书费用 ¥200.00")
    channels.pay(order)
    channels.run()
    who, title, by = says(channels, order)
    assert (who, title) == ("them", "正在审核")
    assert by.startswith("预计 ")


def test_what_came_back_says_why_paper_by_paper(browser: Client, channels: Hall) -> None:
    """RULES C10, P22: in the pack's words."""
    desk = Desk(channels)
    order = desk.waiting()
    by = desk.reviewer()
    desk.claim(order, by)
    desk.send_back(order, by, {"licence": "licence_illegible"})
    page = browser.get(url("order", order)).text
    assert "重新上传退回的资料" in page
    assert "盖章的证照：证照的扫描件看不清或不完整，请重新扫描上传。" in page


def test_a_rejected_order_says_why(browser: Client, channels: Hall) -> None:
    desk = Desk(channels)
    order = desk.waiting()
    by = desk.reviewer()
    desk.claim(order, by)
    desk.decide(order, by, "reject", {"reason": "licence_struck_off"})
    page = browser.get(url("order", order)).text
    assert "订单已结束：已驳回" in page
    assert "登记信息显示该单位已经注销或被吊销，不能续期证书。" in page


def test_a_bank_transfer_is_named_as_the_way_of_paying(channels: Hall) -> None:
    """RULES C12."""
    desk = Desk(channels)
    order = desk.waiting(paid=False)
    assert says(channels, order)[:2] == ("them", "转账凭证已提交，等待财务确认到账")
    charge = channels.charge(order)
    with tenant_tx(channels.tenant, write=True):
        ledger.credit(
            channel="bank_transfer",
            transaction_id="BANK-1",
            amount_fen=charge.total_fen,
            paid_at=timezone.now(),
            evidence="test",
            by=Actor.system("tests"),
            charge_id=charge.pk,
        )
    channels.run()
    with tenant_tx(channels.tenant):
        view = selectors.order_view(channels.order(order))
        pairs = {str(pair.label): str(pair.value) for pair in facts(view, money_of(view))}
    assert pairs["支付方式"] == "银行转账"
