"""Password envelopes (密码信封): a first PIN, or download codes, on one sheet; drawn for one request, kept nowhere.

Drawn first, then wiped by the act that says so (PinGone, CodesGone for the second of two): a sheet that was drawn and
not given out is forgotten memory.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.template import Context, Engine

from renewals.request_form.printing import font_chain
from renewals.request_form.render import ASSETS, draw

_engine = Engine(dirs=[str(ASSETS)], autoescape=True)
GROUP = 4  # characters that are read in one go


@dataclass(frozen=True)
class Envelope:
    """``secrets``: label and value; ``about``: what they are for. Dates and texts as they are printed."""

    hall: str
    hotline: str
    title: str
    organisation: str
    order_number: str
    made_on: date
    about: Sequence[tuple[str, str]]
    secrets: Sequence[tuple[str, str]]
    notes: Sequence[str]


def envelope_pdf(envelope: Envelope) -> bytes:
    """One page of A5. GlyphMissing, FontsUnavailable, RenderingRefused. Outside any transaction."""
    rows = [
        (label, [value[at : at + GROUP] for at in range(0, len(value), GROUP)]) for label, value in envelope.secrets
    ]
    html = _engine.get_template("pin_mailer.html").render(
        Context({"paper": envelope, "secrets": rows}, use_l10n=False, use_tz=False)
    )
    return draw(html, {}, secrets.token_hex(16), fonts=font_chain(), sheet="pin_mailer.css")
