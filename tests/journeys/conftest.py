"""Fixtures of the journeys: ``hall``, ``desk``, ``browser``, ``page_at(width)``; ``live_server`` is pytest-django's.

One hall serves all journeys of a run: each takes a customer and a key of its own (renewals.demo), so that they may
come in any order.

Playwright's event loop runs in the main thread while the browser is open, so the browser lives as long as one module
and no longer: other tests of the run want a thread without a loop.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys import staff
from tests.journeys.browser import DESKTOP, Visit, launch, visit
from tests.journeys.desk import KeyDesk
from tests.journeys.hall import Hall, start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.timeout(300))  # generous: other things may run on the machine


@pytest.fixture(scope="module", autouse=True)
def _orm_beside_playwright() -> Iterator[None]:
    """The loop in this thread is Playwright's; nothing of Django runs in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def hall() -> Iterator[Hall]:
    started = start()
    yield started
    assert started.stop() == 0


@pytest.fixture
def desk(hall: Hall) -> KeyDesk:
    """The computer with the key: nothing in, nothing broken."""
    found = KeyDesk(hall)
    found.clear()
    return found


@pytest.fixture(scope="module")
def browser(_orm_beside_playwright: None) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def visits() -> Iterator[list[Visit]]:
    """Who came to the hall in this test. Script errors and policy violations fail the test at its end."""
    came: list[Visit] = []
    yield came
    problems = [problem for one in came for problem in one.problems]
    for one in came:
        one.context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page_at(browser: Browser, visits: list[Visit]) -> Callable[[int], Page]:
    """``page_at(375)`` opens a page of a new visitor."""

    def open_page(width: int) -> Page:
        visits.append(visit(browser, width))
        return visits[-1].open_page()

    return open_page


@pytest.fixture(scope="session")
def _signed_in() -> dict[str, Any]:
    return {}


@pytest.fixture
def staff_page(hall: Hall, browser: Browser, visits: list[Visit], _signed_in: dict[str, Any]) -> Callable[..., Page]:
    """``staff_page("finance")``: signed in; ``staff_page("mailroom", "sscc")``: in another hall.

    Once a run for each account, as an authenticator's code serves once.
    """

    def open_page(username: str, slug: str = staff.SLUG) -> Page:
        known = f"{slug}/{username}"
        visits.append(visit(browser, DESKTOP, _signed_in.get(known)))
        page = visits[-1].open_page()
        if known in _signed_in:
            page.goto(hall.url(slug, "staff/"))
        else:
            staff.sign_in(page, hall, username, slug)
            _signed_in[known] = visits[-1].context.storage_state()
        return page

    return open_page
