"""A net under the rule that payloads hold no personal data. It can't know names; it knows these shapes."""

import re
from collections.abc import Iterator

_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:\+?86)?1[3-9]\d{9}(?![0-9A-Za-z])"  # a mainland mobile number
    r"|(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?![0-9A-Za-z])"  # GB 11643
    r"|[^\s@]+@[^\s@]+\.[^\s@]+"
)


def personal_data_in(value: object, where: str = "payload") -> str | None:
    """The first place in `value` (JSON) that looks like personal data, as a dotted path, or None."""
    return next(_places(value, where), None)


def _places(value: object, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if _PERSONAL.search(value):
            yield where
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(str(name), where)
            yield from _places(inner, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _places(inner, f"{where}.{number}")
