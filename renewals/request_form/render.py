"""FormData → PDF. Deterministic: the same data and fonts give the same bytes. No network, no file but the packaged.

Rendered once per form version and kept (DESIGN §5): other fonts or another WeasyPrint give other bytes.
"""

import atexit
import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from portal.conf import BASE_DIR
from renewals.request_form import barcode, qr
from renewals.request_form import data as form_data
from renewals.request_form.amounts import yuan, yuan_in_words
from renewals.request_form.data import TEMPLATE_VERSION, FormData
from renewals.request_form.errors import FontsUnavailable, GlyphMissing, RenderingRefused
from renewals.request_form.fonts import FontChain, Link

ASSETS = BASE_DIR / "templates" / "renewals" / "request_form"
_CERTIFICATES_ON_FIRST_PAGE = 1  # more go to an annex, so that the stamp stays on the first page
_FEES_ON_FIRST_PAGE = 3
_engine = Engine(dirs=[str(ASSETS)], autoescape=True)
_one_at_a_time = threading.Lock()  # Pango's font maps aren't for two threads


def render(data: FormData, payload: qr.Payload, *, fonts: FontChain, template_version: str = TEMPLATE_VERSION) -> bytes:
    """The PDF of one form version.

    ``payload`` is printed as the QR code (``qr.sign`` over ``data.digest``). Raises GlyphMissing before anything is
    drawn, FontsUnavailable, RenderingRefused; ValueError for another version's template, or another paper's code.
    """
    if template_version != TEMPLATE_VERSION:
        raise ValueError(f"template {template_version} isn't here: its forms are kept as bytes")
    if (payload.order_number, payload.form_version) != (data.order_number, data.form_version):
        raise ValueError("the code of another form")
    identifier = form_data.digest(data, template_version).hex()[:32]
    return draw(
        to_html(data),
        {"qr.png": qr.make(payload), "barcode.png": barcode.make(data.order_number)},
        identifier,
        fonts=fonts,
    )


def draw(html: str, pictures: dict[str, bytes], identifier: str, *, fonts: FontChain, sheet: str = "form.css") -> bytes:
    """Any paper's PDF. ``pictures``: name → PNG, as ``form:NAME`` in the HTML; ``sheet``: a file of this folder's
    templates; ``identifier``: 32 hex digits. Raises as ``render``."""
    links = fonts.links_for(html)
    with _one_at_a_time:
        return _typesetter(links, sheet).write(html, pictures, identifier)


def to_html(data: FormData) -> str:
    """The form's HTML: its pictures are named ``form:…``, its fonts aren't named at all."""
    annexed = len(data.certificates) > _CERTIFICATES_ON_FIRST_PAGE or len(data.fees) > _FEES_ON_FIRST_PAGE
    person, first = data.representative, data.certificates[0]
    context = {
        "form": data,
        "annexed": annexed,
        "gateways": any(line.gateway_code or line.number for line in data.certificates),
        "business": data.business or "续期",
        "person_rows": 1 + sum(map(bool, (person.id_number, person.email, person.address))),
        "certificate_rows": 3 + bool(first.number),
        "certificates": [_certificate(number, line) for number, line in enumerate(data.certificates, 1)],
        "fees": [
            (fee.name, yuan(fee.unit_price_fen), fee.unit, fee.quantity, yuan(fee.subtotal_fen)) for fee in data.fees
        ],
        "total": yuan(data.total_fen),
        "total_in_words": yuan_in_words(data.total_fen),
        "prepared_on": f"{data.prepared_on.year} 年 {data.prepared_on.month} 月 {data.prepared_on.day} 日",
    }
    return _engine.get_template("form.html").render(Context(context, use_l10n=False, use_tz=False))


def _certificate(number: int, line: form_data.CertificateLine) -> dict[str, object]:
    return {
        "number": number,
        "line": line,
        "subject": re.split(r"(?<=,)", line.subject),
        "from": line.not_before.isoformat() if line.not_before else "—",
        "to": line.not_after.isoformat() if line.not_after else "—",
    }


@dataclass(frozen=True)
class _Typesetter:
    """Fonts and style sheet, read once per process for one choice of links."""

    font_config: Any
    sheet: Any

    def write(self, html: str, pictures: dict[str, bytes], identifier: str) -> bytes:
        from weasyprint import HTML  # noqa: PLC0415  half a second that most processes never need

        fetcher = _Fetcher(pictures)
        document = HTML(string=html, url_fetcher=fetcher, base_url=None)
        boxes = _Boxes()
        with boxes.watched():
            pdf: bytes = document.write_pdf(
                font_config=self.font_config, stylesheets=[self.sheet], pdf_identifier=identifier
            )
        if fetcher.refused:
            raise RenderingRefused(urls=fetcher.refused)
        if boxes.characters:
            raise GlyphMissing("".join(sorted(boxes.characters)))
        return pdf


class _Boxes(logging.Handler):
    """The characters for which WeasyPrint drew .notdef: it only logs them. ``links_for`` should have left none."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.characters: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(".notdef") and isinstance(record.args, tuple):
            self.characters.add(str(record.args[0]))

    @contextmanager
    def watched(self) -> Iterator[None]:
        logger = logging.getLogger("weasyprint")
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)


_typesetters: dict[tuple[str, ...], _Typesetter] = {}


def _typesetter(links: tuple[Link, ...], sheet: str = "form.css") -> _Typesetter:
    key = (sheet, *(str(face.file) for link in links for face in link.faces))
    if key not in _typesetters:
        _typesetters[key] = _make_typesetter(links, sheet)
    return _typesetters[key]


def _make_typesetter(links: tuple[Link, ...], sheet_name: str) -> _Typesetter:
    from weasyprint import CSS  # noqa: PLC0415
    from weasyprint.text.ffi import harfbuzz_subset  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
    if harfbuzz_subset is None:  # a form would take seconds, and megabytes (see checks.py)
        raise FontsUnavailable(package="libharfbuzz-subset0")
    faces = [(link.family, face) for link in links for face in link.faces]
    rules = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {face.weight}; src: url("form:font-{number}") }}\n'
        for number, (family, face) in enumerate(faces)
    )
    families = ", ".join(f'"{link.family}"' for link in links)
    fetcher = _Fetcher({f"font-{number}": face.file for number, (_, face) in enumerate(faces)})
    font_config = FontConfiguration()
    text = f"{rules}html {{ font-family: {families} }}\n{(ASSETS / sheet_name).read_text('utf-8')}"
    sheet = CSS(string=text, font_config=font_config, url_fetcher=fetcher)
    if fetcher.refused:
        raise RenderingRefused(urls=fetcher.refused)
    return _Typesetter(font_config, sheet)


class _Fetcher:
    """Answers for ``form:NAME`` from what it was given, and for nothing else."""

    _fail_on_errors = False  # WeasyPrint asks; what was refused is raised by our caller

    def __init__(self, assets: dict[str, bytes] | dict[str, Path]) -> None:
        self._assets = assets
        self.refused: list[str] = []

    def __call__(self, url: str) -> Any:
        from weasyprint.urls import URLFetcherResponse  # noqa: PLC0415

        asset = self._assets.get(url.removeprefix("form:")) if url.startswith("form:") else None
        if asset is None:
            self.refused.append(url[:200])
            raise ValueError(f"not packaged: {url[:200]}")
        body = asset.read_bytes() if isinstance(asset, Path) else asset
        return URLFetcherResponse(url, body, {"Content-Type": "image/png" if url.endswith(".png") else "font/otf"})


def _forget_in_child() -> None:
    """A forked worker makes its own, and must not remove the parent's temporary font files when it ends."""
    for typesetter in _typesetters.values():
        typesetter.font_config._folder = None
    _typesetters.clear()


os.register_at_fork(after_in_child=_forget_in_child)
atexit.register(_typesetters.clear)  # while Pango is still loaded: later than that crashes the interpreter's end
