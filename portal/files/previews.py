"""Pictures of pages: what reviewers and the scan's checks look at instead of the customer's file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import BinaryIO, Literal

from portal.files import sandbox
from portal.files.accepted import Accepted
from portal.files.buffers import new_buffer
from portal.files.kinds import CONTENT_TYPES, DEFAULT_LIMITS, Kind, Limits, clean_name
from portal.gm.sm3 import sm3

Format = Literal["jpeg", "png"]
REVIEW_DPI = 150
LARGEST_PAGE = 12_000_000  # pixels: A4 at 300 dpi has 8.7 million
RENDER_LIMITS = replace(DEFAULT_LIMITS, cpu=50, wall=60)


@dataclass(frozen=True, slots=True)
class PageImage:
    """page: from 1. width, height: pixels. data: a JPEG or PNG."""

    page: int
    width: int
    height: int
    content_type: str
    data: bytes


@contextmanager
def page_images(
    content: BinaryIO,
    kind: Kind,
    *,
    dpi: int = REVIEW_DPI,
    image_format: Format = "jpeg",
    only: Sequence[int] | None = None,
    limits: Limits = RENDER_LIMITS,
) -> Iterator[Iterator[PageImage]]:
    """``with page_images(…) as pages: for page in pages``: one picture in memory at a time beside the child's output.

    content: seekable with a descriptor (``gate.Accepted.content``, ``new_buffer``). dpi: for PDFs, less where a
    page would have more than 12 million pixels; pictures keep their pixels up to that. only: page numbers.
    Call outside any transaction. Raises Damaged, TooComplex, GateUnavailable.
    """
    request = {
        "op": "pages",
        "kind": kind,
        "dpi": dpi,
        "format": image_format,
        "only": list(only) if only is not None else None,
        "largest": LARGEST_PAGE,
    }
    with new_buffer() as made:
        answer = sandbox.run(request, source=content, target=made, limits=limits)
        yield _read(made, answer["pages"], CONTENT_TYPES[image_format])


def as_accepted(picture: PageImage, name: str) -> Accepted:
    """Ready to be stored. ``name``: of the document; the picture's ends in its page."""
    content = new_buffer()
    content.write(picture.data)
    content.flush()
    kind: Kind = "png" if picture.content_type == CONTENT_TYPES["png"] else "jpeg"
    return Accepted(
        kind=kind,
        content_type=picture.content_type,
        name=clean_name(f"{name.rpartition('.')[0]}-{picture.page}", kind),
        size=len(picture.data),
        pages=1,
        width=picture.width,
        height=picture.height,
        digest=sm3(picture.data),
        content=content,
    )


def _read(made: BinaryIO, found: list[dict[str, int]], content_type: str) -> Iterator[PageImage]:
    ends = [0]
    for entry in found:
        ends.append(ends[-1] + entry["size"])
    for entry, (start, end) in zip(found, pairwise(ends), strict=True):
        made.seek(start)
        yield PageImage(entry["page"], entry["width"], entry["height"], content_type, made.read(end - start))
