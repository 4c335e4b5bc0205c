"""Bytes of a certificate file → its rows. CSV in any Chinese encoding, XLS, XLSX: read as bank statements are."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from payments.statements.errors import FileTooLarge, StatementRefused
from payments.statements.table import (
    DELIMITERS,
    SIZE_LIMIT,
    decode,
    head_of_text,
    is_workbook,
    table_of_text,
    table_of_workbook,
)
from renewals.importing.columns import HEADER_ROWS, WANTED, Layout, cells_of, find_layout, label
from renewals.importing.errors import (
    ImportColumnsMissing,
    ImportColumnTwice,
    ImportFileUnreadable,
    ImportTooLarge,
    ImportWithoutHeader,
    ImportWithoutRows,
)

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` as a person counts in the file; ``cells``: field → text."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class CertificateFile:
    layout: Layout
    rows: tuple[Row, ...]


def read_file(data: bytes, *, wanted: Collection[str] = WANTED) -> CertificateFile:
    """All rows below the headings that hold anything; ``wanted``: columns that must be there. ImportRefused's kinds."""
    try:
        table = _table(data)
    except FileTooLarge:
        raise ImportTooLarge(limit=SIZE_LIMIT // _MIB) from None
    except StatementRefused:
        raise ImportFileUnreadable from None
    layout = find_layout(table)
    if layout is None:
        raise ImportWithoutHeader
    if layout.twice:
        raise ImportColumnTwice(columns="、".join(layout.twice))
    if missing := [field for field in wanted if field not in layout.columns]:
        raise ImportColumnsMissing(columns="、".join(map(label, missing)))
    rows = tuple(_rows(table, layout))
    if not rows:
        raise ImportWithoutRows
    return CertificateFile(layout, rows)


def _rows(table: list[list[str]], layout: Layout) -> Iterator[Row]:
    for index in range(layout.header + 1, len(table)):
        if cells := cells_of(table[index], layout):
            yield Row(index + 1, cells)


def _table(data: bytes) -> list[list[str]]:
    """Of text: with the delimiter under which the most headings are known."""
    if is_workbook(data):
        return table_of_workbook(data).rows
    text = decode(data)

    def known(delimiter: str) -> int:
        layout = find_layout(head_of_text(text, delimiter, HEADER_ROWS))
        return len(layout.columns) if layout else 0

    return table_of_text(text, max(DELIMITERS, key=known)).rows
