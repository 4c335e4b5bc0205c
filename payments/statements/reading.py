"""The one function that takes a file: finds its format by its content and reads it whole, or refuses it whole."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from payments.statements import camt, mt940, ofx
from payments.statements.errors import NoLines, UnknownFormat
from payments.statements.header import Header, find_header
from payments.statements.layouts import LAYOUTS, Layout
from payments.statements.mapping import Mapping, layout_of
from payments.statements.model import Statement
from payments.statements.table import (
    DELIMITERS,
    Table,
    decode,
    head_of_text,
    is_workbook,
    table_of_text,
    table_of_workbook,
)
from payments.statements.tabular import read_table


def read(data: bytes, *, expected_account: str | None = None, mapping: Mapping | None = None) -> tuple[Statement, ...]:
    """Every statement in the file, in its order. ``mapping`` is asked only when given, and then alone.

    ``expected_account``: refuse any other. Needed where the file doesn't name its account.
    Raises StatementRefused; RowsRefused lists what is wrong in which row. Never part of a file, never another error.
    """
    if not data.strip():
        raise NoLines
    if mapping is not None:
        return (_read_tabular(data, [layout_of(mapping)], expected_account),)
    if is_workbook(data):
        return (_read_tabular(data, LAYOUTS, expected_account),)
    if camt.is_camt(data):
        return camt.read(data, expected_account=expected_account)
    text = decode(data)
    if ofx.is_ofx(text):
        return ofx.read(text, expected_account=expected_account)
    if mt940.is_mt940(text):
        return mt940.read(text, expected_account=expected_account)
    return (_read_tabular(text, LAYOUTS, expected_account),)


def _read_tabular(data: bytes | str, layouts: Iterable[Layout], expected_account: str | None) -> Statement:
    with without_collecting():
        table, header = tabulate(data, layouts)
        return read_table(table, header, expected_account=expected_account)


@contextmanager
def without_collecting() -> Iterator[None]:
    """A hundred thousand rows hold no cycle, but make Python look for one again and again: a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def tabulate(data: bytes | str, layouts: Iterable[Layout]) -> tuple[Table, Header]:
    """The table with the header that one of the layouts finds in it. Raises UnknownFormat and table's refusals."""
    known = tuple(layouts)
    if isinstance(data, bytes) and is_workbook(data):
        table = table_of_workbook(data)
        header = find_header(table.rows, known)
        if header is None:
            raise UnknownFormat
        return table, header
    text = data if isinstance(data, str) else decode(data)
    for delimiter in DELIMITERS:
        if find_header(head_of_text(text, delimiter), known):
            table = table_of_text(text, delimiter)
            header = find_header(table.rows, known)
            if header is not None:
                return table, header
    raise UnknownFormat
