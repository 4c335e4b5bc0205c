"""Thirty days after an application came to nothing, what a person had written can't be read any more (Across 6)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal import jobs
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from portal.vault.errors import SealedValueErased
from renewals.models import ApplicationVersion, ConsentRecord
from renewals.steps.application import answers_of
from tests.renewals.hall import Hall

CLERK = Actor.system("test")


def cancelled(hall: Hall, station: str) -> str:
    order = hall.to(station)
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    hall.run()
    return order


def later(hall: Hall, days: int) -> None:
    """What the recurring job does, so many days from now."""
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        with tenant_tx(hall.tenant, write=True):
            jobs.enqueue("renewals.forget_abandoned", {"slot": days})
        hall.run()


def read(hall: Hall, order: str) -> dict[str, str]:
    with tenant_tx(hall.tenant, write=True):
        return answers_of(ApplicationVersion.objects.get(order__public_id=order), by=CLERK, reason="测试")


def test_after_thirty_days_it_cannot_be_read_and_the_order_is_still_there(hall: Hall) -> None:
    # RULES Across 6
    order = cancelled(hall, "payment")
    assert read(hall, order)["representative_name"] == "林晓彤"
    later(hall, 30)
    with pytest.raises(SealedValueErased):
        read(hall, order)
    found = hall.order(order)
    assert (found.status, found.forgotten_at is not None) == ("cancelled", True)
    with tenant_tx(hall.tenant):
        assert ConsentRecord.objects.filter(order=found).count() == 4


def test_a_day_less_and_nothing_is_erased(hall: Hall) -> None:
    # RULES Across 6
    order = cancelled(hall, "payment")
    later(hall, 29)
    assert read(hall, order)["representative_name"] == "林晓彤"
    assert hall.order(order).forgotten_at is None


def test_what_was_paid_is_kept(hall: Hall) -> None:
    """The money's papers have a law of their own."""
    order = cancelled(hall, "issuance")
    later(hall, 400)
    assert read(hall, order)["representative_name"] == "林晓彤"
