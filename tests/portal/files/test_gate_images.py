"""Pictures at the gate: what comes through is pixels, upright, and nothing else (FACTS, Documents; issue 3)."""

import io

import pytest
from PIL import Image, ImageCms

from portal.files import errors, gate
from portal.files.kinds import Limits
from tests.portal.files import papers
from tests.portal.files.papers import CANARY, upload

pytestmark = pytest.mark.timeout(60)


def through(name: str, content: bytes, **options: object) -> tuple[gate.Accepted, bytes]:
    with gate.accept(upload(name, content), **options) as accepted:  # type: ignore[arg-type]
        return accepted, accepted.content.read()


@pytest.mark.parametrize(
    ("name", "content", "kind", "content_type", "called"),
    [
        ("营业执照.jpg", papers.jpeg(), "jpeg", "image/jpeg", "营业执照.jpg"),
        ("SCAN.JPEG", papers.jpeg(), "jpeg", "image/jpeg", "SCAN.jpg"),
        ("C:\\桌面\\图 1.png", papers.png(), "png", "image/png", "图 1.png"),
        ("../../etc/x\u202egpj.png", papers.png(), "png", "image/png", "xgpj.png"),
        ("....png", papers.png(), "png", "image/png", "文件.png"),
    ],
)
def test_pictures_pass_under_a_clean_name(name: str, content: bytes, kind: str, content_type: str, called: str) -> None:
    accepted, made = through(name, content)
    assert (accepted.kind, accepted.content_type, accepted.name) == (kind, content_type, called)
    assert (accepted.pages, accepted.width, accepted.height, accepted.size) == (1, 300, 200, len(made))
    image = Image.open(io.BytesIO(made))
    assert image.size == (300, 200)
    red, green, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 180 and green < 40 and blue < 40  # noqa: PT018


def test_where_a_photo_was_taken_is_gone_and_it_stands_upright() -> None:
    original = papers.with_place(orientation=6)
    assert CANARY in original
    accepted, made = through("照片.jpg", original)
    image = Image.open(io.BytesIO(made))
    assert (accepted.width, accepted.height) == image.size == (200, 300)
    assert len(image.getexif()) == 0
    assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert CANARY not in made
    assert image.convert("RGB").getpixel((195, 5))[0] > 180  # type: ignore[index]
    assert image.convert("RGB").getpixel((195, 5))[1] < 60  # type: ignore[index]


def test_the_same_upload_gives_the_same_digest() -> None:
    first, second = through("a.jpg", papers.jpeg())[0], through("b.jpg", papers.jpeg())[0]
    assert first.digest == second.digest != through("a.jpg", papers.jpeg((301, 200)))[0].digest
    assert len(first.digest) == 32


def test_resolution_stays_where_a_scanner_could_have_written_it() -> None:
    assert Image.open(io.BytesIO(through("a.jpg", papers.jpeg(dpi=(300, 300)))[1])).info["dpi"] == (300, 300)
    assert "dpi" not in Image.open(io.BytesIO(through("a.png", papers.png(dpi=(1, 9000)))[1])).info


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode_becomes_a_plain_one(mode: str) -> None:
    image = papers.picture().convert("L").convert("I;16") if mode == "I;16" else papers.picture().convert(mode)
    kind = "jpg" if mode == "CMYK" else "png"
    _accepted, made = through(f"a.{kind}", papers.as_bytes(image, "JPEG" if kind == "jpg" else "PNG"))
    assert Image.open(io.BytesIO(made)).mode in {"1", "L", "RGB"}


def test_what_is_transparent_is_paper() -> None:
    image = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    made = Image.open(io.BytesIO(through("a.png", papers.as_bytes(image, "PNG"))[1]))
    assert made.getpixel((10, 10)) == (255, 255, 255)


def test_a_colour_profile_is_applied_and_left_behind() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = Image.open(io.BytesIO(through("a.png", papers.png(icc_profile=profile))[1]))
    assert "icc_profile" not in made.info
    assert "icc_profile" not in Image.open(io.BytesIO(through("a.png", papers.png(icc_profile=b"junk"))[1])).info


# refused


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gif", papers.as_bytes(papers.picture(), "GIF")),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.exe", b"MZ"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic"),
        ("a.docx", b"PK\x03\x04"),
        ("a.pdf.exe", papers.plain_pdf()),
        ("png", papers.png()),
        (".png", papers.png()),
    ],
)
def test_an_ending_that_is_not_in_the_list(name: str, content: bytes) -> None:
    with pytest.raises(errors.WrongType) as refused:
        gate.accept(upload(name, content))
    assert refused.value.params == {"allowed": "PDF、JPG、PNG"}


def test_the_list_is_the_callers() -> None:
    with pytest.raises(errors.WrongType) as refused:
        gate.accept(upload("a.pdf", papers.plain_pdf()), kinds=("jpeg", "png"))
    assert refused.value.params == {"allowed": "JPG、PNG"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("svg.png", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("html.jpg", b"<html><script>alert(1)</script></html>"),
        ("zip.png", b"PK\x03\x04" + b"\0" * 100),
        ("exe.pdf", b"MZ\x90\x00" + b"\0" * 200),
        ("gif.png", papers.as_bytes(papers.picture(), "GIF")),
        ("jpeg.png", papers.jpeg()),
        ("png.jpg", papers.png()),
        ("png.pdf", papers.png()),
        ("pdf.png", papers.plain_pdf()),
        ("bmp.jpg", papers.as_bytes(papers.picture(), "BMP")),
        ("eicar.png", rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"),
        ("late.pdf", b"GIF89a" + papers.plain_pdf()),
    ],
)
def test_content_that_is_not_what_its_name_says(name: str, content: bytes) -> None:
    with pytest.raises(errors.ContentMismatch):
        gate.accept(upload(name, content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.jpg", papers.jpeg((900, 900))[:-2000]),
        ("cut.png", papers.png((900, 900))[:600]),
        ("head.png", papers.png()[:40]),
        ("noise.jpg", b"\xff\xd8\xff\xe0" + b"\x00\x10JFIF\x00" + bytes(range(256)) * 4),
        ("sum.png", papers.png().replace(b"IDAT", b"IDAX")),
    ],
)
def test_damaged_pictures(name: str, content: bytes) -> None:
    with pytest.raises((errors.Damaged, errors.ContentMismatch)):
        gate.accept(upload(name, content))


@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 6_500), (1_000_000, 1_000_000)])
def test_huge_dimensions_are_refused_before_they_are_unpacked(size: tuple[int, int]) -> None:
    bomb = papers.png_claiming(*size)
    assert len(bomb) < 1_000_000
    with pytest.raises(errors.TooManyPixels):
        gate.accept(upload("bomb.png", bomb))


def test_the_pixel_limit_is_the_callers() -> None:
    with pytest.raises(errors.TooManyPixels) as refused:
        gate.accept(upload("a.png", papers.png((2000, 1500))), limits=Limits(pixels=2_000_000))
    assert refused.value.params == {"limit": 2}


def test_size_is_counted_not_believed() -> None:
    small = Limits(size=1024 * 1024)
    big = upload("a.jpg", papers.jpeg() + bytes(1024 * 1024))
    with pytest.raises(errors.TooLarge) as refused:
        gate.accept(big, limits=small)
    assert refused.value.params == {"limit": 1}
    big.size = 10
    with pytest.raises(errors.TooLarge):
        gate.accept(big, limits=small)


@pytest.mark.parametrize("nothing", [None, upload("a.jpg", b"")])
def test_nothing_at_all(nothing: object) -> None:
    with pytest.raises((errors.NoFile, errors.EmptyFile)):
        gate.accept(nothing)  # type: ignore[arg-type]


@pytest.mark.parametrize("tail", [b"PK\x03\x04" + CANARY, b"%PDF-1.7\n" + CANARY, b"<?php " + CANARY + b" ?>"])
@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_what_hangs_on_behind_a_picture_stays_behind(kind: str, tail: bytes) -> None:
    """Polyglots: the picture passes, what else the file was doesn't."""
    body = papers.jpeg() if kind == "jpg" else papers.png()
    assert CANARY not in through(f"a.{kind}", body + tail)[1]


def test_text_in_a_png_stays_behind() -> None:
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Comment", CANARY.decode())
    notes.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    assert CANARY not in through("a.png", papers.png(pnginfo=notes))[1]
