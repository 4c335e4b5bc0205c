"""The error catalogue: what the manuals say of each fault, with causes and cures (faults.yaml). Pure.

RULES A10, B8, D9, E7. Pages lay it over the bridge's own words (words.py), the help centre lists it.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

FILE: Final = Path(__file__).with_name("faults.yaml")


class Cause(BaseModel):
    """One reason for the fault, and what to do about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cause: str
    cure: str


class Fault(BaseModel):
    """``codes``: when it is said. ``programmes``: by whom ("tenant/slug"), () for all; ``storage`` None for both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    rule: str
    programmes: tuple[str, ...] = ()
    storage: Literal["hardware", "file"] | None = None
    codes: Annotated[tuple[str, ...], Field(min_length=1)]
    says: str
    causes: Annotated[tuple[Cause, ...], Field(min_length=1)]

    def holds(self, programme: str, storage: str) -> bool:
        return (not self.programmes or programme in self.programmes) and self.storage in {None, storage}

    @property
    def cure(self) -> str:
        """All the cures in one line; with their causes where there is more than one."""
        if len(self.causes) == 1:
            return self.causes[0].cure
        return "".join(f"{number}. {each.cause}{each.cure}" for number, each in enumerate(self.causes, 1))


@cache
def catalogue() -> tuple[Fault, ...]:
    """Every fault, in the file's order."""
    document = yaml.safe_load(FILE.read_text("utf-8"))
    return TypeAdapter(tuple[Fault, ...]).validate_python(document["faults"])


def faults_of(programme: str, storage: str) -> dict[str, Fault]:
    """Code → what this programme says of it, for a key or a file. The first one that fits."""
    found: dict[str, Fault] = {}
    for fault in catalogue():
        if fault.holds(programme, storage):
            for code in fault.codes:
                found.setdefault(code, fault)
    return found


def faults_of_tenant(tenant: str) -> tuple[Fault, ...]:
    """What a hall's help centre explains: its own programmes' faults, and those of everybody."""
    return tuple(
        fault
        for fault in catalogue()
        if not fault.programmes or any(name.startswith(f"{tenant}/") for name in fault.programmes)
    )
