"""Earlier encryption keys stay until the customer confirms that they may go (RULES P8)."""

import json

import pytest
from django.test import Client

from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.lifecycle import StepNotOpen
from renewals.models import Issuance
from tests.renewals.hall import Hall
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]

KEPT = "以前的加密密钥还留在 Ekey 里，用来打开旧文件。不做确认就一直保留"
POST = {"key": "a-key-of-this-page", "opened": "on"}


def confirmed(hall: Hall) -> list[bool]:
    with tenant_tx(hall.tenant):
        return [each.history_confirmed_at is not None for each in Issuance.objects.all()]


def test_the_completed_order_says_that_they_are_kept_and_takes_the_confirmation_once(
    hall: Hall, browser: Client
) -> None:
    order = hall.to("completed")
    assert KEPT in browser.get(url("order", order)).text

    answer = browser.post(url("order-old-keys", order), POST, follow=True)
    assert "已记下您的确认。" in answer.text
    assert "旧文件已经能打开，以前的加密密钥可以清理。" in answer.text
    assert KEPT not in answer.text
    assert confirmed(hall) == [True]
    with tenant_tx(hall.tenant):
        row = AuditRow.objects.get(subject=f"order:{order}", action="order.confirm_old_keys")
    assert json.loads(bytes(row.body))["detail"]["serials"] == hall.item(order).certificate.serial

    again = browser.post(url("order-old-keys", order), POST | {"key": "another-key"}, follow=True)
    assert "已记下您的确认。" not in again.text


def test_without_the_tick_nothing_is_given_away(hall: Hall, browser: Client) -> None:
    order = hall.to("completed")
    answer = browser.post(url("order-old-keys", order), {"key": "a-key-of-this-page"}, follow=True)
    assert "没有确认时，以前的加密密钥一直保留。" in answer.text
    assert confirmed(hall) == [False]


def test_before_the_new_certificate_is_installed_there_is_nothing_to_confirm(hall: Hall, browser: Client) -> None:
    order = hall.to("issued")
    assert "以前的加密密钥" not in browser.get(url("order", order)).text
    with pytest.raises(StepNotOpen):
        hall.act(order, "", "confirm_old_keys")
    assert confirmed(hall) == [False]
