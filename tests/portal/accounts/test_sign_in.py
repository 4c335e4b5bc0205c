"""Customers' sign-in as a service: accounts, counts, RULES A2 and P17."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.accounts import sign_in, sms_codes
from portal.accounts.actor import Actor
from portal.accounts.errors import AccountDisabled, CodeSpent
from portal.accounts.memberships import grant, organisation_named, organisations_of
from portal.accounts.models import User, UserKind
from portal.accounts.signals import customer_signed_in
from portal.audit.models import AuditRow
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx
from tests.portal.accounts.people import SYSTEM, make_customer

PHONE = "19900000001"
START = datetime(2026, 1, 10, 4, 0, tzinfo=UTC)
VISITOR = Actor.anonymous("192.0.2.7", "0123456789abcdef")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> str:
    """Every code is this one."""
    monkeypatch.setattr(sms_codes, "new_code", lambda: "123456")
    return "123456"


def enter(tenant: Tenant, phone: str = PHONE) -> sign_in.SignedIn:
    sign_in.request_code(tenant, phone=phone, binding="session", address="192.0.2.7")
    return sign_in.verify_code(tenant, code="123456", binding="session", by=VISITOR)


def users(tenant: Tenant) -> list[User]:
    with tenant_tx(tenant):
        return list(User.objects.order_by("pk"))


def test_an_unknown_number_becomes_an_account_once_its_code_was_right(tenant: Tenant) -> None:
    sign_in.request_code(tenant, phone=PHONE, binding="session", address="192.0.2.7")
    assert users(tenant) == []
    signed_in = sign_in.verify_code(tenant, code="123456", binding="session", by=VISITOR)
    assert signed_in.is_new
    (user,) = users(tenant)
    assert (user.kind, user.username, user.is_active, user.has_usable_password()) == (
        UserKind.CUSTOMER,
        None,
        True,
        False,
    )
    assert user.masked_label == "199****0001"


def test_a_known_number_is_the_same_account_again(tenant: Tenant, clock: time_machine.Traveller) -> None:
    first = enter(tenant)
    clock.shift(60)
    second = enter(tenant)
    assert (second.is_new, second.user.pk) == (False, first.user.pk)
    assert len(users(tenant)) == 1


def test_the_same_number_at_another_tenant_is_another_account(tenant: Tenant, other_tenant: Tenant) -> None:
    enter(tenant)
    enter(other_tenant)
    assert len(users(tenant)) == len(users(other_tenant)) == 1
    assert bytes(users(tenant)[0].phone_index) != bytes(users(other_tenant)[0].phone_index)


def test_it_counts_sign_ins_and_keeps_the_one_before(tenant: Tenant, clock: time_machine.Traveller) -> None:
    """RULES A2: the header shows how many times, and the last time."""
    first = enter(tenant).user
    assert (first.sign_in_count, first.last_sign_in_at, first.previous_sign_in_at) == (1, START, None)
    clock.shift(3600)
    second = enter(tenant).user
    assert second.sign_in_count == 2
    assert (second.previous_sign_in_at, second.last_sign_in_at) == (START, START + timedelta(hours=1))


def test_the_code_opens_once(tenant: Tenant) -> None:
    enter(tenant)
    with pytest.raises(CodeSpent):
        sign_in.verify_code(tenant, code="123456", binding="session", by=VISITOR)
    assert users(tenant)[0].sign_in_count == 1


def test_a_disabled_account_stays_out_and_unchanged(tenant: Tenant) -> None:
    user = make_customer(tenant)
    with tenant_tx(tenant, write=True):
        User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(AccountDisabled):
        enter(tenant)
    assert users(tenant)[0].sign_in_count == 0


def test_it_leaves_audit_rows_without_the_number(tenant: Tenant) -> None:
    enter(tenant)
    with tenant_tx(tenant):
        rows = list(AuditRow.objects.order_by("seq"))
    assert [row.action for row in rows] == ["user.created", "user.signed_in"]
    assert all(PHONE.encode() not in bytes(row.body) for row in rows)
    assert all(b"199****0001" in bytes(row.body) for row in rows)


def test_others_hear_of_it_inside_the_transaction(tenant: Tenant) -> None:
    heard: list[tuple[int, bool]] = []

    def listen(sender: type[User], user: User, is_new: bool, **_more: object) -> None:
        grant(user, organisation_named("测试公司", by=SYSTEM), role="handler", verified_by="import_contact", by=SYSTEM)
        heard.append((user.pk, is_new))

    customer_signed_in.connect(listen)
    try:
        user = enter(tenant).user
    finally:
        customer_signed_in.disconnect(listen)
    assert heard == [(user.pk, True)]
    with tenant_tx(tenant):
        assert [organisation.name for organisation in organisations_of(user)] == ["测试公司"]


class TestAfterAHundredAndEightyDays:
    """RULES P17: SMS alone shows nothing old. Whole days in Asia/Shanghai."""

    @pytest.mark.parametrize(
        ("now", "restricted"),
        [
            (datetime(2026, 7, 9, 15, 59, 59, tzinfo=UTC), False),  # day 180, 23:59:59 in Shanghai
            (datetime(2026, 7, 9, 16, 0, tzinfo=UTC), True),  # day 181, midnight
        ],
    )
    def test_the_account_is_restricted_from_day_181(
        self, tenant: Tenant, clock: time_machine.Traveller, now: datetime, restricted: bool
    ) -> None:
        enter(tenant)
        clock.move_to(now)
        assert enter(tenant).user.is_restricted is restricted

    def test_it_stays_so_over_further_sign_ins(self, tenant: Tenant, clock: time_machine.Traveller) -> None:
        enter(tenant)
        clock.shift(timedelta(days=181))
        since = enter(tenant).user.restricted_since
        clock.shift(timedelta(days=1))
        assert enter(tenant).user.restricted_since == since

    def test_it_acts_for_nobody_until_proof_lifts_it(self, tenant: Tenant, clock: time_machine.Traveller) -> None:
        user = enter(tenant).user
        with tenant_tx(tenant, write=True):
            organisation = organisation_named("测试公司", by=SYSTEM)
            grant(user, organisation, role="handler", verified_by="key_proof", by=SYSTEM)
        clock.shift(timedelta(days=181))
        user = enter(tenant).user
        with tenant_tx(tenant):
            assert list(organisations_of(user)) == []
        with tenant_tx(tenant, write=True):
            sign_in.lift_restriction(user, by=SYSTEM, evidence="key_proof")
        with tenant_tx(tenant):
            assert list(organisations_of(user)) == [organisation]
            assert AuditRow.objects.order_by("-seq").values_list("action", flat=True)[0] == "user.restriction_lifted"

    def test_a_new_account_is_not(self, tenant: Tenant) -> None:
        assert enter(tenant).user.is_restricted is False
