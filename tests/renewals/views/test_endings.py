"""Starting, paying and cancelling (RULES C2, C3, C5, P19), and the help pages."""

import pytest
from django.test import Client

from payments.models import ChannelOrder
from portal.tenants import tenant_tx
from renewals.bridge.protocol import ErrorCode
from renewals.models import Order
from tests.renewals.hall import Hall
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]


# -- starting ---------------------------------------------------------------------------------------------------------


def start(browser: Client, serial: str, key: str = "a-key-of-this-page") -> str:
    answer = browser.post(url("renew"), {"serial": serial, "key": key})
    assert answer.status_code == 302, answer.text
    return answer["Location"]


def test_a_renewal_is_started_once(hall: Hall, browser: Client) -> None:
    serial = hall.certificate(30).serial
    assert "续期这张证书" in browser.get(url("renew"), {"serial": serial}).text
    first = start(browser, serial)
    assert start(browser, serial) == first
    assert start(browser, serial, "another-key-of-mine") == first  # the draft goes on
    assert browser.get(url("renew"), {"serial": serial})["Location"] == first


def test_the_next_certificate_waits_for_the_first(hall: Hall, browser: Client) -> None:
    """RULES C3."""
    running = hall.to("payment")
    serial = hall.certificate(40).serial
    answer = browser.post(url("renew"), {"serial": serial, "key": "a-key-of-this-page"})
    assert answer.status_code == 409
    assert "您有一张证书正在续期" in answer.text
    assert url("order", running) in answer.text
    with tenant_tx(hall.tenant):
        assert Order.objects.count() == 1


def test_what_cannot_be_renewed_says_why(hall: Hall, browser: Client) -> None:
    serial = hall.certificate(30, medium="2777000000007002").serial
    answer = browser.get(url("renew"), {"serial": serial})
    assert answer.status_code == 409
    assert "只办理介质编号以 3888 开头的证书" in answer.text


# -- paying -----------------------------------------------------------------------------------------------------------


def test_the_channel_is_chosen_and_its_page_follows(hall: Hall, browser: Client) -> None:
    order = hall.to("payment")
    page = browser.get(url("order-pay", order)).text
    assert "微信支付" in page
    assert "支付宝" in page
    charge = hall.charge(order).public_id
    answer = browser.post(url("order-pay", order), {"channel": "alipay", "key": "a-key-of-this-page"})
    assert answer["Location"] == url("payments:pay", charge)
    assert hall.steps(order)["payment"] == "submitted:online"
    with tenant_tx(hall.tenant):
        assert ChannelOrder.objects.get().channel == "alipay"
    assert browser.get(url("payments:pay", charge)).status_code == 200
    assert browser.get(url("order-pay", order))["Location"] == url("payments:pay", charge)


@pytest.mark.parametrize("channel", ["", "cash", "unionpay"])
def test_only_the_packs_channels_are_taken(hall: Hall, browser: Client, channel: str) -> None:
    order = hall.to("payment")
    answer = browser.post(url("order-pay", order), {"channel": channel})
    assert answer.status_code == 422
    assert "请选择支付方式" in answer.text
    assert hall.steps(order)["payment"] == "open"


def test_a_strangers_charge_is_not_shown(hall: Hall) -> None:
    from tests.portal.accounts.people import browser_of, make_customer

    charge = hall.charge(hall.to("payment")).public_id
    stranger = browser_of(make_customer(hall.tenant, "19900000055"))
    assert stranger.get(url("payments:pay", charge)).status_code in {403, 404}


# -- cancelling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("station", "words"),
    [
        ("consent", "取消后不产生任何费用"),
        ("payment", "取消后不产生任何费用"),
        ("issuance", "全部原路退回"),
        ("issued", "先撤销它，再由财务核定退款"),
    ],
)
def test_what_cancelling_means_is_said_before(hall: Hall, browser: Client, station: str, words: str) -> None:
    """RULES P19."""
    order = hall.to(station)
    assert words in browser.get(url("order-cancel", order)).text
    answer = browser.post(url("order-cancel", order), {"reason": "not_needed", "key": "a-key-of-this-page"})
    assert answer["Location"] == url("order", order)
    assert hall.order(order).status == "cancelled"
    assert "订单已结束：已取消" in browser.get(url("order", order)).text


def test_after_the_refund_the_page_says_how_much_came_back(hall: Hall, browser: Client) -> None:
    order = hall.to("issuance")
    hall.act(order, "", "cancel", {"reason": "not_needed"})
    assert "退款正在原路退回" in browser.get(url("order", order)).text
    hall.refund_arrives()
    page = browser.get(url("order", order)).text
    assert "¥200.00 已原路退回" in page
    assert "已退款" in page


def test_a_reason_is_wanted(hall: Hall, browser: Client) -> None:
    order = hall.to("consent")
    answer = browser.post(url("order-cancel", order), {})
    assert answer.status_code == 422
    assert "请选择取消的原因" in answer.text
    assert hall.order(order).closed_at is None


@pytest.mark.parametrize("station", ["requested", "completed"])
def test_what_cannot_be_cancelled_says_so(hall: Hall, browser: Client, station: str) -> None:
    order = hall.to(station)
    assert "这张订单现在不能取消" in browser.get(url("order-cancel", order)).text
    answer = browser.post(url("order-cancel", order), {"reason": "other", "key": "a-key-of-this-page"})
    assert answer.status_code == 409
    assert hall.order(order).status != "cancelled"


def test_an_order_that_moved_on_is_not_cancelled_by_an_old_page(hall: Hall, browser: Client) -> None:
    """The page said "no fee"; meanwhile it was paid."""
    order = hall.to("payment")
    seen = str(hall.order(order).version)
    hall.pay(order)
    answer = browser.post(url("order-cancel", order), {"reason": "other", "seen_version": seen, "key": "a-key-x"})
    assert answer.status_code == 409
    assert "全部原路退回" in answer.text
    assert hall.order(order).status == "ready_to_install"


# -- help -------------------------------------------------------------------------------------------------------------


def test_the_manuals_questions_are_answered(hall: Hall) -> None:
    page = Client().get(url("help")).text
    for question in ("实名认证无法通过怎么办", "PIN 码会重新发送吗", "电子发票怎样获取", "在哪里查看证书序列号"):
        assert question in page
    serial = Client().get(url("help-serial")).text
    assert "3.0 以上版本" in serial
    assert "4.0 以上版本" in serial


def test_every_message_of_the_bridge_is_in_the_catalogue(hall: Hall) -> None:
    page = Client().get(url("help-messages")).text
    for code in ErrorCode:
        assert f'id="{code}"' in page


def test_downloads_are_there_for_everybody(hall: Hall) -> None:
    assert Client().get(url("downloads")).status_code == 200
