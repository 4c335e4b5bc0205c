"""From a picture of a stamp on paper to the impression in a seal: cut to the ink, paper made transparent, small.

Takes pictures that the upload gate has decoded and encoded anew, never a customer's own bytes.
"""

import io
from typing import Final

from PIL import Image, ImageChops

from renewals.sealing.seal_data import PICTURE_LIMIT, SIDE_MM

SIDE: Final = 400  # pixels of the longer side: 40 mm at 254 dpi
COLOURS: Final = 32
PAPER: Final = 200  # lighter than this in all three colours: paper
INK: Final = (192, 0, 0)
SMALLEST_INK: Final = 24  # pixels: less is dirt


class NoImpression(ValueError):
    """Nothing of a stamp's size is on the picture."""


def impression(picture: bytes) -> bytes:
    """PNG with transparency, at most PICTURE_LIMIT bytes. NoImpression for an empty page."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    lightest = ImageChops.darker(ImageChops.darker(*image.split()[:2]), image.split()[2])
    ink = lightest.point([255 if value < PAPER else 0 for value in range(256)])
    box = ink.getbbox()
    if box is None or min(box[2] - box[0], box[3] - box[1]) < SMALLEST_INK:
        raise NoImpression("no ink")
    cut = Image.merge("RGBA", (*image.split(), ink)).crop(box)
    for side in (SIDE, 280, 200):
        small = cut.copy()
        small.thumbnail((side, side))
        out = io.BytesIO()
        small.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
        if out.tell() <= PICTURE_LIMIT:
            return out.getvalue()
    raise NoImpression("too detailed")


def size_mm(png: bytes, *, width_mm: int) -> tuple[int, int]:
    """The height that goes with the width, so that the impression keeps its shape; whole millimetres."""
    with Image.open(io.BytesIO(png)) as image:
        width, height = image.size
    return width_mm, max(SIDE_MM[0], min(SIDE_MM[1], round(width_mm * height / width)))
