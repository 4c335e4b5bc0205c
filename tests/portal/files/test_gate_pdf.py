"""PDFs at the gate: the pages come through, whatever acts stays behind (FACTS, Documents; issue 3)."""

import io

import pikepdf
import pytest
from pikepdf import Dictionary, Name, Stream

from portal.files import errors, gate, previews
from portal.files.buffers import new_buffer
from portal.files.kinds import Limits
from tests.portal.files import papers
from tests.portal.files.papers import CANARY, upload

pytestmark = pytest.mark.timeout(60)

FORBIDDEN_KEYS = {
    "/OpenAction",
    "/AA",
    "/JS",
    "/JavaScript",
    "/EmbeddedFiles",
    "/EF",
    "/AF",
    "/XFA",
    "/Metadata",
    "/Annots",
}
FORBIDDEN_ACTIONS = {"/JavaScript", "/Launch", "/URI", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition"}


def through(content: bytes, name: str = "表.pdf", **options: object) -> tuple[gate.Accepted, bytes]:
    with gate.accept(upload(name, content), **options) as accepted:  # type: ignore[arg-type]
        return accepted, accepted.content.read()


def found_in(made: bytes) -> set[str]:
    """Every forbidden thing anywhere in the file."""
    found: set[str] = set()

    def look(value: object, depth: int = 0) -> None:
        assert depth < 60
        if isinstance(value, Dictionary | Stream):
            for key in value.keys():  # noqa: SIM118
                inner = value[key]
                found.update({key} & FORBIDDEN_KEYS)
                if key == "/S" and str(inner) in FORBIDDEN_ACTIONS:
                    found.add(str(inner))
                if not getattr(inner, "is_indirect", False):
                    look(inner, depth + 1)
        elif isinstance(value, pikepdf.Array):
            for inner in value:
                if not getattr(inner, "is_indirect", False):
                    look(inner, depth + 1)

    with pikepdf.open(io.BytesIO(made)) as pdf:
        for entry in pdf.objects:
            look(entry)
            if isinstance(entry, Stream):
                found.update({"canary"} if CANARY in entry.read_bytes() else ())
        look(pdf.trailer)
    return found


def colours_at(made: bytes, *points: tuple[int, int]) -> list[tuple[int, ...]]:
    """What a reviewer sees at these points of page 1 (PDF units, from the lower left)."""
    from PIL import Image

    held = papers.upload("x.pdf", made)
    with (
        gate.accept(held) as accepted,
        previews.page_images(accepted.content, "pdf", dpi=72, image_format="png") as pages,
    ):
        image = Image.open(io.BytesIO(next(pages).data)).convert("RGB")
    return [image.getpixel((x, image.height - y)) for x, y in points]  # type: ignore[misc]


def test_a_plain_pdf_passes() -> None:
    accepted, made = through(papers.plain_pdf(3))
    assert (accepted.kind, accepted.content_type, accepted.name) == ("pdf", "application/pdf", "表.pdf")
    assert (accepted.pages, accepted.width, accepted.height) == (3, 595, 842)
    assert colours_at(made, (200, 200)) == [(204, 0, 0)]
    assert through(papers.plain_pdf(3))[0].digest == accepted.digest


def test_whatever_acts_stays_behind() -> None:
    armed = papers.armed_pdf()
    assert found_in(armed) >= {"/OpenAction", "/AA", "/JS", "/EmbeddedFiles", "/XFA", "/URI", "/Launch", "canary"}
    accepted, made = through(armed)
    assert accepted.pages == 2
    assert found_in(made) == set()
    assert CANARY not in made
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert set(pdf.Root.keys()) <= {"/Type", "/Pages"}
        assert "/Info" not in pdf.trailer
        form = pdf.pages[1].Resources.XObject.A  # a form that is only called /A is still drawn
        assert form.Subtype == Name.Form


def test_stamps_and_filled_in_fields_become_part_of_the_page() -> None:
    """What reviewers see is what the sender saw."""
    _accepted, made = through(papers.stamped_pdf())
    assert colours_at(made, (440, 740), (540, 740), (200, 200)) == [(0, 0, 204), (0, 204, 0), (204, 0, 0)]
    assert found_in(made) == set()


def test_a_layer_that_is_off_stays_off() -> None:
    assert colours_at(through(papers.hidden_layer_pdf())[1], (440, 740)) == [(255, 255, 255)]


def test_a_photo_in_a_pdf_loses_its_place_too() -> None:
    photo = papers.with_place(orientation=1)
    _accepted, made = through(papers.pdf_with_photo(photo, (300, 200)))
    assert CANARY not in made
    with pikepdf.open(io.BytesIO(made)) as pdf:
        raw = pdf.pages[0].Resources.XObject.Im0.read_raw_bytes()
    assert b"Exif" not in raw
    assert colours_at(made, (60, 580))[0][0] > 180


def test_a_polyglot_loses_its_other_half() -> None:
    assert CANARY not in through(papers.plain_pdf() + b"\nPK\x03\x04" + CANARY)[1]


def test_a_password_to_open_is_refused() -> None:
    with pytest.raises(errors.PasswordProtected):
        gate.accept(upload("a.pdf", papers.locked_pdf(user="secret")))


def test_a_paper_that_opens_without_a_password_is_taken_whatever_its_owner_forbids() -> None:
    """Banks restrict their receipts; everybody can read them. What is kept has no restrictions any more."""
    with gate.accept(upload("回单.pdf", papers.locked_pdf(user=""))) as accepted:
        made = accepted.content.read()
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert not pdf.is_encrypted
        assert len(pdf.pages) == 1
    assert colours_at(made, (150, 642))[0][0] > 180


@pytest.mark.parametrize(
    "content",
    [
        papers.plain_pdf(2)[:-300],
        papers.plain_pdf(2)[: len(papers.plain_pdf(2)) // 2],
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        papers.plain_pdf().replace(b"startxref", b"startyref"),
        b"%PDF-1.4\n%%EOF\n",
    ],
)
def test_broken_pdfs_are_refused_not_repaired(content: bytes) -> None:
    """A repaired PDF may have lost the page that matters."""
    with pytest.raises(errors.Damaged):
        gate.accept(upload("a.pdf", content))


def test_no_page_at_all() -> None:
    with pytest.raises(errors.Damaged):
        gate.accept(upload("a.pdf", papers.saved(pikepdf.new())))


def test_too_many_pages() -> None:
    with pytest.raises(errors.TooManyPages) as refused:
        gate.accept(upload("a.pdf", papers.plain_pdf(61)))
    assert refused.value.params == {"pages": 61, "limit": 60}
    assert through(papers.plain_pdf(3), limits=Limits(pages=3))[0].pages == 3


def test_a_page_of_a_kilometre() -> None:
    pdf = papers.new_pdf()
    pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 3_000_000, 3_000_000])
    with pytest.raises(errors.TooComplex):
        gate.accept(upload("a.pdf", papers.saved(pdf)))


def test_a_dynamic_form_has_no_pages_to_speak_of() -> None:
    pdf = papers.new_pdf()
    pdf.Root.NeedsRendering = True
    with pytest.raises(errors.TooComplex):
        gate.accept(upload("a.pdf", papers.saved(pdf)))


def test_a_bomb_hits_the_limits_of_its_own_process() -> None:
    small = Limits(memory=500 * 1024 * 1024, cpu=1, wall=20)
    with pytest.raises(errors.TooComplex):
        gate.accept(upload("a.pdf", papers.bomb_pdf()), limits=small)


def test_a_bomb_that_got_in_hits_them_when_it_is_drawn() -> None:
    small = Limits(memory=500 * 1024 * 1024, cpu=1, wall=20)
    with new_buffer() as held:
        held.write(papers.bomb_pdf())
        with pytest.raises(errors.FileRefused), previews.page_images(held, "pdf", limits=small) as pages:
            next(pages)
