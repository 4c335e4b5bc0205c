"""How orders end early, with the exact state of the money at every stage (RULES P9, P13, P19, P20)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from payments.errors import RefundTooMuch
from payments.models import Charge, Payment, Refund
from portal.accounts.roles import Role
from portal.errors import InvalidInput
from portal.gm import csr
from portal.tenants import tenant_tx
from renewals.bridge.simulator.soft_key import generate
from renewals.ca.base import Issued, RekeyRequest
from renewals.ca_of_tenant import ca_of
from renewals.errors import NeedsAnotherPerson, NotYourOrder
from renewals.issuing.requests import parse
from renewals.lifecycle import GateClosed, NotCancellable, OrderEnded, StepNotOpen
from renewals.models import Certificate, DualControl, Order, OrderItem
from tests.renewals.hall import Hall, new_certificate
from tests.renewals.snapshot import refused, snapshot

CANCEL = {"reason": "no_longer_needed"}


def ended(hall: Hall, order: str) -> tuple[str, str, list[str]]:
    row = hall.order(order)
    return row.status, row.next_actor, (row.ending or {}).get("duties", [])


# -- cancelling before the CA has issued ------------------------------------------------------------------------------


@pytest.mark.parametrize("station", ["consent", "application", "identity"])
def test_cancelling_before_there_is_a_quote_owes_nothing(hall: Hall, station: str) -> None:
    order = hall.to(station)
    hall.act(order, "", "cancel", CANCEL)
    assert ended(hall, order) == ("cancelled", "nobody", [])
    assert hall.order(order).closed_at is not None
    assert not hall.item(order).reserves
    assert hall.notices() == ["order.cancelled"]
    with tenant_tx(hall.tenant):
        assert not Charge.objects.exists()


def test_cancelling_an_unpaid_order_closes_its_charge(hall: Hall) -> None:
    order = hall.to("payment")
    hall.act(order, "", "cancel", CANCEL)
    charge = hall.charge(order)
    assert (charge.state, charge.close_reason, charge.credited_fen) == ("closed", "order_cancelled", 0)
    assert ended(hall, order) == ("cancelled", "nobody", [])
    assert hall.notices() == ["order.cancelled"]


@pytest.mark.parametrize("station", ["issuance", "code"])
def test_cancelling_a_paid_order_sends_everything_back(hall: Hall, station: str) -> None:
    order = hall.to(station)
    hall.act(order, "", "cancel", CANCEL)
    assert ended(hall, order) == ("cancelled", "system", ["refund"])
    charge = hall.charge(order)
    assert (charge.state, charge.credited_fen, charge.refunding_fen, charge.refunded_fen) == (
        "settled",
        20_000,
        20_000,
        0,
    )
    with tenant_tx(hall.tenant):
        (refund,) = Refund.objects.all()
    assert (refund.amount_fen, refund.state, refund.requested_by) == (20_000, "approved", "orders")
    assert refund.reason == "订单取消"  # finance reads it, and so does the payer at the channel
    assert hall.notices()[-1] == "order.cancelled_refunding"
    hall.refund_arrives()
    charge = hall.charge(order)
    assert (charge.credited_fen, charge.refunding_fen, charge.refunded_fen) == (20_000, 0, 20_000)
    assert ended(hall, order) == ("cancelled", "nobody", [])
    assert hall.notices()[-1] == "order.refunded"


def test_staff_may_cancel_for_the_customer(hall: Hall) -> None:
    order = hall.to("payment")
    desk, administrator = hall.staff_member(Role.SERVICE_DESK), hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR)
    with refused(NotYourOrder):
        hall.act(order, "", "cancel_for_customer", CANCEL, by=desk)
    hall.act(order, "", "cancel_for_customer", CANCEL, by=administrator)
    assert hall.order(order).status == "cancelled"


def test_nothing_is_cancelled_while_the_ca_is_answering(hall: Hall) -> None:
    # RULES P19
    order = hall.to("requested")
    with refused(NotCancellable) as refusal:
        hall.act(order, "", "cancel", CANCEL)
    assert refusal.value.params == {"why": "ca_answering"}


def test_an_installed_certificate_is_not_cancelled(hall: Hall) -> None:
    # RULES P19
    order = hall.to("completed")
    with refused(OrderEnded):
        hall.act(order, "", "cancel", CANCEL)


# -- cancelling after the CA has issued (P19) -------------------------------------------------------------------------


@pytest.fixture
def issued_and_cancelled(hall: Hall) -> str:
    order = hall.to("issued")
    hall.act(order, "", "cancel", CANCEL)
    return order


def test_after_issuance_two_administrators_revoke_and_finance_decides(hall: Hall, issued_and_cancelled: str) -> None:
    # RULES P19, P20
    order = issued_and_cancelled
    assert ended(hall, order) == ("cancelled", "certificate_administrator", ["revoke_new", "decide_refund"])
    assert hall.notices()[-1] == "order.cancelled_issued"
    assert hall.item(order).reserves  # the certificate isn't free while its successor is alive
    first, second = (hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR) for _ in range(2))
    asked = hall.act(order, "", "revoke_new", {"reason": "客户取消"}, by=first)
    assert asked.answer == {"confirmed": False, "outcome": "asked"}
    hall.run()
    assert hall.jobs("renewals.revoke_new") == []
    with refused(NeedsAnotherPerson):
        hall.act(order, "", "revoke_new", {"reason": "客户取消"}, by=first)
    new, old = new_certificate(hall.issuance(order)).serial_hex, hall.item(order).certificate.serial
    confirmed = hall.act(order, "", "revoke_new", {"reason": "客户取消"}, by=second)
    assert confirmed.answer == {"confirmed": True, "outcome": "confirmed"}
    hall.run()
    assert ca_of(hall.tenant).status(new).state == "revoked"
    assert ca_of(hall.tenant).status(old).state == "valid"
    assert hall.issuance(order).state == "withdrawn"
    assert ended(hall, order) == ("cancelled", "finance", ["decide_refund"])
    assert not hall.item(order).reserves
    with tenant_tx(hall.tenant):
        (control,) = DualControl.objects.all()
        assert {control.asked_by_id, control.confirmed_by_id} == {first.user_id, second.user_id}


def revoke_new(hall: Hall, order: str) -> None:
    for _ in range(2):
        hall.act(order, "", "revoke_new", {}, by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    hall.run()


def test_of_several_only_what_was_issued_is_revoked(hall: Hall, issued_and_cancelled: str) -> None:
    """RULES P19, A12: the CA has made the first one, and none yet for the other."""
    other = hall.certificate(25)
    with tenant_tx(hall.tenant, write=True):
        order = Order.objects.get(public_id=issued_and_cancelled)
        item = OrderItem.objects.create(
            tenant=hall.tenant, order=order, certificate=other, business_type="renewal", effect="renewal"
        )
    for _ in range(2):
        hall.act(issued_and_cancelled, "", "revoke_new", {}, by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    asked = [job.payload["item"] for job in hall.jobs("renewals.revoke_new")]
    assert len(asked) == 1
    assert item.public_id not in asked


def test_finance_waits_until_the_new_certificate_is_revoked(hall: Hall, issued_and_cancelled: str) -> None:
    # RULES P19
    finance = hall.staff_member(Role.FINANCE)
    with refused(GateClosed):
        hall.act(issued_and_cancelled, "", "decide_refund", {"amount_fen": 20_000, "reason": "已签发"}, by=finance)
    assert ended(hall, issued_and_cancelled)[2] == ["revoke_new", "decide_refund"]


@pytest.mark.parametrize(("fen", "left"), [(0, 20_000), (5_000, 15_000), (20_000, 0)])
def test_finance_decides_nothing_a_part_or_all(hall: Hall, issued_and_cancelled: str, fen: int, left: int) -> None:
    # RULES P19
    order, finance = issued_and_cancelled, hall.staff_member(Role.FINANCE)
    revoke_new(hall, order)
    hall.act(order, "", "decide_refund", {"amount_fen": fen, "reason": "新证书已签发"}, by=finance)
    assert ended(hall, order)[2] == (["refund"] if fen else [])
    hall.refund_arrives()
    charge = hall.charge(order)
    assert (charge.credited_fen - charge.refunded_fen, charge.refunding_fen) == (left, 0)
    assert ended(hall, order) == ("cancelled", "nobody", [])


def test_no_more_goes_back_than_was_paid(hall: Hall, issued_and_cancelled: str) -> None:
    revoke_new(hall, issued_and_cancelled)
    finance = hall.staff_member(Role.FINANCE)
    with refused(RefundTooMuch):
        hall.act(issued_and_cancelled, "", "decide_refund", {"amount_fen": 20_001, "reason": "x"}, by=finance)
    with refused(InvalidInput):
        hall.act(issued_and_cancelled, "", "decide_refund", {"amount_fen": -1, "reason": "x"}, by=finance)


def test_the_certificate_can_be_renewed_again_once_its_successor_is_revoked(
    hall: Hall, issued_and_cancelled: str
) -> None:
    # RULES P19
    certificate = hall.item(issued_and_cancelled).certificate
    revoke_new(hall, issued_and_cancelled)
    again = hall.to("completed", certificate)
    assert hall.order(again).status == "completed"


def test_a_duty_is_done_once_and_only_where_it_is_owed(hall: Hall, issued_and_cancelled: str) -> None:
    revoke_new(hall, issued_and_cancelled)
    finance = hall.staff_member(Role.FINANCE)
    hall.act(issued_and_cancelled, "", "decide_refund", {"amount_fen": 0, "reason": "x"}, by=finance)
    with refused(StepNotOpen):
        hall.act(issued_and_cancelled, "", "decide_refund", {"amount_fen": 0, "reason": "x"}, by=finance)
    other, administrator = hall.to("consent"), hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR)
    with refused(StepNotOpen):
        hall.act(other, "", "revoke_new", {}, by=administrator)


# -- the CA says no (P13) ---------------------------------------------------------------------------------------------


def freeze(hall: Hall, serial: str) -> None:
    ca_of(hall.tenant).freeze(serial)  # type: ignore[attr-defined]


def revoke(hall: Hall, serial: str) -> None:
    ca_of(hall.tenant).revoke(serial, "keyCompromise", request_id=f"counter-{serial}")


def renew_at_the_counter(hall: Hall, serial: str) -> None:
    """Somebody went there with the key: the CA has a successor that the portal doesn't know of."""
    with tenant_tx(hall.tenant):
        old = parse(bytes(Certificate.objects.get(serial=serial).signing_der))
    request = RekeyRequest(
        request_id=f"counter-{serial}",
        old_serial=serial,
        csr_der=csr.build(old.subject_der, generate("SM2")).der,
        subject_der=old.subject_der,
        not_before=old.not_before,
        not_after=old.not_after + timedelta(days=365),
    )
    assert isinstance(ca_of(hall.tenant).request_certificate(request), Issued)


def test_a_certificate_renewed_at_the_counter_meanwhile_ends_the_order(hall: Hall) -> None:
    # RULES P13
    order = hall.to("code")
    renew_at_the_counter(hall, hall.item(order).certificate.serial)
    hall.request(order)
    hall.run()
    assert (hall.order(order).status, hall.issuance(order).refusal) == ("stopped", "status_replaced")
    assert ended(hall, order)[2] == ["refund"]


def test_a_certificate_that_the_ca_does_not_know_ends_the_order(hall: Hall) -> None:
    # RULES P13
    order = hall.to("requested")
    with tenant_tx(hall.tenant, write=True):
        Certificate.objects.filter(pk=hall.item(order).certificate.pk).update(serial="ABCDEF")
    hall.run()
    assert (hall.order(order).status, hall.issuance(order).refusal) == ("stopped", "status_unknown")


@pytest.mark.parametrize(("meanwhile", "state"), [(freeze, "frozen"), (revoke, "revoked")])
def test_a_certificate_stopped_between_paying_and_issuing_ends_the_order(
    hall: Hall, meanwhile: Callable[[Hall, str], None], state: str
) -> None:
    # RULES P13
    order = hall.to("code")
    meanwhile(hall, hall.item(order).certificate.serial)
    hall.request(order)
    hall.run()
    row = hall.order(order)
    assert (row.status, row.ending["reason"]) == ("stopped", f"ca_status_{state}")
    assert ended(hall, order) == ("stopped", "system", ["refund"])
    assert (hall.issuance(order).state, hall.issuance(order).refusal) == ("refused", f"status_{state}")
    assert hall.issuance(order).signing_certificate is None
    assert hall.notices()[-1] == "order.stopped"
    assert not hall.item(order).reserves
    hall.refund_arrives()
    assert hall.charge(order).refunded_fen == 20_000
    assert ended(hall, order) == ("stopped", "nobody", [])
    with tenant_tx(hall.tenant):
        assert Payment.objects.count() == 1


def test_a_refused_cancellation_changes_nothing_and_can_be_asked_again(hall: Hall) -> None:
    order = hall.to("requested")
    before = snapshot()
    with pytest.raises(NotCancellable):
        hall.act(order, "", "cancel", CANCEL)
    assert snapshot() == before
    hall.run()
    hall.act(order, "", "cancel", CANCEL)
    assert hall.order(order).status == "cancelled"
