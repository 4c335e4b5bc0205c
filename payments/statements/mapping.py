"""For banks without a reader: a person says once which column is what, and sees what comes of it before it counts."""

from collections.abc import Mapping as Columns
from dataclasses import asdict, dataclass
from typing import Any, Self

from payments.statements.errors import MappingDoesNotFit
from payments.statements.layouts import LABELS, Layout, Role, plain_header


@dataclass(frozen=True, slots=True)
class Mapping:
    """``columns``: role → the header's name of it; REMITTANCE may name several, split by "+" ("摘要+附言").

    The rule of signs follows from which columns are named: AMOUNT alone is signed, AMOUNT with FLAG is not, CREDIT
    and DEBIT are two columns. Dates are year first in whatever writing; a bank that writes days first has no mapping.
    """

    name: str
    columns: Columns[str, str]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.columns) - set(Role))
        if unknown:
            raise MappingDoesNotFit(column=unknown[0])
        roles = {Role(role) for role, name in self.columns.items() if name.strip()}
        if not roles & {Role.DAY, Role.MOMENT}:
            raise MappingDoesNotFit(column=Role.DAY.value)
        if (Role.AMOUNT in roles) == bool(roles & {Role.CREDIT, Role.DEBIT}):
            raise MappingDoesNotFit(column=Role.AMOUNT.value)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "columns": dict(self.columns)}

    @classmethod
    def from_json(cls, data: Columns[str, Any]) -> Self:
        return cls(str(data["name"]), {str(role): str(name) for role, name in dict(data["columns"]).items()})


def layout_of(mapping: Mapping) -> Layout:
    """The mapping as the layout that the readers work with: every named column must be there."""
    columns = {
        Role(role): tuple(plain_header(one) for one in (name.split("+") if role == Role.REMITTANCE else [name]))
        for role, name in mapping.columns.items()
        if name.strip()
    }
    return Layout(
        code="mapping",
        bank=mapping.name,
        required=frozenset(name for names in columns.values() for name in names),
        columns=columns,
        labels=LABELS,
    )
