"""Canonical JSON: the same content is the same bytes, today and in ten years. Pure.

UTF-8, keys sorted, no spaces; integers, strings, booleans, null, lists, objects. Floats are refused
(two machines may print them differently); dates, UUIDs and enums are written as text; a sealed value
is written as its mask, because ``str()`` of it is nothing else.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from pathlib import PurePath

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]


def canonical(content: Mapping[str, object]) -> bytes:
    """Raises TypeError for a float or anything else that has no one way to be written."""
    return json.dumps(plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def plain(value: object) -> Plain:
    """``value`` in the types that canonical JSON has."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(part) for key, part in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((plain(part) for part in value), key=repr)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(part) for part in value]
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise TypeError(f"a time without a zone: {value!r}")
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, uuid.UUID | PurePath) or getattr(value, "prints_as_mask", False) or _is_lazy(value):
        return str(value)
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _is_lazy(value: object) -> bool:
    """Django's lazy translations, without importing Django."""
    return type(value).__name__ == "__proxy__"
