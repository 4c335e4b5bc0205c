"""A replacement ends what is under way for the same certificate, and takes its money along (RULES Across 2)."""

import itertools

import pytest

from payments.models import Charge, ChargeState, CustomerBalance, Invoice, InvoiceColour, Refund
from portal.tenants import tenant_tx
from renewals import orders
from renewals.errors import CertificateReserved, FinishTheOtherFirst
from renewals.lifecycle import NotCancellable
from renewals.models import Certificate, Order, OrderItem
from renewals.publishing import current
from tests.renewals.hall import Hall, organisation_of
from tests.renewals.papers.counter import Counter
from tests.renewals.snapshot import refused
from tests.renewals.views.test_invoice import issue_all

pytestmark = pytest.mark.django_db


RENEWAL_FEN, REPLACEMENT_FEN = 20_000, 10_000
_numbers = itertools.count(1)


@pytest.fixture
def counter(hall: Hall) -> Counter:
    return Counter(hall)


def replacement(counter: Counter, certificate: Certificate, reason: str = "damaged") -> str:
    """An order whose papers are uploaded and not handed in yet."""
    hall = counter.hall
    with tenant_tx(hall.tenant, write=True):
        made = orders.open_order(
            programme=current(certificate.programme_slug),
            certificates=[certificate],
            by=hall.by,
            key=f"replace:{next(_numbers)}",
            business="replacement",
        )
    order = made.public_id
    hall.consent(order)
    said = hall.answers(order) | organisation_of(certificate)
    del said["term_years"]
    said |= {"replacement_reason": reason, "collection": "mail", "collection_address": "深圳市福田区测试路 1 号 801"}
    hall.act(order, "application", "confirm", said)
    hall.run()
    counter.fetch(order)
    counter.upload_all(order)
    return order


def paid(hall: Hall, certificate: Certificate) -> str:
    order = hall.to("payment", certificate)
    hall.pay(order)
    return order


def test_a_draft_of_a_replacement_ends_nothing(counter: Counter) -> None:
    # RULES Across 2: an unproven draft reserves nothing
    hall = counter.hall
    certificate = hall.certificate(30)
    renewal = hall.to("payment", certificate)
    replacement(counter, certificate)
    assert hall.order(renewal).status == "awaiting_payment"


def test_handing_in_the_papers_ends_the_renewal_and_takes_the_certificate(counter: Counter) -> None:
    # RULES Across 2
    hall = counter.hall
    certificate = hall.certificate(30)
    renewal = hall.to("payment", certificate)
    order = replacement(counter, certificate)
    counter.submit(order)
    old = hall.order(renewal)
    assert (old.status, old.ending["reason"], old.ending["duties"]) == ("cancelled", "superseded", [])  # type: ignore[index]
    with tenant_tx(hall.tenant):
        assert old.superseded_by == Order.objects.get(public_id=order)
        held = OrderItem.objects.get(certificate=certificate, reserves=True)
        assert held.order.public_id == order
        assert Charge.objects.get(public_id=old.charge).state == ChargeState.CLOSED
    assert "order.superseded" in hall.notices()
    assert "order.cancelled" not in hall.notices()


def test_what_was_paid_pays_the_replacement_and_the_rest_is_balance(counter: Counter) -> None:
    # RULES Across 2: carries its payment over
    hall = counter.hall
    certificate = hall.certificate(30)
    renewal = paid(hall, certificate)
    order = to_payment(counter, certificate)
    with tenant_tx(hall.tenant):
        charge = Charge.objects.get(public_id=Order.objects.get(public_id=order).charge)
        assert (charge.credited_fen, charge.state) == (REPLACEMENT_FEN, ChargeState.SETTLED)
        assert Charge.objects.get(reference__startswith=renewal).credited_fen == 0
        assert CustomerBalance.objects.get().amount_fen == RENEWAL_FEN - REPLACEMENT_FEN
        assert not Refund.objects.exists()
    assert hall.steps(order)["payment"] == "done"


@pytest.mark.usefixtures("channels")
def test_the_invoice_of_what_was_paid_is_reversed(counter: Counter) -> None:
    # RULES P5
    hall = counter.hall
    certificate = hall.certificate(30)
    renewal = paid(hall, certificate)
    issue_all(hall)
    to_payment(counter, certificate)
    with tenant_tx(hall.tenant):
        red = Invoice.objects.get(colour=InvoiceColour.RED)
        assert (red.charge.reference.partition(".")[0], red.amount_fen) == (renewal, RENEWAL_FEN)


def test_an_issued_certificate_is_for_people_to_decide_on(counter: Counter) -> None:
    # RULES P19
    hall = counter.hall
    certificate = hall.certificate(30)
    renewal = hall.to("issued", certificate)
    order = replacement(counter, certificate)
    with refused(NotCancellable):
        counter.submit(order)
    assert hall.order(renewal).closed_at is None
    assert hall.steps(order)["documents"] == "open"


def test_another_replacement_is_not_superseded(counter: Counter) -> None:
    hall = counter.hall
    certificate = hall.certificate(30)
    first, second = replacement(counter, certificate), replacement(counter, certificate)
    counter.submit(first)
    with refused(CertificateReserved):
        counter.submit(second)
    assert hall.order(first).closed_at is None


def test_a_renewal_of_another_certificate_still_comes_first(counter: Counter) -> None:
    # RULES C3
    hall = counter.hall
    hall.to("payment", hall.certificate(30))
    with pytest.raises(FinishTheOtherFirst):
        replacement(counter, hall.certificate(40))


def to_payment(counter: Counter, certificate: Certificate) -> str:
    """Handed in, identity left to the counter: the payment opens, and the jobs have run."""
    order = replacement(counter, certificate)
    counter.submit(order)
    counter.hall.act(order, "liveness", "choose_staff", {"method": "counter"})
    counter.hall.run()
    return order


def superseded(hall: Hall) -> None:
    """A scene of tests/renewals/test_every_action.py."""
    counter, certificate = Counter(hall), hall.certificate(30)
    hall.to("payment", certificate)
    order = replacement(counter, certificate)
    counter.submit(order)
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
