"""Which layout a table has, where its header stands, and what is said around it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from payments.statements.errors import HeaderAmbiguous
from payments.statements.layouts import Layout, Role, plain_header
from payments.statements.table import HEAD_ROWS

#: a remittance has as many columns as the bank likes; the other roles have one
_ONE = frozenset(Role) - {Role.REMITTANCE}


@dataclass(frozen=True, slots=True)
class Header:
    """``row`` is its index in the table, ``names`` the cells as they stand there; ``places`` role → column."""

    layout: Layout
    row: int
    names: list[str]
    places: dict[Role, int] = field(hash=False)
    remittance: tuple[int, ...] = ()

    def column(self, role: Role) -> str:
        """What the header calls it, for a person."""
        return self.names[self.places[role]].strip() if role in self.places else role.value


def find_header(rows: Sequence[Sequence[str]], layouts: Iterable[Layout]) -> Header | None:
    """The first row within reach that has all names of a layout; of several layouts the one that asks for most.

    Raises HeaderAmbiguous when an amount's or day's name stands there twice.
    """
    known = sorted(layouts, key=lambda layout: -len(layout.required))
    for index, row in enumerate(rows[:HEAD_ROWS]):
        if len(row) < 3:
            continue
        names = [plain_header(cell) for cell in row]
        there = frozenset(names)
        for layout in known:
            if layout.required <= there:
                return _placed(layout, index, list(row), names)
    return None


def _placed(layout: Layout, index: int, row: list[str], names: list[str]) -> Header:
    places: dict[Role, int] = {}
    for role, wanted in layout.columns.items():
        if role in _ONE:
            for name in wanted:
                if name in names:
                    if names.count(name) > 1:
                        raise HeaderAmbiguous(column=name)
                    places[role] = names.index(name)
                    break
    wanted = layout.columns.get(Role.REMITTANCE, ())
    remittance = tuple(column for name in wanted for column, there in enumerate(names) if there == name)
    while row and not row[-1].strip():
        row.pop()
    return Header(layout, index, row, places, remittance)


def said_around(rows: Iterable[Sequence[str]], labels: dict[str, str]) -> dict[str, str]:
    """ "账号", "3300 …" in neighbouring cells, or "账号：3300…" in one → what the label stands for → value.

    The first says it; a second that says otherwise is kept out, but not for totals: a page's come before the whole's.
    """
    found: dict[str, str] = {}
    for row in rows:
        cells = [cell.strip() for cell in row]
        for index, cell in enumerate(cells):
            if not cell:
                continue
            label, value = _split(cell, cells[index + 1 :])
            kind = labels.get(label)
            if kind and value:
                found.setdefault(kind, value)
    return found


def _split(cell: str, following: Sequence[str]) -> tuple[str, str]:
    for colon in ("：", ":"):
        before, mark, behind = cell.partition(colon)
        if mark and behind.strip():
            return plain_header(before), behind.strip()
    return plain_header(cell), next((other for other in following if other), "")
