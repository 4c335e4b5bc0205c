"""What a file holds before anybody decides about it: its first rows, and what a mapping makes of them. Never raises
for a row; for what makes the whole file unusable it says the refusal instead of a statement."""

from dataclasses import dataclass

from payments.statements.errors import RowsRefused, StatementRefused, UnknownFormat
from payments.statements.mapping import Mapping, layout_of
from payments.statements.model import RowError, Statement
from payments.statements.reading import tabulate
from payments.statements.table import (
    DELIMITERS,
    HEAD_ROWS,
    decode,
    head_of_text,
    is_workbook,
    table_of_workbook,
)
from payments.statements.tabular import read_table


@dataclass(frozen=True, slots=True)
class Preview:
    """``head``: the first rows as they stand. ``header_row`` as a person counts, None when no header was found.
    Either ``statement``, or ``refusal`` (with ``errors`` for rows)."""

    head: tuple[tuple[str, ...], ...]
    header_row: int | None
    statement: Statement | None
    errors: tuple[RowError, ...]
    refusal: StatementRefused | None


def first_rows(data: bytes, rows: int = HEAD_ROWS) -> tuple[tuple[str, ...], ...]:
    """For choosing columns by. Raises StatementRefused when the file can't be opened at all."""
    if is_workbook(data):
        return tuple(map(tuple, table_of_workbook(data).rows[:rows]))
    text = decode(data)
    heads = [head_of_text(text, delimiter, rows) for delimiter in DELIMITERS]
    return tuple(map(tuple, max(heads, key=lambda head: max(map(len, head), default=0))))


def preview(data: bytes, mapping: Mapping, *, expected_account: str | None = None) -> Preview:
    """Raises StatementRefused only when the file can't be opened at all."""
    head = first_rows(data)
    header_row = None
    try:
        table, header = tabulate(data, [layout_of(mapping)])
        header_row = header.row + 1
        statement = read_table(table, header, expected_account=expected_account)
    except RowsRefused as refusal:
        return Preview(head, header_row, None, refusal.rows, refusal)
    except UnknownFormat as refusal:
        return Preview(head, None, None, (), refusal)
    except StatementRefused as refusal:
        return Preview(head, header_row, None, (), refusal)
    return Preview(head, header_row, statement, (), None)
