"""The papers of parcels as PDFs: address label, packing list, 签收单 and 授权委托书 (RULES A16, D8, Across 3).

Receipt and letter carry a code that binds them to the order, the application's version and exactly what they show; the
counter scans it. Their data are the order's alone, so that the same paper comes out whenever it is asked for, and a
code can be checked years later without anything having been kept.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import segno
from django.template import Context, Engine
from django.utils.translation import gettext as _

from portal import vault
from portal.accounts.actor import Actor
from portal.gm.sm3 import sm3
from portal.tenants import current_tenant
from portal.tenants.models import Tenant
from renewals.lifecycle import Kind
from renewals.mail_room.errors import PaperOfOther
from renewals.models import Order, OrderItem, ReceivedKey, Shipment, StepRecord
from renewals.parcels import carriers
from renewals.publishing import pack_of
from renewals.request_form import barcode, qr
from renewals.request_form.errors import ScanRefused
from renewals.request_form.printing import font_chain
from renewals.request_form.qr import Paper, Payload
from renewals.request_form.render import ASSETS, draw
from renewals.steps.application import answers_of, latest

TEMPLATE_VERSION: Final = "2026-11.1"
_PURPOSE: Final = "papers"  # of the MAC keys, as the request form's
_BY: Final = Actor.system("papers")
_engine = Engine(dirs=[str(ASSETS)], autoescape=True)


@dataclass(frozen=True)
class Side:
    """A sender or a recipient."""

    name: str
    mobile: str
    address: str


@dataclass(frozen=True)
class Label:
    """``contents``: what is in the parcel, in words. ``order_number`` "" for what goes back to an unknown sender."""

    title: str
    hall: str
    to: Side
    sender: Side
    order_number: str
    freight: str
    contents: str


@dataclass(frozen=True)
class Line:
    """One thing: of a packing list ``thing`` and ``medium_number``, of a receipt ``holder``."""

    certificate: str
    holder: str = ""
    thing: str = ""
    medium_number: str = ""


@dataclass(frozen=True)
class ListPaper:
    """A packing list, a receipt or a letter. ``form_version`` 0: it is bound to no application."""

    title: str
    hall: str
    hotline: str
    order_number: str
    form_version: int
    organisation: str
    organisation_code: str
    handler: str
    lines: tuple[Line, ...]
    tracking: str = ""

    def digest(self, paper: str) -> bytes:
        """SM3, 32 bytes, of what stands on it."""
        data = {"paper": paper, "template": TEMPLATE_VERSION, **asdict(self)}
        return sm3(json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())


# -- what stands on them (inside a tenant_tx) -------------------------------------------------------------------------


def hall_side(tenant: Tenant) -> Side:
    """Where customers send their keys, and who sends them back."""
    return Side(tenant.name, tenant.hotline, tenant.mail_address)


def inbound_label(order: Order, count: int) -> Label:
    """For the customer's parcel: to the hall; the sender writes their own name."""
    tenant = current_tenant()
    return Label(
        title=_("寄件面单"),
        hall=tenant.name,
        to=Side(_("%(hall)s 收发室") % {"hall": tenant.short_name or tenant.name}, tenant.hotline, tenant.mail_address),
        sender=Side(order.organisation.name, "", ""),
        order_number=order.number,
        freight="",
        contents=_("Ekey %(count)d 只，请随附盖章的纸质表") % {"count": count},
    )


def outbound_label(parcel: Shipment, to: dict[str, str], count: int) -> Label:
    """For our parcel. ``to``: outgoing.label_of."""
    tenant = current_tenant()
    return Label(
        title=_("快递面单"),
        hall=tenant.name,
        to=Side(to.get("name", ""), to.get("mobile", ""), to.get("address", "")),
        sender=hall_side(tenant),
        order_number=parcel.order.number if parcel.order else "",
        freight=_("运费到付") if parcel.freight == "collect" else "",
        contents=_("数字证书介质 %(count)d 件") % {"count": count},
    )


def packing_list(parcel: Shipment, keys: Sequence[ReceivedKey]) -> ListPaper:
    """What is in our parcel."""
    tenant, order = current_tenant(), parcel.order
    lines = tuple(
        Line(
            thing=key.get_thing_display(),
            medium_number=key.medium_number,
            certificate=key.item.certificate.serial if key.item else "",
        )
        for key in keys
    )
    tracking = f"{carriers.title_of(parcel.carrier)} {parcel.tracking_number}" if parcel.tracking_number else ""
    return ListPaper(
        title=_("装箱清单"),
        hall=tenant.name,
        hotline=tenant.hotline,
        order_number=order.number if order else "",
        form_version=0,
        organisation=order.organisation.name if order else "",
        organisation_code="",
        handler="",
        lines=lines,
        tracking=tracking,
    )


def collection_paper(order: Order) -> ListPaper:
    """Receipt and letter show the same: every certificate of the order that is handed over, whether or not it was."""
    tenant, application = current_tenant(), latest(order)
    answers = answers_of(application, by=_BY, reason="生成签收单和授权委托书")
    waiting = StepRecord.objects.filter(order=order, kind=Kind.DELIVERY).values("item")
    items = OrderItem.objects.filter(pk__in=waiting).select_related("certificate").order_by("id")
    return ListPaper(
        title=_("%(programme)s签收单") % {"programme": pack_of(order.programme).title},
        hall=tenant.name,
        hotline=tenant.hotline,
        order_number=order.number,
        form_version=application.version,
        organisation=answers.get("organisation_name") or order.organisation.name,
        organisation_code=answers.get("organisation_code") or order.organisation.credit_code,
        handler=answers.get("representative_name", ""),
        lines=tuple(Line(item.certificate.serial, holder=item.certificate.holder_name) for item in items),
    )


# -- drawing (outside any transaction) --------------------------------------------------------------------------------


def draw_label(label: Label) -> bytes:
    """The PDF. Raises GlyphMissing, FontsUnavailable, RenderingRefused, as every drawing here."""
    bars = {"barcode.png": barcode.make(label.order_number)} if label.order_number else {}
    code = _plain_code(label.order_number)
    return _drawn("parcel_label.html", "parcel_label.css", {"label": label}, code, bars)


def draw_packing_list(paper: ListPaper) -> bytes:
    return _drawn("packing_list.html", "parcel_papers.css", {"paper": paper}, _plain_code(paper.order_number))


def draw_receipt(tenant: Tenant, paper: ListPaper) -> bytes:
    """签收单 (RULES D8)."""
    code = qr.make(sign(tenant, Paper.RECEIPT, paper))
    return _drawn("receipt.html", "parcel_papers.css", {"paper": paper}, code)


def draw_letter(tenant: Tenant, paper: ListPaper) -> bytes:
    """授权委托书 (RULES D8)."""
    code = qr.make(sign(tenant, Paper.COLLECTION, paper))
    return _drawn("collection_letter.html", "parcel_papers.css", {"paper": paper}, code)


def _drawn(
    template: str, sheet: str, context: dict[str, Any], code: bytes, more: Mapping[str, bytes] | None = None
) -> bytes:
    html = _engine.get_template(template).render(Context(context, use_l10n=False, use_tz=False))
    identifier = sm3(html.encode()).hex()[:32]
    return draw(html, {"code.png": code, **(more or {})}, identifier, fonts=font_chain(), sheet=sheet)


def _plain_code(text: str) -> bytes:
    """The order's number for the desk's scanner; it proves nothing."""
    picture = io.BytesIO()
    segno.make_qr(text or "-", error="q").save(picture, kind="png", scale=8, border=2)
    return picture.getvalue()


# -- codes ------------------------------------------------------------------------------------------------------------


def sign(tenant: Tenant, kind: Paper, paper: ListPaper) -> Payload:
    """The code of a receipt or letter."""
    key_id, key = next(iter(vault.mac_keys(tenant.pk, _PURPOSE, make=True).items()))
    return qr.sign(
        tenant=str(tenant.pk),
        order_number=paper.order_number,
        paper=kind,
        form_version=paper.form_version,
        digest=paper.digest(kind),
        key_id=key_id,
        key=key,
    )


def check_code(text: str, order: Order, kind: Paper) -> None:
    """Whether the scanned code is this order's paper of this kind and version. PaperOfOther."""
    payload = Payload.parse("".join(text.split()).upper())
    tenant = current_tenant()
    if payload is None:
        raise PaperOfOther()
    paper = collection_paper(order)
    digests = {paper.form_version: paper.digest(kind)}
    expected = qr.Expected(str(tenant.pk), order.number, kind, paper.form_version, digests)
    try:
        qr.verify(payload, expected, vault.mac_keys(tenant.pk, _PURPOSE))
    except ScanRefused:
        raise PaperOfOther() from None
