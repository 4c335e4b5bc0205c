"""A stamp on paper becomes the impression of a seal (RULES P7)."""

import io

import pytest
from PIL import Image, ImageDraw

from renewals.sealing.impression import NoImpression, impression, size_mm
from renewals.sealing.seal_data import PICTURE_LIMIT


def page(box: tuple[int, int, int, int] | None) -> bytes:
    image = Image.new("RGB", (800, 1100), (250, 248, 244))
    if box:
        ImageDraw.Draw(image).ellipse(box, outline=(200, 30, 30), width=12)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def test_the_ink_is_cut_out_and_the_paper_is_transparent() -> None:
    made = impression(page((100, 200, 500, 500)))
    with Image.open(io.BytesIO(made)) as image:
        shown = image.convert("RGBA")
    assert shown.size == (400, 300)
    assert shown.getpixel((200, 150))[3] == 0  # the middle of the ring is paper
    red, green, blue, alpha = shown.getpixel((200, 3))
    assert alpha > 250  # of 255: colours are few
    assert red > 150 > max(green, blue)
    assert len(made) <= PICTURE_LIMIT
    assert size_mm(made, width_mm=40) == (40, 30)


@pytest.mark.parametrize("box", [None, (100, 100, 110, 110)])
def test_an_empty_page_and_a_speck_are_no_stamp(box: tuple[int, int, int, int] | None) -> None:
    with pytest.raises(NoImpression):
        impression(page(box))
