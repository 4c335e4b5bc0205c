"""Office files (RULES A15): nobody here can draw them, so they are kept as they are, if nothing in them acts.

Both families are read only as containers: ZIP with OOXML parts, or the older compound file with its directory.
Whatever could run or fetch (macros, ActiveX, embedded programs, remote templates) refuses the whole file.
"""

import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from portal.files.errors import ActiveContent, Damaged, PasswordProtected, TooComplex

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_PARTS = 5_000
_MOST_BYTES = 256 * 1024 * 1024  # unpacked
_MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
_STREAMS = {"doc": {"worddocument"}, "xls": {"workbook", "book"}, "ppt": {"powerpoint document"}}
_ACTS = re.compile(
    r"(vbaproject|vbadata|activex|\.exe$|\.dll$|\.js$|embeddings/.*\.bin$|externallinks/)", re.IGNORECASE
)
_ACTING_TYPES = (b"macroenabled", b"vbaproject", b"activex")
_FETCHING = re.compile(rb'Type="[^"]*/(attachedTemplate|oleObject|frame|subDocument)"[^>]*TargetMode="External"', re.I)
_COMPOUND_ACTS = {"macros", "_vba_project", "_vba_project_cur", "vba", "\x01ole10native", "ole10native"}
_PPT_MACROS = b"\x0f\x00\xff\x03"  # RT_VbaInfo, a container record
_SECTOR_LIMIT = 200_000


def keep(source: BinaryIO, target: BinaryIO, kind: str) -> dict[str, Any]:
    """Copy it unchanged. Raises Damaged, ActiveContent, PasswordProtected, TooComplex."""
    source.seek(0)
    if kind in _MAIN:
        _check_package(source, kind)
    else:
        _check_compound(source, kind)
    source.seek(0)
    shutil.copyfileobj(source, target)
    target.flush()
    return {"pages": 1, "width": 0, "height": 0}


def _check_package(source: BinaryIO, kind: str) -> None:
    if source.read(8) == COMPOUND:  # Office wraps an encrypted package in the older container
        raise PasswordProtected
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as package:
            parts = package.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_BYTES:
                raise TooComplex
            names = {part.filename for part in parts}
            if not {"[Content_Types].xml", _MAIN[kind]} <= names:
                raise Damaged
            if any(part.flag_bits & 1 for part in parts):
                raise PasswordProtected
            if any(_ACTS.search(name) for name in names):
                raise ActiveContent
            _check_parts(package, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, UnicodeError) as error:
        raise Damaged from error


def _check_parts(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Every part unpacks to what it says; types and relations name nothing that acts."""
    for part in parts:
        with package.open(part) as opened:
            if part.filename == "[Content_Types].xml":
                if any(word in opened.read().lower() for word in _ACTING_TYPES):
                    raise ActiveContent
            elif part.filename.endswith(".rels"):
                if _FETCHING.search(opened.read()):
                    raise ActiveContent
            else:
                while opened.read(1 << 16):  # the checksum is compared at the end
                    pass


def _check_compound(source: BinaryIO, kind: str) -> None:
    data = source.read()
    if not data.startswith(COMPOUND) or len(data) < 512:
        raise Damaged
    names = {name.casefold() for name in _directory(data)}
    if {"encryptedpackage", "encryptioninfo", "encryptedsummary"} & names:
        raise PasswordProtected
    if not _STREAMS[kind] & names:
        raise Damaged
    if _COMPOUND_ACTS & names or (kind == "ppt" and _PPT_MACROS in data):
        raise ActiveContent


def _directory(data: bytes) -> Iterator[str]:
    """Names of all storages and streams ([MS-CFB] 2.6): 128 bytes an entry, UTF-16, following the sector chain."""
    (shift,) = struct.unpack_from("<H", data, 30)
    if shift not in {9, 12}:
        raise Damaged
    size = 1 << shift
    (start,) = struct.unpack_from("<I", data, 48)
    table = _sector_table(data, size)
    sector, seen = start, 0
    while sector < 0xFFFFFFFA:
        seen += 1
        if seen > _SECTOR_LIMIT:
            raise TooComplex
        offset = (sector + 1) * size
        if offset + size > len(data) + size - 1 or sector >= len(table):
            raise Damaged
        block = data[offset : offset + size]
        for entry in (block[at : at + 128] for at in range(0, len(block) - 127, 128)):
            (length,) = struct.unpack_from("<H", entry, 64)
            if 2 <= length <= 64:
                yield entry[: length - 2].decode("utf-16-le", "replace")
        sector = table[sector]


def _sector_table(data: bytes, size: int) -> list[int]:
    """The FAT, from the 109 sectors that the header names and the chain that goes on from there."""
    each = size // 4
    found = list(struct.unpack_from("<109I", data, 76))
    following, _count = struct.unpack_from("<II", data, 68)
    hops = 0
    while following < 0xFFFFFFFA:
        hops += 1
        offset = (following + 1) * size
        if hops > _SECTOR_LIMIT or offset + size > len(data):
            raise Damaged
        numbers = struct.unpack_from(f"<{each}I", data, offset)
        found += numbers[:-1]
        following = numbers[-1]
    table: list[int] = []
    for sector in found:
        if sector >= 0xFFFFFFFA:
            continue
        offset = (sector + 1) * size
        if offset + size > len(data):
            raise Damaged
        table += struct.unpack_from(f"<{each}I", data, offset)
    return table
