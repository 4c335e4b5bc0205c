"""Named walks that are more than a path: the same path with other answers and choices (docs/development.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scenario:
    """``said``: answers that differ from the usual ones; ``choices``: for the moves; ``held``: of the certificate."""

    path: str
    business: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, object] = field(default_factory=dict)


_UPGRADE = "szca/jsj-rsa-upgrade"

SCENARIOS: dict[tuple[str, str], Scenario] = {
    (_UPGRADE, "plain"): Scenario("upgrade", held={"days_left": 450}),
    (_UPGRADE, "seal"): Scenario("upgrade", said={"seal": "yes"}, held={"days_left": 450}),  # 221 元 (D5)
    (_UPGRADE, "pickup-proxy"): Scenario(
        "upgrade", said={"collection": "pickup"}, choices={"collector": "proxy"}, held={"days_left": 450}
    ),
    ("sscc/epass3003", "file-download"): Scenario("file_download"),
}
