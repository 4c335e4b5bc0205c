"""``browser``: the hall's customer, signed in."""

import pytest
from django.test import Client

from tests.portal.accounts.people import browser_of
from tests.renewals.hall import Hall


@pytest.fixture
def browser(hall: Hall) -> Client:
    return browser_of(hall.customer)
