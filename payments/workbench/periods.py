"""Whether a day's books are closed: told by whoever closes days (one way)."""

from collections.abc import Callable
from datetime import date

from payments.workbench.errors import PeriodClosed

Closed = Callable[[date], bool]
_closed: list[Closed] = []


def register(closed: Closed) -> None:
    """``closed(day)``: nothing booked on that day may change. Called inside a tenant_tx."""
    if closed not in _closed:
        _closed.append(closed)


def must_be_open(day: date) -> None:
    """Raises PeriodClosed."""
    if any(closed(day) for closed in _closed):
        raise PeriodClosed(day=day.isoformat())
