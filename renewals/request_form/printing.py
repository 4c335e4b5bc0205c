"""The request form for the order's steps: keys and fonts of this installation put to the pure parts.

    printed = print_form(tenant_id, data)                    # outside a transaction: it draws for a fifth of a second
    found = check_scan(tenant_id, page_images, order_number=…, form_version=…, digests={1: …, 2: …})

Keep ``printed.pdf`` and both digests with the form version: the PDF isn't made a second time, and a scan can only be
proven while ``printed.digest`` of its version is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from PIL import Image

from portal import vault
from portal.gm.sm3 import sm3
from renewals.request_form import data as form_data
from renewals.request_form import qr
from renewals.request_form.data import TEMPLATE_VERSION, FormData
from renewals.request_form.fonts import FontChain
from renewals.request_form.render import render

_PURPOSE = "papers"


@dataclass(frozen=True, slots=True)
class Printed:
    """One form version as it was made. Digests: SM3, 32 bytes."""

    pdf: bytes
    pdf_digest: bytes
    digest: bytes  # of the data and the template's version: the QR code covers it
    template_version: str
    payload: qr.Payload


def print_form(tenant_id: int, data: FormData) -> Printed:
    """Raises GlyphMissing (name the characters to the customer), FontsUnavailable, RenderingRefused."""
    digest = form_data.digest(data)
    key_id, key = next(iter(vault.mac_keys(tenant_id, _PURPOSE, make=True).items()))
    payload = qr.sign(
        tenant=str(tenant_id),
        order_number=data.order_number,
        paper=qr.Paper.REQUEST_FORM,
        form_version=data.form_version,
        digest=digest,
        key_id=key_id,
        key=key,
    )
    pdf = render(data, payload, fonts=font_chain())
    return Printed(pdf, sm3(pdf), digest, TEMPLATE_VERSION, payload)


def check_scan(
    tenant_id: int,
    pages: Iterable[bytes | Image.Image],
    *,
    order_number: str,
    form_version: int,
    digests: Mapping[int, bytes],
    paper: qr.Paper = qr.Paper.REQUEST_FORM,
) -> qr.Payload | qr.NotFound:
    """The proven payload of a scan, page by page; NotFound when no page shows a code of ours: a person must look.

    ``pages``: images that went through the upload gate. ``digests``: form version → ``Printed.digest``, of every
    version that was printed. Raises ScanRefused (its kinds: errors.py) when any page is another paper's.
    """
    expected = qr.Expected(str(tenant_id), order_number, paper, form_version, digests)
    keys = vault.mac_keys(tenant_id, _PURPOSE)
    found: qr.Payload | None = None
    foreign = 0
    for page in pages:
        read = qr.read(page)
        if isinstance(read, qr.NotFound):
            foreign += read.foreign
            continue
        qr.verify(read, expected, keys)
        found = found or read
    return found or qr.NotFound(foreign)


@cache
def font_chain() -> FontChain:
    return FontChain(settings.CERTHALL.font_dir)
