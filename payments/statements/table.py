"""Bytes → rows of text cells, whatever carried them: CSV in any Chinese encoding, XLS, XLSX. By content, never by name.

What a spreadsheet hides is refused here: archives that unpack to gigabytes, sheets with one cell in each far corner,
XML entities, encryption. Numbers come out with the 15 digits that a spreadsheet shows.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from payments.statements.errors import FileTooLarge, FileTruncated, FileUnreadable
from payments.statements.workbook import OLE_MAGIC, ZIP_MAGIC, rows_of_workbook

MIB = 1024 * 1024
#: a month of a busy account is 2 MB
SIZE_LIMIT = 64 * MIB
#: rows from the top among which a header is looked for
HEAD_ROWS = 30
DELIMITERS = (",", "\t", "|", ";")

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
#: no text has these; a file that does is something else. Deleted in C and counted: a match takes as long as all else
_CONTROL = bytes([*range(9), *range(14, 32)])
#: ="6222…": how exports keep spreadsheets from cutting long numbers
_FORMULA = re.compile(r'\A="([^"]*)"\s*\Z')
#: enough for the rows that a header may stand in
_HEAD_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Table:
    """``rows[i]`` is row i + 1 as a person counts. ``sheet`` tells that numbers may have lost digits."""

    rows: list[list[str]]
    sheet: bool
    #: text whose last row has no line end: it may be cut
    open_end: bool = False
    delimiter: str = ""


def decode(data: bytes) -> str:
    """By its BOM, else UTF-8, else GB18030 (which has all of GBK and GB2312).

    Raises FileTooLarge, FileTruncated (ends inside a character), FileUnreadable.
    """
    if len(data) > SIZE_LIMIT:
        raise FileTooLarge(limit=SIZE_LIMIT // MIB)
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _decoded(data[len(bom) :], encoding)
            _check_plain(text.encode() if encoding.startswith("utf-16") else data)
            return text
    _check_plain(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, "gb18030")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 4 and error.start > 0:
            raise FileTruncated from error
        raise FileUnreadable from error


def _check_plain(data: bytes) -> None:
    if len(data.translate(None, _CONTROL)) != len(data):
        raise FileUnreadable


def is_workbook(data: bytes) -> bool:
    return data.startswith((OLE_MAGIC, ZIP_MAGIC))


def table_of_workbook(data: bytes) -> Table:
    """The first sheet that holds anything. Raises FileTooLarge, FileEncrypted, FileUnsafe, FileUnreadable."""
    if len(data) > SIZE_LIMIT:
        raise FileTooLarge(limit=SIZE_LIMIT // MIB)
    return Table([[_text(cell) for cell in row] for row in rows_of_workbook(data)], sheet=True)


def _text(cell: object) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return str(cell).upper()
        case float():
            return format(cell, ".15g")
        case datetime():
            return cell.isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def head_of_text(text: str, delimiter: str, rows: int = HEAD_ROWS) -> list[list[str]]:
    """The first rows as they'd read with this delimiter; [] where they can't."""
    lines = io.StringIO(text[:_HEAD_CHARACTERS], newline="")
    found: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            found.append(row)
            if len(found) == rows:
                break
    except csv.Error:
        return found
    return found


def table_of_text(text: str, delimiter: str) -> Table:
    """All rows. Raises FileTruncated (a quote that never closes), FileUnreadable."""
    open_end = not text.endswith(("\n", "\r"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise FileTruncated from error
        raise FileUnreadable from error
    if reader.line_num != len(rows):
        _no_row_swallowed(rows, delimiter)
    if '="' in text:
        rows = [[_FORMULA.sub(r"\1", cell) for cell in row] for row in rows]
    return Table(rows, sheet=False, open_end=open_end, delimiter=delimiter)


def _no_row_swallowed(rows: Iterable[list[str]], delimiter: str) -> None:
    """A stray quote makes one cell of the rows up to the next quote: money that nobody would miss."""
    for row in rows:
        for cell in row:
            if "\n" in cell and cell.count(delimiter) >= max(2, len(row) // 2):
                raise FileUnreadable
