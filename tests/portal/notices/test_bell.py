"""In-page notices: one's own, sealed, counted by the bell (RULES A3)."""

import pytest

from portal import jobs, notices
from portal.notices import in_page, inbox
from portal.notices.models import InPageNotice
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.accounts.people import browser_of, make_customer, make_staff

pytestmark = pytest.mark.django_db(transaction=True)
CONTEXT: dict[str, object] = {"order": "A1", "name": "测试甲"}


def test_a_user_is_told_on_the_page_and_at_the_accounts_own_phone(tenant: Tenant) -> None:
    user = make_customer(tenant, "19900000001")
    with tenant_tx(tenant, write=True):
        notices.send("test.paid", to=notices.Recipient(user=user), context=CONTEXT, link="/orders/x/")
    jobs.drain()
    with tenant_tx(tenant):
        (line,) = in_page.latest(user)
        assert (line.body, line.link, line.is_read) == ("订单A1已支付。", "/orders/x/", False)
        assert in_page.unread_count(user) == 1
        assert [message.to for message in inbox.latest(tenant)] == ["19900000001"]
        assert "订单".encode() not in bytes(InPageNotice.objects.get().sealed)


def test_the_page_shows_ones_own_and_marks_them_read(tenant: Tenant) -> None:
    mine, other = make_customer(tenant, "19900000001"), make_customer(tenant, "19900000002")
    with tenant_tx(tenant, write=True):
        for user, order in ((mine, "MINE"), (other, "OTHER")):
            notices.send("test.paid", to=notices.Recipient(user=user), context={**CONTEXT, "order": order})
    browser, address = browser_of(mine), f"/{tenant.slug}/notices/"
    page = browser.get(address).content.decode()
    assert "订单MINE已支付" in page
    assert "OTHER" not in page
    assert browser.post(address).status_code == 302
    with tenant_tx(tenant):
        assert (in_page.unread_count(mine), in_page.unread_count(other)) == (0, 1)


def test_strangers_and_staff_are_sent_away(tenant: Tenant, client: pytest.FixtureRequest) -> None:
    address = f"/{tenant.slug}/notices/"
    assert client.get(address).status_code in {302, 403}  # type: ignore[attr-defined]
    assert browser_of(make_staff(tenant)).get(address).status_code in {302, 403}


@pytest.mark.parametrize("link", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
def test_a_notice_links_inside_the_site_only(tenant: Tenant, link: str) -> None:
    user = make_customer(tenant)
    with tenant_tx(tenant, write=True):
        with pytest.raises(ValueError, match="inside the site"):
            in_page.put(user, kind="test.paid", body="x", link=link)
        assert InPageNotice.objects.count() == 0
