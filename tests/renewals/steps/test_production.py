"""Production at the hall's desk: media, certificates, first PINs (RULES D5, D7, D8, D9, P13, P18, P23, Across 5)."""

import pytest

from portal.jobs.models import Job
from portal.notices import inbox
from portal.tenants import tenant_tx
from portal.vault.models import DataKey
from renewals.issuing.requests import parse
from renewals.lifecycle import NotCancellable
from renewals.models import Certificate, FirstPin, Issuance, Order, OrderItem, ProductionTask
from renewals.producing import first_pins
from renewals.producing.errors import MediumUnfit, NotStarted, PinGone, PinNotOurs
from renewals.programmes.working_days import due_date
from renewals.staff_selectors.orders import today
from tests.renewals.hall import Hall
from tests.renewals.workshop import DELIVERY, REVOCATION, Workshop, production


@pytest.fixture
def shop(hall: Hall) -> Workshop:
    return Workshop(hall, [production(key_model="SZCA-SM2 Ukey"), DELIVERY])


# -- the queue --------------------------------------------------------------------------------------------------------


def test_it_waits_in_the_queue_for_five_working_days(shop: Workshop) -> None:
    """RULES D8."""
    order = shop.order()

    task = shop.task(order)
    assert (task.state, task.makes, task.is_open) == ("queued", "new_medium", True)
    with tenant_tx(shop.hall.tenant):
        assert task.due_on == due_date(today(), 5).day
        row = Order.objects.get(public_id=order)
    assert (row.status, row.next_actor) == ("in_production", "production")


# -- a new medium -----------------------------------------------------------------------------------------------------


def test_a_new_medium_is_made_certified_and_registered(shop: Workshop) -> None:
    order = shop.order()
    number = shop.blank()
    shop.make(order)

    item, task = shop.item(order), shop.task(order)
    assert item.issued is not None
    assert (item.issued.medium_number, item.issued.key_model) == (number, "SZCA-SM2 Ukey")
    assert item.issued.predecessor_id == item.certificate_id
    assert item.issued.subject == item.certificate.subject
    assert (task.state, task.is_open, task.medium_number) == ("made", False, number)
    assert shop.hall.steps(order)["production"] == "done:installed"
    assert shop.hall.steps(order)["delivery"] == "open"
    key = shop.desk.key(shop.serial)
    assert key.signing_container(parse(bytes(item.issued.signing_der)).fingerprint_sm3.hex()) is not None


def test_the_old_certificate_is_revoked_when_the_new_one_is_verified(shop: Workshop) -> None:
    """RULES Across 7."""
    order = shop.order()
    shop.blank()
    shop.make(order)
    shop.hall.run()

    assert shop.item(order).certificate.ca_status == "replaced"


@pytest.mark.parametrize("why", ["model", "used", "taken"])
def test_a_medium_that_does_not_fit_is_not_taken(shop: Workshop, why: str) -> None:
    order = shop.order()
    if why == "model":
        shop.blank(model="ePass3000GM")
    elif why == "used":
        shop.blank()
        with tenant_tx(shop.hall.tenant, write=True):
            Certificate.objects.filter(pk=shop.item(order).certificate_id).update(
                medium_number=shop.medium()["medium_number"]
            )
    else:
        other = shop.order(shop.hall.certificate())
        shop.blank()
        shop.take(other)

    with pytest.raises(MediumUnfit) as refused:
        shop.take(order)

    assert refused.value.params["why"] == why
    assert shop.task(order).state == "queued"
    with tenant_tx(shop.hall.tenant):
        assert not Issuance.objects.filter(item__order__public_id=order).exists()


def test_nobody_asks_the_ca_before_a_medium_is_taken(shop: Workshop) -> None:
    order = shop.order()
    shop.blank()
    with pytest.raises(NotStarted):
        shop.act(order, "request", {"csr": "AAAA", "challenge": "x" * 43, "signature": "AAAA"})
    assert shop.hall.jobs("renewals.request_certificate") == []


def test_what_is_put_back_is_made_on_another_medium(shop: Workshop) -> None:
    order = shop.order()
    shop.blank()
    shop.take(order)
    shop.act(order, "put_back")
    assert (shop.task(order).state, shop.task(order).key_serial) == ("queued", "")

    number = shop.blank()
    shop.make(order)
    assert shop.task(order).medium_number == number


def test_the_intent_is_committed_before_the_ca_is_asked_and_asked_once(shop: Workshop) -> None:
    """A worker that dies after the CA has issued finds its answer again: one certificate."""
    order = shop.order()
    shop.blank()
    shop.take(order)
    bridge = shop.bridge()
    shop.request(order, bridge)
    with tenant_tx(shop.hall.tenant):
        issuance = Issuance.objects.get(item__order__public_id=order)
        assert (issuance.state, bytes(issuance.csr or b"") != b"") == ("requested", True)

    from renewals import tasks
    from renewals.ca_of_tenant import ca_of
    from renewals.issuing.wishes import wish_of

    with tenant_tx(shop.hall.tenant):
        wish = wish_of(Issuance.objects.select_related("item__order__programme", "item__order__tenant").get())
    first = ca_of(shop.hall.tenant).request_certificate(wish)  # and here the worker died
    assert tasks.RENEWABLE
    shop.hall.run()

    made = shop.hall.issuance(order)
    assert made.state == "issued"
    assert bytes(made.signing_certificate or b"") == first.signing_certificate_der  # type: ignore[union-attr]
    bridge.close()


def test_the_end_is_kept_where_the_pack_says_so(hall: Hall) -> None:
    """RULES D5, D7: revoked first, made after, and it ends when the old one would have."""
    shop = Workshop(
        hall, [REVOCATION, production(), DELIVERY], {"validity_start": "keep_end", "revoke_old": "on_submit"}
    )
    order = shop.order()
    certificate = shop.item(order).certificate
    assert certificate.ca_status == "revoked"
    assert hall.steps(order)["revocation"] == "done"
    with pytest.raises(NotCancellable):
        hall.act(order, "", "cancel", {"reason": "changed_mind"})

    shop.blank()
    shop.make(order)
    issued = shop.item(order).issued
    assert issued is not None
    assert issued.not_after == certificate.not_after.replace(microsecond=0)


def test_what_was_frozen_meanwhile_is_not_revoked_and_stops(hall: Hall) -> None:
    """RULES P13."""
    from renewals.ca.dev import DevCa
    from renewals.ca_of_tenant import ca_of

    shop = Workshop(hall, [REVOCATION, production(), DELIVERY], {"revoke_old": "on_submit"})
    certificate = hall.certificate()
    ca = ca_of(hall.tenant)
    assert isinstance(ca, DevCa)
    ca.freeze(certificate.serial)
    order = shop.order(certificate)

    row = hall.order(order)
    assert (row.status, row.ending["reason"]) == ("stopped", "ca_status_frozen")
    assert ca.status(certificate.serial).state == "frozen"
    with tenant_tx(hall.tenant):
        assert not ProductionTask.objects.exists()


# -- the first PIN ----------------------------------------------------------------------------------------------------


def test_the_first_pin_goes_out_once_and_is_nowhere_then(shop: Workshop) -> None:
    """RULES D9, Across 5."""
    order = shop.order()
    shop.blank()
    shop.make(order)
    pin = shop.pin(order)
    with tenant_tx(shop.hall.tenant):
        text = first_pins.opened(pin)
    assert shop.desk.key(shop.serial).pin_matches(text)
    assert (pin.state, pin.way) == ("set", "sms")

    shop.hall.run()

    pin = shop.pin(order)
    assert (pin.state, pin.private_key, pin.sealed_pin) == ("sent", None, None)
    with tenant_tx(shop.hall.tenant):
        assert DataKey.objects.get(scope=f"first-pin:{pin.public_id}").wrapped is None
        messages = [message for message in inbox.latest(shop.hall.tenant) if message.kind == "production.first_pin"]
        jobs = repr(list(Job.objects.values("payload", "secret", "key")))
    assert len(messages) == 1
    assert text not in messages[0].body
    assert "••••••" in messages[0].body
    assert text not in jobs
    with pytest.raises(PinGone), tenant_tx(shop.hall.tenant):
        first_pins.opened(pin)


def test_a_worker_that_dies_after_the_message_sends_no_second_one(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is asked under the same id: the inbox keeps one message."""
    from portal.notices import sending

    order = shop.order()
    shop.blank()
    shop.make(order)
    sent: list[str] = []
    real = sending.sms_sender()

    class Dying:
        def send(self, tenant: object, sms: object) -> None:
            real.send(tenant, sms)  # type: ignore[arg-type]
            sent.append(sms.request_id)  # type: ignore[attr-defined]
            if len(sent) == 1:
                raise SystemError("killed before its own commit")

    monkeypatch.setattr(sending, "sms_sender", Dying)
    shop.hall.run()
    assert shop.pin(order).state == "set"
    from datetime import timedelta

    shop.hall.run(ahead=timedelta(hours=1))

    assert sent == [shop.pin(order).public_id] * 2
    assert shop.pin(order).state == "sent"
    with tenant_tx(shop.hall.tenant):
        kinds = [message.kind for message in inbox.latest(shop.hall.tenant)]
    assert kinds.count("production.first_pin") == 1


def test_a_pin_of_another_medium_is_not_taken(shop: Workshop) -> None:
    order = shop.order()
    shop.blank()
    shop.make(order, pin=False)
    assert shop.hall.steps(order)["production"] == "submitted:installed"
    asked = shop.act(order, "ask_pin").answer
    first = shop.serial
    shop.blank()
    bridge = shop.bridge()
    wanted = {name: asked[name] for name in ("txn", "recipient", "digits")}
    sealed = bridge.call("pin.issue", keySerial=shop.serial, **wanted)["sealedPin"]
    bridge.close()

    with pytest.raises(PinNotOurs):
        shop.act(order, "set_pin", {"sealed_pin": sealed})

    assert shop.pin(order).state == "asked"
    assert shop.hall.steps(order)["production"] == "submitted:installed"
    shop.insert(first)
    bridge = shop.bridge()
    shop.set_pin(order, bridge)  # asked again it is the same one
    bridge.close()
    with tenant_tx(shop.hall.tenant):
        assert FirstPin.objects.count() == 1
    assert shop.hall.steps(order)["production"] == "done:installed"


def test_a_mailer_is_printed_once(hall: Hall) -> None:
    shop = Workshop(hall, [production(first_pin="mailer"), DELIVERY])
    order = shop.order()
    shop.blank()
    shop.make(order)
    hall.run()
    pin = shop.pin(order)
    assert (pin.way, pin.state) == ("mailer", "set")
    assert hall.jobs("renewals.send_first_pin") == []

    shop.act(order, "mailer_printed", {"pin": pin.public_id})
    assert shop.pin(order).state == "sent"
    with pytest.raises(PinGone):
        shop.act(order, "mailer_printed", {"pin": pin.public_id})


# -- earlier encryption keys ------------------------------------------------------------------------------------------


def history_of(shop: Workshop) -> list[bytes]:
    containers = shop.desk.key(shop.serial).containers
    return [each.encryption_certificate for each in containers if each.state == "history"]


def test_the_new_medium_opens_old_files_too(shop: Workshop) -> None:
    """RULES P8: the CA restores the old encryption key; on the medium it lies beside the new one."""
    order = shop.order()
    old = shop.item(order).certificate
    shop.blank()
    shop.make(order)

    assert history_of(shop) == [bytes(old.encryption_der or b"")]
    made = shop.hall.issuance(order)
    assert made.history is not None
    assert bytes(made.encryption_certificate or b"") not in history_of(shop)
    [restored] = [each for each in shop.desk.key(shop.serial).containers if each.state == "history"]
    customers = shop.hall.desk.find(old.medium_number)
    assert customers is not None
    assert restored.encryption_key == customers.containers[0].encryption_key  # the very key, which the CA escrows


def test_a_kept_key_is_not_there_twice(hall: Hall) -> None:
    """RULES P8, encryption_key: keep."""
    shop = Workshop(hall, [production(), DELIVERY], {"encryption_key": "keep"})
    order = shop.order()
    shop.blank()
    shop.make(order)

    item = shop.item(order)
    assert item.issued is not None
    old, new = (parse(bytes(one.encryption_der or b"")) for one in (item.certificate, item.issued))
    assert old.spki_der == new.spki_der
    assert history_of(shop) == []


def test_on_the_medium_that_was_sent_in_the_old_key_simply_stays(hall: Hall) -> None:
    """RULES P8: nothing is restored where it never left."""
    from renewals.issuing.history import expected

    shop = Workshop(hall, [production("renewed_key", "none"), DELIVERY])
    order = shop.order()
    with tenant_tx(hall.tenant):
        assert expected(shop.item(order), kept=False) == 0


def test_so_many_containers_must_be_free_as_the_registry_knows_of(shop: Workshop) -> None:
    """RULES P8: container space is checked first; a medium that is too small is refused before the CA is asked."""
    from renewals.issuing.history import expected

    order = shop.order()
    with tenant_tx(shop.hall.tenant):
        item = OrderItem.objects.select_related("certificate__predecessor", "issued").get(order__public_id=order)
        assert (expected(item, kept=False), expected(item, kept=True)) == (1, 0)
