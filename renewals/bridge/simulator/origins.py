"""Which sites may speak to this bridge, and under which names it answers to itself."""

import re
from collections.abc import Iterable

from renewals.bridge.protocol import canonical_origin


class AllowedOrigins:
    """Exact origins, and for development `http://*.localhost:8000` for one host per tenant.

    Raises ValueError for an entry that is neither.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        for entry in entries:
            scheme, star, rest = entry.partition("://*.")
            if star:
                canonical_origin(f"{scheme}://{rest}")
                self._patterns.append(re.compile(rf"{re.escape(scheme)}://[a-z0-9-]{{1,63}}\.{re.escape(rest)}"))
            else:
                self._exact.add(canonical_origin(entry))

    def allows(self, origin: str | None) -> bool:
        """`origin`: the Origin header as it came; None or "null" is nobody."""
        if origin is None:
            return False
        return origin in self._exact or any(pattern.fullmatch(origin) for pattern in self._patterns)


def own_hosts(port: int) -> frozenset[str]:
    """Host headers that mean us. Any other is a name that was made to point here (DNS rebinding)."""
    return frozenset(f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]"))
