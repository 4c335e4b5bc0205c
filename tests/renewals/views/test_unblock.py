"""Unlocking on the pages: asked at the computer, released at the workbench, used once (RULES P1, P20)."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge.simulator import InProcessBridge
from renewals.models import Certificate
from tests.portal.accounts.people import browser_of, make_customer, make_staff
from tests.renewals.hall import Hall, text
from tests.renewals.office import held
from tests.renewals.steps.test_pin_unblock import ca, locked, opened  # noqa: F401  (ca: a fixture)
from tests.renewals.views.page import post_json

pytestmark = pytest.mark.django_db


def url(name: str, *args: object) -> str:
    return "/sscc" + reverse(name, args=args)


def told(browser: Client, address: str, body: dict[str, Any]) -> Any:
    """The answer's JSON."""
    return json.loads(post_json(browser, address, body).content)


@pytest.fixture
def browser(office: Hall) -> Client:
    return browser_of(office.customer)


@pytest.fixture
def certificate(office: Hall) -> Certificate:
    return held(office, 30)


@pytest.fixture
def order(office: Hall, certificate: Certificate) -> str:
    return opened(office, certificate)


def api(hall: Hall, order: str, name: str) -> str:
    return url(f"api-unblock-{name}", hall.item(order).public_id)


def ask(hall: Hall, browser: Client, order: str, certificate: Certificate) -> None:
    serial = locked(hall, certificate)
    body = {"key_serial": serial, "nonce": text(hall.desk.key(serial).unlock_nonce)}
    assert post_json(browser, api(hall, order, "ask"), body).status_code == 200


def decide(hall: Hall, order: str, user: User, name: str, **said: str) -> str:
    """What an administrator sends from the order's page; the page that follows."""
    clerk = browser_of(user)
    page = clerk.get(url("staff-order", order)).text
    assert f"do-{name}-unblock" in page
    said |= {"item": hall.item(order).public_id}
    done = clerk.post(url(f"staff-order-{name}-unblock", order), said, follow=True)
    return done.content.decode()


def administrators(hall: Hall) -> tuple[User, User]:
    one, other = (make_staff(hall.tenant, Role.CERTIFICATE_ADMINISTRATOR) for _ in range(2))
    return one, other


def release(hall: Hall, order: str) -> None:
    for user in administrators(hall):
        decide(hall, order, user, "release", how="callback", reason="回拨登记电话，本人确认")
    hall.run()


def test_from_asking_to_the_new_pin(office: Hall, browser: Client, order: str, certificate: Certificate) -> None:
    """RULES P1."""
    assert "插入锁定的 Ekey，提交申请" in browser.get(url("order-unblock", order)).text
    ask(office, browser, order, certificate)
    assert "等待证书管理员核实您的身份" in browser.get(url("order-unblock", order)).text
    assert post_json(browser, api(office, order, "authorization"), {}).status_code == 409
    release(office, order)
    assert "授权只对这一个 Ekey 有效" in browser.get(url("order-unblock", order)).text

    given = told(browser, api(office, order, "authorization"), {})
    assert given["txn"].startswith("sscc/")
    with tenant_tx(office.tenant):
        assert AuditRow.objects.filter(action="vault.revealed", subject__contains="pinunblock").count() == 1
    bridge, serial = office.bridge(certificate)
    bridge.close()
    bridge = InProcessBridge(office.desk, origin=origin(office.tenant), pin="246810")
    try:
        bridge.call("pin.unlock", keySerial=serial, **given)
        question = told(browser, api(office, order, "challenge"), {})
        proof = bridge.call("auth.sign", keySerial=serial, **question)
    finally:
        bridge.close()
    sent = {"challenge": question["challenge"], "signature": proof["signature"]}
    assert told(browser, api(office, order, "done"), sent) == {"unblocked": True}
    assert "Ekey 已解锁" in browser.get(url("order-unblock", order)).text
    assert "Ekey 已解锁，新的 PIN 码已生效" in browser.get(url("order", order)).text
    assert post_json(browser, api(office, order, "authorization"), {}).status_code == 409


def test_a_refusal_says_what_to_do_next(office: Hall, browser: Client, order: str, certificate: Certificate) -> None:
    ask(office, browser, order, certificate)
    page = decide(office, order, administrators(office)[0], "refuse", reason="回拨无人接听")
    assert "已退回客户" in page
    page = browser.get(url("order-unblock", order)).text
    assert "没有能核实您的身份" in page
    assert "请保持登记的电话畅通" in page


def test_nobody_else_unlocks_it(office: Hall, browser: Client, order: str, certificate: Certificate) -> None:
    ask(office, browser, order, certificate)
    release(office, order)
    stranger = browser_of(make_customer(office.tenant, "19900000097"))
    assert stranger.get(url("order-unblock", order)).status_code == 404
    body = {"key_serial": "SIM1", "nonce": "AAAAAAAAAAAA", "challenge": "A" * 43, "signature": "AAAA"}
    for name in ("ask", "authorization", "challenge", "done", "again"):
        assert post_json(stranger, api(office, order, name), body).status_code == 404
    assert office.steps(order) == {"pin_unblock": "submitted:released"}


def test_the_workbench_offers_it_to_certificate_administrators_alone(
    office: Hall, browser: Client, order: str, certificate: Certificate
) -> None:
    """RULES P20."""
    ask(office, browser, order, certificate)
    reviewer = browser_of(make_staff(office.tenant, Role.REVIEWER))
    assert "do-release-unblock" not in reviewer.get(url("staff-order", order)).text
    one, other = administrators(office)
    page = browser_of(one).get(url("staff-order", order)).text
    assert certificate.medium_number in page
    decide(office, order, one, "release", how="counter", reason="当面核对身份证原件")
    waiting = browser_of(one).get(url("staff-order", order)).text
    assert "请另一位证书管理员确认" in waiting
    assert "授权解锁 Ekey" in browser_of(other).get(url("staff-home")).text


@pytest.mark.parametrize("serial", ["../keys", "SIM 1", "x" * 41, ""])
def test_a_serial_is_a_serial(office: Hall, browser: Client, order: str, serial: str) -> None:
    body = {"key_serial": serial, "nonce": "AAAAAAAAAAAAAAAAAAAAAA=="}
    assert post_json(browser, api(office, order, "ask"), body).status_code == 422
    assert office.steps(order) == {"pin_unblock": "open"}
