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

#: the main ways of the shipped programmes, what script/test walks: programme, path or scenario, channel
EVERY: tuple[tuple[str, str, str], ...] = (
    ("sscc/epass3000gm", "online", "wechat"),
    ("sscc/epass3000gm", "offline", "bank_transfer"),
    ("sscc/epass3000gm", "new_medium", "bank_transfer"),
    ("sscc/epass3000gm", "enrolment", "bank_transfer"),
    ("sscc/epass3000gm", "unblock", "wechat"),
    ("sscc/epass3003", "hardware", "wechat"),
    ("sscc/epass3003", "file", "wechat"),
    ("sscc/epass3003", "offline", "bank_transfer"),
    ("sscc/epass3003", "file-download", "bank_transfer"),
    ("szca/cgn-sm2", "unexpired", "wechat"),
    ("szca/cgn-sm2", "expired", "bank_transfer"),
    ("szca/cgn-sm2", "replacement", "alipay"),
    ("szca/jsj-rsa-upgrade", "plain", "wechat"),
    ("szca/jsj-rsa-upgrade", "seal", "alipay"),
    ("szca/jsj-rsa-upgrade", "pickup-proxy", "wechat"),
    ("netca/client-renewal", "unexpired", "unionpay"),
    ("netca/client-renewal", "expired", "bank_transfer"),
)

SCENARIOS: dict[tuple[str, str], Scenario] = {
    (_UPGRADE, "plain"): Scenario("upgrade", held={"days_left": 450}),
    (_UPGRADE, "seal"): Scenario("upgrade", said={"seal": "yes"}, held={"days_left": 450}),  # 221 元 (D5)
    (_UPGRADE, "pickup-proxy"): Scenario(
        "upgrade", said={"collection": "pickup"}, choices={"collector": "proxy"}, held={"days_left": 450}
    ),
    ("sscc/epass3003", "file-download"): Scenario("file_download"),
}
