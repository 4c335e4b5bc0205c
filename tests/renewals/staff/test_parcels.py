"""The mail room's desk: scan, open the box, pack, send, hand over, chase (RULES P14, P15, P20, P23, D8)."""

import io
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.mail_room import intake, outgoing, papers
from renewals.models import CustodyEntry, HandOver, ReceivedKey, Shipment
from renewals.parcels.hands import Event
from renewals.request_form.qr import Paper
from renewals.staff_selectors import parcels as desk
from renewals.steps import custody
from tests.renewals.hall import Hall
from tests.renewals.parcels.room import ADDRESS, OTHER_SF, SF, Room
from tests.renewals.staff.conftest import Browse

HERE = "/szca/staff/parcels/"


@pytest.fixture
def room(hall: Hall) -> Room:
    return Room(hall)


@pytest.fixture
def browser(room: Room, browse: Browse) -> Client:
    del room
    return browse(Role.MAIL_ROOM)


def body(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_a_parcel_is_scanned_opened_and_its_key_received(room: Room, browser: Client) -> None:
    order = room.order()
    room.announce(order)
    item = room.items(order)[0]
    answer = browser.get(HERE, {"scan": f" {SF.lower()} "})  # straight to the parcel
    with tenant_tx(room.hall.tenant):
        parcel = Shipment.objects.get()
    page = f"{HERE}in/{parcel.public_id}/"
    assert answer.headers["Location"].endswith(page)
    assert item.certificate.medium_number in body(browser.get(page))
    arrived = browser.post(f"{HERE}arrive/", {"carrier": "sf", "tracking_number": SF})
    assert arrived.headers["Location"].endswith(page)
    data = {"medium_number": item.certificate.medium_number, "condition": "intact", "shelf": "B-02"}
    done = browser.post(page, data, follow=True)
    assert "已收到，归入订单" in body(done)
    assert room.states(order, "mail_in") == ["done"]
    browser.post(f"{page}checked/", {"key": "k" * 12})
    assert room.parcel(parcel).state == "checked"


def test_a_page_from_before_a_key_was_moved_changes_nothing(room: Room, browser: Client) -> None:
    """RULES P15: somebody else has received it meanwhile; what isn't offered any more is said, not done."""
    order = room.order()
    room.announce(order)
    page = browser.post(f"{HERE}arrive/", {"carrier": "sf", "tracking_number": SF}).headers["Location"]
    number = room.items(order)[0].certificate.medium_number
    browser.post(page, {"medium_number": number, "condition": "intact", "shelf": "B-02"})
    with tenant_tx(room.hall.tenant):
        key, hands = ReceivedKey.objects.get().public_id, CustodyEntry.objects.count()
    for what in ("assign", "give-back"):
        said = browser.post(f"{HERE}keys/{key}/{what}/", {"item": "x"}, follow=True)
        assert "情况已经变了" in body(said)
    with tenant_tx(room.hall.tenant):
        assert CustodyEntry.objects.count() == hands


def test_the_number_on_the_form_finds_the_order(room: Room, browser: Client) -> None:
    """P15: no announcement, but the form lies in the box; its code is scanned."""
    order = room.order()
    number = room.hall.order(order).number
    assert f"{HERE}orders/{order}/" in body(browser.get(HERE, {"scan": number}))


def test_what_nobody_knows_is_taken_in_first_and_matched_later(room: Room, browser: Client) -> None:
    """RULES P15: no form, no order; intake first, order later, from the unclaimed shelf."""
    answer = browser.post(f"{HERE}arrive/", {"carrier": "sf", "tracking_number": SF})
    page = answer.headers["Location"]
    picture = SimpleUploadedFile("key.png", png(), "image/png")
    data = {"medium_number": "", "condition": "worn", "shelf": "C-1", "photo": picture}
    taken = browser.post(page, data)
    with tenant_tx(room.hall.tenant):
        key = ReceivedKey.objects.get()
        assert (key.item_id, key.hand, key.condition, key.shelf) == (None, "mail_room", "worn", "C-1")
        assert key.photo is not None
        assert (key.photo.owner, key.photo.purpose) == (f"key:{key.public_id}", "parcels.photo")
    own = f"{HERE}keys/{key.public_id}/"
    assert taken.headers["Location"].endswith(own)
    assert f"{own}" in body(browser.get(HERE, {"tab": "shelf"}))
    order = room.order()
    item = room.items(order)[0]
    number = room.hall.order(order).number
    assert item.certificate.medium_number in body(browser.get(own, {"order": number}))
    refused = browser.post(f"{own}assign/", {"item": item.public_id, "order": number, "key": "a" * 12})
    assert refused.status_code == 422  # nothing to compare, and nobody has compared
    assert "没有介质号可以比对" in body(refused)
    browser.post(f"{own}assign/", {"item": item.public_id, "order": number, "compared": "on", "key": "b" * 12})
    assert room.states(order, "mail_in") == ["done"]
    assert room.chain(key) == ["received", "stored", "matched"]


def test_a_mismatch_is_raised_from_the_keys_page_and_the_key_given_back(room: Room, browser: Client) -> None:
    """RULES P15, P23."""
    order = room.order()
    room.announce(order)
    item = room.items(order)[0]
    key = room.take_in(room.arrives(), "3888000011112222")
    own = f"{HERE}keys/{key.public_id}/"
    browser.post(f"{own}mismatch/", {"item": item.public_id, "reason": "wrong_key", "key": "m" * 12})
    assert room.states(order, "mail_in") == ["returned"]
    back = {"name": "王小明", "mobile": "19900000001", "address": "广东省深圳市福田区测试路 1 号"}
    wrong = browser.post(f"{own}give-back/", back | {"carrier": "sf", "tracking_number": "SF1"})
    assert wrong.status_code == 422
    assert "19900000001" in body(wrong)  # nothing typed is lost
    browser.post(f"{own}give-back/", back | {"carrier": "sf", "tracking_number": OTHER_SF})
    assert room.chain(key) == ["received", "stored", "mismatched", "packed", "given_back"]
    with tenant_tx(room.hall.tenant):
        parcel = Shipment.objects.get(direction="outbound")
        assert (parcel.tracking_number, parcel.state) == (OTHER_SF, "sent")
        assert "王小明" not in str(parcel.other_side)


def test_packed_labelled_sent_and_delivered(room: Room, browser: Client) -> None:
    order, [item] = room.received()
    page = f"{HERE}orders/{order}/"
    assert page in body(browser.get(HERE, {"tab": "pack"}))
    browser.post(f"{page}pack/", {"items": [item.public_id], "key": "p" * 12})
    with tenant_tx(room.hall.tenant):
        parcel = Shipment.objects.get(direction="outbound")
    out = f"{HERE}out/{parcel.public_id}/"
    for paper in (browser.post(f"{out}label/"), browser.get(f"{out}list/")):
        assert paper.headers["Content-Type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF-")
    refused = browser.post(f"{out}send/", {"carrier": "sf", "tracking_number": "SF12", "sent_on": "2026-11-21"})
    assert refused.status_code == 422
    assert "这不像顺丰速运的单号" in body(refused)
    browser.post(
        f"{out}send/", {"carrier": "sf", "tracking_number": OTHER_SF, "sent_on": "2026-11-21", "key": "s" * 12}
    )
    assert room.states(order, "delivery") == ["submitted:sent"]
    assert OTHER_SF in body(browser.get(HERE, {"tab": "sent"}))
    browser.post(f"{out}delivered/", {"key": "d" * 12})
    assert room.states(order, "delivery") == ["done"]
    with tenant_tx(room.hall.tenant):
        revealed = AuditRow.objects.filter(action="vault.revealed").count()
        assert revealed > 0  # the label was opened by name


def test_handed_over_at_the_counter_with_the_scanned_receipt(room: Room, browser: Client) -> None:
    """RULES D8, Across 3: the code on the 签收单 binds it to this order and version."""
    order, [item] = room.received()
    page = f"{HERE}orders/{order}/"
    browser.post(f"{page}ready/", {"items": [item.public_id], "service_point": room.point(), "key": "r" * 12})
    assert room.states(order, "delivery") == ["submitted:ready"]
    with tenant_tx(room.hall.tenant, write=True):
        paper = papers.collection_paper(room.hall.order(order))
    code = papers.sign(room.hall.tenant, Paper.RECEIPT, paper).text()
    other = papers.sign(room.hall.tenant, Paper.COLLECTION, paper).text()
    data = {
        "items": [item.public_id],
        "collector": "handler",
        "name": "王小明",
        "papers": ["id_card", "receipt"],
        "key": "h" * 12,
    }
    refused = browser.post(f"{page}hand-over/", data | {"code": other})
    assert refused.status_code == 422
    assert "不是这张订单当前版本的文件" in body(refused)
    assert room.states(order, "delivery") == ["submitted:ready"]
    browser.post(f"{page}hand-over/", data | {"code": code})
    assert room.states(order, "delivery") == ["done"]
    with tenant_tx(room.hall.tenant):
        assert HandOver.objects.get().papers == ["id_card", "receipt"]


def test_overdue_refused_and_uncollected_are_listed(room: Room, browser: Client) -> None:
    """RULES P23; issue: overdue, refused and uncollected parcels listed."""
    coming, refused, held = room.order(), room.received(), room.received()
    room.announce(coming, sent_on=(timezone.localdate() - timedelta(days=8)).isoformat())
    room.sent(refused[1][0])
    room.deliver(refused[1][0], "came_back", {"reason": "refused"})
    room.deliver(held[1][0], "ready", {"service_point": room.point()})
    with tenant_tx(room.hall.tenant, write=True):
        ReceivedKey.objects.filter(item=held[1][0]).update(moved_at=timezone.now() - timedelta(days=31))
    with tenant_tx(room.hall.tenant):
        assert desk.counts().trouble == 3
    text = body(browser.get(HERE, {"tab": "trouble"}))
    assert SF in text
    assert "快递被拒收，已退回" in text
    assert "超过 30 天没有领取的" in text


def test_who_may_look_and_who_may_handle(room: Room, browse: Browse) -> None:
    """RULES P20: the service desk reads and never decides; reviewers and finance see nothing of it."""
    order, [item] = room.received()
    page = f"{HERE}orders/{order}/"
    reading = browse(Role.SERVICE_DESK)
    assert reading.get(page).status_code == 200
    assert "装进包裹" not in body(reading.get(page))
    assert reading.post(f"{page}pack/", {"items": [item.public_id]}).status_code == 403
    for role in (Role.REVIEWER, Role.FINANCE):
        assert browse(role).get(HERE).status_code == 403
    assert room.states(order, "delivery") == ["open"]


def test_a_parcel_is_sent_as_a_whole_or_not_at_all(room: Room, browser: Client) -> None:
    """The second key can't be sent: the first one's entry, its step and the parcel's number are gone with the act."""
    order, items = room.received(2)
    page = f"{HERE}orders/{order}/"
    browser.post(f"{page}pack/", {"items": [item.public_id for item in items], "key": "p" * 12})
    with tenant_tx(room.hall.tenant, write=True):
        parcel = Shipment.objects.get(direction="outbound")
        ReceivedKey.objects.filter(item=items[1]).update(hand="carrier")  # its chain has a hole
    send = {"carrier": "sf", "tracking_number": OTHER_SF, "sent_on": "2026-11-21", "key": "s" * 12}
    refused = browser.post(f"{HERE}out/{parcel.public_id}/send/", send)
    assert refused.status_code == 422
    assert OTHER_SF in body(refused)
    assert room.states(order, "delivery") == ["open", "open"]
    assert room.parcel(parcel).state == "packing"
    with tenant_tx(room.hall.tenant):
        assert not CustodyEntry.objects.filter(event="sent").exists()


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(made, "PNG")
    return made.getvalue()


# -- of orders that have ended (P15, P23) -----------------------------------------------------------------------------


def test_an_ended_orders_key_is_fetched_and_sent_back_to_where_the_application_says(
    room: Room, browser: Client
) -> None:
    order, [item] = room.received()
    with tenant_tx(room.hall.tenant, write=True):
        key = ReceivedKey.objects.get(item=item)
        intake.to_production([key], by=room.by)
    room.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    assert key.medium_number in body(browser.get(f"{HERE}?tab=shelf"))
    own = f"{HERE}keys/{key.public_id}/"
    page = body(browser.get(own))
    assert "请取回收发室" in page
    assert "退还寄件人" not in page
    browser.post(f"{own}take-back/")
    page = body(browser.get(own))
    assert "三项都留空，就按订单里的收件信息寄回" in page
    assert "交制证室" not in page
    answer = browser.post(f"{own}give-back/", {"carrier": "sf", "tracking_number": OTHER_SF})
    assert answer.status_code == 302
    with tenant_tx(room.hall.tenant, write=True):
        parcel = Shipment.objects.get(direction="outbound")
        assert outgoing.label_of(parcel, by=room.by, reason="核对")["address"] == ADDRESS
    assert room.hall.order(order).next_actor == "nobody"


def test_a_key_that_comes_too_late_is_known_by_its_number(room: Room, browser: Client) -> None:
    order = room.order()
    room.announce(order)
    item = room.items(order)[0]
    room.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    key = room.take_in(room.arrives(), item)
    own = f"{HERE}keys/{key.public_id}/"
    page = body(browser.get(own))
    assert "登记不符" not in page  # there is nobody to ask any more
    browser.post(f"{own}assign/", {"item": item.public_id, "key": "a" * 12})
    assert "三项都留空" in body(browser.get(own))
    assert room.hall.order(order).next_actor == "mail_room"


def test_an_envelope_of_an_ended_order_is_destroyed(room: Room, browser: Client) -> None:
    """RULES B7."""
    order = room.order()
    with tenant_tx(room.hall.tenant, write=True):
        key = ReceivedKey(source="production", thing="envelope", item=room.items(order)[0])
        custody.enter(key, Event.MADE, by=room.by, now=timezone.now())
        custody.move(key, Event.TO_MAIL_ROOM, by=room.by)
    room.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    own = f"{HERE}keys/{key.public_id}/"
    page = body(browser.get(own))
    assert "请当场销毁后登记" in page
    assert "退还寄件人" not in page
    browser.post(f"{own}scrap/")
    assert "已销毁" in body(browser.get(own))


def test_a_parcel_that_was_given_back_is_followed_to_its_end(room: Room, browser: Client) -> None:
    order, [item] = room.received()
    room.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    with tenant_tx(room.hall.tenant):
        key = ReceivedKey.objects.get(item=item)
    browser.post(f"{HERE}keys/{key.public_id}/give-back/", {"carrier": "sf", "tracking_number": OTHER_SF})
    with tenant_tx(room.hall.tenant):
        parcel = Shipment.objects.get(direction="outbound")
    browser.post(f"{HERE}out/{parcel.public_id}/came-back/", {"reason": "refused"})
    assert room.hall.order(order).next_actor == "mail_room"
    assert room.key(key).hand == "mail_room"
