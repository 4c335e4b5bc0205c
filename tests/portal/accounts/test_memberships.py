"""DESIGN §4, RULES P2, P16: who may act for whom, since when, until when, believed why."""

from datetime import date, timedelta

import pytest

from portal.accounts import memberships, selectors
from portal.accounts.errors import MembershipNotFound
from portal.accounts.models import Membership, Organisation, User
from portal.audit.models import AuditRow
from portal.tenants.errors import ForeignTenantError
from portal.tenants.models import Tenant
from portal.tenants.transaction import TenantTxError, tenant_tx
from tests.portal.accounts.people import SYSTEM, make_customer

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "91440300MA5DEMO01X"


@pytest.fixture
def user(tenant: Tenant) -> User:
    return make_customer(tenant)


@pytest.fixture
def organisation(tenant: Tenant) -> Organisation:
    return named(tenant, "深圳市测试精密制造有限公司", CODE)


def named(tenant: Tenant, name: str, credit_code: str = "") -> Organisation:
    with tenant_tx(tenant, write=True):
        return memberships.organisation_named(name, credit_code=credit_code, by=SYSTEM)


def grant(
    user: User, organisation: Organisation, role: str = "handler", until: date | None = None, why: str = "key_proof"
) -> Membership:
    with tenant_tx(user.tenant_id, write=True):
        return memberships.grant(user, organisation, role=role, verified_by=why, until=until, by=SYSTEM)


def acts_for(user: User, day: date | None = None) -> list[str]:
    with tenant_tx(user.tenant_id):
        return [organisation.name for organisation in memberships.organisations_of(user, day)]


def actions(tenant: Tenant) -> list[str]:
    with tenant_tx(tenant):
        return list(
            AuditRow.objects.exclude(action__startswith="organisation").order_by("seq").values_list("action", flat=True)
        )


def test_an_organisation_is_known_by_its_credit_code(tenant: Tenant, organisation: Organisation) -> None:
    assert named(tenant, "别的名称", CODE).pk == organisation.pk
    assert named(tenant, organisation.name).pk != organisation.pk
    assert named(tenant, "没有代码的单位").pk == named(tenant, "没有代码的单位").pk


def test_an_organisation_is_each_tenants_own(tenant: Tenant, other_tenant: Tenant, organisation: Organisation) -> None:
    assert named(other_tenant, organisation.name, CODE).pk != organisation.pk


def test_nobody_acts_for_anybody_unasked(user: User, organisation: Organisation) -> None:
    assert acts_for(user) == []


def test_one_mobile_acts_for_many(tenant: Tenant, user: User) -> None:
    for name in ("测试乙公司", "测试甲公司"):
        grant(user, named(tenant, name), role="agent", why="review")
    assert sorted(acts_for(user)) == ["测试乙公司", "测试甲公司"]


def test_the_end_date_is_the_last_day(tenant: Tenant, user: User, organisation: Organisation) -> None:
    last = date(2026, 12, 31)
    grant(user, organisation, role="agent", until=last, why="review")
    assert acts_for(user, last) == [organisation.name]
    assert acts_for(user, last + timedelta(days=1)) == []


def test_granting_again_keeps_one_row_with_the_new_end(tenant: Tenant, user: User, organisation: Organisation) -> None:
    first = grant(user, organisation, until=date(2026, 12, 31))
    again = grant(user, organisation, until=date(2027, 12, 31))
    same = grant(user, organisation, until=date(2027, 12, 31))
    assert first.pk == again.pk == same.pk
    assert same.until == date(2027, 12, 31)
    assert actions(tenant) == ["membership.granted"] * 2


def test_withdrawn_is_withdrawn_at_once_and_can_be_granted_anew(
    tenant: Tenant, user: User, organisation: Organisation
) -> None:
    held = grant(user, organisation)
    with tenant_tx(tenant, write=True):
        memberships.revoke(held, by=SYSTEM, reason="经办人已离职")
    assert acts_for(user) == []
    with pytest.raises(MembershipNotFound), tenant_tx(tenant, write=True):
        memberships.revoke(held, by=SYSTEM, reason="再来一次")
    assert grant(user, organisation).pk != held.pk
    assert acts_for(user) == [organisation.name]
    assert actions(tenant) == ["membership.granted", "membership.revoked", "membership.granted"]


def test_a_disabled_account_acts_for_nobody(tenant: Tenant, user: User, organisation: Organisation) -> None:
    grant(user, organisation)
    with tenant_tx(tenant, write=True):
        User.objects.filter(pk=user.pk).update(is_active=False)
        user.refresh_from_db()
    assert acts_for(user) == []


def test_members_of_an_organisation(tenant: Tenant, user: User, organisation: Organisation) -> None:
    grant(user, organisation)
    grant(make_customer(tenant, "19900000002"), organisation, until=date(2020, 1, 1))
    with tenant_tx(tenant):
        assert [member.user.pk for member in memberships.members_of(organisation)] == [user.pk]
        assert memberships.may_act_for(user, organisation)


@pytest.mark.parametrize(("role", "why"), [("owner", "key_proof"), ("handler", "sms_code")])
def test_unknown_roles_and_proofs_are_refused(user: User, organisation: Organisation, role: str, why: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        grant(user, organisation, role=role, why=why)
    assert acts_for(user) == []


def test_another_tenants_organisation_cannot_be_granted(tenant: Tenant, other_tenant: Tenant, user: User) -> None:
    foreign = named(other_tenant, "别家单位")
    with pytest.raises(ForeignTenantError):
        grant(user, foreign)


def test_needs_a_write_transaction(tenant: Tenant, user: User, organisation: Organisation) -> None:
    with pytest.raises(TenantTxError), tenant_tx(tenant):
        memberships.grant(user, organisation, role="handler", verified_by="key_proof", by=SYSTEM)


def test_today_is_the_tenants_today(tenant: Tenant) -> None:
    assert selectors.today(tenant) >= date(2026, 1, 1)
