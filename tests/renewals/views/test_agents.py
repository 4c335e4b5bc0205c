"""Agents: one mobile for many organisations, by authorisation with an end date, withdrawable (RULES P16)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate, now

from portal.accounts.models import Membership, Organisation, User
from portal.tenants import tenant_tx
from renewals import agents
from renewals.errors import NotYourOrder
from renewals.models import Certificate
from renewals.steps.claims import may_work_with
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.snapshot import refused
from tests.renewals.views.page import url
from tests.renewals.views.test_claim import claim

pytestmark = pytest.mark.django_db
AGENT, OWNER = "19900000011", "19900000012"


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


def test_a_contact_of_the_import_lets_others_act(hall: Hall) -> None:
    """RULES P16: the CA has named them; they needn't prove a key first."""
    hall.certificate(30, contact=OWNER)
    browser = browser_of(make_customer(hall.tenant, OWNER))
    with tenant_tx(hall.tenant):
        organisation = Organisation.objects.get().public_id
    until = (localdate() + timedelta(days=3)).isoformat()
    typed = {"organisation": organisation, "mobile": AGENT, "until": until}
    assert browser.post(url("agents"), typed).status_code == 302
    with tenant_tx(hall.tenant):
        assert Membership.objects.get().verified_by == "import_contact"
    assert works(hall)
    with tenant_tx(hall.tenant, write=True):  # a number that may be somebody else's now passes nothing on (P17)
        User.objects.filter(public_id=make_customer(hall.tenant, OWNER).public_id).update(restricted_since=now())
    assert 'name="organisation"' not in browser.get(url("agents")).text


@pytest.fixture
def agent(hall: Hall, owner: Client) -> Hall:
    """The same hall, with the organisation's agent at the desk."""
    authorise(hall, owner)
    return replace(hall, customer=agent_of(hall), mobile=AGENT, session="agents-visit")


def the_certificate(hall: Hall) -> Certificate:
    with tenant_tx(hall.tenant):
        return Certificate.objects.select_related("organisation").get()


def over(hall: Hall) -> None:
    with tenant_tx(hall.tenant, write=True):
        Membership.objects.filter(role="agent").update(until=localdate() - timedelta(days=1))


def test_what_an_agent_brought_home_is_not_theirs_afterwards(hall: Hall, owner: Client, agent: Hall) -> None:
    """RULES P16: the new certificate is the organisation's; the agent's right ends with its last day."""
    order = agent.to("completed", the_certificate(hall))
    made = agent.item(order).issued
    assert made is not None
    with tenant_tx(hall.tenant):
        assert may_work_with(agent.customer, made)
        assert may_work_with(User.objects.get(pk=made.grants.get().user_id), made)
    over(hall)
    with tenant_tx(hall.tenant):
        assert not may_work_with(agent.customer, made)


def test_after_the_last_day_an_open_order_is_not_the_agents_any_more(hall: Hall, agent: Hall) -> None:
    """RULES P16: neither read, nor gone on with, nor cancelled."""
    order = agent.to("payment", the_certificate(hall))
    browser, item = browser_of(agent.customer), agent.item(order).public_id
    pages = [url("order", order), url("order-live", order), url("api-install-state", item)]
    assert [browser.get(page).status_code for page in pages] == [200, 200, 200]
    over(hall)
    with refused(NotYourOrder):
        agent.act(order, "", "cancel", {"reason": "no_longer_needed"})
    assert [browser.get(page).status_code for page in pages] == [404, 404, 404]
    assert agent.order(order).number not in browser.get(url("orders")).text.replace(" ", "")
