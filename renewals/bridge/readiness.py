"""What a customer's computer must have before a certificate is touched: what the bridge is asked, and how its answer is
judged (RULES A5, B1, B2, E1). Pure.

The bridge says what is there; whether that is enough is decided here, by the rule pack alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from renewals.bridge.protocol import FILE_STORE

What = Literal["bridge", "driver", "component", "one_key", "certificate"]
Why = Literal["", "missing", "disabled", "too_old", "another_version", "several", "another", "not_reported"]

_VERSION: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,3}")


class Check(Protocol):
    """One check of a rule pack (programmes.schema_steps.EnvironmentCheck)."""

    @property
    def name(self) -> str: ...
    @property
    def what(self) -> What: ...
    @property
    def component(self) -> str | None: ...
    @property
    def class_id(self) -> str | None: ...
    @property
    def minimum(self) -> str | None: ...
    @property
    def exact(self) -> str | None: ...
    @property
    def mandatory(self) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What the bridge said of one check: version, number of keys, or fingerprint. ``error``: its code, "" for none."""

    name: str
    present: bool
    enabled: bool
    found: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """``why`` "" when it passed. An optional check that failed holds nobody up."""

    name: str
    mandatory: bool
    passed: bool
    found: str
    why: Why


def version_numbers(version: str) -> tuple[int, ...]:
    """For comparing: 3.0.5 and 3.0.5.0 are the same. () for what is no version."""
    if not _VERSION.fullmatch(version):
        return ()
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def question(
    checks: Sequence[Check], *, fingerprint: str, key_model: str, storage: str, oldest_bridge: str
) -> dict[str, Any]:
    """The parameters of `env.check`. For a file certificate neither driver nor key is looked for (RULES B2)."""
    asked: dict[str, Any] = {"minBridgeVersion": _bridge(checks) or oldest_bridge}
    driver = next((check.minimum for check in checks if check.what == "driver" and check.minimum), None)
    components = [_component(check) for check in checks if check.what == "component"]
    if components:
        asked["components"] = components
    in_file = storage == FILE_STORE
    if in_file:
        asked["store"] = FILE_STORE
    elif driver:
        asked["minDriverVersion"] = driver
    if any(check.what == "certificate" for check in checks):
        asked["certificate"] = {"fingerprint": fingerprint} | ({} if in_file else {"model": key_model})
    return asked


def _bridge(checks: Sequence[Check]) -> str | None:
    return next((check.minimum for check in checks if check.what == "bridge" and check.minimum), None)


def _component(check: Check) -> dict[str, Any]:
    wanted: dict[str, Any] = {"name": check.component or check.name, "mandatory": is_mandatory(check)}
    if check.exact:
        wanted["exactVersion"] = check.exact
    if check.minimum:
        wanted["minVersion"] = check.minimum
    if check.class_id:
        wanted["classId"] = check.class_id
    return wanted


def is_mandatory(check: Check) -> bool:
    return check.mandatory is not False


def judge(checks: Sequence[Check], found: Mapping[str, Found], *, fingerprint: str) -> list[Judgement]:
    """Check by check, by name. ``fingerprint``: SM3 of the certificate that must be there, lower-case hex."""
    judged = []
    for check in checks:
        said = found.get(check.name)
        why = "not_reported" if said is None else _why(check, said, fingerprint)
        judged.append(Judgement(check.name, is_mandatory(check), not why, said.found if said else "", why))
    return judged


def is_ready(judged: Sequence[Judgement]) -> bool:
    return all(one.passed or not one.mandatory for one in judged)


def _why(check: Check, said: Found, fingerprint: str) -> Why:
    """Present, enabled and version are looked at apart (RULES B1)."""
    if check.what == "one_key":
        return "" if said.found == "1" else "missing" if said.found in {"", "0"} else "several"
    if not said.present:
        return "missing"
    if check.what == "certificate":
        return "" if said.found == fingerprint else "another"
    if not said.enabled:
        return "disabled"
    return _version(check, said.found)


def _version(check: Check, found: str) -> Why:
    have = version_numbers(found)
    if check.exact and have != version_numbers(check.exact):
        return "another_version"
    if check.minimum and have < version_numbers(check.minimum):
        return "too_old"
    return ""
