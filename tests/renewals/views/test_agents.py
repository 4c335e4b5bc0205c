"""Agents: one mobile for many organisations, by authorisation with an end date, withdrawable (RULES P16)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate

from portal.accounts.models import Membership, User
from portal.tenants import tenant_tx
from renewals import agents
from renewals.steps.claims import may_work_with
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.views.page import url
from tests.renewals.views.test_claim import claim

pytestmark = pytest.mark.django_db
AGENT, OWNER = "19900000088", "19900000077"


@pytest.fixture
def owner(hall: Hall) -> Client:
    """Has proved the organisation's key."""
    browser = browser_of(make_customer(hall.tenant, OWNER))
    assert claim(hall, browser, hall.certificate(30, contact="")) == 200
    return browser


def authorise(hall: Hall, browser: Client, *, days: int = 30, mobile: str = AGENT) -> int:
    with tenant_tx(hall.tenant):
        organisation = Membership.objects.filter(role="handler").latest("id").organisation.public_id
    until = (localdate() + timedelta(days=days)).isoformat()
    return browser.post(url("agents"), {"organisation": organisation, "mobile": mobile, "until": until}).status_code


def agent_of(hall: Hall) -> User:
    with tenant_tx(hall.tenant):
        return Membership.objects.filter(role="agent").latest("id").user


def works(hall: Hall) -> bool:
    with tenant_tx(hall.tenant):
        organisation = Membership.objects.get(role="agent").organisation
        return all(may_work_with(agent_of(hall), each) for each in organisation.certificates.all())


def test_an_agent_works_with_the_organisations_certificates_until_that_day(hall: Hall, owner: Client) -> None:
    assert authorise(hall, owner, days=10) == 302
    assert hall.notices()[-1] == "agent.authorised"
    assert works(hall)
    page = browser_of(agent_of(hall)).get(url("agents")).text
    assert "我代办的单位" in page
    with tenant_tx(hall.tenant, write=True):
        Membership.objects.filter(role="agent").update(until=localdate() - timedelta(days=1))
    assert not works(hall)


def test_it_can_be_withdrawn_by_either_and_by_nobody_else(hall: Hall, owner: Client) -> None:
    authorise(hall, owner)
    with tenant_tx(hall.tenant):
        membership = Membership.objects.get(role="agent").public_id
    stranger = browser_of(make_customer(hall.tenant, "19900000099"))
    stranger.post(url("agent-withdraw"), {"agent": membership})
    assert works(hall)
    owner.post(url("agent-withdraw"), {"agent": membership})
    assert not works(hall)
    assert hall.notices()[-1] == "agent.withdrawn"


def test_an_agent_passes_nothing_on(hall: Hall, owner: Client) -> None:
    authorise(hall, owner)
    with tenant_tx(hall.tenant):
        assert not agents.own_organisations(agent_of(hall)).exists()


@pytest.mark.parametrize(("days", "mobile"), [(-1, AGENT), (732, AGENT), (30, "123"), (30, OWNER)])
def test_an_impossible_authorisation_is_refused_with_what_was_typed(
    hall: Hall, owner: Client, days: int, mobile: str
) -> None:
    assert authorise(hall, owner, days=days, mobile=mobile) == 422
    with tenant_tx(hall.tenant):
        assert not Membership.objects.filter(role="agent").exists()
