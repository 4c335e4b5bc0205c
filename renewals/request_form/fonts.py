"""The fonts of the form: a chain from small to complete, cut once from the system's own. Pure (a folder is given).

    body      GB 2312 of Noto Sans CJK SC, regular and bold     nearly every form needs no more
    gbk       what GBK has beyond, regular                      镕, 喆, 玥 …
    full      Noto Sans CJK SC whole, regular                   𬱖, 㛃 … of the 通用规范汉字表
    rare_a/b  Hanazono Mincho as installed                      the extensions up to F

A small font makes a form twice as fast as the whole one, so a form takes only the links that its own characters need
(``FontChain.links_for``); a character that no link has raises GlyphMissing. Why so:
docs/decisions/0050-request-form.md.
"""

import json
import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from renewals.request_form import subsetting
from renewals.request_form.errors import FontsUnavailable, GlyphMissing

_RECIPE = "5"  # a new one when the cutting below changes
_NOTO = "opentype/noto/NotoSansCJK-{weight}.ttc"
_FACE = "Noto Sans CJK SC"
_HANAZONO = "truetype/hanazono/HanaMin{letter}.ttf"
_SYSTEM = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
# Beyond GB 2312 in the small font: what the template prints and what people type into names and addresses.
_EXTRA = "".join(
    (
        *map(chr, range(0x20, 0x7F)),
        *map(chr, (*range(0xA1, 0xAD), *range(0xAE, 0x180))),  # Latin with accents: names of foreigners
        "–—‘’“”•…￥①②③④⑤⑥⑦⑧⑨⑩□✓㎡℃№〇",
    )
)


@dataclass(frozen=True, slots=True)
class Face:
    """One file of a link. ``source`` is the system's; ``cut`` None → the source is used as it is."""

    file: Path
    source: Path
    weight: int
    cut: Callable[[Path, Path], None] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A family of the chain and the characters that it adds."""

    family: str
    faces: tuple[Face, ...]

    @property
    def characters(self) -> frozenset[int]:
        return _coverage(self.faces[0].file)


class FontChain:
    """The chain in ``folder``; missing files are cut on first use, by whoever is first."""

    def __init__(self, folder: Path, system: tuple[Path, ...] = _SYSTEM) -> None:
        self._folder = folder
        self._system = system

    @property
    def links(self) -> tuple[Link, ...]:
        """In order of trying. Raises FontsUnavailable without fonts-noto-cjk; Hanazono may be absent."""
        regular, bold = self._source(_NOTO.format(weight="Regular")), self._source(_NOTO.format(weight="Bold"))
        if regular is None or bold is None:
            raise FontsUnavailable(package="fonts-noto-cjk")
        chain = (
            Link(
                "Certhall Form",
                (self._face("body-regular", regular, 400, _cut_body), self._face("body-bold", bold, 700, _cut_body)),
            ),
            Link("Certhall Form GBK", (self._face("gbk-regular", regular, 400, _cut_gbk),)),
            Link("Certhall Form Full", (self._face("full-regular", regular, 400, _cut_full),)),
        )
        rare = (
            Link(f"Certhall Form Rare {letter}", (Face(source, source, 400),))
            for letter in "AB"
            if (source := self._source(_HANAZONO.format(letter=letter))) is not None
        )
        return (*chain, *rare)

    def links_for(self, text: str) -> tuple[Link, ...]:
        """The links that these characters need, the small one always, each cut when it wasn't yet.

        Raises GlyphMissing with the characters that none has; invisible ones (bidirectional overrides …) count.
        """
        wanted = {character for character in set(text) if character not in "\n\r\t"}
        refused = {c for c in wanted if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}
        missing = {ord(character) for character in wanted - refused}
        chosen: list[Link] = []
        for link in self.links:
            if chosen and not missing:
                break
            _build(link)
            found = missing & link.characters
            if found or not chosen:
                chosen.append(link)
            missing -= found
        refused |= {chr(code) for code in missing}
        if refused:
            raise GlyphMissing("".join(sorted(refused)))
        return tuple(chosen)

    def build(self) -> list[Path]:
        """Cut everything; the files."""
        for link in self.links:
            _build(link)
        return [face.file for link in self.links for face in link.faces]

    def _face(self, name: str, source: Path, weight: int, cut: Callable[[Path, Path], None]) -> Face:
        size = source.stat().st_size  # a new package gives new files beside the old ones
        return Face(self._folder / f"{name}-{size}-{_RECIPE}.otf", source, weight, cut)

    def _source(self, name: str) -> Path | None:
        return next((found for folder in self._system if (found := folder / name).is_file()), None)


def _build(link: Link) -> None:
    for face in link.faces:
        if face.cut is None or face.file.is_file():
            continue
        face.file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=face.file.parent, prefix=".cutting-")
        os.close(handle)
        try:
            face.cut(face.source, Path(name))
            Path(name).replace(face.file)  # two at once cut the same bytes
        finally:
            Path(name).unlink(missing_ok=True)


@cache
def _coverage(file: Path) -> frozenset[int]:
    """Code points of a font. Kept beside cut fonts: reading them out of 30 MB takes a while."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  60 ms that most processes never need

    beside = file.with_suffix(".json")
    if beside.is_file():
        return frozenset(json.loads(beside.read_bytes()))
    with TTFont(file, lazy=True) as font:
        codes = frozenset(font.getBestCmap())
    if os.access(file.parent, os.W_OK) and file.suffix == ".otf":
        written = beside.with_name(f".{beside.name}.{os.getpid()}")
        written.write_text(json.dumps(sorted(codes)), "ascii")
        written.replace(beside)
    return codes


def _cut_body(source: Path, target: Path) -> None:
    _cut(source, target, {*_charset("gb2312", 0xA1), *_EXTRA})


def _cut_gbk(source: Path, target: Path) -> None:
    _cut(source, target, _charset("gbk", 0x40) - _charset("gb2312", 0xA1) - set(_EXTRA))


def _cut_full(source: Path, target: Path) -> None:
    """One face out of the collection, as it is."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    with TTFont(source, fontNumber=_face_number(source), lazy=True, recalcTimestamp=False) as font:
        font.save(target)


def _cut(source: Path, target: Path, characters: Iterable[str]) -> None:
    target.write_bytes(subsetting.cut(source, _face_number(source), map(ord, characters)))


def _face_number(source: Path) -> int:
    """Which of the collection's fonts is that for Chinese as written on the mainland."""
    from fontTools.ttLib import TTCollection  # noqa: PLC0415

    with TTCollection(source, lazy=True) as collection:
        names = [font["name"].getDebugName(1) for font in collection.fonts]
    return next(number for number, name in enumerate(names) if name in {_FACE, f"{_FACE} Bold"})


@cache
def _charset(codec: str, trail_from: int) -> frozenset[str]:
    """Every character of a double-byte character set."""
    pairs = (bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in range(trail_from, 0xFF))
    return frozenset(text for pair in pairs if len(text := pair.decode(codec, "ignore")) == 1)
