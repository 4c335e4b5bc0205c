"""Files that live in memory only, and that another process can be handed: nothing plain touches a disk. Pure."""

import os
import tempfile
from typing import BinaryIO, cast


def new_buffer(name: str = "certhall") -> BinaryIO:
    """An empty file without a name, gone when closed. Linux: in memory; elsewhere an unlinked file."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create(name), "w+b")
    return cast("BinaryIO", tempfile.TemporaryFile())


def size_of(buffer: BinaryIO) -> int:
    """Bytes in it. The position stays."""
    return os.fstat(buffer.fileno()).st_size
