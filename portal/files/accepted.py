"""What the gate lets through. Pure."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Self

from portal.files.kinds import Kind


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the gate made of an upload. Close it (or use ``with``): it holds memory.

    content: at its beginning, in memory. size: bytes of it. digest: SM3 of it, 32 bytes. width, height:
    pixels, or points of a PDF's first page.
    """

    kind: Kind
    content_type: str
    name: str = field(repr=False)  # file names are personal
    size: int
    pages: int
    width: int
    height: int
    digest: bytes
    content: BinaryIO = field(repr=False)

    def close(self) -> None:
        self.content.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()


def sm3_of(content: BinaryIO) -> bytes:
    """32 bytes, read in pieces; the position is at the beginning afterwards."""
    running = hashlib.new("sm3")
    content.seek(0)
    for piece in pieces(content):
        running.update(piece)
    content.seek(0)
    return running.digest()


def pieces(content: BinaryIO, size: int = 64 * 1024) -> Iterator[bytes]:
    while piece := content.read(size):
        yield piece
