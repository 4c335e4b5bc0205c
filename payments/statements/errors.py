"""Why a bank statement isn't taken, typed; ``payments/words.py`` says it in Chinese.

A statement is taken whole or not at all: half a statement would be money that nobody misses.
"""

from payments.money import display
from payments.statements.model import RowError
from portal.errors import PortalError


class StatementRefused(PortalError):
    """The file as a whole can't be taken."""

    code = "payments.statement_refused"
    status = 422


class UnknownFormat(StatementRefused):
    """No reader knows it: a mapping may."""

    code = "payments.statement_unknown_format"


class MappingDoesNotFit(StatementRefused):
    """``params``: column, as the mapping names it."""

    code = "payments.statement_mapping_does_not_fit"


class HeaderAmbiguous(StatementRefused):
    """``params``: column, which stands there twice."""

    code = "payments.statement_header_ambiguous"


class NoLines(StatementRefused):
    """A header and nothing below, in a format that doesn't state its count."""

    code = "payments.statement_no_lines"


class FileTooLarge(StatementRefused):
    """``params``: limit in MiB."""

    code = "payments.statement_too_large"


class FileUnreadable(StatementRefused):
    """Neither text nor a workbook, or broken inside."""

    code = "payments.statement_unreadable"


class FileTruncated(StatementRefused):
    """It stops in the middle."""

    code = "payments.statement_truncated"


class FileEncrypted(StatementRefused):
    code = "payments.statement_encrypted"


class FileUnsafe(StatementRefused):
    """A zip bomb, a sheet of billions of empty cells, XML with entities."""

    code = "payments.statement_unsafe"


class WrongAccount(StatementRefused):
    """``params``: expected, found."""

    code = "payments.statement_wrong_account"


class AccountNotNamed(StatementRefused):
    """The file doesn't say whose it is, and the caller didn't either."""

    code = "payments.statement_account_not_named"


class CurrencyRefused(StatementRefused):
    """``params``: read. Certhall's money is fen."""

    code = "payments.statement_currency"


class ControlBroken(StatementRefused):
    """A count or sum that the file states isn't the lines'. ``what`` names it (credit_count, closing_fen, …).

    ``params``: stated, found; money as displayed, and as it stands there where it can't be read.
    """

    code = "payments.statement_control_broken"

    def __init__(self, what: str, *, stated: int | str, found: int | None) -> None:
        show = display if what.endswith("_fen") else str
        super().__init__(
            stated=stated if isinstance(stated, str) else show(stated), found="?" if found is None else show(found)
        )
        self.what = what


class CountDiffers(ControlBroken):
    code = "payments.statement_count_differs"


class TotalDiffers(ControlBroken):
    code = "payments.statement_total_differs"


class EndDiffers(ControlBroken):
    """The opening or closing balance."""

    code = "payments.statement_end_differs"


def control_broken(what: str, stated: int | str, found: int | None) -> ControlBroken:
    if what.endswith("count"):
        return CountDiffers(what, stated=stated, found=found)
    if what in ("opening_fen", "closing_fen"):
        return EndDiffers(what, stated=stated, found=found)
    return TotalDiffers(what, stated=stated, found=found)


class RowsRefused(StatementRefused):
    """``rows``: what is wrong where. ``params``: count, row (the first one's number)."""

    code = "payments.statement_rows_refused"

    def __init__(self, rows: tuple[RowError, ...]) -> None:
        super().__init__(count=len(rows), row=rows[0].row)
        self.rows = rows
