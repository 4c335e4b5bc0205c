"""From YAML to a validated rule pack, and to the canonical JSON that a programme version keeps. Pure.

A pack that is wrong is refused with every fault named by file, line and column, in Chinese. YAML is read narrowly:
no anchors, no dates, no fractions, no doubled keys, only true and false as truth values.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.errors import PortalError
from renewals.programmes import checks, wording, yaml_source
from renewals.programmes.schema import SCHEMA_VERSION, RulePack

PACKS = Path(__file__).parent / "packs"
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class PackProblem:
    """One fault. Line and column count from 1; (0, 0) where the text itself isn't at hand."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class RulePackInvalid(PortalError):
    """The pack is refused; ``problems`` are in the order of the text."""

    code = "programme.invalid"

    def __init__(self, problems: tuple[PackProblem, ...]) -> None:
        super().__init__(count=len(problems), first=str(problems[0]))
        self.problems = problems


Document = dict[str, Any]
Upgrader = Callable[[Document], Document]

# schema_version n → how its document becomes one of n + 1. Pure; every shipped version stays in the tests.
UPGRADERS: dict[int, Upgrader] = {}


def load_pack(path: Path) -> RulePack:
    """The pack in this file. RulePackInvalid; OSError when the file can't be read."""
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise RulePackInvalid((PackProblem(str(path), 1, 1, "文件超过 1 MiB，这不像一个规则包"),))
    return parse_pack(data, file=str(path))


def parse_pack(text: bytes | str, *, file: str = "<text>") -> RulePack:
    """The pack in this YAML text. RulePackInvalid names every fault with line and column."""
    try:
        source = yaml_source.read(text)
    except yaml_source.YamlRefused as refused:
        raise RulePackInvalid(tuple(PackProblem(file, f.line, f.column, f.message) for f in refused.faults)) from None
    found = _validate(source.document)
    if isinstance(found, RulePack):
        return found
    placed = {PackProblem(file, *source.place(loc, key=key), message) for loc, key, message in found}
    raise RulePackInvalid(tuple(sorted(placed)))


def canonical_json(pack: RulePack) -> bytes:
    """UTF-8, keys sorted, no spaces, no fractions; absent options are left out, so a new option changes no digest."""
    document = pack.model_dump(mode="json", exclude_none=True)
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(pack: RulePack) -> str:
    """SM3 of the canonical JSON, 64 hex digits."""
    return hashlib.new("sm3", canonical_json(pack)).hexdigest()


def from_canonical(document: bytes | str) -> RulePack:
    """A stored version as a pack of today's schema, through the upgraders. RulePackInvalid (without lines)."""
    found = _validate(upgrade(json.loads(document)))
    if isinstance(found, RulePack):
        return found
    raise RulePackInvalid(tuple(PackProblem(_path(loc), 0, 0, message) for loc, _, message in found))


def upgrade(document: Document, *, upgraders: Mapping[int, Upgrader] = UPGRADERS, to: int = SCHEMA_VERSION) -> Document:
    """The document at schema version ``to``. RulePackInvalid for a version from the future or without upgrader."""
    version = document.get("schema_version")
    while version != to:
        step = upgraders.get(version) if isinstance(version, int) and version < to else None
        if step is None:
            message = f"不认识规则包格式版本 {version}；本系统的版本是 {to}"
            raise RulePackInvalid((PackProblem("schema_version", 0, 0, message),))
        document = step(dict(document))
        version = document.get("schema_version")
    return document


@functools.cache
def shipped_packs() -> tuple[RulePack, ...]:
    """The packs that come with Certhall, by file name."""
    return tuple(load_pack(path) for path in sorted(PACKS.glob("*.yaml")))


def _validate(document: Any) -> RulePack | list[tuple[checks.Loc, str, str]]:
    """The pack, or (where, key that is too much or "", sentence) of each fault."""
    try:
        pack = RulePack.model_validate(_frozen(document))
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [wording.say(detail) for detail in details if not _hollow(detail, details)]
    found = checks.problems(pack)
    return [(loc, "", message) for loc, message in found] if found else pack


def _hollow(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """ "Too short" only because its elements are wrong: they have said so themselves."""
    inner = (other["loc"] for other in details if len(other["loc"]) > len(detail["loc"]))
    return detail["type"] == "too_short" and any(loc[: len(detail["loc"])] == detail["loc"] for loc in inner)


def _frozen(value: Any) -> Any:
    """Lists as tuples: the models are strict and immutable."""
    if isinstance(value, list):
        return tuple(_frozen(one) for one in value)
    return {key: _frozen(one) for key, one in value.items()} if isinstance(value, dict) else value


def _path(loc: checks.Loc) -> str:
    return ".".join(str(part) for part in loc) or "(pack)"
