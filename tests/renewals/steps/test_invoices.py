"""``invoice_at``: once paid, or once paid and approved, whichever comes later (RULES P5)."""

from typing import Any

import pytest

from payments.models import Invoice
from portal.tenants import tenant_tx
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.reviewing import desk as desks
from tests.renewals.reviewing.desk import Desk

pytestmark = [pytest.mark.django_db]


def quick_at_approval(document: dict[str, Any]) -> None:
    desks.quick(document)
    document["invoice_at"] = "approval"


def asked(desk: Desk) -> int:
    with tenant_tx(desk.hall.tenant):
        return Invoice.objects.count()


@pytest.fixture
def at_approval(channels: Hall, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(channels)
    desk.pack = publish_changed(channels.tenant, quick_at_approval, version=10)
    return desk


def test_paid_first_then_approved(at_approval: Desk) -> None:
    order = at_approval.waiting()
    at_approval.hall.run()
    assert asked(at_approval) == 0, "paid, but not approved yet"
    reviewer = at_approval.reviewer()
    at_approval.claim(order, reviewer)
    at_approval.approve(order, reviewer)
    assert asked(at_approval) == 1


def test_a_path_without_review_asks_at_payment(at_approval: Desk) -> None:
    at_approval.hall.to("issuance")
    assert asked(at_approval) == 1


def test_at_payment_is_at_payment(channels: Hall) -> None:
    desk = Desk(channels)
    desk.waiting()
    channels.run()
    assert asked(desk) == 1
