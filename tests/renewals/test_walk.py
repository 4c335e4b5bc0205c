"""The whole path of ORDER-PATH.md, station by station, with real signatures and a real (development) CA."""

import pytest

from tests.renewals.hall import STATIONS, Hall

SEEN = {
    "consent": ("draft", "customer"),
    "application": ("draft", "customer"),
    "identity": ("in_progress", "system"),
    "payment": ("awaiting_payment", "customer"),
    "issuance": ("ready_to_install", "customer"),
    "code": ("ready_to_install", "customer"),
    "requested": ("issuing", "ca"),
    "issued": ("installing", "customer"),
    "completed": ("completed", "nobody"),
}


@pytest.mark.parametrize("station", STATIONS)
def test_every_station_says_its_status_and_who_acts_next(hall: Hall, station: str) -> None:
    # RULES Across 4
    order = hall.order(hall.to(station))
    assert (order.status, order.next_actor) == SEEN[station]
