"""Applying: what for, which certificates, which way; then the order is opened (RULES A12, A13, A17, A18)."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.tenants import tenant_tx
from renewals.bridge.simulator import SoftKeyDesk
from renewals.models import Certificate, Order
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.office import FUND, QUOTES, held, made_office

pytestmark = pytest.mark.django_db

CHOOSE = "/sscc/apply/epass3000gm/renewal/"
START = f"{CHOOSE}start/"


@pytest.fixture
def office(db: None, desk: SoftKeyDesk) -> Hall:
    return made_office(desk)


@pytest.fixture
def browser(office: Hall) -> Client:
    return browser_of(office.customer)


def opened(hall: Hall) -> Order:
    with tenant_tx(hall.tenant):
        return Order.objects.prefetch_related("items__certificate").get()


def ways(page: str) -> list[str]:
    return re.findall(r'type="radio" name="path" id="way-(\w+)"', page)


def ids(*certificates: Certificate) -> list[str]:
    return [certificate.public_id for certificate in certificates]


def test_every_business_type_of_the_programme_can_be_applied_for(office: Hall, browser: Client) -> None:
    # RULES A13
    held(office, 30)
    page = browser.get("/sscc/apply/").text
    for words in ("ePass3000GM 数字证书业务", "您有 1 张证书", "更新（续期）", "补办", "更换型号", "解锁", "新增"):
        assert words in page
    assert f'href="{CHOOSE}"' in page
    assert browser.get("/sscc/apply/epass3000gm/subject_change/").status_code == 404
    assert browser.get("/sscc/apply/nothing/renewal/").status_code == 404


def test_the_picker_is_filtered_and_keeps_what_is_ticked(office: Hall, browser: Client) -> None:
    # RULES A12
    one, other, quotes = held(office, 30), held(office, 12), held(office, 20, gateway=QUOTES)
    page = browser.get(CHOOSE).text
    for certificate in (one, other, quotes):
        assert certificate.number in page
    narrowed = browser.get(CHOOSE, {"type": "行情通信网关", "certificate": ids(one), "do": "filter"}).text
    assert quotes.number in narrowed
    assert other.number not in narrowed
    assert f'<input type="hidden" name="certificate" value="{one.public_id}">' in narrowed
    assert "另有 1 张已选择的证书不在筛选结果里" in narrowed
    by_number = browser.get(CHOOSE, {"number": other.number.lower()}).text
    assert other.number in by_number
    assert one.number not in by_number
    assert one.number in browser.get(CHOOSE, {"code": one.gateway.code[-4:]}).text  # type: ignore[union-attr]
    on = browser.get(CHOOSE, {"certificate": ids(one, quotes), "next": "1"})
    assert on.status_code == 302
    assert on["location"].startswith(f"{START}?certificate=")


def test_what_cannot_be_chosen_says_why_and_a_forged_tick_falls_away(office: Hall, browser: Client) -> None:
    early, frozen = held(office, 200), held(office, 30, state="frozen")
    with tenant_tx(office.tenant, write=True):
        Certificate.objects.filter(pk=frozen.pk).update(ca_status="frozen")
    page = browser.get(CHOOSE).text
    assert "冻结" in page
    assert page.count("disabled") == 2
    nothing = browser.get(CHOOSE, {"certificate": ids(early, frozen), "next": "1"})
    assert nothing.status_code == 422
    assert "还没有选择证书" in nothing.text
    assert browser.get(START, {"certificate": ids(early)}).status_code == 302


def test_online_is_recommended_and_offline_may_be_chosen(office: Hall, browser: Client) -> None:
    # RULES A18
    certificate = held(office, 25)
    page = browser.get(START, {"certificate": ids(certificate)}).text
    assert ways(page) == ["online", "offline"]
    assert re.search(r'id="way-online" value="online" checked', page)
    assert "推荐" in page
    assert "0.00" in page  # RULES A17
    answer = browser.post(START, {"certificate": ids(certificate), "path": "offline", "key": "k" * 16})
    order = opened(office)
    assert answer["location"].endswith(f"/orders/{order.public_id}/")
    assert (order.path, order.business, order.items.count()) == ("offline", "renewal", 1)


def test_past_ninety_days_offline_is_the_only_way(office: Hall, browser: Client) -> None:
    # RULES A4, A18
    certificate = held(office, -91)
    page = browser.get(START, {"certificate": ids(certificate)}).text
    assert ways(page) == []
    assert '<input type="hidden" name="path" value="offline">' in page


def test_several_certificates_go_into_one_order(office: Hall, browser: Client) -> None:
    # RULES A12
    chosen = [held(office, days) for days in (30, 12, -95)]
    page = browser.get(START, {"certificate": ids(*chosen)}).text
    assert ways(page) == []  # online takes one key at a time (A10)
    assert page.count("移除") == 3
    browser.post(START, {"certificate": ids(*chosen), "path": "online", "key": "k" * 16})
    order = opened(office)
    assert order.path == "offline"
    assert {item.certificate.pk for item in order.items.all()} == {certificate.pk for certificate in chosen}


def test_certificates_of_two_holders_are_applied_for_apart(office: Hall, browser: Client) -> None:
    mine, other = held(office, -95), held(office, -95, of=FUND)
    page = browser.get(START, {"certificate": ids(mine, other)}).text
    assert "这些证书不能放在一张申请里" in page
    assert "开始办理" not in page


def test_offline_renewal_brings_along_what_stands_behind_gateways_of_that_type(office: Hall, browser: Client) -> None:
    # RULES A12
    first, second, past = held(office, 30), held(office, -20), held(office, -95)
    early, quotes, fund = held(office, 200), held(office, 30, gateway=QUOTES), held(office, 30, of=FUND)
    answer = browser.get(f"/sscc/apply/like/{past.public_id}/")
    assert "path=offline" in answer["location"]
    page = browser.get(answer["location"]).text
    for certificate in (first, second, past):
        assert certificate.public_id in page
    for certificate in (early, quotes, fund):
        assert certificate.number not in page
    without = re.findall(r'href="([^"]+)">移除', page)[0].replace("&amp;", "&")
    fewer = browser.get(without).text
    assert fewer.count('name="certificate"') == 2


def test_a_certificate_of_somebody_else_is_not_there(office: Hall) -> None:
    certificate = held(office, 30)
    with tenant_tx(office.tenant, write=True):
        stranger = browser_of(make_customer(office.tenant, "19900000099"))
    assert certificate.number not in stranger.get(CHOOSE).text
    assert stranger.get(f"/sscc/apply/like/{certificate.public_id}/").status_code in {403, 404}
    assert stranger.post(START, {"certificate": ids(certificate), "key": "k" * 16}).status_code == 302
    with tenant_tx(office.tenant):
        assert not Order.objects.exists()


def test_a_second_click_opens_no_second_order(office: Hall, browser: Client) -> None:
    certificate = held(office, 25)
    sent = {"certificate": ids(certificate), "path": "offline", "key": "k" * 16}
    first, second = browser.post(START, sent), browser.post(START, sent)
    assert first["location"] == second["location"]
    assert opened(office).path == "offline"


def test_every_certificate_leads_to_the_way_that_fits_it(office: Hall, browser: Client) -> None:
    # RULES A4, A12, A18
    online, past = held(office, 25), held(office, -95)
    page = browser.get("/sscc/").text
    assert f'href="{START}?certificate={online.public_id}"' in page
    assert f'href="/sscc/apply/like/{past.public_id}/"' in page
    by_serial = browser.get("/sscc/renew/", {"serial": online.serial})
    assert by_serial["location"] == f"{START}?certificate={online.public_id}"


def test_many_certificates_take_no_more_queries_than_few(office: Hall, browser: Client) -> None:
    """RULES P16: an office with two hundred keys."""
    page = "/sscc" + reverse("apply-choose", args=["epass3000gm", "renewal"])
    asked = []
    for _ in range(2):
        held(office, 30)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]
