"""A locked key takes a new PIN: asked by its owner, released by two administrators, used once (RULES P1, A11, P20)."""

import base64
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals import orders, unblock_tasks
from renewals.bridge.protocol import PIN_TRIES, UNBLOCK, BridgeFault, ErrorCode, unlock_authorization
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
from renewals.ca import UnknownMedium
from renewals.errors import CertificateReserved, NeedsAnotherPerson, NotYourOrder, ProofRefused, UnblockLapsed
from renewals.issuing.requests import parse
from renewals.lifecycle import StepNotOpen
from renewals.models import Certificate, PinUnblock
from renewals.publishing import current
from renewals.steps.pin_unblock import authorization_for
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, text
from tests.renewals.office import held
from tests.renewals.snapshot import refused

pytestmark = pytest.mark.django_db

STEP, NEW_PIN = "pin_unblock", "246810"
CALLED = {"how": "callback", "reason": "回拨登记电话，本人确认"}


@dataclass
class Personaliser:
    """The CA, which knows the keys of the test's desk."""

    desk: SoftKeyDesk

    def unlock_authorization(self, key_serial: str, nonce: bytes, *, medium_number: str) -> bytes:
        key = self.desk.find(medium_number)
        if key is None or key.serial != key_serial:
            raise UnknownMedium(key_serial=key_serial)
        return unlock_authorization(key.unlock_key, key_serial, nonce)


@pytest.fixture(autouse=True)
def ca(desk: SoftKeyDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unblock_tasks, "ca_of", lambda _tenant: Personaliser(desk))


@pytest.fixture
def certificate(office: Hall) -> Certificate:
    return held(office, 30)


@pytest.fixture
def order(office: Hall, certificate: Certificate) -> str:
    return opened(office, certificate)


def opened(hall: Hall, certificate: Certificate, key: str = "unblock-it") -> str:
    with tenant_tx(hall.tenant, write=True):
        return orders.open_order(
            programme=current("epass3000gm"),
            certificates=[certificate],
            by=hall.by,
            key=key,
            business="pin_unblock",
        ).public_id


def locked(hall: Hall, certificate: Certificate) -> str:
    """Six wrong ones in a row (RULES A11); the key's serial."""
    key = hall.desk.find(certificate.medium_number)
    assert key is not None
    for tries in range(PIN_TRIES):
        with pytest.raises(BridgeFault) as wrong:
            hall.desk.try_pin(key.serial, "000000")
        assert wrong.value.retries_left == PIN_TRIES - 1 - tries
    assert wrong.value.code is ErrorCode.PIN_LOCKED
    return key.serial


def do(hall: Hall, order: str, action: str, data: object = None, by: Actor | None = None) -> orders.ActResult:
    return hall.act(order, STEP, action, data, by=by, item=hall.item(order).public_id)  # type: ignore[arg-type]


def ask(hall: Hall, order: str, serial: str) -> None:
    nonce = hall.desk.key(serial).unlock_nonce
    do(hall, order, "ask", {"key_serial": serial, "nonce": text(nonce)})


def administrator(hall: Hall) -> Actor:
    return hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR)


def release(hall: Hall, order: str) -> None:
    for _ in range(2):
        do(hall, order, "release", CALLED, by=administrator(hall))
    hall.run()


def released(hall: Hall, order: str) -> tuple[str, str]:
    with tenant_tx(hall.tenant, write=True):
        return authorization_for(hall.item(order), by=hall.by, now=timezone.now())


def row(hall: Hall, order: str) -> PinUnblock:
    with tenant_tx(hall.tenant):
        return PinUnblock.objects.filter(item__order__public_id=order).latest("id")


def unlock(hall: Hall, order: str, certificate: Certificate, *, sign_with: str = NEW_PIN) -> dict[str, str]:
    """What the bridge does with the authorisation; what the page then posts."""
    public_id, authorization = released(hall, order)
    bridge, serial = hall.bridge(certificate)
    bridge.close()
    bridge = InProcessBridge(hall.desk, origin="https://sscc.example", pin=NEW_PIN)
    try:
        bridge.call("pin.unlock", keySerial=serial, txn=f"sscc/{public_id}", authorization=authorization)
    finally:
        bridge.close()
    return signed(hall, order, certificate, sign_with)


def signed(hall: Hall, order: str, certificate: Certificate, pin: str = NEW_PIN) -> dict[str, str]:
    question = hall.challenge("unblock", order)
    bridge, serial = hall.bridge(certificate)
    origin = bridge._session.origin
    bridge.close()
    bridge = InProcessBridge(hall.desk, origin=origin, pin=pin)
    try:
        signer = parse(bytes(certificate.signing_der))
        signature = bridge_calls.sign(bridge, key=serial, question=question, action=UNBLOCK, signer=signer)
    finally:
        bridge.close()
    data = {"challenge": question["challenge"], "signature": text(signature)}
    hall.reserve(data)
    return data


def test_from_locked_to_a_new_pin(office: Hall, order: str, certificate: Certificate) -> None:
    """RULES P1, A11."""
    serial = locked(office, certificate)
    ask(office, order, serial)
    assert office.steps(order) == {STEP: "submitted"}
    assert office.order(order).next_actor == "certificate_administrator"
    release(office, order)
    assert office.steps(order) == {STEP: "submitted:released"}
    assert office.order(order).next_actor == "customer"
    assert "unblock.released" in office.notices()

    do(office, order, "unblocked", unlock(office, order, certificate))
    assert office.order(order).status == "completed"
    office.desk.try_pin(serial, NEW_PIN)  # the new one counts …
    with pytest.raises(BridgeFault, match="PIN_INCORRECT"):
        office.desk.try_pin(serial, "123456")  # … and the old one doesn't
    assert "unblock.done" in office.notices()


def test_two_administrators_and_no_fewer(office: Hall, order: str, certificate: Certificate) -> None:
    """RULES P20: the one who asked can't confirm; nothing reaches the CA before."""
    ask(office, order, locked(office, certificate))
    first = administrator(office)
    do(office, order, "release", CALLED, by=first)
    office.run()
    assert row(office, order).state == PinUnblock.State.ASKED
    with refused(NeedsAnotherPerson):
        do(office, order, "release", CALLED, by=first)
    do(office, order, "release", CALLED, by=administrator(office))
    assert row(office, order).state == PinUnblock.State.CONFIRMED
    others = [office.staff_member(role) for role in (Role.SERVICE_DESK, Role.REVIEWER, Role.TENANT_ADMINISTRATOR)]
    for other in others:
        with refused(NotYourOrder):
            do(office, order, "refuse", {"reason": "不行"}, by=other)


def test_an_authorisation_is_good_for_this_key_alone(office: Hall, order: str, certificate: Certificate) -> None:
    """A found key of another holder isn't unlocked by one's own order: the CA knows whose serial it is."""
    other = held(office, 40)
    ask(office, order, locked(office, other))
    release(office, order)
    assert row(office, order).state == PinUnblock.State.REFUSED
    ended = office.order(order)
    assert ended.status == "stopped"
    assert ended.ending is not None
    assert ended.ending["reason"] == "unblock_unknown_medium"
    assert "unblock.stopped" in office.notices()
    del certificate


def test_it_is_used_once_and_gone(office: Hall, order: str, certificate: Certificate) -> None:
    """RULES P1, Across 5: nothing to use is left in the database."""
    serial = locked(office, certificate)
    ask(office, order, serial)
    release(office, order)
    _, authorization = released(office, order)
    do(office, order, "unblocked", unlock(office, order, certificate))
    with pytest.raises(UnblockLapsed):
        released(office, order)
    with tenant_tx(office.tenant):
        assert PinUnblock.objects.get().authorization is None
    for tries in range(PIN_TRIES):
        with pytest.raises(BridgeFault):
            office.desk.try_pin(serial, f"99999{tries}")
    with pytest.raises(BridgeFault, match="VERIFY_FAILED"):
        office.desk.check_unlock(serial, base64.b64decode(authorization))


def test_after_its_hours_it_is_asked_for_again(office: Hall, order: str, certificate: Certificate) -> None:
    ask(office, order, locked(office, certificate))
    release(office, order)
    until = row(office, order).valid_until
    assert until is not None
    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        released(office, order)
    with time_machine.travel(until, tick=False), pytest.raises(UnblockLapsed):
        released(office, order)
    do(office, order, "lapsed")
    assert office.steps(order) == {STEP: "returned"}
    assert row(office, order).authorization is None
    ask(office, order, office.desk.find(certificate.medium_number).serial)  # type: ignore[union-attr]
    release(office, order)
    do(office, order, "unblocked", unlock(office, order, certificate))
    assert office.notices().count("unblock.released") == 2


def test_with_its_order_the_authorisation_is_over(office: Hall, order: str, certificate: Certificate) -> None:
    """RULES P1: what was released for an order that was cancelled unlocks nothing any more, and is gone."""
    ask(office, order, locked(office, certificate))
    release(office, order)
    office.act(order, "", "cancel", {"reason": "no_longer_needed"})
    with pytest.raises(UnblockLapsed):
        released(office, order)
    left = row(office, order)
    assert (left.state, left.authorization) == (PinUnblock.State.LAPSED, None)


def test_who_could_not_be_checked_is_refused_and_may_ask_again(
    office: Hall, order: str, certificate: Certificate
) -> None:
    serial = locked(office, certificate)
    ask(office, order, serial)
    do(office, order, "release", CALLED, by=administrator(office))
    do(office, order, "refuse", {"reason": "回拨无人接听"}, by=administrator(office))
    assert office.steps(order) == {STEP: "returned"}
    assert office.order(order).next_actor == "customer"
    assert "unblock.refused" in office.notices()
    ask(office, order, serial)
    do(office, order, "release", CALLED, by=administrator(office))  # the earlier asking is forgotten
    assert row(office, order).state == PinUnblock.State.ASKED


def test_the_keys_own_signature_ends_it_and_nothing_else(office: Hall, order: str, certificate: Certificate) -> None:
    ask(office, order, locked(office, certificate))
    release(office, order)
    other = held(office, 40)
    forged = signed(office, order, other, pin="123456")
    with refused(ProofRefused):
        do(office, order, "unblocked", forged)
    assert office.steps(order) == {STEP: "submitted:released"}


def test_it_runs_beside_a_renewal_but_once(office: Hall, certificate: Certificate) -> None:
    """RULES Across 2."""
    renewal = office.open(certificate)
    order = opened(office, certificate)
    serial = locked(office, certificate)
    ask(office, order, serial)
    second = opened(office, certificate, key="unblock-again")
    with refused(CertificateReserved):
        ask(office, second, serial)
    assert office.order(renewal).closed_at is None


def test_nothing_is_asked_twice(office: Hall, order: str, certificate: Certificate) -> None:
    serial = locked(office, certificate)
    ask(office, order, serial)
    with refused(StepNotOpen):
        ask(office, order, serial)
    with refused(StepNotOpen):
        do(office, order, "unblocked", signed_nothing())


def signed_nothing() -> dict[str, str]:
    return {"challenge": "A" * 43, "signature": text(b"nothing")}
