"""/staff/certificates/imports/ and forecast/; gateway, reminders and 不再使用 on the certificate's own page."""

import datetime as dt
from html import unescape

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.models import Certificate, Gateway, ImportRun, OrderItem, Reminder
from renewals.staff_selectors.forecast import forecast, total_of
from tests.renewals.hall import Hall
from tests.renewals.importing.rows import csv_of, row
from tests.renewals.staff.conftest import Browse, add_certificate, add_order

LIST = "/szca/staff/certificates/"


def hand_in(browser: Client, data: bytes, name: str = "证书.csv") -> object:
    return browser.post(f"{LIST}imports/", {"certificates": SimpleUploadedFile(name, data)})


def test_a_file_is_taken_by_a_job_and_every_row_is_told(hall: Hall, browse: Browse) -> None:
    browser = browse(Role.CERTIFICATE_ADMINISTRATOR)
    answer = hand_in(browser, csv_of(row(0xA1), row(0xA2, holder_code="1"), encoding="gb18030"))
    assert answer.status_code == 302  # type: ignore[attr-defined]
    page = answer["Location"]  # type: ignore[index]
    assert "正在导入" in browser.get(page).text
    hall.run()
    told = unescape(browser.get(page).text)
    assert "统一社会信用代码应为 18 位" in told, "what was refused stands first"
    assert "A1" not in told
    assert "A1" in browser.get(page, {"outcome": "created"}).text
    file = browser.get(f"{page}refused.csv").content.decode("utf-8-sig")
    assert file.splitlines()[1].startswith("3,,统一社会信用代码：")
    listing = browser.get(f"{LIST}imports/").text
    assert "证书.csv" in listing


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "文件是空的"),
        (b"\x00\x01", "读不出这份文件"),
        ("序列号,介质号\n1,2\n".encode(), "缺少这些列：业务项目"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing(hall: Hall, browse: Browse, data: bytes, words: str) -> None:
    answer = hand_in(browse(Role.TENANT_ADMINISTRATOR), data)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert words in answer.content.decode()  # type: ignore[attr-defined]
    with tenant_tx(hall.tenant):
        assert not ImportRun.objects.exists()


def test_the_template_has_every_heading(browse: Browse) -> None:
    text = browse(Role.TENANT_ADMINISTRATOR).get(f"{LIST}imports/template.csv").content.decode("utf-8-sig")
    assert text.startswith("业务项目,单位名称,统一社会信用代码,")


def test_the_service_desk_reads_and_changes_nothing(hall: Hall, browse: Browse) -> None:
    """RULES P20."""
    made = add_certificate(hall)
    desk = browse(Role.SERVICE_DESK)
    assert desk.get(f"{LIST}forecast/").status_code == 200
    assert desk.get(f"{LIST}imports/").status_code == 403
    assert desk.post(f"{LIST}{made.public_id}/unwanted/", {"reason": "other"}).status_code == 403
    assert "标明不再使用" not in desk.get(f"{LIST}{made.public_id}/").text


def test_a_certificate_with_gateway_and_reminders_is_set_aside_and_taken_back(hall: Hall, browse: Browse) -> None:
    """RULES P24."""
    made = add_certificate(hall, number="JSB0001@1")
    with tenant_tx(hall.tenant, write=True):
        gateway = Gateway.objects.create(
            organisation=made.organisation, code="H00101", type="结算通信网关", system="结算系统", state="suspended"
        )
        Certificate.objects.filter(pk=made.pk).update(gateway=gateway)
        Reminder.objects.create(certificate=made, threshold=30, outcome="told")
    browser, page = browse(Role.CERTIFICATE_ADMINISTRATOR), f"{LIST}{made.public_id}/"
    shown = browser.get(page).text
    for words in ("JSB0001@1", "H00101", "结算通信网关", "暂停", "到期前 30 天", "已提醒"):
        assert words in shown
    assert browser.post(f"{page}unwanted/", {}).status_code == 422
    assert browser.post(f"{page}unwanted/", {"reason": "business_ended"}).status_code == 302
    assert "标明不再使用：业务已停办" in browser.get(page).text
    assert browser.post(f"{page}wanted/").status_code == 302
    assert "业务已停办" not in browser.get(page).text.partition('name="reason"')[0]
    assert "JSB0001@1" in browser.get(LIST, {"q": "JSB0001@1"}).text


@time_machine.travel("2026-11-20T04:00:00Z", tick=False)
def test_the_forecast_counts_every_certificate_once(hall: Hall, browse: Browse) -> None:
    def ends(text: str, **more: object) -> Certificate:
        return add_certificate(hall, not_after=dt.datetime.fromisoformat(text), **more)

    ends("2026-11-30T15:59:59Z")  # the last second of November in Shenzhen
    ends("2026-11-30T16:00:00Z")  # the first of December
    renewed = ends("2026-12-05T00:00:00Z", ca_status="replaced")
    add_certificate(hall, predecessor=renewed, not_after=timezone.now() + dt.timedelta(days=900))
    taken = ends("2026-12-06T00:00:00Z")
    order = add_order(hall, certificate=taken)
    ends("2026-12-07T00:00:00Z", unwanted_at=timezone.now())
    ends("2026-12-08T00:00:00Z", ca_status="revoked")
    ends("2026-12-09T00:00:00Z", programme_slug="another")
    ends("2026-11-01T00:00:00Z")
    ends("2026-01-01T00:00:00Z")  # long past
    ends("2028-02-29T00:00:00Z")  # beyond
    with tenant_tx(hall.tenant, write=True):
        OrderItem.objects.filter(order=order).update(reserves=True)
        found = forecast()
        alone = forecast("another")
    by_month = {one.first: one for one in found}
    assert len(found) == 14
    past, december = by_month[None], by_month[dt.date(2026, 12, 1)]
    assert (past.total, past.open) == (1, 1)
    assert by_month[dt.date(2026, 11, 1)].total == 1
    assert (december.total, december.renewed, december.under_way, december.unwanted, december.open) == (5, 1, 1, 1, 2)
    assert total_of(found).total == 7
    assert total_of(alone).total == 1
    page = browse(Role.REVIEWER).get(f"{LIST}forecast/")
    assert "2026 年 12 月" in page.text
