"""Why a file or a call of certificates isn't taken as a whole; rows are refused one by one (entries.RowProblem)."""

from portal.errors import PortalError


class ImportRefused(PortalError):
    code = "import.refused"
    status = 422


class ImportFileUnreadable(ImportRefused):
    """Neither CSV nor a workbook, cut off, locked with a password, or made to hurt."""

    code = "import.file_unreadable"


class ImportTooLarge(ImportRefused):
    """``params``: limit, in MiB."""

    code = "import.too_large"


class ImportWithoutHeader(ImportRefused):
    code = "import.without_header"


class ImportColumnsMissing(ImportRefused):
    """``params``: columns, as people know them."""

    code = "import.columns_missing"


class ImportColumnTwice(ImportRefused):
    """``params``: columns."""

    code = "import.column_twice"


class ImportWithoutRows(ImportRefused):
    code = "import.without_rows"


class ImportTooManyRows(ImportRefused):
    """Of one call. ``params``: limit."""

    code = "import.too_many_rows"


class ImportBodyWrong(ImportRefused):
    """A call whose body isn't {"rows": [{column: text}]}."""

    code = "import.body_wrong"


class ClientUnknown(PortalError):
    """No registry client has this token, or it was withdrawn."""

    code = "import.client_unknown"
    status = 401
