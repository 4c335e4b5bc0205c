"""What has served its time is deleted."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from captcha.models import CaptchaStore
from django.contrib.sessions.models import Session

from portal.accounts import sms_codes, tasks
from portal.accounts.models import SmsCode
from portal.jobs.registry import find
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx
from tests.portal.accounts.people import browser_of, make_customer

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def run(tenant: Tenant, name: str) -> None:
    spec = find(name)
    assert spec
    with tenant_tx(tenant, write=True):
        spec.fn(None)


def test_codes_are_forgotten_after_two_days(tenant: Tenant) -> None:
    with time_machine.travel(START, tick=False) as clock:
        sms_codes.send(tenant, phone="19900000001", purpose="sign_in", binding="a", address="192.0.2.1")
        clock.shift(timedelta(days=2))
        run(tenant, "accounts.forget_codes")
        with tenant_tx(tenant):
            assert SmsCode.objects.count() == 1
        clock.shift(1)
        run(tenant, "accounts.forget_codes")
        with tenant_tx(tenant):
            assert SmsCode.objects.count() == 0
    assert tasks.CODES_KEPT > sms_codes.PHONE_WINDOW


def test_expired_sessions_and_captchas_go(tenant: Tenant) -> None:
    with time_machine.travel(START, tick=False) as clock:
        browser_of(make_customer(tenant))
        CaptchaStore.generate_key("portal.accounts.captcha.picture")
        run(tenant, "accounts.forget_sessions")
        assert (Session.objects.count(), CaptchaStore.objects.count()) == (1, 1)
        clock.shift(timedelta(hours=12, seconds=1))
        run(tenant, "accounts.forget_sessions")
        assert (Session.objects.count(), CaptchaStore.objects.count()) == (0, 0)
