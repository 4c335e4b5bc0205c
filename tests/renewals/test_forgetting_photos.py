"""Photographs of ID cards of what came to nothing are destroyed after thirty days (RULES Across 6)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal import jobs
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from renewals.models import PhoneSession
from tests.renewals.handler import Handler

KEPT = [("id_front", "committed"), ("id_back", "committed")]
GONE = [("id_front", "destroyed"), ("id_back", "destroyed")]


def later(handler: Handler, days: int, *, job: str = "renewals.forget_id_photos") -> None:
    """What the recurring job does, so many days from now."""
    with time_machine.travel(timezone.now() + timedelta(days=days, minutes=1), tick=False):
        with tenant_tx(handler.hall.tenant, write=True):
            jobs.enqueue(job, {"slot": days})
        handler.hall.run()


@pytest.fixture
def photographed(handler: Handler) -> Handler:
    handler.connect()
    handler.photograph()
    handler.hall.run()  # page images are made
    return handler


def test_a_draft_that_nobody_goes_on_with(photographed: Handler) -> None:
    # RULES Across 6
    later(photographed, 29)
    assert photographed.files() == KEPT
    later(photographed, 30)
    assert photographed.files() == GONE
    assert photographed.sides() == set()


def test_the_page_images_and_the_masks_go_along(photographed: Handler) -> None:
    # RULES Across 6
    later(photographed, 30)
    with tenant_tx(photographed.hall.tenant):
        pictures = StoredFile.objects.filter(derived_from__purpose__startswith="id_")
        assert list(pictures.values_list("state", flat=True)) == ["destroyed", "destroyed"]
        assert set(PhoneSession.objects.values_list("masked_name", "masked_mobile")) == {("", "")}


def test_a_cancelled_order(photographed: Handler) -> None:
    # RULES Across 6
    photographed.hall.act(photographed.order, "", "cancel", {"reason": "no_longer_needed"})
    photographed.hall.run()
    later(photographed, 29)
    assert photographed.files() == KEPT
    later(photographed, 30)
    assert photographed.files() == GONE


def test_who_goes_on_keeps_them(photographed: Handler) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=20), tick=False):
        photographed.hall.confirm(photographed.order, representative_email="other@example.cn")
    later(photographed, 30)
    assert photographed.files() == KEPT


def test_what_waits_for_staff_is_not_abandoned(photographed: Handler) -> None:
    # RULES P4
    photographed.check("passed")
    with tenant_tx(photographed.hall.tenant, write=True):
        from renewals.models import Order

        Order.objects.filter(public_id=photographed.order).update(next_actor="reviewer")
    later(photographed, 60)
    assert photographed.files() == KEPT


def test_the_erasing_of_everything_counts_them_as_gone(photographed: Handler) -> None:
    # RULES Across 6
    photographed.hall.act(photographed.order, "", "cancel", {"reason": "no_longer_needed"})
    photographed.hall.run()
    later(photographed, 30, job="renewals.forget_abandoned")
    assert photographed.sides() == set()
