"""What a customer's scanner makes of a printed form."""

import io

import pypdfium2
from PIL import Image, ImageDraw, ImageFilter

Box = tuple[int, int, int, int]


def page_image(pdf: bytes, page: int = 0, *, dpi: int = 150) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        document.close()


def text_of(pdf: bytes, page: int | None = None) -> str:
    """The text of one page, or of all."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = range(len(document)) if page is None else [page]
        return "\n".join(document[number].get_textpage().get_text_range() for number in pages)
    finally:
        document.close()


def scanned(paper: Image.Image, *, degrees: float, quality: int = 60) -> bytes:
    """A JPEG of the paper, laid on the glass at an angle, a little out of focus."""
    turned = paper.rotate(degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=(244, 243, 240))
    out = io.BytesIO()
    turned.filter(ImageFilter.GaussianBlur(0.6)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def stamped(paper: Image.Image, box: Box) -> Image.Image:
    """With a round red seal, 40 mm across, pressed into ``box``."""
    ink = Image.new("RGB", paper.size, "white")
    pen = ImageDraw.Draw(ink)
    pen.ellipse(box, outline=(214, 38, 30), width=8)
    left, top, right, bottom = box
    middle_x, middle_y, reach = (left + right) // 2, (top + bottom) // 2, (right - left) // 5
    pen.polygon(
        [
            (middle_x, middle_y - reach),
            (middle_x + reach // 2, middle_y + reach),
            (middle_x - reach, middle_y - reach // 4),
            (middle_x + reach, middle_y - reach // 4),
            (middle_x - reach // 2, middle_y + reach),
        ],
        fill=(214, 38, 30),
    )
    darker = [min(pair) for pair in zip(paper.tobytes(), ink.tobytes(), strict=True)]
    return Image.frombytes("RGB", paper.size, bytes(darker))
