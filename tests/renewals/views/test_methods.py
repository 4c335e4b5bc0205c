"""Pages that only show something answer a POST with 405, whoever sends it; nothing is looked up for it."""

import pytest
from django.test import Client

from tests.renewals.hall import Hall


@pytest.mark.parametrize(
    "page",
    ["", "orders/", "orders/nobody-s/", "orders/nobody-s/application/answers/", "certificates/claim/", "downloads/"]
    + [f"help/{page}" for page in ("", "serial/", "messages/")],
)
def test_a_page_that_only_shows_takes_no_post(hall: Hall, browser: Client, page: str) -> None:
    answer = browser.post(f"/{hall.tenant.slug}/{page}")
    assert (answer.status_code, "GET" in answer.headers["Allow"]) == (405, True)
