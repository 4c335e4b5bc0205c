"""Remakes, PIN resets and password envelopes (RULES P14, P18, P20, P23, B7)."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.bridge.simulator import InProcessBridge
from renewals.ca_of_tenant import ca_of
from renewals.errors import NeedsAnotherPerson
from renewals.issuing import download_codes
from renewals.models import Certificate, DownloadCodes, PinReset, ProductionTask, ReceivedKey, StepRecord
from renewals.producing.errors import MediumUnfit, NotRemakable, PinResetMissing, TooLateToRemake
from tests.renewals.hall import Hall
from tests.renewals.workshop import DELIVERY, Workshop, production

_numbers = itertools.count(2_611_220_000_001)


@pytest.fixture
def shop(hall: Hall) -> Workshop:
    return Workshop(hall, [production(), DELIVERY])


def delivered(shop: Workshop, order: str, how: str = "delivered") -> None:
    """Packed, sent, and there; or lost on its way."""
    by, item = shop.hall.staff_member(Role.MAIL_ROOM), shop.item(order).public_id
    number = f"SF{next(_numbers):013d}"
    for action, data in (("pack", {}), ("send", {"carrier": "sf", "tracking_number": number}), (how, {})):
        shop.hall.act(order, "delivery", action, data, by=by, item=item)
    shop.hall.run()


def twice(shop: Workshop, order: str, reason: str) -> None:
    for _ in range(2):
        by = shop.hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR)
        shop.act(order, "remake", {"reason": reason}, by=by)


@pytest.fixture
def made(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> str:
    """An order whose medium is made; the address is nobody's business here."""
    from renewals.steps import delivery

    wish = {"collection": "mail", "service_point": "", "name": "王小明", "mobile": "19900000001", "address": "深圳"}
    monkeypatch.setattr(delivery, "wish_of", lambda *_args, **_more: wish)
    order = shop.order()
    shop.blank()
    shop.make(order)
    shop.hall.run()
    return order


def test_dead_on_arrival_is_made_again_first_in_line(shop: Workshop, made: str) -> None:
    """RULES P18: revoked at the CA, another medium, nothing to pay, both freights ours."""
    delivered(shop, made)
    assert shop.hall.order(made).status == "completed"
    first = shop.item(made).issued
    assert first is not None

    twice(shop, made, "dead_on_arrival")
    shop.hall.run()

    order, task = shop.hall.order(made), shop.task(made)
    assert (order.status, order.next_actor, order.closed_at) == ("in_production", "production", None)
    assert (task.state, task.first_in_line, task.remake_reason) == ("queued", True, "dead_on_arrival")
    assert task.remake_of_id is not None
    assert ca_of(shop.hall.tenant).status(first.serial).state == "revoked"
    shop.blank()
    shop.make(made)
    second = shop.item(made).issued
    assert second is not None
    assert (second.predecessor_id, second.not_after) == (first.pk, first.not_after)  # no longer than what it replaces
    with tenant_tx(shop.hall.tenant):
        assert Certificate.objects.get(pk=first.pk).ca_status == "revoked"
    delivered(shop, made)
    with tenant_tx(shop.hall.tenant):
        keys = list(ReceivedKey.objects.order_by("id").values_list("hand", "outbound__freight"))
    assert keys == [("customer", "collect"), ("customer", "ours")]
    assert shop.hall.order(made).status == "completed"


def test_after_thirty_days_it_is_a_replacement(shop: Workshop, made: str) -> None:
    """RULES P18."""
    delivered(shop, made)
    with tenant_tx(shop.hall.tenant, write=True):
        StepRecord.objects.filter(order__public_id=made, name="delivery").update(
            changed_at=timezone.now() - timedelta(days=31)
        )
    with pytest.raises(TooLateToRemake):
        twice(shop, made, "dead_on_arrival")
    assert shop.hall.order(made).status == "completed"


def test_what_was_lost_on_its_way_is_revoked_and_made_again(shop: Workshop, made: str) -> None:
    """RULES P23."""
    delivered(shop, made, "lost")
    first = shop.item(made).issued
    assert first is not None
    twice(shop, made, "lost_in_transit")
    shop.hall.run()

    found = ca_of(shop.hall.tenant).status(first.serial)
    assert (found.state, found.reason) == ("revoked", "keyCompromise")
    shop.blank()
    shop.make(made)
    shop.hall.run()
    assert shop.pin(made).state == "sent"
    delivered(shop, made)
    assert shop.hall.order(made).status == "completed"


@pytest.mark.parametrize("reason", ["dead_on_arrival", "lost_in_transit", "faulty"])
def test_what_lies_here_is_not_made_again(shop: Workshop, made: str, reason: str) -> None:
    with pytest.raises(NotRemakable):
        twice(shop, made, reason)
    assert shop.hall.jobs("renewals.revoke_made") == []


def test_a_remake_takes_two_persons(shop: Workshop, made: str) -> None:
    """RULES P20."""
    delivered(shop, made)
    by = shop.hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR)
    shop.act(made, "remake", {"reason": "dead_on_arrival"}, by=by)
    with pytest.raises(NeedsAnotherPerson):
        shop.act(made, "remake", {"reason": "dead_on_arrival"}, by=by)
    assert shop.hall.jobs("renewals.revoke_made") == []


def test_a_medium_that_breaks_while_it_is_made_is_made_again(shop: Workshop) -> None:
    order = shop.order()
    shop.blank()
    shop.take(order)
    bridge = shop.bridge()
    shop.request(order, bridge)
    bridge.close()
    shop.hall.run()
    broken = shop.medium()
    twice(shop, order, "faulty")
    shop.hall.run()

    assert shop.hall.steps(order)["production"] == "open"
    with pytest.raises(MediumUnfit):
        shop.act(order, "take", broken)
    shop.blank()
    shop.make(order)
    assert shop.hall.steps(order)["production"] == "done:installed"
    with tenant_tx(shop.hall.tenant):
        assert ProductionTask.objects.filter(state="scrapped").count() == 1


# -- the customer's own key (P14) -------------------------------------------------------------------------------------


@pytest.fixture
def renewing(hall: Hall) -> Workshop:
    shop = Workshop(hall, [production("renewed_key", reset_pin=True), DELIVERY])
    shop.desk = hall.desk  # the customer's key lies on our table
    return shop


def reset(shop: Workshop, order: str) -> None:
    """Asked, released by another, authorised by the CA, used; the working PIN is 654321 then."""
    bridge = shop.bridge()
    nonce = bridge.call("pin.info", keySerial=shop.serial)["unlockNonce"]
    shop.act(order, "ask_reset", shop.medium() | {"nonce": nonce})
    with pytest.raises(NeedsAnotherPerson):
        shop.act(order, "release_reset", {"reason": ""})
    shop.act(order, "release_reset", {"reason": ""}, by=shop.hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    shop.hall.run()
    with tenant_tx(shop.hall.tenant, write=True):
        from portal import vault

        row = PinReset.objects.get()
        word = vault.reveal(row, "authorization", by=shop.by, reason="test")
    bridge._dispatcher.pins.auto_new_pin = "654321"
    bridge.call("pin.unlock", keySerial=shop.serial, txn=f"szca/{row.public_id}", authorization=word)
    bridge.close()
    shop.act(order, "reset_used")


def test_a_mailed_in_keys_pin_is_reset_by_two_and_sent_after_receipt(
    renewing: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RULES P14."""
    from renewals.steps import delivery

    shop = renewing
    monkeypatch.setattr(ca_of(shop.hall.tenant), "_secret_of", lambda serial, _medium: shop.desk.key(serial).unlock_key)
    order = shop.order()
    certificate = shop.item(order).certificate
    key = shop.desk.find(certificate.medium_number)
    assert key is not None
    shop.insert(key.serial)
    with pytest.raises(PinResetMissing):
        shop.take(order)
    reset(shop, order)
    assert shop.desk.key(key.serial).pin_matches("654321")
    with tenant_tx(shop.hall.tenant):
        row = PinReset.objects.get()
        assert (row.authorization, row.used_at is not None) == (None, True)

    shop.take(order)
    bridge = InProcessBridge(shop.desk, origin=_origin(shop), pin="654321")
    shop.request(order, bridge)
    shop.hall.run()
    shop.verify(order, bridge)
    shop.set_pin(order, bridge)
    bridge.close()
    shop.hall.run()

    issued = shop.item(order).issued
    assert issued is not None
    assert issued.medium_number == certificate.medium_number
    assert shop.pin(order).state == "set"  # still ours to keep: the key isn't in its owner's hands
    assert not shop.desk.key(key.serial).pin_matches("654321")
    wish = {"collection": "mail", "service_point": "", "name": "王小明", "mobile": "19900000001", "address": "深圳"}
    monkeypatch.setattr(delivery, "wish_of", lambda *_args, **_more: wish)
    with tenant_tx(shop.hall.tenant, write=True):
        _received(shop, order)
    delivered(shop, order)
    assert shop.pin(order).state == "sent"
    assert "production.first_pin" not in shop.hall.notices()  # it went past the outbox


def _origin(shop: Workshop) -> str:
    from portal.tenants.links import origin

    return origin(shop.hall.tenant)


def _received(shop: Workshop, order: str) -> None:
    """As if it had come in by post: this path leaves mail_in out."""
    from renewals.parcels.hands import Event
    from renewals.steps import custody

    item = shop.item(order)
    key = ReceivedKey(item=item, medium_number=item.certificate.medium_number, source=ReceivedKey.Source.PARCEL)
    custody.enter(key, Event.RECEIVED, by=shop.by, now=timezone.now())


def test_another_key_than_the_one_sent_in_is_not_worked_on(renewing: Workshop) -> None:
    shop = renewing
    order = shop.order()
    shop.blank()
    with pytest.raises(MediumUnfit) as refused:
        shop.take(order)
    assert refused.value.params["why"] == "other_key"


# -- download codes (B7) ----------------------------------------------------------------------------------------------


def test_codes_are_made_found_printed_once_and_sent(hall: Hall) -> None:
    """RULES B6, B7."""
    shop = Workshop(hall, [production("download_codes", "none", code_days=30), DELIVERY])
    order = shop.order()
    shop.act(order, "make_codes")
    with tenant_tx(hall.tenant, write=True):
        from portal import vault

        row = DownloadCodes.objects.get()
        reference, authorization = vault.reveal(row, "codes", by=shop.by, reason="test").split("|")
        assert (len(reference), len(authorization)) == (16, 12)
        assert row.expires_at - row.made_at == timedelta(days=30)
        assert download_codes.find(f" {reference.lower()} ", authorization) == row
        assert download_codes.find(reference, authorization[:-1]) is None
        assert download_codes.find(authorization, reference) is None

    shop.act(order, "envelope_printed")
    with tenant_tx(hall.tenant):
        row = DownloadCodes.objects.get()
        assert (row.codes, row.printed_at is not None) == (None, True)
        assert ReceivedKey.objects.get().thing == "envelope"
    assert hall.steps(order)["production"] == "done"
    assert hall.steps(order)["delivery"] == "open"


def test_codes_that_were_made_again_end_the_ones_before(hall: Hall) -> None:
    shop = Workshop(hall, [production("download_codes", "none", code_days=30), DELIVERY])
    order = shop.order()
    shop.act(order, "make_codes")
    shop.act(order, "make_codes")
    with tenant_tx(hall.tenant):
        first, second = DownloadCodes.objects.order_by("id")
    assert (first.ended_at is not None, first.codes, second.ended_at) == (True, None, None)
    shop.act(order, "envelope_printed")
    assert hall.steps(order)["production"] == "done"
