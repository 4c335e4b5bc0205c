"""Files that live in memory only, and that another process can be handed: nothing plain touches a disk. Pure."""

import io
import os
import tempfile
from typing import BinaryIO, cast


class _Memory(io.BufferedRandom):
    """A memfd. Forgotten is closed, without a warning: a form refused for another field just drops its files."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(io.FileIO(descriptor, "r+b", closefd=False))
        self._descriptor = descriptor

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._descriptor)


def new_buffer(name: str = "certhall") -> BinaryIO:
    """An empty file without a name, gone when closed. Linux: in memory; elsewhere an unlinked file."""
    if hasattr(os, "memfd_create"):
        return _Memory(os.memfd_create(name))
    return cast("BinaryIO", tempfile.TemporaryFile())


def size_of(buffer: BinaryIO) -> int:
    """Bytes in it. The position stays."""
    return os.fstat(buffer.fileno()).st_size
