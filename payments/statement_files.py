"""A statement's file as it is handed in: scanned, sealed, and never given out again; only the readers open it.

Not through ``files.gate``: that makes pictures and PDFs anew, and of a statement every byte counts. The readers are
the gate here (docs/statements.md: size, zip bombs, entities), and nothing else looks at the content.
"""

from typing import Any, cast

from django.conf import settings

from portal.accounts.actor import Actor
from portal.files import store
from portal.files.accepted import Accepted, sm3_of
from portal.files.buffers import new_buffer
from portal.files.errors import EmptyFile, Infected, NoFile, TooLarge
from portal.files.gate import Upload
from portal.files.kinds import DEFAULT_LIMITS, MIB, NAME_LENGTH
from portal.files.models import StoredFile
from portal.files.scanning import scanner_for

PURPOSE = "bank_statement"


def accept(upload: Upload | None) -> tuple[bytes, Accepted]:
    """Its bytes, and what ``store.put`` takes. Raises FileRefused (NoFile, EmptyFile, TooLarge, Infected)."""
    if upload is None or not upload.name:
        raise NoFile
    data = bytearray()
    for chunk in upload.chunks():
        data += chunk
        if len(data) > DEFAULT_LIMITS.size or (upload.size or 0) > DEFAULT_LIMITS.size:
            raise TooLarge(limit=DEFAULT_LIMITS.size // MIB)
    if not data:
        raise EmptyFile
    return bytes(data), of_bytes(bytes(data), upload.name)


def of_bytes(data: bytes, name: str) -> Accepted:
    """Raises Infected."""
    content = new_buffer()
    content.write(data)
    content.flush()
    content.seek(0)
    if scanner_for(settings.CERTHALL.clamd).scan(content):
        content.close()
        raise Infected
    shown = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return Accepted(
        kind=cast("Any", "table"),
        content_type="application/octet-stream",
        name=shown[-NAME_LENGTH:] or "流水",
        size=len(data),
        pages=1,
        width=0,
        height=0,
        digest=sm3_of(content),
        content=content,
    )


def data_of(file: StoredFile) -> bytes:
    """The bytes again. Outside any transaction. Raises FileErased, FileBroken."""
    with store.opened(file, by=Actor.system("statements"), reason="导入银行流水") as content:
        return content.read()
