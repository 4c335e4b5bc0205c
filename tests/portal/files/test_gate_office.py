"""Office files and the other pictures of RULES A15 at the gate: kept if nothing in them acts, or drawn anew."""

import io
import struct
import zipfile

import pytest
from PIL import Image

from portal.files import errors, gate
from portal.files.kinds import Kind, Limits
from tests.portal.files import papers
from tests.portal.files.papers import upload

pytestmark = pytest.mark.timeout(60)

ALL: tuple[Kind, ...] = (
    "doc", "docx", "xls", "xlsx", "ppt", "pptx", "pdf", "bmp", "jpeg", "png", "tiff", "gif",
)  # fmt: skip  # RULES A15
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
STREAM = {"doc": "WordDocument", "xls": "Workbook", "ppt": "PowerPoint Document"}


def package(kind: str, types: str = "application/xml", **more: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", f'<Types><Override ContentType="{types}"/></Types>')
        made.writestr(MAIN[kind], "<w/>")
        for name, text in more.items():
            made.writestr(name, text)
    return held.getvalue()


def compound(*names: str) -> bytes:
    """A compound file of 512-byte sectors: sector 0 its table, sector 1 its directory."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HH", header, 28, 0xFFFE, 9)
    struct.pack_into("<II", header, 44, 1, 1)  # one table sector; the directory starts at sector 1
    struct.pack_into("<II", header, 68, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = b""
    for name in ("Root Entry", *names):
        text = name.encode("utf-16-le")
        entries += text.ljust(64, b"\0") + struct.pack("<H", len(text) + 2) + bytes(62)
    return bytes(header) + table + entries.ljust(512, b"\0")


def through(name: str, content: bytes, **options: object) -> tuple[gate.Accepted, bytes]:
    with gate.accept(upload(name, content), kinds=ALL, **options) as accepted:  # type: ignore[arg-type]
        return accepted, accepted.content.read()


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_a_package_without_macros_is_kept_as_it_is(kind: str) -> None:
    # RULES A15
    content = package(kind)
    accepted, made = through(f"说明.{kind}", content)
    assert made == content
    assert (accepted.kind, accepted.name, accepted.content_type) == (kind, f"说明.{kind}", "application/octet-stream")


@pytest.mark.parametrize("kind", ["doc", "xls", "ppt"])
def test_an_older_file_without_macros_is_kept_as_it_is(kind: str) -> None:
    # RULES A15
    content = compound(STREAM[kind], "\x05SummaryInformation")
    accepted, made = through(f"说明.{kind}", content)
    assert (accepted.kind, made) == (kind, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", package("docx", **{"word/vbaProject.bin": "x"})),
        ("a.xlsx", package("xlsx", "application/vnd.ms-excel.sheet.macroEnabled.main+xml")),
        ("a.docx", package("docx", **{"word/embeddings/oleObject1.bin": "x"})),
        ("a.pptx", package("pptx", **{"ppt/activeX/activeX1.xml": "x"})),
        (
            "a.docx",
            package(
                "docx",
                **{"word/_rels/settings.xml.rels": '<R Type="x/attachedTemplate" Target="u" TargetMode="External"/>'},
            ),
        ),
        ("a.doc", compound("WordDocument", "Macros", "VBA")),
        ("a.xls", compound("Workbook", "_VBA_PROJECT_CUR")),
    ],
)
def test_what_acts_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(errors.ActiveContent):
        through(name, content)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.docx", compound("EncryptedPackage", "EncryptionInfo"), errors.PasswordProtected),
        ("a.docx", package("xlsx"), errors.Damaged),
        ("a.docx", package("docx")[:60], errors.Damaged),
        ("a.doc", compound("Workbook"), errors.Damaged),
        ("a.doc", compound("WordDocument")[:700], errors.Damaged),
        ("a.doc", package("docx"), errors.ContentMismatch),
        ("a.docx", papers.plain_pdf(), errors.ContentMismatch),
        ("a.docm", package("docx"), errors.WrongType),
        ("a.rtf", b"{\\rtf1}", errors.WrongType),
    ],
    ids=[
        "encrypted",
        "a workbook",
        "a piece",
        "another's",
        "cut off",
        "a package",
        "a PDF",
        "with macros",
        "rich text",
    ],
)
def test_what_isnt_the_file_that_it_says_is_refused(
    name: str, content: bytes, refusal: type[errors.FileRefused]
) -> None:
    with pytest.raises(refusal):
        through(name, content)


def test_office_files_are_taken_only_where_they_are_asked_for() -> None:
    with pytest.raises(errors.WrongType):
        gate.accept(upload("a.docx", package("docx")))


@pytest.mark.parametrize(("ending", "image_format"), [("bmp", "BMP"), ("gif", "GIF"), ("tif", "TIFF")])
def test_other_pictures_become_png(ending: str, image_format: str) -> None:
    # RULES A15
    accepted, made = through(f"图.{ending}", papers.as_bytes(papers.picture(), image_format))
    assert (accepted.kind, accepted.name, accepted.content_type) == ("png", "图.png", "image/png")
    assert Image.open(io.BytesIO(made)).size == (300, 200)


def test_a_scan_of_several_pages_becomes_a_pdf() -> None:
    # RULES A15
    pages = [papers.picture((300, 200)), papers.picture((200, 300)), papers.picture((300, 200))]
    content = papers.as_bytes(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(150, 150))
    accepted, made = through("扫描.tif", content)
    assert (accepted.kind, accepted.name, accepted.pages) == ("pdf", "扫描.pdf", 3)
    assert made.startswith(b"%PDF-")
    assert through("扫描.tif", content)[0].digest == accepted.digest
    with pytest.raises(errors.TooManyPages):
        through("扫描.tif", content, limits=Limits(pages=2))
