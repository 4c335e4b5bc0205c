"""Home: certificates by days left, what stands in the way, nothing old without proof (RULES A3, A4, C2, P17)."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import User
from portal.tenants import tenant_tx
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.views.page import url

pytestmark = pytest.mark.django_db


def test_a_visitor_sees_services_hotline_hours_and_the_way_in(hall: Hall) -> None:
    page = Client().get(url("home"))
    assert page.status_code == 200
    for words in ("中广核项目数字证书续期（SM2）", "400-000-3838", "每天 8:30–21:00", "手机号登录"):
        assert words in page.text


def test_certificates_stand_by_days_left_the_expired_first(hall: Hall, browser: Client) -> None:
    for days in (74, 263, -12, 21):
        hall.certificate(days)
    page = browser.get(url("home")).text
    places = [page.index(words) for words in ("已过期 12 天", "还剩 21 天", "还剩 74 天", "还剩 263 天")]
    assert places == sorted(places)
    assert page.index("需要尽快办理") < page.index("可以续期") < page.index("暂时不用续期")


def test_what_cannot_be_renewed_says_why_in_the_packs_words(hall: Hall, browser: Client) -> None:
    hall.certificate(40, state="frozen")
    hall.certificate(30, medium="2777000000007001")  # RULES C2
    page = browser.get(url("home")).text
    assert "该证书已被冻结" in page
    assert "只办理介质编号以 3888 开头的证书" in page
    assert f"{url('renew')}?serial=" not in page


def test_an_expired_one_says_what_its_renewal_takes(hall: Hall, browser: Client) -> None:
    """RULES C6–C10."""
    certificate = hall.certificate(-3)
    page = browser.get(url("home")).text
    assert "办理时要准备盖章的申请表、盖章的证照，审核约 3 个工作日。" in page
    assert f"{url('renew')}?serial={certificate.serial}" in page
    start = browser.get(url("renew"), {"serial": certificate.serial}).text
    for words in ("证书已过期，按过期续期办理", "打印申请表，签字盖章", "审核约 3 个工作日"):
        assert words in start


def test_a_certificate_that_somebody_else_renews_leads_to_its_key(hall: Hall, browser: Client) -> None:
    """RULES P2, Across 2: the other handler's order isn't shown, taking over by the key is."""
    certificate = hall.certificate(30)
    with tenant_tx(hall.tenant, write=True):
        certificate.contacts.create(name="周明远", phone="19900000011", tenant=hall.tenant)
    colleague = make_customer(hall.tenant, "19900000011")
    other = Hall(hall.tenant, colleague, hall.desk, hall.identity, session="visit-2", mobile="19900000011")
    order = other.to("payment", certificate)
    page = browser.get(url("home")).text
    assert url("order", order) not in page
    assert "另一位经办人正在办理这张证书的续期" in page


def test_too_early_says_from_when_on(hall: Hall, browser: Client) -> None:
    hall.certificate(91)  # RULES A4: 90 is the last day
    opens = (timezone.now() + dt.timedelta(days=1)).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    assert f"{opens.isoformat()} 起可以续期" in browser.get(url("home")).text


def test_an_open_order_leads_back_to_it(hall: Hall, browser: Client) -> None:
    order = hall.to("payment")
    page = browser.get(url("home")).text
    assert "继续办理" in page
    assert url("order", order) in page


def test_an_empty_home_leads_to_claiming(hall: Hall, browser: Client) -> None:
    page = browser.get(url("home")).text
    assert "这里还没有您的证书" in page
    assert url("claim") in page


def test_other_peoples_certificates_are_not_there(hall: Hall) -> None:
    certificate = hall.certificate(30)
    stranger = browser_of(make_customer(hall.tenant, "19900000055"))
    assert certificate.serial not in stranger.get(url("home")).text.replace(" ", "")


def test_a_recycled_number_shows_nothing_old(hall: Hall, browser: Client) -> None:
    """RULES P17."""
    order = hall.to("consent")
    certificate = hall.item(order).certificate
    with tenant_tx(hall.tenant, write=True):
        User.objects.filter(pk=hall.customer.pk).update(restricted_since=timezone.now())
    for address in (url("home"), url("orders")):
        page = browser.get(address).text
        assert certificate.serial not in page.replace(" ", "")
        assert hall.order(order).number not in page.replace(" ", "")
    assert "用 Ekey 验证" in browser.get(url("home")).text
    assert browser.get(url("order", order)).status_code == 404
    assert browser.get(url("order-live", order)).status_code == 404
    answer = browser.get(url("renew"), {"serial": certificate.serial})
    assert answer.status_code == 404


@pytest.mark.parametrize("count", [1, 6])
def test_home_asks_as_much_for_six_certificates_as_for_one(hall: Hall, browser: Client, count: int) -> None:
    for number in range(count):
        hall.certificate(30 + number)
    browser.get(url("home"))  # the pack is parsed once per process
    with CaptureQueriesContext(
        connection,
    ) as asked:
        browser.get(url("home"))
    assert len(asked) <= 16, "\n".join(query["sql"][:160] for query in asked)
