"""The vault: personal values sealed in the database, opened only by ``reveal`` and with an audit row.

``from portal.vault import SealedField`` for models; ``from portal import vault`` then ``vault.reveal(...)``.
The functions are fetched on first use, because models import this package.
"""

from typing import TYPE_CHECKING, Any

from portal.vault.errors import SealedValueBroken, SealedValueErased
from portal.vault.fields import BlindIndexField, SealedField, SealedJSONField
from portal.vault.sealed import Sealed

if TYPE_CHECKING:
    from portal.tenants.models import Tenant
    from portal.vault.opening import (
        destroy,
        open_field,
        open_many,
        open_text,
        reveal,
        reveal_fields,
        reveal_json,
        reveal_many,
        seal_text,
        wipe,
    )

_LATER = (
    "destroy",
    "open_field",
    "open_many",
    "open_text",
    "reveal",
    "reveal_fields",
    "reveal_json",
    "reveal_many",
    "seal_text",
    "wipe",
)


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    from importlib import import_module  # noqa: PLC0415

    found = getattr(import_module("portal.vault.opening"), name)
    globals()[name] = found
    return found


def blind_index(tenant: "Tenant | int", name: str, value: str) -> bytes:
    """32 bytes (HMAC-SM3, key per tenant and name) that find ``value`` again. name: "user.phone"."""
    from portal.vault import fields  # noqa: PLC0415

    return fields.blind_index(tenant if isinstance(tenant, int) else tenant.pk, name, value)


def mac_keys(tenant: "Tenant | int", purpose: str, *, make: bool = False) -> dict[str, bytes]:
    """Key id → key of MACs on papers, the one that signs first. purpose: "papers"."""
    from portal.vault import keys  # noqa: PLC0415

    return keys.mac_keys(tenant if isinstance(tenant, int) else tenant.pk, purpose, make=make)


__all__ = (
    "BlindIndexField",
    "Sealed",
    "SealedField",
    "SealedJSONField",
    "SealedValueBroken",
    "SealedValueErased",
    "blind_index",
    "destroy",
    "mac_keys",
    "open_field",
    "open_many",
    "open_text",
    "reveal",
    "reveal_fields",
    "reveal_json",
    "reveal_many",
    "seal_text",
    "wipe",
)
