"""Why a file isn't taken, or doesn't open. ``words.py`` says each, with what to do."""

from portal.errors import NotFound, PortalError


class FileRefused(PortalError):
    """The gate didn't take an upload. Nothing was stored; what else the form held stays."""

    code = "files.refused"
    status = 422


class NoFile(FileRefused):
    code = "files.missing"


class EmptyFile(FileRefused):
    code = "files.empty"


class TooLarge(FileRefused):
    """params: limit (MiB)."""

    code = "files.too_large"


class WrongType(FileRefused):
    """The name's ending isn't in the list. params: allowed ("PDF、JPG、PNG")."""

    code = "files.wrong_type"


class ContentMismatch(FileRefused):
    """The content isn't what the name's ending says. params: extension, allowed."""

    code = "files.content_mismatch"


class Damaged(FileRefused):
    code = "files.damaged"


class PasswordProtected(FileRefused):
    code = "files.password_protected"


class ActiveContent(FileRefused):
    """Macros, ActiveX, an embedded program or a remote template."""

    code = "files.active_content"


class TooManyPages(FileRefused):
    """params: pages, limit."""

    code = "files.too_many_pages"


class TooManyPixels(FileRefused):
    """params: limit (megapixels)."""

    code = "files.too_many_pixels"


class TooComplex(FileRefused):
    """The parser hit its limit of memory or time: a decompression bomb, or a drawing that is out of proportion."""

    code = "files.too_complex"


class Infected(FileRefused):
    """The virus scanner knows it."""

    code = "files.infected"


class GateUnavailable(PortalError):
    """The gate itself failed (a library is missing, the scanner doesn't answer): not the customer's fault."""

    code = "files.gate_unavailable"
    status = 503


class FileNotFound(NotFound):
    """No such file, or none that this caller may know of."""

    code = "files.not_found"


class FileErased(PortalError):
    """It was destroyed, or its owner's key was."""

    code = "files.erased"
    status = 410


class FileBroken(PortalError):
    """The stored bytes aren't those that were stored: damage, or an attempt at fraud."""

    code = "files.broken"
    status = 500


class FileNotStored(PortalError):
    """``commit`` of a file that isn't waiting for it: swept as an orphan, or committed by somebody else."""

    code = "files.not_stored"
    status = 409
