"""The order number as Code 128, for the scanner at the intake desk (RULES A16, P15). Pure.

It says which order a parcel belongs to and proves nothing: that is the QR code's part.
"""

import io
from typing import Any, cast

import zxingcpp
from PIL import Image

_BAR = 3  # pixels of the narrowest bar: printed 0.3 mm wide and more
_HEIGHT = 90
_QUIET_ZONE = 10  # of the narrowest bar, as ISO/IEC 15417 asks for


def make(order_number: str) -> bytes:
    """A PNG, black on white, quiet zones included."""
    barcode = zxingcpp.create_barcode(order_number, zxingcpp.BarcodeFormat.Code128)
    drawn = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    height, width = drawn.shape
    row = Image.frombuffer("L", (width, height), bytes(memoryview(cast("Any", drawn)))).crop((0, 0, width, 1))
    bars = row.resize((row.width * _BAR, _HEIGHT), Image.Resampling.NEAREST)
    whole = Image.new("L", (bars.width + 2 * _QUIET_ZONE * _BAR, _HEIGHT), 255)
    whole.paste(bars, (_QUIET_ZONE * _BAR, 0))
    out = io.BytesIO()
    whole.convert("1").save(out, "PNG", optimize=True)
    return out.getvalue()
