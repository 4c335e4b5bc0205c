"""``reviewers``: the reviewer's, with a hall around it."""

import pytest

from tests.renewals.hall import Hall
from tests.renewals.reviewing.desk import Desk
from tests.renewals.staff.conftest import browse  # noqa: F401  (browsers of colleagues)


@pytest.fixture
def reviewers(channels: Hall) -> Desk:
    return Desk(channels)
