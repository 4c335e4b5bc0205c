"""Which files the gate knows, how big they may be, and what a file may be called. Pure."""

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Kind = Literal["pdf", "jpeg", "png", "bmp", "tiff", "gif", "doc", "docx", "xls", "xlsx", "ppt", "pptx"]
KINDS: tuple[Kind, ...] = ("pdf", "jpeg", "png")  # what papers are taken as, where nothing else is said
OFFICE: tuple[Kind, ...] = ("doc", "docx", "xls", "xlsx", "ppt", "pptx")  # kept as they are; no pages can be drawn

# bmp, tiff and gif are stored as PNG, a tiff of several pages as PDF; office files go out as bytes and nothing else
CONTENT_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "gif": "image/gif",
    **dict.fromkeys(OFFICE, "application/octet-stream"),
}
EXTENSIONS: dict[str, Kind] = {
    "pdf": "pdf",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "png": "png",
    "bmp": "bmp",
    "tif": "tiff",
    "tiff": "tiff",
    "gif": "gif",
    **{kind: kind for kind in OFFICE},
}
SHOWN: dict[Kind, str] = {
    "pdf": "PDF",
    "jpeg": "JPG",
    "png": "PNG",
    "bmp": "BMP",
    "tiff": "TIF",
    "gif": "GIF",
    **{kind: kind.upper() for kind in OFFICE},
}
NAME_LENGTH = 120  # characters

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """size: bytes of one file (RULES A15: 20 MiB). pages: of a PDF. pixels: of an image.

    memory (bytes), cpu and wall (seconds) bound the process that parses it.
    """

    size: int = 20 * MIB
    pages: int = 60
    pixels: int = 64_000_000  # a phone's 64-megapixel camera
    memory: int = 1536 * MIB
    cpu: int = 20
    wall: int = 40

    def as_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        return cls(**found)


DEFAULT_LIMITS = Limits()


def extension_of(name: str) -> str:
    """ "扫描件.PDF" → "pdf"; "" where there is none."""
    stem, dot, extension = name.strip().rpartition(".")
    return extension.lower() if dot and stem else ""


def allowed_text(kinds: tuple[Kind, ...]) -> str:
    return "、".join(SHOWN[kind] for kind in kinds)


def accept_attribute(kinds: tuple[Kind, ...]) -> str:
    """For ``<input accept>``: extensions and types, so that phones offer the camera."""
    endings = [f".{ending}" for ending, kind in EXTENSIONS.items() if kind in kinds]
    return ",".join([*endings, *(CONTENT_TYPES[kind] for kind in kinds if kind not in OFFICE)])


def clean_name(name: str, kind: Kind) -> str:
    """What a file is called from now on: without folders, control and direction signs; with the ending of its kind.

    At most 120 characters. "..\\\\a/扫描\\u202e件.JPEG" → "扫描件.jpg".
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(
        sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] not in "CZ" or sign == " "
    )
    stem = shown.rpartition(".")[0] if extension_of(shown) in EXTENSIONS else shown
    ending = {"jpeg": "jpg", "tiff": "tif"}.get(kind, kind)
    stem = stem.strip(" .")[: NAME_LENGTH - len(ending) - 1] or "文件"
    return f"{stem}.{ending}"
