"""/staff/certificates/: filters exact; one certificate with its orders; its contacts in masks until asked for."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.models import CertificateContact
from renewals.staff_selectors.certificates import CertificateFilter, page_of
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import Browse, add_certificate

LIST = "/szca/staff/certificates/"


def serials(hall: Hall, **wanted: Any) -> set[str]:
    with tenant_tx(hall.tenant):
        return {row.serial for row in page_of(CertificateFilter(**wanted)).rows}


def test_each_filter_alone_and_together(hall: Hall) -> None:
    now = timezone.now()
    soon = add_certificate(hall, not_after=now + timedelta(days=20))
    later = add_certificate(hall, not_after=now + timedelta(days=80), programme_slug="another")
    expired = add_certificate(hall, not_after=now - timedelta(days=1))
    frozen = add_certificate(hall, not_after=now + timedelta(days=20), ca_status="frozen")
    renewed = add_certificate(hall, not_after=now + timedelta(days=5), ca_status="replaced")
    new = add_certificate(hall, not_after=now + timedelta(days=400), predecessor=renewed)
    every = {row.serial for row in (soon, later, expired, frozen, renewed, new)}
    assert serials(hall) == every
    assert serials(hall, status="current") == {soon.serial, later.serial, new.serial}
    assert serials(hall, status="expired") == {expired.serial}
    assert serials(hall, status="frozen") == {frozen.serial}
    assert serials(hall, within=30) == {soon.serial, frozen.serial, renewed.serial}
    assert serials(hall, within=30, status="current") == {soon.serial}
    assert serials(hall, programme="another") == {later.serial}
    assert serials(hall, sought=soon.serial.lower()) == {soon.serial}
    assert serials(hall, sought=later.medium_number) == {later.serial}
    assert serials(hall, sought=frozen.holder_code) == {frozen.serial}
    assert serials(hall, sought="精密制造") == every


def test_the_next_to_expire_stands_first(hall: Hall, browse: Browse) -> None:
    now = timezone.now()
    rows = [add_certificate(hall, not_after=now + timedelta(days=days)) for days in (90, 10, 50)]
    page = browse(Role.REVIEWER).get(LIST)
    assert [row.url for row in page.context["table"].rows] == [f"{LIST}{rows[n].public_id}/" for n in (1, 2, 0)]


def test_a_certificate_with_its_orders_and_people(channels: Hall, browse: Browse) -> None:
    order = channels.to("completed")
    item = channels.item(order)
    browser = browse(Role.SERVICE_DESK)
    old = unescape(browser.get(f"{LIST}{item.certificate.public_id}/").content.decode())
    for part in ("已更新为", item.issued.serial, "原证书", "林**", "199****0006", "加密证书", "指纹 SM3"):  # type: ignore[union-attr]
        assert part in old, part
    assert "林晓彤" not in old
    assert 'data-dialog-open="reveal-' not in old
    new = unescape(browser.get(f"{LIST}{item.issued.public_id}/").content.decode())  # type: ignore[union-attr]
    assert "由它更新而来" in new
    assert f"/szca/staff/orders/{order}/" in new
    assert browser.get(f"{LIST}{'A' * 22}/").status_code == 404


def contact_of(hall: Hall) -> tuple[str, str]:
    certificate = hall.certificate()
    with tenant_tx(hall.tenant):
        return certificate.public_id, CertificateContact.objects.get(certificate=certificate).public_id


def test_a_contact_is_shown_for_a_reason(hall: Hall, browse: Browse) -> None:
    certificate, contact = contact_of(hall)
    url = f"{LIST}{certificate}/contacts/{contact}/reveal/"
    browser = browse(Role.CERTIFICATE_ADMINISTRATOR)
    answer = browser.post(url, {"reason": "补发更新码前回拨"})
    text = answer.content.decode()
    assert "林晓彤" in text
    assert "19900000006" in text
    with tenant_tx(hall.tenant):
        row = json.loads(bytes(AuditRow.objects.get(action="certificate.revealed").body))
        assert AuditRow.objects.filter(action="vault.revealed", subject=f"certificatecontact:{contact}").exists()
    assert row["subject"] == f"certificate:{certificate}"
    assert row["detail"] == {"contact": contact, "fields": ["name", "phone"], "reason": "补发更新码前回拨"}


@pytest.mark.parametrize("role", [Role.SERVICE_DESK, Role.FINANCE, Role.TENANT_ADMINISTRATOR, Role.MAIL_ROOM])
def test_nobody_else_is_shown_a_contact(hall: Hall, browse: Browse, role: Role) -> None:
    certificate, contact = contact_of(hall)
    answer = browse(role).post(f"{LIST}{certificate}/contacts/{contact}/reveal/", {"reason": "想看看"})
    assert answer.status_code == 403
    with tenant_tx(hall.tenant):
        assert not AuditRow.objects.filter(action="certificate.revealed").exists()


def test_without_a_reason_or_of_another_certificate_nothing_is_shown(hall: Hall, browse: Browse) -> None:
    certificate, contact = contact_of(hall)
    other, _contact = contact_of(hall)
    browser = browse(Role.REVIEWER)
    assert browser.post(f"{LIST}{certificate}/contacts/{contact}/reveal/", {"reason": ""}).status_code == 422
    assert browser.post(f"{LIST}{other}/contacts/{contact}/reveal/", {"reason": "核对联系人"}).status_code == 404
    with tenant_tx(hall.tenant):
        assert not AuditRow.objects.filter(action="certificate.revealed").exists()
