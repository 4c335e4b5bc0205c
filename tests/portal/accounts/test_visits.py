"""Sessions: 15 minutes idle for staff, one tenant each, and what survives a sign-in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from portal.accounts.middleware import cookie_name
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.tenants.models import Tenant, TenantHost
from portal.tenants.transaction import tenant_tx
from tests.portal.accounts.people import browser_of, make_customer, make_staff, session_of, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ACCOUNTS = "/first-ca/staff/accounts/"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def admin(tenant: Tenant) -> User:
    return make_staff(tenant, Role.TENANT_ADMINISTRATOR)


class TestStaffWhoAreIdle:
    def test_are_signed_out_after_fifteen_minutes(self, admin: User, clock: time_machine.Traveller) -> None:
        browser = browser_of(admin)
        clock.shift(15 * 60 - 1)
        assert browser.get(ACCOUNTS).status_code == 200
        clock.shift(15 * 60)
        response = browser.get(ACCOUNTS)
        assert response["Location"] == "/first-ca/staff/sign-in/?next=%2Ffirst-ca%2Fstaff%2Faccounts%2F"

    def test_stay_while_they_do_something(self, admin: User, clock: time_machine.Traveller) -> None:
        browser = browser_of(admin)
        for _page in range(6):
            clock.shift(14 * 60)
            assert browser.get(ACCOUNTS).status_code == 200

    def test_are_told_why_once(self, tenant: Tenant, admin: User, clock: time_machine.Traveller) -> None:
        browser = browser_of(admin)
        key = session_of(browser, tenant).session_key
        clock.shift(15 * 60)
        response = browser.get(ACCOUNTS, follow=True)
        assert "您已离开超过 15 分钟" in response.content.decode()
        assert "您已离开" not in browser.get("/first-ca/staff/sign-in/").content.decode()
        assert not session_of(browser, tenant).exists(key)

    def test_come_back_to_the_page_of_the_form_that_they_sent(self, admin: User, clock: time_machine.Traveller) -> None:
        browser = browser_of(admin)
        clock.shift(15 * 60)
        response = browser.post(
            f"{ACCOUNTS}{admin.public_id}/roles/",
            {},
            headers={"Referer": f"http://testserver{ACCOUNTS}{admin.public_id}/"},
        )
        assert response["Location"].endswith(f"accounts%2F{admin.public_id}%2F")

    def test_sign_in_again_after_twelve_hours_whatever_they_do(
        self, admin: User, clock: time_machine.Traveller
    ) -> None:
        browser = browser_of(admin)
        clock.shift(10 * 60)
        while datetime.now(UTC) < START + timedelta(hours=12):
            assert browser.get(ACCOUNTS).status_code == 200
            clock.shift(10 * 60)
        assert browser.get(ACCOUNTS).status_code == 302


def test_customers_stay_signed_in_while_they_fetch_a_paper(tenant: Tenant, clock: time_machine.Traveller) -> None:
    browser = browser_of(make_customer(tenant))
    clock.shift(timedelta(hours=11, minutes=59))
    assert browser.get("/first-ca/sign-in/").status_code == 302
    clock.shift(timedelta(minutes=1))
    assert browser.get("/first-ca/sign-in/").status_code == 200


class TestASession:
    def test_of_another_tenant_is_anonymous(self, tenant: Tenant, other_tenant: Tenant, admin: User) -> None:
        browser = browser_of(admin)
        assert browser.get(ACCOUNTS).status_code == 200
        assert browser.get("/second-ca/staff/accounts/")["Location"].startswith("/second-ca/staff/sign-in/")

    def test_key_carried_to_another_tenants_cookie_opens_and_destroys_nothing(
        self, tenant: Tenant, other_tenant: Tenant, admin: User
    ) -> None:
        browser = browser_of(admin)
        key = session_of(browser, tenant).session_key
        browser.cookies[cookie_name(other_tenant)] = key
        assert browser.get("/second-ca/staff/accounts/").status_code == 302
        browser.post("/second-ca/sign-out/")
        assert session_of(browser, tenant).exists(key)
        assert browser.get(ACCOUNTS).status_code == 200

    def test_of_a_user_with_the_same_number_as_one_elsewhere_is_not_theirs(
        self, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        ours, theirs = make_customer(tenant), make_customer(other_tenant)
        browser = sign_in(browser_of(ours), theirs)
        names = {cookie_name(tenant), cookie_name(other_tenant)}
        assert names <= set(browser.cookies)
        assert len({browser.cookies[name].value for name in names}) == 2

    def test_row_names_its_tenant(self, tenant: Tenant) -> None:
        browser_of(make_customer(tenant))
        assert Session.objects.get().get_decoded()["_tenant"] == tenant.pk

    def test_ends_when_the_account_is_disabled(self, tenant: Tenant) -> None:
        user = make_customer(tenant)
        browser = browser_of(user)
        with tenant_tx(tenant, write=True):
            User.objects.filter(pk=user.pk).update(is_active=False)
        assert browser.get("/first-ca/sign-in/").status_code == 200

    def test_ends_when_the_password_changes(self, tenant: Tenant, admin: User) -> None:
        browser = browser_of(admin)
        with tenant_tx(tenant, write=True):
            admin.set_password("another correct horse battery")
            admin.save()
        assert browser.get(ACCOUNTS).status_code == 302


class TestTheCookie:
    def test_behind_a_prefix_is_sent_to_that_tenant_only(self, tenant: Tenant, admin: User) -> None:
        browser = browser_of(admin)
        response = browser.post("/first-ca/sign-out/")
        morsel = response.cookies[cookie_name(tenant)]
        assert morsel["path"] == "/first-ca/"

    def test_is_for_http_only_and_same_site(self, tenant: Tenant, admin: User) -> None:
        browser = browser_of(admin)
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=5), tick=False):
            morsel = browser.get(ACCOUNTS).cookies[cookie_name(tenant)]
        assert (morsel["path"], morsel["httponly"], morsel["samesite"]) == ("/first-ca/", True, "Lax")
        assert not morsel["max-age"]  # staff: gone with the browser

    def test_on_the_tenants_own_host_has_the_whole_host(self, tenant: Tenant, admin: User) -> None:
        TenantHost.objects.create(host="hall.first-ca.example", tenant=tenant)
        browser = browser_of(admin)
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=5), tick=False):
            response = browser.get("/staff/accounts/", headers={"Host": "hall.first-ca.example"})
        assert response.status_code == 200
        assert response.cookies[cookie_name(tenant)]["path"] == "/"

    def test_is_not_set_for_visitors_who_only_look(self, tenant: Tenant) -> None:
        assert cookie_name(tenant) not in Client().get("/first-ca/sign-in/").cookies
