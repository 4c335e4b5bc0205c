"""The main navigation. Apps add their pages in ``AppConfig.ready``; this app knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse

from portal.ui.parts import Text

Audience = Literal["customer", "staff"]


@dataclass(frozen=True, slots=True)
class NavItem:
    label: Text
    view: str  # name to reverse
    icon: str = "list"  # staff: portal.ui.icons
    permission: str = ""  # staff: shown to those who hold it
    position: int = 100
    section: Text = ""  # staff: heading of the group
    count: Callable[[HttpRequest], int | None] | None = None  # staff: how many wait


@dataclass(frozen=True, slots=True)
class NavLink:
    label: Text
    url: str
    icon: str
    section: Text
    current: bool
    count: int | None


_items: dict[Audience, dict[str, NavItem]] = {"customer": {}, "staff": {}}


def register(audience: Audience, item: NavItem) -> None:
    """Add or replace the entry for ``item.view``."""
    _items[audience][item.view] = item


def links(
    audience: Audience, request: HttpRequest, may: Callable[[str], bool] = lambda _permission: True
) -> list[NavLink]:
    """What this visitor sees, in order; the entry whose address is the longest prefix of this page is current."""
    shown = sorted(
        (item for item in _items[audience].values() if not item.permission or may(item.permission)),
        key=lambda item: item.position,
    )
    addresses = {item.view: reverse(item.view) for item in shown}
    current = _current(request.path, addresses)
    return [
        NavLink(
            label=item.label,
            url=addresses[item.view],
            icon=item.icon,
            section=item.section,
            current=item.view == current,
            count=item.count(request) if item.count else None,
        )
        for item in shown
    ]


def _current(path: str, addresses: dict[str, str]) -> str | None:
    front = get_script_prefix()
    fitting = {
        view: address
        for view, address in addresses.items()
        if (path == address if address == front else path.startswith(address))
    }
    return max(fitting, key=lambda view: len(fitting[view]), default=None)
