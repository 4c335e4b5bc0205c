"""``counter``: orders for expired certificates, and their papers."""

import pytest

from tests.renewals.hall import Hall
from tests.renewals.papers.counter import Counter


@pytest.fixture
def counter(hall: Hall) -> Counter:
    return Counter(hall)
