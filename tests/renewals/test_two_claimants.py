"""Two who want one expired certificate act at once, on PostgreSQL: one has it (RULES Across 2, P2)."""

import pytest

from portal.audit.verify import verify
from portal.errors import PortalError
from portal.tenants import tenant_tx
from renewals import orders as door
from renewals.agreement import check
from renewals.errors import CertificateReserved, NotYourOrder
from renewals.models import OrderItem
from tests.portal.accounts.people import make_customer
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import Counter
from tests.renewals.steps.test_handing_over import take_over
from tests.renewals.test_concurrency import both, confirms

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
COLLEAGUE = "19900000011"


def colleague_of(hall: Hall) -> Hall:
    user = make_customer(hall.tenant, COLLEAGUE)
    return Hall(hall.tenant, user, hall.desk, hall.identity, session="visit-2", mobile=COLLEAGUE)


def test_the_first_papers_take_the_certificate(hall: Hall) -> None:
    """RULES Across 2."""
    certificate, other = hall.certificate(-12), colleague_of(hall)
    with tenant_tx(hall.tenant, write=True):
        certificate.contacts.create(name="周明远", phone=COLLEAGUE, tenant=hall.tenant)
    for _ in range(3):
        desks = Counter(hall), Counter(other)
        pair = [desk.fetched(certificate) for desk in desks]
        for desk, order in zip(desks, pair, strict=True):
            desk.upload_all(order)
        got = both(
            *(lambda desk=desk, order=order: desk.submit(order) for desk, order in zip(desks, pair, strict=True))
        )
        assert sorted(type(one).__name__ for one in got) == ["ActResult", CertificateReserved.__name__], got
        with tenant_tx(hall.tenant):
            assert OrderItem.objects.filter(certificate=certificate, reserves=True).count() == 1
        for desk, order in zip(desks, pair, strict=True):
            desk.hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    assert verify(hall.tenant).finding is None
    assert check(hall.tenant).found is None


def test_a_take_over_and_the_old_handlers_own_act_do_not_mix(hall: Hall) -> None:
    """RULES P2, P3: either the old handler was first and it moves on as changed, or he is refused."""
    other = colleague_of(hall)
    for number in range(6):
        order = hall.to("payment")
        certificate = hall.item(order).certificate
        got = both(
            confirms(hall, order, f"mine-{number}", None, representative_email="other@example.cn"),
            lambda certificate=certificate: str(take_over(other, certificate)),  # type: ignore[misc]
        )
        refusals = [one for one in got if isinstance(one, PortalError)]
        assert got[1] == "1", got
        assert [type(one) for one in refusals] in ([], [NotYourOrder])
        assert isinstance(got[0], door.ActResult | NotYourOrder)
        row = hall.order(order)
        assert (row.customer_id, hall.steps(order)["application"]) == (other.customer.pk, "returned")
        other.act(order, "", "cancel", {"reason": "no_longer_needed"})
    assert check(hall.tenant).found is None
