"""The handler has left: whoever proves the key takes the order over; a review unbinds the others (RULES P2, P3)."""

import pytest

from payments.models import Invoice
from portal import notices
from portal.accounts.actor import Actor
from portal.accounts.models import Membership, User
from portal.tenants import tenant_tx
from renewals import claiming, drafts, orders, selectors, taking_over
from renewals.errors import NotYourOrder, PapersIncomplete
from renewals.models import ApplicationDraft, Certificate, CertificateContact, CertificateGrant, Order, RenewalCode
from renewals.publishing import current
from renewals.steps.application import handler_of
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import Counter
from tests.renewals.snapshot import refused
from tests.renewals.views.page import url

SUCCESSOR = "19900000011"


@pytest.fixture
def successor(hall: Hall) -> Hall:
    """The same hall as the new handler sees it."""
    user = make_customer(hall.tenant, SUCCESSOR)
    return Hall(hall.tenant, user, hall.desk, hall.identity, session="visit-2", mobile=SUCCESSOR)


def take_over(successor: Hall, certificate: Certificate, *, left: bool = True) -> int:
    """What api/claim.py does once the key has signed."""
    with tenant_tx(successor.tenant, write=True):
        found = Certificate.objects.select_related("organisation").get(pk=certificate.pk)
        user = User.objects.get(pk=successor.customer.pk)
        claiming.grant(user, found, take_over=left, by=successor.by)
        return taking_over.move_orders(found, user, by=successor.by) if left else 0


def of(hall: Hall, order: str) -> Certificate:
    return hall.item(order).certificate


# -- by the key -------------------------------------------------------------------------------------------------------


def test_the_open_order_goes_on_with_whoever_has_the_key(hall: Hall, successor: Hall) -> None:
    """RULES P2, P3: consents and application are the new handler's to give; what is paid stays paid."""
    order = hall.to("issuance")
    charge = hall.charge(order)
    assert take_over(successor, of(hall, order)) == 1
    row = hall.order(order)
    assert (row.customer_id, row.charge, row.claim) == (successor.customer.pk, charge.public_id, "")
    assert hall.item(order).reserves
    assert hall.steps(order) == {
        "consent": "open",
        "application": "returned",
        "identity": "waiting",
        "payment": "done",
        "issuance": "waiting",
    }
    assert hall.notices()[-2:] == ["certificate.claimed", "order.handed_over"]


def test_the_one_before_can_do_nothing_more_with_it(hall: Hall, successor: Hall) -> None:
    """RULES P2."""
    order = hall.to("issuance")
    take_over(successor, of(hall, order))
    with refused(NotYourOrder):
        hall.consent(order)
    assert browser_of(hall.customer).get(url("order", order)).status_code == 404


def test_the_new_handler_goes_on_to_the_end(hall: Hall, successor: Hall) -> None:
    """RULES P3."""
    order = hall.to("issuance")
    take_over(successor, of(hall, order))
    successor.consent(order)
    successor.confirm(order)
    hall.run()
    assert hall.identity.asked[-1]["name"] == "周明远"
    assert hall.steps(order) == {
        "consent": "done",
        "application": "done",
        "identity": "done",
        "payment": "done",
        "issuance": "open",
    }
    successor.show_code(order)
    successor.request(order)
    hall.run()
    successor.verify(order)
    assert hall.order(order).status == "completed"


def test_the_renewal_code_of_the_one_before_ends(hall: Hall, successor: Hall) -> None:
    """RULES P6: whoever still has it written down resumes nothing."""
    order = hall.to("code")
    take_over(successor, of(hall, order))
    with tenant_tx(hall.tenant):
        assert not RenewalCode.objects.filter(ended_at__isnull=True).exists()


def test_once_issued_the_new_handler_only_brings_it_home(hall: Hall, successor: Hall) -> None:
    """The CA has certified the key: nothing is asked anew."""
    order = hall.to("issued")
    take_over(successor, of(hall, order))
    assert hall.steps(order)["application"] == "done"
    successor.verify(order)
    assert hall.order(order).status == "completed"


def test_nothing_of_the_one_before_is_shown_to_the_new_handler(hall: Hall, successor: Hall) -> None:
    """RULES P2, P17: neither what was confirmed nor what was only typed."""
    order = hall.to("payment")
    with tenant_tx(hall.tenant, write=True):
        drafts.save(hall.order(order), hall.answers(order))
    take_over(successor, of(hall, order))
    with tenant_tx(hall.tenant):
        assert not ApplicationDraft.objects.exists()
    successor.consent(order)
    browser = browser_of(successor.customer)
    for name in ("order", "order-application", "order-answers"):
        page = browser.get(url(name, order)).text
        for old in (hall.answers(order)["representative_id_number"], "林晓彤", "林**", "handler@example.cn"):
            assert old not in page, name
    form = browser.get(url("order-application", order)).text
    assert "您已接手这张订单" in form
    assert "深圳市测试精密制造有限公司" in form  # the organisation's own data are still there
    assert SUCCESSOR in form


def test_nor_in_the_next_application(hall: Hall, successor: Hall) -> None:
    """The new handler's next order starts with their own data, not with those in an order they took over."""
    order = hall.to("payment")
    take_over(successor, of(hall, order))
    successor.act(order, "", "cancel", {"reason": "no_longer_needed"})
    second = successor.open(of(hall, order))
    successor.consent(second)
    page = browser_of(successor.customer).get(url("order-application", second)).text
    assert "林晓彤" not in page


def test_who_only_claims_beside_the_others_takes_nothing_over(hall: Hall, successor: Hall) -> None:
    """RULES P2."""
    order = hall.to("payment")
    take_over(successor, of(hall, order), left=False)
    assert hall.order(order).customer_id == hall.customer.pk
    with tenant_tx(hall.tenant):
        assert selectors.my_certificates(hall.customer)


def test_a_contact_of_the_cas_import_leaves_too(hall: Hall, successor: Hall) -> None:
    """RULES P2: their number in the import isn't a second way in."""
    certificate = hall.certificate()
    take_over(successor, certificate)
    with tenant_tx(hall.tenant):
        assert selectors.my_certificates(hall.customer) == []
        assert CertificateContact.objects.get().withdrawn_at is not None
    assert hall.notices() == ["certificate.claimed"]


def test_a_claim_that_waits_for_its_review_is_left_to_the_reviewer(hall: Hall, successor: Hall) -> None:
    """RULES P2: it is no handler's order, so there is nothing to take over."""
    certificate = hall.certificate(-12, contact="")
    order = claimed(hall, certificate)
    assert take_over(successor, certificate) == 0
    assert hall.order(order).customer_id == hall.customer.pk


def test_no_customer_can_hand_an_order_over_by_himself(hall: Hall, successor: Hall) -> None:
    order = hall.to("payment")
    for by in (hall.by, successor.by):
        with refused(NotYourOrder):
            hall.act(order, "", "hand_over", {"to": successor.customer.public_id}, by=by)


# -- by a review ------------------------------------------------------------------------------------------------------


def claimed(hall: Hall, certificate: Certificate) -> str:
    with tenant_tx(hall.tenant, write=True):
        made = orders.open_order(
            programme=current("cgn-sm2"),
            certificates=[certificate],
            by=hall.by,
            key=f"claim:{certificate.pk}",
            claim=Order.Claim.SEALED_AUTHORISATION,
        )
    return made.public_id


REVIEWER = Actor.system("review")


def approve(hall: Hall, order: str) -> None:
    """What the review does inside its own act."""
    with tenant_tx(hall.tenant, write=True):
        claiming.grant_by_review(Order.objects.get(public_id=order), REVIEWER)


def test_the_review_grants_what_the_seal_authorised(hall: Hall) -> None:
    """RULES P2."""
    certificate = hall.certificate(-12, contact="")
    order = claimed(hall, certificate)
    with tenant_tx(hall.tenant):
        assert selectors.my_certificates(hall.customer) == []
    approve(hall, order)
    with tenant_tx(hall.tenant):
        assert CertificateGrant.objects.get().via == "review"
        assert Membership.objects.get().verified_by == "review"
        assert [row.certificate for row in selectors.my_certificates(hall.customer)] == [certificate]


def test_the_handlers_so_far_are_unbound_and_told_and_their_drafts_end(hall: Hall, successor: Hall) -> None:
    """RULES P2: no order is left that nobody may go on with."""
    certificate = hall.certificate(-12)  # hall.customer is the CA's contact
    own = hall.open(certificate)
    order = claimed(successor, certificate)
    approve(hall, order)
    assert hall.notices() == ["certificate.granted"]
    hall.run()
    assert hall.order(own).status == "cancelled"
    assert hall.order(order).status == "draft"
    assert hall.notices() == ["certificate.granted", "order.unbound"]
    with tenant_tx(hall.tenant):
        assert selectors.my_certificates(hall.customer) == []


def test_an_order_whose_claim_is_proven_grants_nothing(hall: Hall) -> None:
    order = hall.to("payment")
    approve(hall, order)
    with tenant_tx(hall.tenant):
        assert not CertificateGrant.objects.exists()


def test_without_papers_there_is_nothing_that_a_reviewer_could_decide(hall: Hall) -> None:
    """RULES P2: an unexpired certificate is claimed by its key alone."""
    certificate = hall.certificate(30, contact="")
    with refused(NotYourOrder):
        claimed(hall, certificate)


def test_a_claim_reserves_nothing_before_its_papers(hall: Hall) -> None:
    """RULES P2, Across 2."""
    counter, certificate = Counter(hall), hall.certificate(-12, contact="")
    order = claimed(hall, certificate)
    hall.consent(order)
    counter.confirm(order)
    hall.run()
    counter.fetch(order)
    assert not hall.item(order).reserves
    assert counter.views(order)["authorisation"].wanted
    counter.upload_all(order)
    with refused(PapersIncomplete) as missing:
        counter.submit(order)
    assert set(missing.value.fields) == {"authorisation"}  # type: ignore[attr-defined]
    assert not hall.item(order).reserves


def test_news_after_a_take_over_go_to_the_new_handler(hall: Hall, successor: Hall) -> None:
    """RULES P2: until they have applied themselves to their account, then to the mobile that they gave."""
    order = hall.to("issuance")
    take_over(successor, of(hall, order))
    with tenant_tx(hall.tenant, write=True):
        assert handler_of(hall.order(order)) == notices.Recipient(user=successor.customer)
    successor.consent(order)
    successor.confirm(order)
    with tenant_tx(hall.tenant, write=True):
        assert handler_of(hall.order(order)).phone == SUCCESSOR


def test_an_invoice_after_a_take_over_writes_to_nobody_who_has_left(hall: Hall, successor: Hall) -> None:
    """RULES P2, C11: the money comes while the new handler hasn't applied yet; the link goes to their account."""
    order = hall.to("payment")
    take_over(successor, of(hall, order))
    hall.pay(order)
    with tenant_tx(hall.tenant):
        invoice = Invoice.objects.get(charge=hall.charge(order))
        assert (invoice.title, invoice.phone, invoice.email) == ("深圳市测试精密制造有限公司", None, None)
