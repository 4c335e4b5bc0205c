"""Pictures of a document's pages, one after another into one descriptor."""

import io
import math
from typing import Any, BinaryIO

import pypdfium2
from PIL import Image

from portal.files.child.images import JPEG_QUALITY, load
from portal.files.errors import Damaged, TooComplex
from portal.files.kinds import Limits

POINTS_PER_INCH = 72


def render(source: BinaryIO, target: BinaryIO, request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """{"pages": [{page, width, height, size}]}: pixels, and how many bytes of the output are this page's.

    request: kind, dpi, format "jpeg" or "png", only (page numbers from 1, or null for all), largest (pixels a page).
    """
    if request["kind"] == "pdf":
        return {"pages": list(_of_pdf(source, target, request))}
    image = load(source, request["kind"], limits)
    return {"pages": [_write(_fitted(image, request["largest"]), target, 1, request)]}


def _of_pdf(source: BinaryIO, target: BinaryIO, request: dict[str, Any]) -> Any:
    source.seek(0)
    try:
        document = pypdfium2.PdfDocument(source.read())
        wanted = request["only"] or range(1, len(document) + 1)
        for number in wanted:
            if not 1 <= number <= len(document):
                raise Damaged
            page = document[number - 1]
            width, height = page.get_size()
            if width <= 0 or height <= 0:
                raise TooComplex
            scale = request["dpi"] / POINTS_PER_INCH
            scale = min(scale, math.sqrt(request["largest"] / (width * height)))
            bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
            yield _write(bitmap.to_pil(), target, number, request)
            bitmap.close()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise Damaged from error


def _fitted(image: Image.Image, largest: int) -> Image.Image:
    pixels = image.width * image.height
    if pixels <= largest:
        return image
    factor = math.sqrt(largest / pixels)
    size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
    return image.convert("L" if image.mode in {"1", "L"} else "RGB").resize(size, Image.Resampling.LANCZOS)


def _write(image: Image.Image, target: BinaryIO, number: int, request: dict[str, Any]) -> dict[str, int]:
    plain = image if image.mode in {"RGB", "L"} else image.convert("RGB")
    plain.info.clear()
    held = io.BytesIO()
    if request["format"] == "png":
        plain.save(held, "PNG", compress_level=6)
    else:
        plain.save(held, "JPEG", quality=JPEG_QUALITY - 6, subsampling=0)
    target.write(held.getbuffer())
    return {"page": number, "width": plain.width, "height": plain.height, "size": held.tell()}
