"""A tenant's accent colour, made readable. Pure.

Contrast is WCAG 2's ratio. Lightness is moved in OKLCH, so that a darkened orange stays an orange.
"""

import math
import re
from dataclasses import dataclass

DEFAULT = "#1d5b8f"
TEXT_RATIO = 4.5  # WCAG 2.2, 1.4.3
PAGE = "#f4f6f8"  # --page, --sunken of tokens.css: links stand on these too
SUNKEN = "#edf1f4"
WHITE = "#ffffff"

Rgb = tuple[float, float, float]  # sRGB, 0–1


@dataclass(frozen=True, slots=True)
class Accent:
    """Colours as "#rrggbb". ``adjusted``: the tenant's own colour was too light and has been darkened."""

    accent: str
    hover: str
    active: str
    soft: str
    line: str
    on_accent: str
    adjusted: bool


def derive(colour: str) -> Accent:
    """The accent group for "#rrggbb" (or "#rgb"). ValueError for anything else.

    White on ``accent``, ``accent`` on white, page, sunken and its own ``soft`` are all ≥ 4.5:1.
    """
    wanted = parse(colour)
    _lightness, chroma, hue = _to_lch(wanted)
    soft = _hex(_from_lch(0.965, min(chroma, 0.016), hue))
    accent = _darken_until_readable(wanted, (WHITE, PAGE, SUNKEN, soft))
    lightness, chroma, hue = _to_lch(parse(accent))
    return Accent(
        accent=accent,
        hover=_hex(_from_lch(lightness * 0.86, chroma * 0.95, hue)),
        active=_hex(_from_lch(lightness * 0.74, chroma * 0.9, hue)),
        soft=soft,
        line=_hex(_from_lch(0.86, min(chroma, 0.06), hue)),
        on_accent=WHITE,
        adjusted=accent != _hex(wanted),
    )


def contrast(first: str, second: str) -> float:
    """WCAG ratio of two colours, 1.0 … 21.0."""
    lighter, darker = sorted((_luminance(parse(first)), _luminance(parse(second))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def parse(colour: str) -> Rgb:
    """ "#rrggbb" or "#rgb" → sRGB 0–1. ValueError for anything else: it would end up in a style sheet."""
    if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", colour):
        raise ValueError(f"not a colour: {colour!r}")
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    red, green, blue = (int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4))
    return red, green, blue


def css(accent: Accent) -> str:
    """The style sheet that /ui/accent.css answers."""
    return (
        ":root {\n"
        f"  --accent: {accent.accent};\n"
        f"  --accent-hover: {accent.hover};\n"
        f"  --accent-active: {accent.active};\n"
        f"  --accent-soft: {accent.soft};\n"
        f"  --accent-line: {accent.line};\n"
        f"  --on-accent: {accent.on_accent};\n"
        "}\n"
    )


def _darken_until_readable(colour: Rgb, grounds: tuple[str, ...]) -> str:
    lightness, chroma, hue = _to_lch(colour)
    candidate = _hex(colour)
    while min(contrast(candidate, ground) for ground in grounds) < TEXT_RATIO:
        lightness -= 0.005
        candidate = _hex(_from_lch(lightness, chroma, hue))
    return candidate


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _to_lch(colour: Rgb) -> tuple[float, float, float]:
    """OKLCH (Ottosson 2020): lightness 0–1, chroma, hue in radians."""
    red, green, blue = (_linear(channel) for channel in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _from_lch(lightness: float, chroma: float, hue: float) -> Rgb:
    """Chroma is lowered until sRGB can show the colour, so that the hue stays."""
    while True:
        rgb = _lch_to_linear(lightness, chroma, hue)
        if chroma <= 0 or all(-1e-4 <= channel <= 1 + 1e-4 for channel in rgb):
            red, green, blue = (_gamma(min(1.0, max(0.0, channel))) for channel in rgb)
            return red, green, blue
        chroma = chroma - 0.004 if chroma > 0.004 else 0.0


def _lch_to_linear(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour)
