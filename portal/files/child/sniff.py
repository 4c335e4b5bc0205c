"""What a file is by its content: its first bytes, and what libmagic thinks."""

from typing import BinaryIO

import magic

from portal.files.errors import ContentMismatch
from portal.files.kinds import CONTENT_TYPES, Kind, allowed_text

_PREFIX = 64 * 1024
_FIRST: dict[Kind, bytes] = {"pdf": b"%PDF-", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
_magic = magic.Magic(mime=True)  # loads the database now, before the limits


def check(source: BinaryIO, kind: Kind, extension: str, kinds: tuple[Kind, ...]) -> None:
    """Raises ContentMismatch unless signature and libmagic both say ``kind``."""
    source.seek(0)
    prefix = source.read(_PREFIX)
    source.seek(0)
    if not prefix.startswith(_FIRST[kind]) or _magic.from_buffer(prefix) != CONTENT_TYPES[kind]:
        raise ContentMismatch(extension=extension, allowed=allowed_text(kinds))
