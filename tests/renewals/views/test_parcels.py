"""The customer's pages of keys that travel: what goes into the box, and how it comes back (RULES A14, A16, D8)."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from portal.tenants import tenant_tx
from renewals.mail_room import outgoing, papers
from renewals.models import CustodyEntry, Shipment
from renewals.request_form.qr import Paper
from renewals.staff_selectors import parcels as desk
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.parcels.room import OTHER_SF, SF, Room, today
from tests.renewals.views.page import url


@pytest.fixture
def room(hall: Hall) -> Room:
    return Room(hall)


@pytest.fixture
def browser(room: Room) -> Client:
    return browser_of(room.hall.customer)


def body(answer: Any) -> str:
    return unescape(answer.content.decode())


def announcement(*items: str, **more: str) -> dict[str, Any]:
    said = {"carrier": "sf", "tracking_number": SF, "sent_on": today(), "key": "k" * 12}
    return {"items": list(items)} | said | more


def test_the_order_page_leads_to_the_parcel_and_the_box_is_announced(room: Room, browser: Client) -> None:
    order = room.order(2)
    items = room.items(order)
    page = url("order-parcel", order)
    assert page in body(browser.get(url("order", order)))
    text = body(browser.get(page))
    assert room.hall.tenant.mail_address in text  # RULES A16: where it goes
    assert all(item.certificate.medium_number in text for item in items)
    assert "不要附 PIN 码" in text  # RULES P14
    browser.post(page, announcement(items[0].public_id))
    assert room.states(order, "mail_in") == ["submitted", "open"]
    browser.post(page, announcement(items[1].public_id, tracking_number=OTHER_SF, key="l" * 12))
    assert room.states(order, "mail_in") == ["submitted", "submitted"]
    with tenant_tx(room.hall.tenant):
        assert CustodyEntry.objects.filter(event="announced").count() == 2


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tracking_number": "SF12"}, "这不像顺丰速运的单号"),
        ({"carrier": "ems"}, "看起来像顺丰速运的单号"),
        ({"carrier": ""}, "carrier"),
        ({"sent_on": ""}, "sent_on"),
        ({"sent_on": "2099-01-01"}, "寄件日期不能晚于今天"),
        ({"items": []}, "items"),
    ],
)
def test_what_was_typed_comes_back_with_what_is_wrong(
    room: Room, browser: Client, changed: dict[str, Any], says: str
) -> None:
    """RULES A14: carrier, number and day are all required; a number is checked against the carrier's pattern."""
    order = room.order()
    data = announcement(room.items(order)[0].public_id) | changed
    answer = browser.post(url("order-parcel", order), data)
    assert answer.status_code == 422
    assert says in body(answer)
    assert str(data["tracking_number"]) in body(answer)
    assert room.states(order, "mail_in") == ["open"]
    with tenant_tx(room.hall.tenant):
        assert not Shipment.objects.exists()


def test_a_wrong_number_is_corrected_on_the_page(room: Room, browser: Client) -> None:
    """RULES P15: a wrong tracking number."""
    order = room.order()
    item = room.items(order)[0].public_id
    page = url("order-parcel", order)
    browser.post(page, announcement(item, tracking_number=OTHER_SF))
    assert "correct=1" in body(browser.get(page))
    browser.post(f"{page}?correct=1", announcement(item, key="m" * 12))
    with tenant_tx(room.hall.tenant):
        assert Shipment.objects.get(state="announced").tracking_number == SF


def test_the_label_carries_the_orders_number(room: Room, browser: Client) -> None:
    order = room.order()
    answer = browser.get(url("order-parcel-label", order))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_sent_it_is_confirmed_on_the_page(room: Room, browser: Client) -> None:
    order, [item] = room.received()
    room.sent(item)
    page = url("order-delivery", order)
    assert page in body(browser.get(url("order", order)))
    assert OTHER_SF in body(browser.get(page))
    browser.post(page, {"item": item.public_id, "key": "c" * 12})
    assert room.states(order, "delivery") == ["done"]
    assert "已收到" in body(browser.get(page))


def test_ready_the_page_says_where_and_what_to_bring(room: Room, browser: Client) -> None:
    """RULES D8: address, hours, 签收单 and 授权委托书."""
    order, [item] = room.received()
    room.deliver(item, "ready", {"service_point": room.point()})
    text = body(browser.get(url("order-delivery", order)))
    assert "测试路 2 号" in text
    assert "周一至周五 9:00–17:00" in text
    for name in ("order-receipt", "order-letter"):
        paper = browser.get(url(name, order))
        assert paper.headers["Content-Type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF-")


def test_receipt_and_letter_are_bound_to_the_order_its_version_and_what_they_show(room: Room) -> None:
    """RULES Across 3: every paper the customer prints."""
    order = room.order(2)
    with tenant_tx(room.hall.tenant, write=True):
        row = room.hall.order(order)
        paper = papers.collection_paper(row)
        assert (paper.order_number, paper.form_version, len(paper.lines)) == (row.number, 1, 2)
        again = papers.collection_paper(row)
        assert paper.digest(Paper.RECEIPT) == again.digest(Paper.RECEIPT)
        assert paper.digest(Paper.RECEIPT) != paper.digest(Paper.COLLECTION)
        code = papers.sign(room.hall.tenant, Paper.RECEIPT, paper).text()
        papers.check_code(code, row, Paper.RECEIPT)
        for wrong in (code[:-1] + ("A" if code[-1] != "A" else "B"), "", "CH1"):
            with pytest.raises(papers.PaperOfOther):
                papers.check_code(wrong, row, Paper.RECEIPT)
    other = room.order()
    with tenant_tx(room.hall.tenant, write=True), pytest.raises(papers.PaperOfOther):
        papers.check_code(code, room.hall.order(other), Paper.RECEIPT)


def test_a_cancelled_orders_keys_are_given_back(room: Room, browser: Client) -> None:
    """Issue 4: cancelling says what happens to the keys; RULES P23: then they lie ready to be given back."""
    order, [item] = room.received()
    assert "取消后由收发室退还给您" in body(browser.get(url("order-cancel", order)))
    room.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    with tenant_tx(room.hall.tenant):
        [key] = desk.shelf()
        assert (key.item_id, outgoing.may_give_back(key)) == (item.pk, True)
    page = body(browser.get(url("order", order)))
    assert "由收发室办理" in page
    assert "收发室正在退还您寄来的 Ekey" in page


def test_what_is_still_on_its_way_is_said_before_cancelling(room: Room, browser: Client) -> None:
    order = room.order(2)
    room.announce(order)
    page = body(browser.get(url("order-cancel", order)))
    assert "您寄出的 Ekey 还在路上" in page
    assert "共 2 只，取消后不再办理；收到后我们会退还给您" in page


def test_a_stranger_sees_none_of_it(room: Room) -> None:
    order, [item] = room.received()
    room.sent(item)
    stranger = browser_of(make_customer(room.hall.tenant, "19900000077"))
    for name in ("order-parcel", "order-parcel-label", "order-delivery", "order-receipt", "order-letter"):
        assert stranger.get(url(name, order)).status_code == 404
    assert stranger.post(url("order-delivery", order), {"item": item.public_id}).status_code == 404
    assert room.states(order, "delivery") == ["submitted:sent"]
