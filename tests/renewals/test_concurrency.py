"""The one door under two hands at once, on PostgreSQL: one winner each, a typed refusal for the other (DESIGN §3)."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connections
from django.utils import timezone

from payments import ledger
from payments.errors import ChargeIsSettled
from payments.models import CustomerBalance, Payment, Refund
from portal.accounts.actor import Actor
from portal.audit.verify import verify
from portal.errors import PortalError, StaleVersion
from portal.tenants import tenant_tx
from renewals import orders as door
from renewals.agreement import check
from renewals.errors import CertificateReserved, FinishTheOtherFirst
from renewals.lifecycle import OrderEnded
from renewals.models import Order, OrderAct, OrderItem
from tests.portal.accounts.people import make_customer
from tests.renewals.hall import Hall

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PAIRS = 50
CANCEL = {"reason": "no_longer_needed"}
Hand = Callable[[], door.ActResult | str]


def both(*hands: Hand) -> list[object]:
    """What each hand got, or the exception that it met; they start together, each on a connection of its own."""
    barrier, got = threading.Barrier(len(hands)), [None] * len(hands)

    def run(number: int, hand: Hand) -> None:
        try:
            barrier.wait(10)
            got[number] = hand()  # type: ignore[call-overload]
        except BaseException as error:  # noqa: BLE001  (the test looks at it)
            got[number] = error  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return list(got)


def confirms(hall: Hall, order: str, key: str, seen: int | None, **changed: str) -> Hand:
    answers = hall.answers(order, **changed)
    return lambda: hall.act(order, "application", "confirm", answers, key=key, seen=seen)


def cancels(hall: Hall, order: str, key: str, seen: int | None) -> Hand:
    return lambda: hall.act(order, "", "cancel", CANCEL, key=key, seen=seen)


SCENES: list[Callable[[Hall, str, int], tuple[Hand, Hand]]] = [
    lambda hall, order, seen: (
        confirms(hall, order, "a", seen, term_years="1"),
        confirms(hall, order, "b", seen, term_years="2"),
    ),
    lambda hall, order, seen: (confirms(hall, order, "a", seen), cancels(hall, order, "b", seen)),
    lambda hall, order, seen: (cancels(hall, order, "a", seen), cancels(hall, order, "b", seen)),
    lambda hall, order, _seen: (cancels(hall, order, "a", None), cancels(hall, order, "b", None)),
]


def test_fifty_pairs_have_one_winner_each(hall: Hall) -> None:
    certificate = hall.certificate()
    for number in range(PAIRS):
        order = hall.to("application", certificate)
        seen = hall.order(order).version
        got = both(*SCENES[number % len(SCENES)](hall, order, seen))
        won = [one for one in got if isinstance(one, door.ActResult)]
        lost = [one for one in got if isinstance(one, PortalError)]
        assert (len(won), len(lost)) == (1, 1), got
        assert isinstance(lost[0], StaleVersion | OrderEnded)
        with tenant_tx(hall.tenant):
            versions = list(OrderAct.objects.filter(order__public_id=order).values_list("order_version", flat=True))
        assert versions == list(range(1, seen + 2))
        if hall.order(order).closed_at is None:
            hall.act(order, "", "cancel", CANCEL)
    assert verify(hall.tenant).finding is None
    assert check(hall.tenant).found is None


def test_the_same_request_by_both_hands_is_done_once_and_answered_twice(hall: Hall) -> None:
    certificate = hall.certificate()
    for _ in range(10):
        order = hall.to("application", certificate)
        got = both(confirms(hall, order, "page", None), confirms(hall, order, "page", None))
        results = [one for one in got if isinstance(one, door.ActResult)]
        assert sorted(result.repeated for result in results) == [False, True], got
        assert results[0].answer == results[1].answer == {"application_version": 1}
        hall.act(order, "", "cancel", CANCEL)


def test_opening_twice_with_one_key_makes_one_order(hall: Hall) -> None:
    certificate = hall.certificate()
    for number in range(10):
        got = both(*[lambda number=number: hall.open(certificate, key=f"open-{number}")] * 2)  # type: ignore[misc]
        assert len(set(got)) == 1, got
    with tenant_tx(hall.tenant):
        assert Order.objects.count() == 10


def test_two_orders_of_one_customer_are_not_confirmed_at_once(hall: Hall) -> None:
    # RULES C3
    one, other = hall.certificate(), hall.certificate()
    for _ in range(10):
        pair = hall.to("application", one), hall.to("application", other)
        got = both(*(confirms(hall, order, "page", None) for order in pair))
        assert sorted(type(one).__name__ for one in got) == ["ActResult", FinishTheOtherFirst.__name__], got
        for order in pair:
            hall.act(order, "", "cancel", CANCEL)


def test_two_customers_do_not_take_one_certificate(hall: Hall) -> None:
    # RULES Across 2
    certificate, colleague = hall.certificate(), make_customer(hall.tenant, "19900000011")
    with tenant_tx(hall.tenant, write=True):
        certificate.contacts.create(name="周明远", phone="19900000011", tenant=hall.tenant)
    other = Hall(hall.tenant, colleague, hall.desk, hall.identity, session="visit-2", mobile="19900000011")
    for _ in range(10):
        mine, theirs = hall.to("application", certificate), other.to("application", certificate)
        got = both(confirms(hall, mine, "page", None), confirms(other, theirs, "page", None))
        assert sorted(type(one).__name__ for one in got) == ["ActResult", CertificateReserved.__name__], got
        with tenant_tx(hall.tenant):
            assert OrderItem.objects.filter(certificate=certificate, reserves=True).count() == 1
        hall.act(mine, "", "cancel", CANCEL)
        other.act(theirs, "", "cancel", CANCEL)


def test_money_and_a_cancellation_that_meet_leave_no_fen_astray(hall: Hall) -> None:
    # RULES P9
    certificate = hall.certificate()
    for number in range(12):
        order = hall.to("payment", certificate)
        charge = hall.charge(order)
        got = both(cancels(hall, order, "a", None), pays(hall, charge.pk, f"race-{number}"))
        refused = [one for one in got if isinstance(one, BaseException)]
        hall.run()
        row, charge = hall.order(order), hall.charge(order)
        if refused:
            assert [type(one) for one in refused] == [ChargeIsSettled]
            assert (row.status, charge.state, charge.credited_fen) == ("ready_to_install", "settled", 20_000)
            hall.act(order, "", "cancel", CANCEL)
            hall.refund_arrives()
        else:
            assert (row.status, charge.state, charge.credited_fen) == ("cancelled", "closed", 0)
    with tenant_tx(hall.tenant):
        recorded = Payment.objects.count() * 20_000
        kept = sum(CustomerBalance.objects.values_list("amount_fen", flat=True))
        back = sum(Refund.objects.filter(state="succeeded").values_list("amount_fen", flat=True))
    assert (recorded, kept + back) == (240_000, 240_000)


def pays(hall: Hall, charge: int, transaction_id: str) -> Hand:
    def credit() -> str:
        with tenant_tx(hall.tenant, write=True):
            ledger.credit(
                channel="wechat",
                transaction_id=transaction_id,
                amount_fen=20_000,
                paid_at=timezone.now(),
                evidence="test",
                by=Actor.system("tests"),
                charge_id=charge,
            )
        return "credited"

    return credit


def test_without_the_lock_both_would_act_on_what_they_saw(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: with the lock taken away both read the same version, and only the database stops one."""
    order = hall.to("application")
    meet = threading.Barrier(2)

    def read_only(public_id: str) -> Order:
        row = Order.objects.get(public_id=public_id)
        meet.wait(10)
        return row

    monkeypatch.setattr(door, "_lock", read_only)
    got = both(cancels(hall, order, "a", None), cancels(hall, order, "b", None))
    assert sorted(type(one).__name__ for one in got) == ["ActResult", IntegrityError.__name__], got
