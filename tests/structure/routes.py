"""Every route of the site, and somebody of every kind to try it.

An app makes its routes answer with something real by a module ``route_samples.py`` in its tests folder:

    SAMPLES: dict[str, Callable[[World], dict[str, object]]] = {"order": lambda world: {"public_id": …}}

``world`` has the tenant, a customer and a colleague of each role. Routes without a sample are tried with
made-up arguments: who may use them is decided before anything is looked up.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from portal.accounts.access import Access
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.tenants.models import Tenant

TESTS = Path(__file__).resolve().parent.parent
_MADE_UP = {
    "int": 1,
    "string": "A" * 22,
    "slug": "made-up",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "path": "made/up",
}


@dataclass(frozen=True)
class World:
    tenant: Tenant
    customer: User
    staff: dict[Role, User]
    stranger: User  # a customer of another tenant
    foreign_staff: User  # holds every role at another tenant


@dataclass(frozen=True)
class Route:
    name: str
    path: str  # as it stands in the URLconf, for messages
    view: Callable[..., Any]
    made_up: dict[str, object]

    @property
    def access(self) -> Access | None:
        return getattr(self.view, "access", None)

    def __str__(self) -> str:
        return self.name or self.path


def every_route() -> list[Route]:
    return list(_routes(get_resolver().url_patterns, "", "", {}))


def samples() -> dict[str, Callable[[World], dict[str, object]]]:
    found: dict[str, Callable[[World], dict[str, object]]] = {}
    for file in sorted(TESTS.rglob("route_samples.py")):
        module = ".".join(file.relative_to(TESTS.parent).with_suffix("").parts)
        found |= importlib.import_module(module).SAMPLES
    return found


def _routes(patterns: list[Any], before: str, space: str, arguments: dict[str, object]) -> Iterator[Route]:
    for entry in patterns:
        inside = {**arguments, **_arguments(entry.pattern)}
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            within = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _routes(entry.url_patterns, path, within, inside)
        elif isinstance(entry, URLPattern):
            yield Route(space + entry.name if entry.name else "", path, entry.callback, inside)


def _arguments(pattern: Any) -> dict[str, object]:
    if isinstance(pattern, RoutePattern):
        kinds = {name: type(converter).__name__ for name, converter in pattern.converters.items()}
        return {name: _MADE_UP[kind.removesuffix("Converter").lower()] for name, kind in kinds.items()}
    if isinstance(pattern, RegexPattern):
        return dict.fromkeys(pattern.regex.groupindex, "A")
    return {}
