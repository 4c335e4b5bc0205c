"""/certificates/: columns, filters, pages, buttons (RULES A4, A6); pop-up and badge (A3); 不再使用 (P24)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo import halls, people
from renewals.models import Certificate, CertificateContact, Gateway
from renewals.programmes import shipped_packs
from renewals.publishing import publish
from renewals.staff_selectors.certificates import CertificateFilter, page_of
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import FakeIdentity, Hall
from tests.renewals.staff.conftest import add_certificate
from tests.renewals.views.page import url

pytestmark = pytest.mark.django_db


def held(hall: Hall, days: int, **more: object) -> Certificate:
    """A row of the registry whose contact the hall's customer is."""
    made = add_certificate(hall, not_after=timezone.now() + timedelta(days=days), **more)
    with tenant_tx(hall.tenant, write=True):
        CertificateContact.objects.create(certificate=made, name="林晓彤", phone=hall.mobile)
    return made


def gateway(hall: Hall, code: str, type_: str = "结算通信网关") -> Gateway:
    with tenant_tx(hall.tenant, write=True):
        organisation = add_certificate(hall).organisation
        return Gateway.objects.create(organisation=organisation, code=code, type=type_, system="结算系统")


def cells(page: object) -> list[list[str]]:
    return [[str(cell) for cell in row.cells] for row in page.context["table"].rows]  # type: ignore[attr-defined]


def listed(browser: Client, **query: str) -> list[str]:
    """Numbers of the certificates in the list."""
    found = browser.get(url("certificates"), query)
    assert found.status_code == 200
    return [re.search(r"证书号 ([^<]+)", row[1])[1] for row in cells(found)]  # type: ignore[index]


def test_the_columns_are_those_of_the_manual(hall: Hall, browser: Client) -> None:
    """RULES A6."""
    made = held(hall, 30, number="JSB0001@1", gateway=gateway(hall, "H00101"))
    page = browser.get(url("certificates"))
    labels = [str(column.label) for column in page.context["table"].columns]
    assert labels == ["序号", "证书主题", "网关号", "机构名称", "生效时间", "失效时间", "所属系统", "状态", "操作"]
    (row,) = cells(page)
    assert (row[0], row[3], row[6]) == ("1", made.holder_name, "结算系统")
    assert "CN=测试" in row[1]
    assert "H00101" in row[2]
    assert "有效" in row[7]
    assert "当前第 1 页" in page.text


def test_status_comes_from_the_dates_and_the_ca(hall: Hall, browser: Client) -> None:
    """RULES A6."""
    held(hall, -3)
    held(hall, 10)
    held(hall, 20, ca_status="frozen")
    held(hall, 30, ca_status="revoked")
    badges = [re.sub("<[^>]+>", "", row[7]) for row in cells(browser.get(url("certificates")))]
    assert badges == ["已过期", "有效", "冻结", "已吊销"]


def test_each_filter_finds_what_it_says(hall: Hall, browser: Client) -> None:
    """RULES A12: 网关类型, 网关编码, 证书号."""
    settling, trading = gateway(hall, "H00101"), gateway(hall, "K00201", "交易通信网关")
    held(hall, 10, number="A1", gateway=settling)
    held(hall, 20, number="A2", gateway=trading)
    held(hall, -5, number="A3", medium_number="EP000777")
    held(hall, 40, number="A4", ca_status="frozen")
    assert listed(browser) == ["A3", "A1", "A2", "A4"]
    assert listed(browser, gateway_type="结算通信网关") == ["A1"]
    assert listed(browser, gateway_code="k002") == ["A2"]
    assert listed(browser, number="a2") == ["A2"]
    assert listed(browser, number="EP000777") == ["A3"]
    assert listed(browser, state="valid") == ["A1", "A2"]
    assert listed(browser, state="expired") == ["A3"]
    assert listed(browser, state="other") == ["A4"]
    assert listed(browser, state="nonsense") == ["A3", "A1", "A2", "A4"]


def test_twenty_on_a_page_with_the_numbers_going_on(hall: Hall, browser: Client) -> None:
    for n in range(21):
        held(hall, 10 + n)
    first, second = browser.get(url("certificates")), browser.get(url("certificates"), {"page": "2"})
    assert [row[0] for row in cells(first)] == [str(n) for n in range(1, 21)]
    assert [row[0] for row in cells(second)] == ["21"]
    assert "共 2 页 21 条记录" in second.text
    for link in ("首页", "上一页", "下一页", "末页"):
        assert link in first.text


# RULES A4
@pytest.mark.parametrize(
    ("days", "words"), [(91, "起可以续期"), (90, "续期"), (0, "续期"), (-90, "续期"), (-91, "续期")]
)
def test_the_button_follows_the_days_left(hall: Hall, browser: Client, days: int, words: str) -> None:
    certificate = hall.certificate(days)
    (row,) = cells(browser.get(url("certificates")))
    assert words in row[8]
    assert (f"{url('renew')}?serial={certificate.serial}" in row[8]) == (days <= 90)


def test_nobody_sees_anybody_elses(hall: Hall) -> None:
    held(hall, 10)
    stranger = browser_of(make_customer(hall.tenant, "19900000099"))
    assert cells_or_none(stranger) == []


def cells_or_none(browser: Client) -> list[list[str]]:
    return cells(browser.get(url("certificates")))


def test_nothing_old_while_the_account_is_restricted(hall: Hall, browser: Client) -> None:
    """RULES P17."""
    made = held(hall, 10)
    with tenant_tx(hall.tenant, write=True):
        User.objects.filter(pk=hall.customer.pk).update(restricted_since=timezone.now())
    assert cells_or_none(browser) == []
    assert "expiring-popup" not in browser.get(url("home")).text
    assert browser.get(url("certificate-unwanted", made.public_id)).status_code == 404


# -- pop-up and badge (RULES A3) --------------------------------------------------------------------------------------


def test_after_signing_in_what_is_due_pops_up_once(hall: Hall, browser: Client) -> None:
    hall.certificate(89)
    hall.certificate(90)
    hall.certificate(-400)
    first = browser.get(url("home"))
    assert "有 2 张证书即将到期或已过期" in first.text
    assert 'id="expiring-popup" data-open-now' in first.text
    assert "expiring-popup" not in browser.get(url("home")).text
    assert "expiring-popup" in browser_of(hall.customer).get(url("home")).text, "the next visit tells again"


def badge(browser: Client) -> int:
    found = re.search(r'bell--alert".*?<span class="bell__count">(\d+)', browser.get(url("help")).text, re.S)
    return int(found[1]) if found else 0


def test_the_badge_counts_them_until_they_are_renewed_or_unwanted(hall: Hall, browser: Client) -> None:
    made = [held(hall, days) for days in (88, 91, -1, 5)]
    held(hall, 5, ca_status="revoked")
    assert badge(browser) == 3
    assert browser.get(url("expiring")).text.count('class="certificate"') == 3
    with tenant_tx(hall.tenant, write=True):
        Certificate.objects.filter(pk=add_certificate(hall).pk).update(predecessor=made[2])
    assert badge(browser) == 2
    browser.post(url("certificate-unwanted", made[3].public_id), {"reason": "business_ended"})
    assert badge(browser) == 1


# -- 不再使用 (RULES P24) ---------------------------------------------------------------------------------------------


def test_unwanted_it_leaves_everything_but_its_own_list_and_comes_back(hall: Hall, browser: Client) -> None:
    made = held(hall, 10, number="A1")
    page = url("certificate-unwanted", made.public_id)
    assert browser.get(page).status_code == 200
    refused = browser.post(page, {})
    assert (refused.status_code, "请选择原因。" in refused.text) == (422, True)
    assert browser.post(page, {"reason": "key_discarded"}).status_code == 302
    assert listed(browser) == []
    assert listed(browser, state="unwanted") == ["A1"]
    assert "不再使用的 1 张" in browser.get(url("home")).text
    with tenant_tx(hall.tenant):
        row = Certificate.objects.get(pk=made.pk)
        assert [one.serial for one in page_of(CertificateFilter(status="unwanted")).rows] == [made.serial]
    assert (row.unwanted_reason, row.unwanted_by) == ("key_discarded", hall.customer.masked_label)
    assert row.ca_status == "valid", "nothing was revoked"
    assert browser.post(url("certificate-wanted", made.public_id)).status_code == 302
    assert listed(browser) == ["A1"]


def test_what_an_order_renews_is_wanted(channels: Hall, browser: Client) -> None:
    order = channels.to("payment")
    certificate = channels.item(order).certificate
    refused = browser.post(url("certificate-unwanted", certificate.public_id), {"reason": "other"})
    assert refused.status_code == 409
    assert "已有一张正在办理的续期订单" in refused.text
    with tenant_tx(channels.tenant):
        assert not Certificate.objects.get(pk=certificate.pk).is_unwanted


def test_a_strangers_certificate_stays_as_it_is(hall: Hall) -> None:
    made = held(hall, 10)
    stranger = browser_of(make_customer(hall.tenant, "19900000099"))
    page = url("certificate-unwanted", made.public_id)
    assert stranger.post(page, {"reason": "other"}).status_code == 404
    assert stranger.post(url("certificate-wanted", made.public_id)).status_code == 404
    with tenant_tx(hall.tenant):
        assert not Certificate.objects.get(pk=made.pk).is_unwanted


def test_the_mails_link_switches_it_off_and_on_again(hall: Hall) -> None:
    from renewals import reminding

    with tenant_tx(hall.tenant):
        link = "/szca/" + reminding.off_link(hall.tenant, b"\x07" * 32).partition("/szca/")[2]
    visitor = Client()
    assert "这个邮箱会收到" in visitor.get(link).text
    assert "这个邮箱会收到" in visitor.get(link).text, "reading changes nothing"
    assert visitor.post(link, {"do": "off"}).status_code == 302
    assert "已经不再接收" in visitor.get(link).text
    visitor.post(link, {"do": "on"})
    assert "这个邮箱会收到" in visitor.get(link).text
    assert visitor.get(link[:-3] + "x/").status_code == 404


def hall_of(slug: str, desk: SoftKeyDesk, *packs: str) -> Hall:
    """A hall of another tenant with its shipped packs."""
    tenant = Tenant.objects.create(slug=slug, **halls.HALLS[slug])
    with tenant_tx(tenant, write=True):
        for pack in shipped_packs():
            if pack.tenant == slug and pack.slug in packs:
                publish(pack)
        customer = people.customer(people.MAIN_CUSTOMER, people.CUSTOMERS[people.MAIN_CUSTOMER])
    return Hall(tenant, customer, desk, FakeIdentity())


# RULES A4, A12
@pytest.mark.parametrize(
    ("days", "words", "leads_to"),
    [
        (91, "起可以续期", ""),
        (90, "在线更新", "apply-start"),
        (0, "在线更新", "apply-start"),
        (-90, "在线更新", "apply-start"),
        (-91, "线下更新", "apply-like"),
    ],
)
def test_past_the_window_it_goes_by_post(db: None, desk: SoftKeyDesk, days: int, words: str, leads_to: str) -> None:
    hall = hall_of("sscc", desk, "epass3000gm")
    certificate = hall.certificate(days, programme="epass3000gm", key_model="ePass3000GM", number="JSB0777@1")
    page = browser_of(hall.customer).get("/sscc" + reverse("certificates"))
    (row,) = cells(page)
    assert words in row[8]
    addresses = {
        "apply-start": f"/apply/epass3000gm/renewal/start/?certificate={certificate.public_id}",
        "apply-like": f"/apply/like/{certificate.public_id}/",
    }
    for name, address in addresses.items():
        assert (address in row[8]) == (name == leads_to)


def test_where_the_programme_renews_nothing_what_it_does_is_offered(db: None, desk: SoftKeyDesk) -> None:
    """RULES D1."""
    hall = hall_of("szca", desk, "jsj-rsa-upgrade")
    certificate = hall.certificate(200, programme="jsj-rsa-upgrade", key_model="诚信飞天3003", algorithm="rsa")
    page = browser_of(hall.customer).get(url("home")).text
    assert "可以办理" in page
    assert f"/apply/jsj-rsa-upgrade/token_model_change/start/?certificate={certificate.public_id}" in page
    assert "现在不能续期" not in page
