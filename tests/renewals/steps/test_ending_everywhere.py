"""What an order that ends early leaves behind, wherever it stood: nothing that works (RULES P1, P13, P14, B7)."""

import itertools
from datetime import date
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from payments.models import Refund
from portal.tenants import tenant_tx
from portal.vault.models import DataKey
from renewals import orders
from renewals.ca_of_tenant import ca_of
from renewals.demo.answers import answers
from renewals.errors import UnblockLapsed
from renewals.issuing import download_codes
from renewals.lifecycle import NotCancellable, OrderEnded
from renewals.models import Certificate, DownloadCodes, DualControl, PinReset, ProductionTask
from renewals.publishing import current
from renewals.staff_selectors import production as queue
from renewals.words_of_acts import CANNOT_CANCEL, cancelling_words
from tests.portal.accounts.people import browser_of
from tests.renewals.hall import Hall
from tests.renewals.office import held
from tests.renewals.packs import publish_changed
from tests.renewals.parcels.room import Room
from tests.renewals.snapshot import refused
from tests.renewals.steps import test_pin_unblock as unblocking
from tests.renewals.steps.test_file_download import envelope, waiting
from tests.renewals.test_expiry import MONDAY, on, tick
from tests.renewals.views.page import url
from tests.renewals.workshop import DELIVERY, REVOCATION, Workshop, production

pytestmark = pytest.mark.django_db

CANCEL = {"reason": "no_longer_needed"}
_numbers = itertools.count(1)


def ended(hall: Hall, order: str) -> tuple[str, str, list[str]]:
    row = hall.order(order)
    return row.status, row.next_actor, (row.ending or {}).get("duties", [])


# -- file certificates (B6, B7) ---------------------------------------------------------------------------------------


def test_the_codes_of_an_ended_order_open_nothing_and_are_nowhere(hall: Hall) -> None:
    """RULES B7, Across 5."""
    order = waiting(hall)
    codes = envelope(hall, order)
    hall.act(order, "", "cancel", CANCEL)
    with refused(OrderEnded):
        hall.act(order, "issuance", "codes", codes)
    with tenant_tx(hall.tenant):
        [row] = DownloadCodes.objects.all()
        assert (row.ended_at is not None, row.codes) == (True, None)
        assert download_codes.find(codes["reference_number"], codes["authorization_code"]) is None
        assert not DataKey.objects.filter(scope=row.vault_scope(), destroyed_at=None).exists()
    assert ended(hall, order) == ("cancelled", "system", ["refund"])


# -- locked keys (P1) -------------------------------------------------------------------------------------------------

ca = unblocking.ca  # the CA that knows the desk's keys


@pytest.mark.parametrize("how", ["cancel", "expire"])
@pytest.mark.parametrize("station", ["asked", "first_word", "released"])
def test_an_unblocking_that_ends_gives_nothing_out(office: Hall, station: str, how: str) -> None:
    """RULES P1: the authorisation is wiped, the first administrator's word forgotten, the key may be asked for anew."""
    certificate = held(office, 30)
    order = unblocking.opened(office, certificate)
    serial = unblocking.locked(office, certificate)
    unblocking.ask(office, order, serial)
    if station == "first_word":
        unblocking.do(office, order, "release", unblocking.CALLED, by=unblocking.administrator(office))
    if station == "released":
        unblocking.release(office, order)
        unblocking.released(office, order)
    if how == "cancel":
        office.act(order, "", "cancel", CANCEL)
    else:
        office.system(order, "", "expire")
    row = unblocking.row(office, order)
    assert (row.state, row.authorization) == ("lapsed", None)
    with pytest.raises(UnblockLapsed):
        unblocking.released(office, order)
    with tenant_tx(office.tenant):
        assert not DualControl.objects.filter(confirmed_at__isnull=True).exists()
        assert not DataKey.objects.filter(scope=row.vault_scope(), destroyed_at=None).exists()
    assert ended(office, order)[1:] == ("nobody", [])
    again = unblocking.opened(office, certificate, key="once-more")
    unblocking.ask(office, again, serial)


# -- production -------------------------------------------------------------------------------------------------------


def test_what_production_was_making_leaves_the_queue(hall: Hall) -> None:
    shop = Workshop(hall, [production(), DELIVERY])
    order = shop.order()
    shop.blank()
    shop.take(order)
    hall.act(order, "", "cancel", CANCEL)
    with tenant_tx(hall.tenant):
        assert list(queue.open_tasks()) == []
        task = ProductionTask.objects.get()
        assert (task.state, task.is_open) == ("scrapped", False)
    with refused(OrderEnded):
        shop.act(order, "request", {"csr": "AA==", "challenge": "x", "signature": "AA=="})


def test_an_envelope_that_was_to_be_printed_is_worth_nothing(hall: Hall) -> None:
    """RULES B7."""
    shop = Workshop(hall, [production("download_codes", "none", code_days=30), DELIVERY])
    order = shop.order()
    shop.act(order, "make_codes")
    hall.act(order, "", "cancel", CANCEL)
    with refused(OrderEnded):
        shop.act(order, "envelope_printed")
    with tenant_tx(hall.tenant):
        assert [row.codes for row in DownloadCodes.objects.all()] == [None]


def test_a_reset_that_was_asked_for_is_gone(hall: Hall) -> None:
    """RULES P14: an authorisation that nobody used."""
    shop = Workshop(hall, [production("renewed_key", reset_pin=True), DELIVERY])
    order = shop.order()
    medium = {"medium_number": shop.item(order).certificate.medium_number, "model": "", "key_serial": "UNKNOWN1"}
    shop.act(order, "ask_reset", medium | {"nonce": "AAAAAAAAAAAAAAAAAAAAAA=="})
    hall.system(
        order, "production", "reset_authorised", {"authorization": "A" * 43 + "="}, item=shop.item(order).public_id
    )
    hall.act(order, "", "cancel", CANCEL)
    with tenant_tx(hall.tenant):
        assert not PinReset.objects.exists()
        assert not DataKey.objects.filter(scope__startswith="pin-reset:", destroyed_at=None).exists()


# -- the old certificate is gone (D7) ---------------------------------------------------------------------------------


def test_once_the_old_certificate_is_being_revoked_nothing_is_cancelled_and_the_page_says_why(hall: Hall) -> None:
    """RULES D7."""
    shop = Workshop(hall, [REVOCATION, production(), DELIVERY])
    order = shop.order()
    assert hall.steps(order)["revocation"] == "done"
    with refused(NotCancellable) as refusal:
        hall.act(order, "", "cancel", CANCEL)
    assert refusal.value.params == {"why": "old_revoked"}
    page = browser_of(hall.customer).get(url("order-cancel", order)).text
    assert str(CANNOT_CANCEL["old_revoked"]) in page
    assert "确认取消订单" not in page


def test_what_cancelling_means_fits_the_business() -> None:
    for stage in ("before_payment", "after_payment", "after_issuance"):
        assert "证书没有改动，照常可用" not in cancelling_words(stage, "pin_unblock")[1]
        assert "仍是锁定状态" in cancelling_words(stage, "pin_unblock")[1]
        assert "原证书没有吊销" in cancelling_words(stage, "replacement")[1]
        assert "不会再签发新证书" in cancelling_words(stage, "enrolment")[1]
    assert "退款由系统立即发起" in cancelling_words("after_payment", "replacement")[1]


# -- several at once (P13) --------------------------------------------------------------------------------------------


def _several(document: dict[str, Any]) -> None:
    path = document["paths"][0]
    document["paths"] = [path]
    payment = next(step for step in path["steps"] if step["kind"] == "payment")
    steps = [*path["steps"][:2]]
    for step in (payment, REVOCATION, production()):
        gates = [earlier["name"] for earlier in steps[1:]]
        steps.append(step | {"opens_when": [{"step": name, "state": "done"} for name in gates]})
    path["steps"] = steps
    path["stages"] = [{"title": "办理", "steps": [step["name"] for step in steps]}]
    path["max_items"] = 5
    document["next_certificate"]["starts"] = "any_time"


def several(hall: Hall, certificates: list[Certificate]) -> str:
    publish_changed(hall.tenant, _several)
    with tenant_tx(hall.tenant, write=True):
        made = orders.open_order(
            programme=current("cgn-sm2"), certificates=certificates, by=hall.by, key=f"several:{next(_numbers)}"
        )
    order = made.public_id
    hall.consent(order)
    hall.act(order, "application", "confirm", answers(hall.mobile, certificates[0]))
    hall.run()
    hall.pay(order)
    return order


def refunds(hall: Hall) -> list[tuple[int, str, str]]:
    with tenant_tx(hall.tenant):
        return [(row.amount_fen, row.state, row.requested_by) for row in Refund.objects.order_by("id")]


def test_one_refused_of_several_is_put_before_finance_and_the_others_go_on(hall: Hall) -> None:
    """RULES P13: its share of the fee, which finance decides on."""
    frozen, good = hall.certificate(), hall.certificate()
    ca_of(hall.tenant).freeze(frozen.serial)  # type: ignore[attr-defined]
    order = several(hall, [frozen, good])
    assert hall.charge(order).total_fen == 40_000
    assert (hall.order(order).status, hall.order(order).ending) == ("in_production", None)
    assert refunds(hall) == [(20_000, "requested", "refused item")]
    assert "order.item_refused" in hall.notices()


def test_when_the_ca_refuses_every_one_the_order_is_stopped_and_everything_goes_back(hall: Hall) -> None:
    """RULES P13."""
    certificates = [hall.certificate() for _ in range(3)]
    for certificate in certificates:
        ca_of(hall.tenant).freeze(certificate.serial)  # type: ignore[attr-defined]
    order = several(hall, certificates)
    assert ended(hall, order) == ("stopped", "system", ["refund"])
    assert (hall.order(order).ending or {})["reason"] == "ca_status_frozen"
    assert refunds(hall) == [
        (20_000, "declined", "refused item"),
        (20_000, "declined", "refused item"),
        (60_000, "approved", "orders"),
    ]
    hall.refund_arrives()
    assert ended(hall, order) == ("stopped", "nobody", [])
    assert hall.charge(order).refunded_fen == 60_000


# -- nobody goes on (P21) ---------------------------------------------------------------------------------------------


def test_an_order_without_money_that_waits_for_its_parcel_runs_out(hall: Hall) -> None:
    """RULES P21: a warning, then the end."""
    with time_machine.travel(MONDAY):
        order = Room(hall).order()
    assert (hall.order(order).status, hall.order(order).due_on) == ("awaiting_parcel", date(2026, 3, 30))
    with on(date(2026, 3, 25)):
        tick(hall)
    assert hall.notices()[-1] == "order.draft_expiring"
    with on(date(2026, 3, 31)):
        tick(hall)
    assert ended(hall, order) == ("expired", "nobody", [])
    assert hall.notices()[-1] == "order.expired"


def test_a_parcel_on_its_way_keeps_it_open(hall: Hall) -> None:
    """RULES P15: the mail room is next."""
    with time_machine.travel(MONDAY):
        room = Room(hall)
        order = room.order()
        room.announce(order)
    with on(date(2026, 6, 1)):
        tick(hall)
    assert hall.order(order).status == "awaiting_parcel"


def test_an_unpaid_installation_runs_out_and_its_code_with_it(office: Hall) -> None:
    """RULES P21, A7: online, free, and nobody came."""
    certificate = held(office, 30)
    with tenant_tx(office.tenant, write=True):
        order = orders.open_order(
            programme=current("epass3000gm"), certificates=[certificate], by=office.by, key="online", path="online"
        ).public_id
    row = office.order(order)
    assert row.due_on is not None
    office.system(order, "", "expire")
    assert ended(office, order) == ("expired", "nobody", [])
    assert timezone.now() >= office.order(order).closed_at  # type: ignore[operator]
