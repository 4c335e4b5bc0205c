"""Reading fields of outside messages: the right type, or Malformed; never a KeyError, never a guess."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from payments.channels.base import Malformed


def json_object(body: bytes | str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed(what="json") from None
    if not isinstance(data, dict):
        raise Malformed(what="json")
    return data


def mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Malformed(what=name)
    return value


def text(data: Mapping[str, Any], name: str, *, limit: int = 128) -> str:
    """A non-empty string without control characters."""
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > limit or not value.isprintable():
        raise Malformed(what=name)
    return value


def optional_text(data: Mapping[str, Any], name: str, *, limit: int = 128) -> str:
    return text(data, name, limit=limit) if data.get(name) else ""


def fen(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**15:
        raise Malformed(what=name)
    return value


def moment(data: Mapping[str, Any], name: str) -> datetime | None:
    """RFC 3339 with offset → aware UTC; None if the field isn't there."""
    value = data.get(name)
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        raise Malformed(what=name) from None
    if parsed.tzinfo is None:
        raise Malformed(what=name)
    return parsed.astimezone(UTC)
