"""Issue 2 §2: staff by password (Argon2id), TOTP second factor, lock after five failures."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client

from portal.accounts import second_factor, staff, staff_sign_in
from portal.accounts.actor import Actor
from portal.accounts.errors import AccountLocked, SecondFactorRefused, SecondFactorWait, SignInRefused
from portal.accounts.models import RecoveryCode, StaffTotpDevice, User
from portal.accounts.roles import Role
from portal.audit.models import SecurityEvent
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx
from tests.portal.accounts.people import PASSWORD, SYSTEM, actor_for, make_staff, session_of, token_for_secret, token_of

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
VISITOR = Actor.anonymous("192.0.2.7")
SIGN_IN, FACTOR, ENROL = (f"/first-ca/staff/{page}/" for page in ("sign-in", "second-factor", "second-factor/enrol"))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def colleague(tenant: Tenant) -> User:
    return make_staff(tenant, Role.REVIEWER, username="zhang.min", password=PASSWORD)


def first(tenant: Tenant, username: str = "zhang.min", password: str = PASSWORD) -> User:
    return staff_sign_in.check_first_factor(tenant, username=username, password=password, by=VISITOR)


def second(tenant: Tenant, user: User, token: str) -> int | None:
    return second_factor.verify(tenant, user, token, by=VISITOR)[1]


class TestThePassword:
    def test_is_kept_as_argon2id(self, colleague: User) -> None:
        assert colleague.password.startswith("argon2$argon2id$")

    def test_is_the_first_factor_of_two(self, tenant: Tenant, colleague: User) -> None:
        assert first(tenant).pk == colleague.pk
        assert first(tenant, " Zhang.Min ").pk == colleague.pk

    @pytest.mark.parametrize("case", ["wrong password", "no such name", "disabled", "not yet invited", "other tenant"])
    def test_refusals_all_say_the_same(self, tenant: Tenant, other_tenant: Tenant, colleague: User, case: str) -> None:
        where, username, password = tenant, "zhang.min", PASSWORD
        if case == "wrong password":
            password = "wrong"
        elif case == "no such name":
            username = "nobody"
        elif case == "disabled":
            with tenant_tx(tenant, write=True):
                User.objects.filter(pk=colleague.pk).update(is_active=False)
        elif case == "not yet invited":
            username = make_staff(tenant).username or ""
        else:
            where = other_tenant
        with pytest.raises(SignInRefused) as refusal:
            first(where, username, password)
        assert refusal.value.params == {}
        with tenant_tx(where):
            assert SecurityEvent.objects.get().event == "password.wrong"

    def test_is_checked_with_equal_work_for_a_name_that_is_nobodys(
        self, tenant: Tenant, colleague: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checked: list[str] = []
        real = staff_sign_in.check_password
        monkeypatch.setattr(
            staff_sign_in, "check_password", lambda typed, kept: checked.append(kept) or real(typed, kept)
        )
        for username in ("zhang.min", "nobody"):
            with pytest.raises(SignInRefused):
                first(tenant, username, "wrong")
        assert [kept.split("$")[:4] for kept in checked] == [checked[0].split("$")[:4]] * 2

    @pytest.mark.parametrize("username", ["zhang.min", "nobody"])
    def test_five_wrong_ones_lock_for_thirty_minutes(
        self, tenant: Tenant, colleague: User, clock: time_machine.Traveller, username: str
    ) -> None:
        for _failure in range(5):
            clock.shift(60)
            with pytest.raises(SignInRefused):
                first(tenant, username, "wrong")
        with pytest.raises(AccountLocked) as refusal:
            first(tenant, username)
        assert refusal.value.retry_after == 1800
        clock.shift(1799)
        with pytest.raises(AccountLocked) as refusal:
            first(tenant, username)
        assert refusal.value.retry_after == 1
        clock.shift(1)
        if username == "zhang.min":
            assert first(tenant).pk == colleague.pk
        else:
            with pytest.raises(SignInRefused):
                first(tenant, username)

    def test_the_right_one_starts_the_count_anew(self, tenant: Tenant, colleague: User) -> None:
        for _round in range(2):
            for _failure in range(4):
                with pytest.raises(SignInRefused):
                    first(tenant, password="wrong")
            first(tenant)

    def test_an_administrator_unlocks(self, tenant: Tenant, colleague: User) -> None:
        for _failure in range(5):
            with pytest.raises(SignInRefused):
                first(tenant, password="wrong")
        with tenant_tx(tenant, write=True):
            staff.unlock(colleague, by=SYSTEM)
        assert first(tenant).pk == colleague.pk

    def test_a_lock_is_the_tenants_own(self, tenant: Tenant, other_tenant: Tenant, colleague: User) -> None:
        namesake = make_staff(other_tenant, username="zhang.min", password=PASSWORD)
        for _failure in range(5):
            with pytest.raises(SignInRefused):
                first(tenant, password="wrong")
        assert first(other_tenant).pk == namesake.pk

    @pytest.mark.postgres
    def test_five_also_for_twenty_at_once(self, tenant: Tenant, colleague: User) -> None:
        def attempt(_number: int) -> type[Exception]:
            try:
                first(tenant, password="wrong")
            except (SignInRefused, AccountLocked) as refusal:
                return type(refusal)
            finally:
                connection.close()
            raise AssertionError("a wrong password was taken")

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(attempt, range(20)))
        assert answers.count(SignInRefused) == 5


class TestTheAuthenticator:
    def test_opens_with_the_code_of_now(self, tenant: Tenant, colleague: User) -> None:
        assert second(tenant, colleague, token_of(colleague)) is None

    def test_takes_no_code_twice(self, tenant: Tenant, colleague: User, clock: time_machine.Traveller) -> None:
        token = token_of(colleague)
        second(tenant, colleague, token)
        with pytest.raises(SecondFactorRefused):
            second(tenant, colleague, token)
        clock.shift(30)
        assert second(tenant, colleague, token_of(colleague)) is None

    @pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_allows_one_step_either_way(self, tenant: Tenant, colleague: User, steps: int, opens: bool) -> None:
        token = token_of(colleague, steps=steps)
        if opens:
            second(tenant, colleague, token)
        else:
            with pytest.raises(SecondFactorRefused):
                second(tenant, colleague, token)

    def test_makes_one_wait_longer_after_each_wrong_code_and_locks_after_five(
        self, tenant: Tenant, colleague: User, clock: time_machine.Traveller
    ) -> None:
        for wait in (1, 2, 4, 8, 16):
            with pytest.raises(SecondFactorRefused):
                second(tenant, colleague, "000000")
            clock.shift(wait)
        with pytest.raises(AccountLocked):
            second(tenant, colleague, token_of(colleague))

    def test_says_how_long_to_wait(self, tenant: Tenant, colleague: User, clock: time_machine.Traveller) -> None:
        for wait in (1, 0):
            with pytest.raises(SecondFactorRefused):
                second(tenant, colleague, "000000")
            clock.shift(wait)
        with pytest.raises(SecondFactorWait) as refusal:
            second(tenant, colleague, token_of(colleague))
        assert refusal.value.retry_after == 2

    def test_a_wrong_code_stays_counted(self, tenant: Tenant, colleague: User) -> None:
        with pytest.raises(SecondFactorRefused):
            second(tenant, colleague, "000000")
        with tenant_tx(tenant):
            assert StaffTotpDevice.objects.get().throttling_failure_count == 1

    @pytest.mark.postgres
    def test_takes_one_code_once_also_for_ten_at_once(self, tenant: Tenant, colleague: User) -> None:
        token = token_of(colleague)

        def attempt(_number: int) -> bool:
            try:
                second(tenant, colleague, token)
            except (SecondFactorRefused, SecondFactorWait, AccountLocked):
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(10) as pool:
            assert list(pool.map(attempt, range(10))).count(True) == 1


class TestRecoveryCodes:
    @pytest.fixture
    def codes(self, tenant: Tenant) -> tuple[User, list[str]]:
        user = make_staff(tenant, enrolled=False)
        second_factor.begin_enrolment(tenant, user)
        return user, second_factor.confirm_enrolment(tenant, user, token_of(user), by=VISITOR)[1]

    def test_are_ten_and_stored_hashed(self, tenant: Tenant, codes: tuple[User, list[str]]) -> None:
        assert len(set(codes[1])) == 10
        assert all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", code) for code in codes[1])
        with tenant_tx(tenant):
            assert {len(row.code_hash) for row in RecoveryCode.objects.all()} == {32}

    def test_open_once_each(self, tenant: Tenant, codes: tuple[User, list[str]]) -> None:
        user, (code, other, *_rest) = codes
        assert second(tenant, user, code.upper().replace("-", " ")) == 9
        with pytest.raises(SecondFactorRefused):
            second(tenant, user, code)
        assert second(tenant, user, other) == 8

    def test_are_each_persons_own(self, tenant: Tenant, codes: tuple[User, list[str]], colleague: User) -> None:
        with pytest.raises(SecondFactorRefused):
            second(tenant, colleague, codes[1][0])


class TestThePages:
    def test_password_then_code_then_in(self, tenant: Tenant, colleague: User) -> None:
        browser = Client()
        response = browser.post(SIGN_IN, {"username": "zhang.min", "password": PASSWORD, "next": "/first-ca/staff/x/"})
        assert response["Location"] == FACTOR
        assert browser.get("/first-ca/staff/accounts/")["Location"].startswith(
            SIGN_IN
        )  # the password alone opens nothing
        browser.post(SIGN_IN, {"username": "zhang.min", "password": PASSWORD, "next": "/first-ca/staff/x/"})
        before = session_of(browser, tenant).session_key
        response = browser.post(FACTOR, {"token": token_of(colleague)})
        assert response["Location"] == "/first-ca/staff/x/"
        assert session_of(browser, tenant).session_key != before
        assert not session_of(browser, tenant).exists(before)
        with tenant_tx(tenant):
            assert User.objects.get(pk=colleague.pk).sign_in_count == 1

    def test_a_wrong_password_keeps_the_name_and_forgets_the_password(self, colleague: User) -> None:
        response = Client().post(SIGN_IN, {"username": "zhang.min", "password": "wrong-horse"})
        page = response.content.decode()
        assert response.status_code == 422
        assert 'value="zhang.min"' in page
        assert "wrong-horse" not in page
        assert "用户名或密码不正确" in page

    def test_without_the_password_there_is_no_second_page(self, colleague: User) -> None:
        for page in (FACTOR, ENROL):
            assert Client().get(page)["Location"] == SIGN_IN
            assert Client().post(page, {"token": token_of(colleague)})["Location"] == SIGN_IN

    def test_the_password_counts_for_ten_minutes(self, colleague: User, clock: time_machine.Traveller) -> None:
        browser = Client()
        browser.post(SIGN_IN, {"username": "zhang.min", "password": PASSWORD})
        clock.shift(599)
        assert browser.get(FACTOR).status_code == 200
        clock.shift(1)
        assert browser.get(FACTOR)["Location"] == SIGN_IN

    def test_whoever_has_no_authenticator_enrols_one_first(self, tenant: Tenant) -> None:
        make_staff(tenant, Role.REVIEWER, username="li.na", password=PASSWORD, enrolled=False)
        browser = Client()
        browser.post(SIGN_IN, {"username": "li.na", "password": PASSWORD})
        assert browser.get(FACTOR)["Location"] == ENROL
        page = browser.get(ENROL).content.decode()
        assert "data:image/svg+xml" in page
        secret = re.search(r'<code class="num">([A-Z2-7 ]+)</code>', page)
        assert secret
        assert browser.get(ENROL).content.decode().count(secret[1]) == 1  # looking again doesn't change the key
        response = browser.post(ENROL, {"token": "000000"})
        assert response.status_code == 422
        with time_machine.travel(datetime.now(UTC).timestamp() + 2):
            response = browser.post(ENROL, {"token": token_for_secret(secret[1].replace(" ", ""))})
        assert response.status_code == 200
        assert len(re.findall(r"<code>[a-z2-9]{5}-[a-z2-9]{5}</code>", response.content.decode())) == 10
        assert response["Cache-Control"].startswith("max-age=0, no-cache, no-store")
        assert browser.get(ENROL)["Location"] == SIGN_IN

    def test_the_enrolment_page_doesnt_show_a_confirmed_key(self, colleague: User) -> None:
        browser = Client()
        browser.post(SIGN_IN, {"username": "zhang.min", "password": PASSWORD})
        assert browser.get(ENROL)["Location"] == FACTOR

    def test_platform_staff_sign_in_at_their_own_realm_only(self, tenant: Tenant, other_tenant: Tenant) -> None:
        other_tenant.is_platform = True
        other_tenant.save()
        user = make_staff(other_tenant, Role.TENANT_ADMINISTRATOR, username="operator", password=PASSWORD)
        browser = Client()
        credentials = {"username": "operator", "password": PASSWORD}
        assert browser.post(SIGN_IN, credentials).status_code == 422
        assert browser.post("/second-ca/staff/sign-in/", credentials).status_code == 302
        response = browser.post("/second-ca/staff/second-factor/", {"token": token_of(user)})
        assert response.status_code == 302
        assert browser.get("/second-ca/staff/accounts/").status_code == 200
        assert browser.get("/first-ca/staff/accounts/").status_code == 302

    def test_an_invitation_sets_the_password_once(self, tenant: Tenant) -> None:
        admin = make_staff(tenant, Role.TENANT_ADMINISTRATOR)
        with tenant_tx(tenant, write=True):
            invited = staff.create(
                username="li.na",
                display_name="李娜",
                roles=[Role.FINANCE],
                by=actor_for(admin, Role.TENANT_ADMINISTRATOR),
            )
        link, browser = f"/first-ca/staff/invitation/{invited.token}/", Client()
        assert "li.na" in browser.get(link).content.decode()
        short = browser.post(link, {"password": "short", "again": "short"})
        assert (short.status_code, "至少" in short.content.decode()) == (422, True)
        differs = browser.post(link, {"password": PASSWORD, "again": PASSWORD + "x"})
        assert "两次填写的密码不一致" in differs.content.decode()
        assert browser.post(link, {"password": PASSWORD, "again": PASSWORD})["Location"] == SIGN_IN
        assert browser.get(link).status_code == 404
        assert first(tenant, "li.na").pk == invited.user.pk
