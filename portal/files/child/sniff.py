"""What a file is by its content: its first bytes, and what libmagic thinks."""

from typing import BinaryIO

import magic

from portal.files.errors import ContentMismatch
from portal.files.kinds import CONTENT_TYPES, OFFICE, Kind, allowed_text

_PREFIX = 64 * 1024
_PACKAGE, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FIRST: dict[Kind, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "bmp": (b"BM",),
    "tiff": (b"II*\x00", b"MM\x00*"),
    "gif": (b"GIF87a", b"GIF89a"),
    **dict.fromkeys(("doc", "xls", "ppt"), (_COMPOUND,)),
    **dict.fromkeys(("docx", "xlsx", "pptx"), (_PACKAGE, _COMPOUND)),  # encrypted: compound
}
_ALSO: dict[Kind, tuple[str, ...]] = {"bmp": ("image/x-ms-bmp",)}
_magic = magic.Magic(mime=True)  # loads the database now, before the limits


def check(source: BinaryIO, kind: Kind, extension: str, kinds: tuple[Kind, ...]) -> None:
    """Raises ContentMismatch unless signature and libmagic both say ``kind``.

    Of office files libmagic knows too many dialects: their containers are read instead (office.py).
    """
    source.seek(0)
    prefix = source.read(_PREFIX)
    source.seek(0)
    if not prefix.startswith(_FIRST[kind]) or (
        kind not in OFFICE and _magic.from_buffer(prefix) not in {CONTENT_TYPES[kind], *_ALSO.get(kind, ())}
    ):
        raise ContentMismatch(extension=extension, allowed=allowed_text(kinds))
