"""Which connector a tenant's configuration means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from renewals.ca.base import CaConnector, CaError
from renewals.ca.dev import DevCa


class UnknownConnector(CaError):
    """No connector of that kind is built in or registered."""

    code = "ca.unknown_connector"


@dataclass(frozen=True, slots=True)
class CaConfig:
    """`kind` names the connector; `options` are its own (dev: `folder`, `key`, optionally `clock`)."""

    kind: str = "dev"
    production: bool = True
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


Factory = Callable[[CaConfig], CaConnector]


def _dev(config: CaConfig) -> CaConnector:
    options = dict(config.options)
    return DevCa(Path(options.pop("folder")), options.pop("key"), production=config.production, **options)


_FACTORIES: dict[str, Factory] = {"dev": _dev}


def register(kind: str, factory: Factory) -> None:
    """For a CA's own connector, at start-up. Raises ValueError when the kind is taken."""
    if kind in _FACTORIES:
        raise ValueError(f"a connector of kind {kind} is registered already")
    _FACTORIES[kind] = factory


def connector_for(config: CaConfig) -> CaConnector:
    """Raises UnknownConnector, or what the connector refuses (DevCaInProduction)."""
    factory = _FACTORIES.get(config.kind)
    if factory is None:
        raise UnknownConnector(kind=config.kind)
    return factory(config)
