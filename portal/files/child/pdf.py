"""PDFs are taken apart and put together anew from what is on their pages.

Only the pages are carried over, of each page only what draws it. The catalogue with its actions, scripts,
embedded files, forms (XFA too), outlines and metadata stays behind. What annotations and form fields show is
drawn into the page first, so that reviewers see what the sender saw. A second pass removes what could still
act or lead outside from the resources.
"""

from typing import Any, BinaryIO

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from portal.files.child.jpeg import without_metadata
from portal.files.errors import Damaged, PasswordProtected, TooComplex, TooManyPages
from portal.files.kinds import Limits

_PAGE_KEYS = {"/Type", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group", "/Parent"}
_LARGEST_SIDE = 14_400  # points: 5 m
_ACTIVE_KEYS = {
    *("/AA", "/OpenAction", "/JS", "/JavaScript", "/EF", "/EmbeddedFiles", "/XFA", "/AF", "/RichMediaContent"),
    *("/RichMediaSettings", "/Metadata", "/PieceInfo", "/OPI", "/Ref", "/Annots", "/AcroForm", "/Next"),
}
_ACTIONS = {
    *("/JavaScript", "/Launch", "/URI", "/GoTo", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/ResetForm"),
    *("/Rendition", "/Movie", "/Sound", "/Hide", "/Named", "/Trans", "/SetOCGState", "/GoTo3DView", "/Thread"),
    "/RichMediaExecute",
}
_ACTIVE_TYPES = {"/Action", "/Filespec", "/F", "/EmbeddedFile", "/Metadata"}
_DRAWN_TYPES = {"/XObject", "/Font", "/ExtGState", "/Pattern", "/FontDescriptor"}
_EXTERNAL_DATA = ("/F", "/FFilter", "/FDecodeParms")  # of a stream: its bytes are in another file
_BROKEN = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RuntimeError)


def rebuild(source: BinaryIO, target: BinaryIO, limits: Limits) -> dict[str, Any]:
    """Write the pages of ``source`` as a new PDF. Raises PasswordProtected, Damaged, TooManyPages, TooComplex."""
    try:
        with pikepdf.open(source, attempt_recovery=False, suppress_warnings=True) as old, pikepdf.new() as new:
            _check(old, limits)
            _draw_annotations(old)
            new.pages.extend(old.pages)
            _keep_layers(old, new)
            for page in new.pages:
                _strip_page(page)
            _scrub(new)
            new.save(target, deterministic_id=True, fix_metadata_version=False, compress_streams=True)
    except pikepdf.PasswordError as error:
        raise PasswordProtected from error
    except _BROKEN as error:
        raise Damaged from error
    return _opened_again(target, limits)


def _check(old: Pdf, limits: Limits) -> None:
    if old.Root.get("/NeedsRendering", False):
        raise TooComplex  # a dynamic XFA form: its pages say "please wait" and nothing else
    count = len(old.pages)
    if count == 0:
        raise Damaged
    if count > limits.pages:
        raise TooManyPages(pages=count, limit=limits.pages)


def _draw_annotations(old: Pdf) -> None:
    """What stamps, comments and filled-in fields show becomes part of the page."""
    form = old.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and form.get("/NeedAppearances", False):
        old.generate_appearance_streams()
    old.flatten_annotations("all")


def _strip_page(page: pikepdf.Page) -> None:
    for key in [key for key in page.obj.keys() if key not in _PAGE_KEYS]:  # noqa: SIM118  pikepdf iterates keys only so
        del page.obj[key]
    _left, _bottom, right, top = (float(side) for side in page.mediabox)
    if max(abs(right - float(_left)), abs(top - float(_bottom))) > _LARGEST_SIDE:
        raise TooComplex


def _keep_layers(old: Pdf, new: Pdf) -> None:
    """Which layers are on: without it a page would show what its author had hidden."""
    layers = old.Root.get("/OCProperties")
    if not isinstance(layers, Dictionary) or not isinstance(default := layers.get("/D"), Dictionary):
        return
    kept = Dictionary(OCGs=layers.get("/OCGs", Array()), D=Dictionary())
    for key in ("/BaseState", "/ON", "/OFF"):
        if key in default:
            kept.D[key] = default[key]
    new.Root.OCProperties = new.copy_foreign(old.make_indirect(kept))


def _scrub(new: Pdf) -> None:
    for entry in new.objects:
        if isinstance(entry, Stream):
            _scrub_stream(entry)
        _scrub_value(entry, depth=0)


def _scrub_stream(stream: Stream) -> None:
    for key in _EXTERNAL_DATA:
        if key in stream:
            del stream[key]
    filters = stream.get("/Filter")
    if filters == Name.DCTDecode or (isinstance(filters, Array) and list(filters) == [Name.DCTDecode]):
        raw = stream.read_raw_bytes()
        clean = without_metadata(raw)
        if clean != raw:
            parms = stream.get("/DecodeParms")
            stream.write(clean, filter=Name.DCTDecode, decode_parms=parms if isinstance(parms, Dictionary) else None)


def _scrub_value(value: Object, depth: int) -> None:
    """Direct values below an indirect object; indirect ones have their own turn."""
    if depth > 50:
        raise TooComplex
    if isinstance(value, Array):
        for index, inner in reversed(list(enumerate(list(value)))):
            if _acts("", inner):
                del value[index]
            elif isinstance(inner, Object) and not inner.is_indirect:
                _scrub_value(inner, depth + 1)
    elif isinstance(value, Dictionary | Stream):
        for key in list(value.keys()):
            member = value.get(key)
            if _acts(key, member):
                del value[key]
            elif isinstance(member, Object) and not member.is_indirect:
                _scrub_value(member, depth + 1)


def _acts(key: str, value: Any) -> bool:
    """Whether this entry could do something or bring something along. A font called /JS in a page's resources can't."""
    if not isinstance(value, Dictionary | Stream):
        return key in _ACTIVE_KEYS
    kind = str(value.get("/Type", ""))
    if kind in _ACTIVE_TYPES or (kind not in _DRAWN_TYPES and str(value.get("/S", "")) in _ACTIONS):
        return True
    drawn = kind in _DRAWN_TYPES or str(value.get("/Subtype", "")) in {"/Image", "/Form"}
    return key in _ACTIVE_KEYS and not drawn


def _opened_again(target: BinaryIO, limits: Limits) -> dict[str, Any]:
    """A second parser, the one that will draw it, has to agree."""
    target.seek(0)
    try:
        document = pypdfium2.PdfDocument(target.read())
        pages = len(document)
        width, height = document[0].get_size()
    except pypdfium2.PdfiumError as error:
        raise Damaged from error
    if not 1 <= pages <= limits.pages:
        raise Damaged
    return {"pages": pages, "width": round(width), "height": round(height)}
