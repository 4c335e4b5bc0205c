"""Bank statements: bytes → lines, or why not. Pure; docs/statements.md says which banks, dialects and refusals."""

from payments.statements.errors import RowsRefused, StatementRefused
from payments.statements.mapping import Mapping
from payments.statements.model import (
    Control,
    Direction,
    Proof,
    RowError,
    RowErrorCode,
    Statement,
    StatementLine,
    line_identity,
)
from payments.statements.preview import Preview, first_rows, preview
from payments.statements.reading import read

__all__ = [
    "Control",
    "Direction",
    "Mapping",
    "Preview",
    "Proof",
    "RowError",
    "RowErrorCode",
    "RowsRefused",
    "Statement",
    "StatementLine",
    "StatementRefused",
    "first_rows",
    "line_identity",
    "preview",
    "read",
]
