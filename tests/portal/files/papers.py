"""Papers to upload, honest and hostile, made here. Everybody named is invented."""

import functools
import io
import struct
import zlib
from typing import Any

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, ImageDraw

CANARY = b"Kanarienvogel-7531-x9Q"
_PAGE = b"q 0.8 0 0 rg 100 100 200 200 re f Q"  # a red square


def upload(name: str, content: bytes, content_type: str = "application/octet-stream") -> SimpleUploadedFile:
    """What the browser says of the type is not listened to."""
    return SimpleUploadedFile(name, content, content_type)


def picture(size: tuple[int, int] = (300, 200), **options: Any) -> Image.Image:
    """White, with a red square at its upper left."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill=(200, 16, 16))
    return image


def as_bytes(image: Image.Image, image_format: str, **options: Any) -> bytes:
    held = io.BytesIO()
    image.save(held, image_format, **options)
    return held.getvalue()


def jpeg(size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    return as_bytes(picture(size), "JPEG", **options)


def png(size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    return as_bytes(picture(size), "PNG", **options)


def new_pdf(pages: int = 1, size: tuple[int, int] = (595, 842)) -> Pdf:
    pdf = pikepdf.new()
    for _number in range(pages):
        page = pdf.add_blank_page(page_size=size)
        page.Contents = pdf.make_stream(_PAGE)
    return pdf


def saved(pdf: Pdf, **options: Any) -> bytes:
    held = io.BytesIO()
    pdf.save(held, **options)
    return held.getvalue()


def plain_pdf(pages: int = 1) -> bytes:
    return saved(new_pdf(pages))


def armed_pdf() -> bytes:
    """Everything at once that a PDF can do when it is opened, looked at, clicked or printed."""
    pdf = new_pdf(2)
    page, other = pdf.pages[0], pdf.pages[1]
    script = Dictionary(Type=Name.Action, S=Name.JavaScript, JS=String(f"app.alert('{CANARY.decode()}')"))
    launch = Dictionary(S=Name.Launch, F=String("/bin/sh"))
    link = Dictionary(S=Name.URI, URI=String("http://evil.example/"))
    embedded = pdf.make_stream(CANARY, Type=Name.EmbeddedFile)
    spec = pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String("a.exe"), EF=Dictionary(F=embedded)))
    pdf.Root.OpenAction = script
    pdf.Root.AA = Dictionary(WC=launch)
    pdf.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("go"), script])),
        EmbeddedFiles=Dictionary(Names=Array([String("a.exe"), spec])),
    )
    pdf.Root.AF = Array([spec])
    pdf.Root.URI = Dictionary(Base=String("http://evil.example/"))
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp>" + CANARY + b"</xdp>"))
    pdf.Root.Outlines = Dictionary(First=pdf.make_indirect(Dictionary(Title=String("x"), A=launch)))
    pdf.Root.Metadata = pdf.make_stream(b"<x>" + CANARY + b"</x>", Type=Name.Metadata, Subtype=Name.XML)
    pdf.docinfo["/Author"] = CANARY.decode()
    page.AA = Dictionary(O=script)
    page.Annots = Array(
        [
            pdf.make_indirect(Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=link)),
            pdf.make_indirect(Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=launch)),
            pdf.make_indirect(Dictionary(Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=spec)),
            pdf.make_indirect(
                Dictionary(Subtype=Name.Screen, Rect=Array([0, 0, 9, 9]), A=script, AA=Dictionary(PO=script))
            ),
        ]
    )
    outside = pdf.make_stream(b"", F=spec, FFilter=Name.FlateDecode)
    form = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]), Ref=Dictionary(F=spec))
    form.PieceInfo = Dictionary(X=Dictionary(Private=String(CANARY.decode())))
    form.Metadata = pdf.make_stream(CANARY, Type=Name.Metadata, Subtype=Name.XML)
    other.Resources = Dictionary(
        XObject=Dictionary(A=form, F=outside), Properties=Dictionary(MC0=Dictionary(AF=spec, A=launch))
    )
    return saved(pdf)


def stamped_pdf() -> bytes:
    """A stamp and a filled-in field that exist as annotations only: a blue and a green square."""
    pdf = new_pdf()
    annotations = []
    for colour, subtype, at in ((b"0 0 0.8 rg", Name.Stamp, 400), (b"0 0.8 0 rg", Name.Widget, 500)):
        look = pdf.make_stream(
            colour + b" 0 0 80 80 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 80, 80])
        )
        annotations.append(
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=subtype,
                    Rect=Array([at, 700, at + 80, 780]),
                    AP=Dictionary(N=look),
                    F=4,
                    FT=Name.Tx,
                    T=String("a"),
                )
            )
        )
    pdf.pages[0].Annots = Array(annotations)
    pdf.Root.AcroForm = Dictionary(Fields=Array([annotations[1]]))
    return saved(pdf)


def hidden_layer_pdf() -> bytes:
    """A layer that is off: its blue square isn't to be seen."""
    pdf = new_pdf()
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("off")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer]), Order=Array([layer])))
    page = pdf.pages[0]
    page.Resources = Dictionary(Properties=Dictionary(L0=layer))
    page.Contents = pdf.make_stream(b"/OC /L0 BDC 0 0 0.8 rg 400 700 80 80 re f EMC")
    return saved(pdf)


def pdf_with_photo(photo: bytes, size: tuple[int, int]) -> bytes:
    pdf = new_pdf()
    image = Stream(pdf, photo)
    image.stream_dict = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=size[0],
        Height=size[1],
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    page = pdf.pages[0]
    page.Resources = Dictionary(XObject=Dictionary(Im0=pdf.make_indirect(image)))
    page.Contents = pdf.make_stream(b"q 500 0 0 500 40 100 cm /Im0 Do Q")
    return saved(pdf)


def locked_pdf(*, user: str = "", owner: str = "owner") -> bytes:
    return saved(new_pdf(), encryption=pikepdf.Encryption(user=user, owner=owner))


def with_place(orientation: int = 6) -> bytes:
    """A phone's photo: lies on its side, and says where it was taken."""
    image = picture((300, 200))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = CANARY.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (22.0, 32.0, 11.0), 3: "E", 4: (114.0, 3.0, 28.0)})
    return as_bytes(image, "JPEG", exif=exif, comment=CANARY)


def png_claiming(width: int, height: int) -> bytes:
    """A few hundred bytes that unpack to a picture of this size: all zeros, honestly compressed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + width)
    rows = b"".join(packer.compress(row) for _number in range(min(height, 30_000_000 // width))) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


@functools.cache
def bomb_pdf() -> bytes:
    """A page whose content is 600 MB of spaces when unpacked, a few KB packed twice."""
    pdf = new_pdf()
    inner = zlib.compressobj(9)
    once = b"".join(inner.compress(b" " * 10_000_000) for _number in range(60)) + inner.flush()
    stream = Stream(pdf, zlib.compress(once, 9))
    stream.stream_dict = Dictionary(Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    pdf.pages[0].Contents = pdf.make_indirect(stream)
    return saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
