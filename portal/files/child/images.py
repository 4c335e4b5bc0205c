"""Images are decoded and encoded anew: what isn't a pixel doesn't come through."""

import io
import struct
import time
import warnings
import zlib
from typing import Any, BinaryIO, cast

from PIL import Image, ImageCms, ImageFile, ImageOps

from portal.files.errors import Damaged, TooManyPages, TooManyPixels
from portal.files.kinds import Limits

_FORMATS = {"jpeg": "JPEG", "png": "PNG", "bmp": "BMP", "tiff": "TIFF", "gif": "GIF"}
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, OverflowError)
_PLAIN_MODES = {"RGB", "L", "1"}
_DPI = (72, 1200)
_NO_DATES: dict[str, Any] = dict.fromkeys(("creationDate", "modDate"), time.gmtime(0))  # the same file again
JPEG_QUALITY = 92
Image.preinit()
Image.init()  # TIFF; the limits come later


def encode_anew(source: BinaryIO, target: BinaryIO, kind: str, limits: Limits) -> dict[str, Any]:
    """Write the picture, upright and without metadata: a JPEG as JPEG, any other as PNG, several pages as PDF.

    Raises Damaged, TooManyPixels, TooManyPages.
    """
    image = load(source, kind, limits)
    frames = getattr(image, "n_frames", 1) if kind == "tiff" else 1  # of a moving GIF the first picture counts
    if frames > 1:
        return _as_pdf(image, frames, target, limits)
    dpi = _sane_dpi(image)
    plain = flat(_in_srgb(_upright(image)))
    plain.info.clear()  # Pillow writes a comment or a palette's transparency from here
    options: dict[str, Any] = {"dpi": dpi} if dpi else {}
    if kind == "jpeg":
        plain = plain if plain.mode in {"RGB", "L"} else plain.convert("L")
        # 4:4:4: a red seal is nearly all colour
        plain.save(target, "JPEG", quality=JPEG_QUALITY, subsampling=0, **options)
    else:
        plain.save(target, "PNG", compress_level=6, **options)
    return {"kind": "jpeg" if kind == "jpeg" else "png", "pages": 1, "width": plain.width, "height": plain.height}


def _as_pdf(image: Image.Image, frames: int, target: BinaryIO, limits: Limits) -> dict[str, Any]:
    """The pages of a fax or a scanner's TIFF, each decoded and encoded anew."""
    if frames > limits.pages:
        raise TooManyPages(pages=frames, limit=limits.pages)
    pages, pixels, resolution = [], 0, (_sane_dpi(image) or (200.0, 200.0))[0]
    for number in range(frames):
        try:
            image.seek(number)
            pixels += image.width * image.height
            if pixels > limits.pixels:
                raise TooManyPixels(limit=limits.pixels // 1_000_000)
            page = flat(_upright(image.copy()))
        except (*_BROKEN, zlib.error, struct.error) as error:
            raise Damaged from error
        page.info.clear()
        pages.append(page if page.mode in {"RGB", "L"} else page.convert("L"))
    pages[0].save(
        target, "PDF", save_all=True, append_images=pages[1:], resolution=resolution, quality=JPEG_QUALITY, **_NO_DATES
    )
    points = [round(side * 72 / resolution) for side in pages[0].size]
    return {"kind": "pdf", "pages": frames, "width": points[0], "height": points[1]}


def load(source: BinaryIO, kind: str, limits: Limits) -> Image.Image:
    """The decoded picture. A picture that ends early is Damaged, one over the limit TooManyPixels."""
    Image.MAX_IMAGE_PIXELS = limits.pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(source, formats=(_FORMATS[kind],))
            if image.width * image.height > limits.pixels:
                raise TooManyPixels(limit=limits.pixels // 1_000_000)
            image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise TooManyPixels(limit=limits.pixels // 1_000_000) from error
    except (*_BROKEN, zlib.error, struct.error) as error:
        raise Damaged from error
    return image


def flat(image: Image.Image) -> Image.Image:
    """RGB, grey or black-and-white; what was transparent is white, as on paper."""
    if image.mode in _PLAIN_MODES and "transparency" not in image.info:
        return image
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 bits a grey pixel → 8; Pillow's own conversion clips instead of scaling."""
    return image.convert("I").point(lambda value: value / 256).convert("L")


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera noted. A note that can't be read turns nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ImageOps.exif_transpose(image)
    except (*_BROKEN, struct.error, ZeroDivisionError):
        return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours that were meant, without the profile: a phone's wide gamut would make red seals pale."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(cast("bytes", profile)))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *_BROKEN):
        return image
    return converted or image


def _sane_dpi(image: Image.Image) -> tuple[float, float] | None:
    """(across, down) if a scanner could have written it: seals are measured in millimetres."""
    try:
        across, down = (float(value) for value in image.info.get("dpi", ()))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    low, high = _DPI
    return (across, down) if low <= across <= high and low <= down <= high else None
