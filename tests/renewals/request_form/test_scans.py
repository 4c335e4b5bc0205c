"""From the printed paper back to the order: the code decodes from what scanners make of it. Issue 3, FACTS."""

import pytest
from PIL import Image

from renewals.request_form import qr
from renewals.request_form.fonts import FontChain
from renewals.request_form.render import render
from tests.renewals.request_form.samples import FORM, payload_of, with_certificates
from tests.renewals.request_form.scans import page_image, scanned, stamped

SEAL_PLACE = (850, 1100, 1086, 1336)  # 40 mm at 150 dpi, in the box for it
ON_THE_CODE = (110, 40, 346, 276)


@pytest.fixture(scope="module")
def paper(fonts: FontChain) -> Image.Image:
    return page_image(render(FORM, payload_of(FORM), fonts=fonts))


@pytest.mark.parametrize("degrees", [0, 3.7, -8, 45, 90, 180, 271.5])
def test_a_150_dpi_jpeg_at_any_angle(paper: Image.Image, degrees: float) -> None:
    assert qr.read(scanned(paper, degrees=degrees)) == payload_of(FORM)


@pytest.mark.parametrize("place", [SEAL_PLACE, ON_THE_CODE], ids=["where it belongs", "over the code"])
def test_under_a_red_seal(paper: Image.Image, place: tuple[int, int, int, int]) -> None:
    assert qr.read(scanned(stamped(paper, place), degrees=-3.7)) == payload_of(FORM)


def test_a_grey_scan(paper: Image.Image) -> None:
    assert qr.read(scanned(paper.convert("L").convert("RGB"), degrees=2, quality=40)) == payload_of(FORM)


def test_a_coarse_scan(fonts: FontChain) -> None:
    coarse = page_image(render(FORM, payload_of(FORM), fonts=fonts), dpi=100)
    assert qr.read(scanned(coarse, degrees=1.5)) == payload_of(FORM)


def test_every_page_of_an_annex_carries_the_code(fonts: FontChain) -> None:
    form = with_certificates(24)
    pdf = render(form, payload_of(form), fonts=fonts)
    assert {qr.read(page_image(pdf, page)) for page in range(3)} == {payload_of(form)}


def test_the_code_stands_far_from_the_stamp(paper: Image.Image) -> None:
    """At least 100 mm of paper between the two (FACTS: far from the seal box)."""
    millimetre = 150 / 25.4
    top_of_stamp = SEAL_PLACE[1]
    without_header = paper.crop((0, int(45 * millimetre), paper.width, paper.height))
    assert qr.read(without_header) == qr.NotFound()
    assert top_of_stamp - 45 * millimetre > 100 * millimetre
