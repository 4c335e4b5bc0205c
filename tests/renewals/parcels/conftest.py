"""``room``: a hall whose keys travel."""

import pytest

from tests.renewals.hall import Hall
from tests.renewals.parcels.room import Room


@pytest.fixture
def room(hall: Hall) -> Room:
    return Room(hall)
