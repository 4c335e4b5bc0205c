"""The QR code on printed papers: it binds a scan to tenant, order, paper, version and the very data. Pure.

    CH1 20261121000000017 RF 003 K7QD 2Y5C3BFQ7LQW4E5N
    │   order number      │  │   │    MAC, 80 bits, base32
    │                     │  │   key's id, base32
    format                │  form version
                          kind of paper

45 characters without the spaces, of QR's alphanumeric set: version 3 (29 modules) at error correction Q, large
modules for 150-dpi scans. The MAC is HMAC-SM3 over ``tenant|order|paper|version|digest`` (DESIGN §5); tenant and
digest aren't printed, so a code can't be checked, or made, by who has only the paper.
"""

import base64
import hmac
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import segno
import zxingcpp
from PIL import Image, ImageFilter

from portal.gm.sm3 import hmac_sm3
from renewals.request_form.errors import (
    ScanKeyUnknown,
    ScanNotOurs,
    ScanOfOtherOrder,
    ScanOfOtherPaper,
    ScanOfOtherVersion,
)

MAC_SIZE = 10  # bytes
DIGEST_SIZE = 32
_FORMAT = "CH1"
_TEXT = re.compile(r"CH1(\d{17})([A-Z]{2})(\d{3})([A-Z2-7]{4})([A-Z2-7]{16})", re.ASCII)
_QUIET_ZONE = 4  # modules, as ISO/IEC 18004 asks for
_PIXELS_PER_MODULE = 8
_QR_CODE = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


class Paper(StrEnum):
    """Kinds of printed papers. Two letters that never change: papers live for years."""

    REQUEST_FORM = "RF"
    SHIPPING_LIST = "SL"  # 寄件清单
    PAYER_STATEMENT = "PS"  # 代付说明
    AUTHORISATION = "AU"  # 授权书
    RECEIPT = "RC"  # 签收单 (D8)
    COLLECTION = "CL"  # 领取授权委托书 (D8)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a QR code says; proven by ``verify`` only."""

    order_number: str
    paper: str
    form_version: int
    key_id: str
    mac: bytes

    def text(self) -> str:
        """45 characters of QR's alphanumeric set."""
        mac = base64.b32encode(self.mac).decode()
        return f"{_FORMAT}{self.order_number}{self.paper}{self.form_version:03d}{self.key_id}{mac}"

    @classmethod
    def parse(cls, text: str) -> "Payload | None":
        """None when the text isn't one of ours (a licence has a code of its own)."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        return cls(match[1], match[2], int(match[3]), match[4], base64.b32decode(match[5]))


@dataclass(frozen=True, slots=True)
class NotFound:
    """No code of ours in the image. ``foreign`` is how many others were read in it."""

    foreign: int = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """What the paper should be. ``tenant``: the tenant's id, as text; it never changes.

    ``digests``: form version → SM3 of its data (``data.digest``), of every version that was ever printed.
    """

    tenant: str
    order_number: str
    paper: Paper
    form_version: int
    digests: Mapping[int, bytes]


def sign(
    *, tenant: str, order_number: str, paper: Paper, form_version: int, digest: bytes, key_id: str, key: bytes
) -> Payload:
    """The payload of a paper. ``key_id`` and ``key`` from ``vault.mac_keys``."""
    mac = _mac(key, (tenant, order_number, paper, str(form_version)), digest)
    payload = Payload(order_number, paper, form_version, key_id, mac)
    if Payload.parse(payload.text()) != payload:
        raise ValueError(f"can't be printed: {payload}")
    return payload


def verify(payload: Payload, expected: Expected, keys: Mapping[str, bytes]) -> None:
    """Is this the wanted paper, in the wanted version, made by us for this order?

    What is printed in clear is compared first, so that an honest mistake gets the sentence that helps. ``keys``: key id
    → key. Raises ScanOfOtherOrder, ScanOfOtherPaper, ScanOfOtherVersion, ScanKeyUnknown, ScanNotOurs.
    """
    if payload.order_number != expected.order_number:
        raise ScanOfOtherOrder(printed=payload.order_number)
    if payload.paper != expected.paper:
        raise ScanOfOtherPaper(printed=payload.paper, wanted=expected.paper.value)
    if (key := keys.get(payload.key_id)) is None:
        raise ScanKeyUnknown(key_id=payload.key_id)
    digest = expected.digests.get(payload.form_version)
    genuine = digest is not None and hmac.compare_digest(
        payload.mac,
        _mac(key, (expected.tenant, payload.order_number, payload.paper, str(payload.form_version)), digest),
    )
    if not genuine:
        raise ScanNotOurs
    if payload.form_version != expected.form_version:
        raise ScanOfOtherVersion(printed=payload.form_version, wanted=expected.form_version)


def make(payload: Payload) -> bytes:
    """PNG, black on white with its quiet zone, 8 pixels a module; the same payload gives the same bytes."""
    code = segno.make_qr(payload.text(), error="q", mode="alphanumeric", boost_error=False)
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=_PIXELS_PER_MODULE, border=_QUIET_ZONE)
    return picture.getvalue()


def read(image: bytes | Image.Image) -> Payload | NotFound:
    """The first code of ours in a scan: PNG or JPEG bytes that went through the upload gate, or a page's image.

    Grey → red channel (a red seal vanishes in it) → twice as large → median against the specks of a photograph.
    """
    foreign: set[str] = set()
    for variant in _variants(image if isinstance(image, Image.Image) else Image.open(io.BytesIO(image))):
        for text in _codes_in(variant):
            if (payload := Payload.parse(text)) is not None:
                return payload
            foreign.add(text)
    return NotFound(foreign=len(foreign))


def _variants(image: Image.Image) -> Iterator[Image.Image]:
    colour = image.convert("RGB")
    grey = colour.convert("L")
    yield grey
    red = colour.getchannel("R")
    yield red
    doubled = red.resize((red.width * 2, red.height * 2), Image.Resampling.BICUBIC)
    yield doubled
    yield doubled.filter(ImageFilter.MedianFilter(5))


def _codes_in(image: Image.Image) -> list[str]:
    found: list[Any] = zxingcpp.read_barcodes(image, formats=_QR_CODE)
    return [code.text for code in found]


def _mac(key: bytes, bound: tuple[str, ...], digest: bytes) -> bytes:
    """The digest has one length and the parts no bar, so that two papers never give the same bytes."""
    if len(digest) != DIGEST_SIZE or any("|" in part for part in bound):
        raise ValueError("not what a code binds")
    return hmac_sm3(key, "|".join((_FORMAT, *bound, "")).encode() + digest)[:MAC_SIZE]
