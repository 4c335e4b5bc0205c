"""What a customer's desk makes of paper, for walks and demo data: the form signed and scanned; licence, ID card.

Every picture says that it is a sample; nobody's document is imitated.
"""

import io
import math
from functools import cache

import pypdfium2
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from renewals.request_form.printing import font_chain

DPI = 150
_RED, _INK, _GLASS = (205, 36, 30), (28, 40, 96), (244, 243, 240)
_SEAL_ACROSS = round(42 / 25.4 * DPI)  # 42 mm
_A4 = (round(210 / 25.4 * DPI), round(297 / 25.4 * DPI))
_CARD = (1284, 810)  # an ID card's proportions, as a phone photographs it


def signed_and_scanned(form: bytes, *, organisation: str, signer: str, degrees: float = 0.8) -> bytes:
    """The printed form (PDF) as a scanner gives it back: signed, stamped, a little askew. A PDF of JPEG pages."""
    pages = []
    document = pypdfium2.PdfDocument(form)
    try:
        for number in range(len(document)):
            page = document[number]
            sheet = page.render(scale=DPI / 72).to_pil().convert("RGB")
            _write_on(sheet, page, organisation, signer)
            pages.append(_scan(sheet, degrees))
    finally:
        document.close()
    return _as_pdf(pages)


def as_photo(scan: bytes) -> bytes:
    """The first page of such a scan as a JPEG, as a phone would hand it in."""
    document = pypdfium2.PdfDocument(scan)
    try:
        return _jpeg(document[0].render(scale=DPI / 72).to_pil().convert("RGB"))
    finally:
        document.close()


def licence(organisation: str, code: str) -> bytes:
    """A copy of a registration certificate, stamped. JPEG."""
    sheet = Image.new("RGB", (_A4[1], _A4[0]), (252, 250, 244))
    pen = ImageDraw.Draw(sheet)
    wide, high = sheet.size
    pen.rectangle((60, 60, wide - 60, high - 60), outline=(150, 130, 80), width=6)
    pen.text((wide / 2, 220), "营业执照", font=_font(96), fill="black", anchor="mm")
    pen.text((wide / 2, 320), "（副本 · 演示样例，不是证件）", font=_font(36), fill=(110, 110, 110), anchor="mm")
    for row, (label, value) in enumerate(
        (("统一社会信用代码", code), ("名  称", organisation), ("类  型", "有限责任公司"))
    ):
        pen.text((220, 460 + 90 * row), label, font=_font(38), fill=(90, 80, 60))
        pen.text((640, 460 + 90 * row), value, font=_font(38), fill="black")
    _stamp(sheet, (wide - 420, high - 330), organisation)
    return _jpeg(sheet)


def bank_receipt(payer: str, payee: str, fen: int, number: str) -> bytes:
    """A bank's receipt of a transfer. JPEG."""
    sheet = Image.new("RGB", (_A4[0], _A4[1] // 2), (250, 250, 252))
    pen = ImageDraw.Draw(sheet)
    wide, high = sheet.size
    pen.rectangle((50, 50, wide - 50, high - 50), outline=(60, 90, 140), width=4)
    pen.text((wide / 2, 130), "电子回单", font=_font(60), fill="black", anchor="mm")
    pen.text((wide / 2, 200), "（演示样例，不是银行单据）", font=_font(30), fill=(110, 110, 110), anchor="mm")
    rows = (("付款人", payer), ("收款人", payee), ("金额", f"¥{fen // 100:,}.{fen % 100:02d}"), ("附言", number))
    for row, (label, value) in enumerate(rows):
        pen.text((120, 300 + 90 * row), label, font=_font(34), fill=(90, 90, 110))
        pen.text((300, 300 + 90 * row), value, font=_font(34), fill="black")
    return _jpeg(sheet)


def id_card(side: str, name: str) -> bytes:
    """``side``: front (with the portrait) or back. JPEG, landscape."""
    card = Image.new("RGB", _CARD, (226, 236, 240) if side == "front" else (232, 228, 236))
    pen = ImageDraw.Draw(card)
    if side == "front":
        pen.text((120, 150), f"姓名  {name}", font=_font(54), fill="black")
        pen.text((120, 690), "公民身份号码  样例无号码", font=_font(46), fill="black")
        pen.ellipse((920, 180, 1120, 420), fill=(200, 190, 180))
        pen.ellipse((850, 430, 1190, 760), fill=(200, 190, 180))
    else:
        pen.text((642, 220), "居民身份证样例", font=_font(72), fill="black", anchor="mm")
        pen.text((642, 640), "有效期限  样例", font=_font(46), fill="black", anchor="mm")
    pen.text((642, 430), "演 示 样 例", font=_font(90), fill=(190, 120, 120), anchor="mm")
    return _jpeg(card)


def _write_on(sheet: Image.Image, page: "pypdfium2.PdfPage", organisation: str, signer: str) -> None:
    """Signature and seal where the form asks for them; pages without such a place stay as they are."""
    place = _place(page, "盖章处")
    if place is not None:
        _stamp(sheet, place, organisation)
    place = _place(page, "经办人签名")
    if place is not None:
        ink = Image.new("RGBA", (420, 150), (0, 0, 0, 0))
        ImageDraw.Draw(ink).text((10, 20), signer, font=_font(68), fill=(*_INK, 235))
        turned = ink.rotate(6, resample=Image.Resampling.BICUBIC, expand=True)
        sheet.paste(turned, (place[0] - 40, place[1] + 10), turned)


def _place(page: "pypdfium2.PdfPage", words: str) -> tuple[int, int] | None:
    """The middle of these words on the page, in pixels; where they stand often, of the largest."""
    text, hits = page.get_textpage(), []
    search = text.search(words)
    while (found := search.get_next()) is not None:
        boxes = [text.get_charbox(found[0] + at) for at in range(found[1])]
        hits.append(
            (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
        )
    if not hits:
        return None
    left, bottom, right, top = max(hits, key=lambda box: box[3] - box[1])
    scale = DPI / 72
    return round((left + right) / 2 * scale), round((page.get_height() - (top + bottom) / 2) * scale)


def _stamp(sheet: Image.Image, centre: tuple[int, int], organisation: str) -> None:
    """A round red seal with the organisation's name along its rim and a star, pressed over what is there."""
    size = _SEAL_ACROSS
    seal = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    pen = ImageDraw.Draw(seal)
    pen.ellipse((5, 5, size - 5, size - 5), outline=(*_RED, 220), width=7)
    middle, star = size / 2, size * 0.14
    points = [
        (
            middle + (star if n % 2 == 0 else star * 0.4) * math.sin(n * math.pi / 5),
            middle - (star if n % 2 == 0 else star * 0.4) * math.cos(n * math.pi / 5),
        )
        for n in range(10)
    ]
    pen.polygon(points, fill=(*_RED, 220))
    step = min(250 / max(1, len(organisation) - 1), 34)
    for number, character in enumerate(organisation):
        angle = (number - (len(organisation) - 1) / 2) * step
        glyph = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
        ImageDraw.Draw(glyph).text((20, 20), character, font=_font(26), fill=(*_RED, 220), anchor="mm")
        turned = glyph.rotate(-angle, resample=Image.Resampling.BICUBIC)
        reach = middle - 30
        x, y = middle + reach * math.sin(math.radians(angle)), middle - reach * math.cos(math.radians(angle))
        seal.alpha_composite(turned, (max(0, round(x - 20)), max(0, round(y - 20))))
    sheet.paste(seal, (centre[0] - size // 2, centre[1] - size // 2), seal)


def impression(organisation: str) -> bytes:
    """The organisation's seal on a white sheet of its own, as a JPEG."""
    sheet = Image.new("RGB", (_SEAL_ACROSS + 200, _SEAL_ACROSS + 200), "white")
    _stamp(sheet, (sheet.width // 2, sheet.height // 2), organisation)
    return _jpeg(sheet)


def _scan(sheet: Image.Image, degrees: float) -> Image.Image:
    turned = sheet.rotate(degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=_GLASS)
    return turned.filter(ImageFilter.GaussianBlur(0.5))


def _as_pdf(pages: list[Image.Image]) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=70)
    return out.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=75, dpi=(DPI, DPI))
    return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    face = font_chain().links_for("网厅")[0].faces[0]
    return ImageFont.truetype(str(face.file), size)
