"""Staff accounts: every change by the one door, with an audit row; what an administrator may not do."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from portal.accounts import selectors, staff
from portal.accounts.actor import Actor
from portal.accounts.errors import (
    AccountNotFound,
    DeputyRefused,
    InvitationInvalid,
    LastAdministrator,
    NotOneself,
    UsernameTaken,
)
from portal.accounts.models import RecoveryCode, StaffInvitation, StaffTotpDevice, User, UserKind
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.tenants.transaction import TenantTxError, tenant_tx
from tests.portal.accounts.people import PASSWORD, actor_for, browser_of, make_customer, make_staff

pytestmark = pytest.mark.django_db(transaction=True)
ADMIN = Role.TENANT_ADMINISTRATOR


@pytest.fixture
def admin(tenant: Tenant) -> User:
    return make_staff(tenant, ADMIN, username="admin")


@pytest.fixture
def by(admin: User) -> Actor:
    return actor_for(admin, ADMIN)


@pytest.fixture
def colleague(tenant: Tenant) -> User:
    return make_staff(tenant, Role.REVIEWER, username="zhang.min")


def actions(tenant: Tenant) -> list[str]:
    with tenant_tx(tenant):
        return list(AuditRow.objects.order_by("seq").values_list("action", flat=True))


def create(tenant: Tenant, by: Actor, username: str = "li.na") -> staff.Invited:
    with tenant_tx(tenant, write=True):
        return staff.create(username=username, display_name="李娜", roles=[Role.FINANCE, Role.REVIEWER], by=by)


class TestCreating:
    def test_gives_roles_and_a_link_but_no_password(self, tenant: Tenant, by: Actor) -> None:
        user = create(tenant, by).user
        assert (user.kind, user.username, user.has_usable_password(), str(user.display_name)) == (
            UserKind.STAFF, "li.na", False, "李*",
        )  # fmt: skip
        with tenant_tx(tenant):
            assert selectors.roles_of(user) == {Role.FINANCE, Role.REVIEWER}
        assert actions(tenant) == ["staff.created", "staff.invited"]

    def test_on_the_platform_makes_platform_staff(self, tenant: Tenant) -> None:
        tenant.is_platform = True
        tenant.save()
        assert create(tenant, Actor.system("tests")).user.kind == UserKind.PLATFORM

    @pytest.mark.parametrize("username", ["zhang.min", "Zhang.Min "])
    def test_a_name_is_given_once_per_tenant(
        self, tenant: Tenant, other_tenant: Tenant, by: Actor, colleague: User, username: str
    ) -> None:
        with pytest.raises(UsernameTaken):
            create(tenant, by, username)
        assert actions(tenant) == []
        assert create(other_tenant, Actor.system("tests"), username).user.username == "zhang.min"

    def test_needs_a_write_transaction(self, tenant: Tenant, by: Actor) -> None:
        with pytest.raises(TenantTxError), tenant_tx(tenant):
            staff.create(username="li.na", display_name="李娜", roles=[], by=by)


class TestAnInvitation:
    def test_lives_seven_days(self, tenant: Tenant, by: Actor) -> None:
        with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False) as clock:
            token = create(tenant, by).token
            clock.shift(timedelta(days=7, seconds=-1))
            with tenant_tx(tenant):
                assert staff.invited(token).username == "li.na"
            clock.shift(1)
            with pytest.raises(InvitationInvalid), tenant_tx(tenant):
                staff.invited(token)

    def test_is_stored_hashed(self, tenant: Tenant, by: Actor) -> None:
        token = create(tenant, by).token
        with tenant_tx(tenant):
            assert token.encode() not in bytes(StaffInvitation.objects.get().token_hash)

    def test_ends_with_the_next_one(self, tenant: Tenant, by: Actor) -> None:
        first = create(tenant, by)
        with tenant_tx(tenant, write=True):
            second = staff.invite(first.user, by=by)
        with tenant_tx(tenant):
            with pytest.raises(InvitationInvalid):
                staff.invited(first.token)
            assert staff.invited(second.token).pk == first.user.pk

    def test_opens_at_its_tenant_only(self, tenant: Tenant, other_tenant: Tenant, by: Actor) -> None:
        token = create(tenant, by).token
        with pytest.raises(InvitationInvalid), tenant_tx(other_tenant):
            staff.invited(token)

    def test_a_weak_password_uses_nothing_up(self, tenant: Tenant, by: Actor) -> None:
        invited = create(tenant, by)
        for weak in ("elevenchars", "password1234"):
            with pytest.raises(InvalidInput), tenant_tx(tenant, write=True):
                staff.accept_invitation(invited.token, weak, by=by)
        with tenant_tx(tenant, write=True):
            assert staff.accept_invitation(invited.token, PASSWORD, by=by).check_password(PASSWORD)
        with pytest.raises(InvitationInvalid), tenant_tx(tenant, write=True):
            staff.accept_invitation(invited.token, PASSWORD, by=by)


class TestRoles:
    def test_are_exactly_those_wanted(self, tenant: Tenant, by: Actor, colleague: User) -> None:
        with tenant_tx(tenant, write=True):
            staff.set_roles(colleague, [Role.FINANCE, Role.MAIL_ROOM], by=by)
        with tenant_tx(tenant):
            assert selectors.roles_of(colleague) == {Role.FINANCE, Role.MAIL_ROOM}
        assert actions(tenant) == ["staff.roles_changed"]
        with tenant_tx(tenant, write=True):
            staff.set_roles(colleague, [Role.MAIL_ROOM, Role.FINANCE], by=by)
        assert actions(tenant) == ["staff.roles_changed"]

    def test_nobody_changes_their_own(self, tenant: Tenant, by: Actor, admin: User) -> None:
        with pytest.raises(NotOneself), tenant_tx(tenant, write=True):
            staff.set_roles(admin, [ADMIN, Role.FINANCE], by=by)
        with tenant_tx(tenant):
            assert selectors.roles_of(admin) == {ADMIN}

    @pytest.mark.parametrize(
        "change",
        [
            lambda user, by: staff.set_roles(user, [Role.FINANCE], by=by),
            lambda user, by: staff.disable(user, by=by, reason="测试"),
        ],
    )
    def test_the_last_working_administrator_stays(
        self, tenant: Tenant, admin: User, colleague: User, change: Callable[[User, Actor], None]
    ) -> None:
        disabled = make_staff(tenant, ADMIN)
        with tenant_tx(tenant, write=True):
            User.objects.filter(pk=disabled.pk).update(is_active=False)
        with pytest.raises(LastAdministrator), tenant_tx(tenant, write=True):
            change(admin, actor_for(colleague, ADMIN))
        with tenant_tx(tenant):
            assert selectors.roles_of(admin) == {ADMIN}
            assert User.objects.get(pk=admin.pk).is_active
        assert actions(tenant) == []
        make_staff(tenant, ADMIN)
        with tenant_tx(tenant, write=True):
            change(admin, actor_for(colleague, ADMIN))


class TestDisabling:
    def test_ends_visits_and_can_be_undone(self, tenant: Tenant, by: Actor) -> None:
        second = make_staff(tenant, ADMIN, username="second")
        browser = browser_of(second)
        assert browser.get("/first-ca/staff/accounts/").status_code == 200
        with tenant_tx(tenant, write=True):
            staff.disable(second, by=by, reason="已离职")
        assert browser.get("/first-ca/staff/accounts/").status_code == 302
        with tenant_tx(tenant, write=True):
            staff.enable(second, by=by)
        assert actions(tenant) == ["staff.disabled", "staff.enabled"]

    def test_oneself_is_refused(self, tenant: Tenant, by: Actor, admin: User) -> None:
        make_staff(tenant, ADMIN)
        with pytest.raises(NotOneself), tenant_tx(tenant, write=True):
            staff.disable(admin, by=by, reason="测试")


class TestResettingTheSecondFactor:
    def test_takes_authenticator_and_recovery_codes_and_ends_visits(self, tenant: Tenant, by: Actor) -> None:
        second = make_staff(tenant, ADMIN, username="second")
        browser = browser_of(second)
        assert browser.get("/first-ca/staff/accounts/").status_code == 200
        with tenant_tx(tenant, write=True):
            RecoveryCode(user=second, code_hash=b"x" * 32).save()
            staff.reset_second_factor(second, by=by)
        with tenant_tx(tenant):
            assert not StaffTotpDevice.objects.filter(user=second).exists()
            assert not RecoveryCode.objects.exists()
        assert browser.get("/first-ca/staff/accounts/").status_code == 302
        assert actions(tenant) == ["staff.second_factor_reset"]

    def test_oneself_is_refused(self, tenant: Tenant, by: Actor, admin: User) -> None:
        with pytest.raises(NotOneself), tenant_tx(tenant, write=True):
            staff.reset_second_factor(admin, by=by)


class TestDeputies:
    """RULES P21: deputies with dates, inclusive, on the tenant's calendar."""

    FIRST, LAST = date(2026, 2, 16), date(2026, 2, 23)

    @pytest.fixture
    def stand_in(self, tenant: Tenant) -> User:
        return make_staff(tenant, Role.SERVICE_DESK, username="li.na")

    @pytest.fixture(autouse=True)
    def _january(self) -> Iterator[None]:
        with time_machine.travel(datetime(2026, 1, 20, 4, tzinfo=UTC), tick=False):
            yield

    def add(self, tenant: Tenant, absent: User, stand_in: User, by: Actor, **dates: date) -> None:
        with tenant_tx(tenant, write=True):
            staff.add_deputy(absent, stand_in, **{"starts": self.FIRST, "ends": self.LAST, **dates}, by=by)

    @pytest.mark.parametrize(
        ("now", "holds"),
        [
            (datetime(2026, 2, 15, 15, 59, 59, tzinfo=UTC), False),  # 15 February, 23:59:59 in Shanghai
            (datetime(2026, 2, 15, 16, 0, tzinfo=UTC), True),
            (datetime(2026, 2, 23, 15, 59, 59, tzinfo=UTC), True),
            (datetime(2026, 2, 23, 16, 0, tzinfo=UTC), False),
        ],
    )
    def test_hold_the_absent_ones_roles_from_the_first_to_the_last_day(
        self, tenant: Tenant, by: Actor, colleague: User, stand_in: User, now: datetime, holds: bool
    ) -> None:
        self.add(tenant, colleague, stand_in, by)
        with time_machine.travel(now, tick=False):
            duties = selectors.duties_of(stand_in)
        assert (Role.REVIEWER in duties.roles) is holds
        assert duties.deputy_for == (("zhang.min",) if holds else ())
        assert Role.SERVICE_DESK in duties.roles

    def test_a_withdrawn_one_ends_at_once(self, tenant: Tenant, by: Actor, colleague: User, stand_in: User) -> None:
        self.add(tenant, colleague, stand_in, by, starts=date(2026, 1, 1))
        assert Role.REVIEWER in selectors.duties_of(stand_in).roles
        with tenant_tx(tenant, write=True):
            staff.withdraw_deputy(selectors.deputies_of(colleague).get(), by=by)
        assert selectors.duties_of(stand_in).roles == {Role.SERVICE_DESK}
        assert actions(tenant) == ["staff.deputy_added", "staff.deputy_withdrawn"]

    def test_dont_pass_on_what_they_hold_for_others(
        self, tenant: Tenant, by: Actor, colleague: User, stand_in: User
    ) -> None:
        third = make_staff(tenant, username="wang.wei")
        self.add(tenant, colleague, stand_in, by, starts=date(2026, 1, 1))
        self.add(tenant, stand_in, third, by, starts=date(2026, 1, 1))
        assert selectors.duties_of(third).roles == {Role.SERVICE_DESK}

    def test_what_cannot_be(self, tenant: Tenant, by: Actor, admin: User, colleague: User, stand_in: User) -> None:
        disabled = make_staff(tenant)
        with tenant_tx(tenant, write=True):
            User.objects.filter(pk=disabled.pk).update(is_active=False)
            disabled.refresh_from_db()
        customer = make_customer(tenant)
        for absent, deputy, dates in [
            (colleague, colleague, {}),
            (colleague, disabled, {}),
            (colleague, customer, {}),
            (colleague, stand_in, {"ends": date(2026, 2, 15)}),
            (colleague, stand_in, {"starts": date(2025, 12, 1), "ends": date(2026, 1, 19)}),
        ]:
            with pytest.raises(DeputyRefused):
                self.add(tenant, absent, deputy, by, **dates)
        with pytest.raises(NotOneself):
            self.add(tenant, colleague, admin, by)
        assert actions(tenant) == []


class TestThePages:
    def test_list_and_account(self, tenant: Tenant, admin: User, colleague: User) -> None:
        browser = browser_of(admin)
        page = browser.get("/first-ca/staff/accounts/").content.decode()
        assert "zhang.min" in page
        assert "审核员" in page
        assert browser.get(f"/first-ca/staff/accounts/{colleague.public_id}/").status_code == 200

    def test_a_new_account_shows_its_link_once(self, tenant: Tenant, admin: User) -> None:
        data = {"username": "li.na", "display_name": "李娜", "roles": ["finance"]}
        response = browser_of(admin).post("/first-ca/staff/accounts/new/", data)
        page = response.content.decode()
        assert "/first-ca/staff/invitation/" in page
        assert "no-store" in response["Cache-Control"]

    def test_a_refused_form_keeps_what_was_typed(self, admin: User, colleague: User) -> None:
        browser = browser_of(admin)
        data = {"username": "zhang.min", "display_name": "张敏", "email": "x@example.com", "roles": ["finance"]}
        response = browser.post("/first-ca/staff/accounts/new/", data)
        page = response.content.decode()
        assert response.status_code == 422
        assert "该用户名已被使用" in page
        assert 'value="张敏"' in page
        assert 'value="x@example.com"' in page
        response = browser.post(
            f"/first-ca/staff/accounts/{colleague.public_id}/deputies/",
            {"stand_in": admin.public_id, "starts": "2999-01-02", "ends": "2999-01-01"},
        )
        assert response.status_code == 422
        assert 'value="2999-01-02"' in response.content.decode()

    @pytest.mark.parametrize(
        ("action", "data", "said", "row"),
        [
            ("roles", {"roles": ["finance", "mail_room"]}, "角色已更新", "staff.roles_changed"),
            ("disable", {"reason": "已离职"}, "账号已停用", "staff.disabled"),
            ("enable", {}, "账号已恢复使用", None),
            ("unlock", {}, "已解锁", "staff.unlocked"),
            ("second-factor", {}, "动态码已重置", "staff.second_factor_reset"),
        ],
    )
    def test_each_button_says_what_happened(
        self,
        tenant: Tenant,
        admin: User,
        colleague: User,
        action: str,
        data: dict[str, object],
        said: str,
        row: str | None,
    ) -> None:
        url = f"/first-ca/staff/accounts/{colleague.public_id}/"
        response = browser_of(admin).post(f"{url}{action}/", data, follow=True)
        assert response.redirect_chain == [(url, 302)]
        assert said in response.content.decode()
        assert actions(tenant) == ([row] if row else [])

    def test_what_one_may_not_do_to_oneself_is_said_not_done(self, tenant: Tenant, admin: User) -> None:
        url = f"/first-ca/staff/accounts/{admin.public_id}/"
        response = browser_of(admin).post(f"{url}disable/", {"reason": "测试"}, follow=True)
        assert "不能对自己的账号进行此项操作" in response.content.decode()
        assert actions(tenant) == []

    def test_another_tenants_account_isnt_found(self, tenant: Tenant, other_tenant: Tenant, admin: User) -> None:
        stranger = make_staff(other_tenant)
        assert browser_of(admin).get(f"/first-ca/staff/accounts/{stranger.public_id}/").status_code == 404
        with pytest.raises(AccountNotFound), tenant_tx(tenant):
            staff.by_public_id(stranger.public_id)

    def test_a_customer_isnt_staff(self, tenant: Tenant, admin: User) -> None:
        customer = make_customer(tenant)
        assert browser_of(admin).get(f"/first-ca/staff/accounts/{customer.public_id}/").status_code == 404
