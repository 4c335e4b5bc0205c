"""What the request forms (《过期证书续期申请表》, 《证书业务信息表》) show, and the digest that their QR code binds.

Pure. RULES A14, A16, C7, Across 3.
"""

import datetime
import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from portal.gm.sm3 import sm3

TEMPLATE_VERSION = "2026-11.3"
"""The wording and layout of the form. A change of what is printed gets a new one: the digest contains it."""


class Part(StrEnum):
    """A block of the form, in the order of printing."""

    HALL = "hall"
    HEADING = "heading"
    HOLDER = "holder"
    CONTACTS = "contacts"
    REPRESENTATIVE = "representative"
    CERTIFICATES = "certificates"
    POSTING = "posting"
    COLLECTION = "collection"
    REMARK = "remark"
    FEES = "fees"
    INVOICE = "invoice"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class Hall:
    """Who accepts the form: the tenant's, never the pack's (DESIGN §1)."""

    name: str
    hotline: str
    service_hours: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """The organisation that applies. ``code`` as parsed: 18 characters, or the old nine."""

    name: str
    code: str
    legal_representative: str
    kind: str = ""  # as the pack words it: 机构, 机构个人 …
    user: str = ""  # 机构个人: who uses the certificate
    department: str = ""  # 机构业务: which business uses it


@dataclass(frozen=True, slots=True)
class Change:
    """变更: what the certificate says and what the registry says now (RULES C6, P11)."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Representative:
    """经办人. ``id_kind`` as worded: 居民身份证."""

    name: str
    id_kind: str
    id_number: str
    mobile: str
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class ContactLine:
    """联系人 (A14); ``kind`` as worded."""

    name: str
    mobile: str
    phone: str
    email: str
    kind: str


@dataclass(frozen=True, slots=True)
class Posting:
    """Where keys are posted with this form (A16). ``resets_pin``: staff need a PIN of their own meanwhile (P14)."""

    to: str
    address: str
    phone: str = ""
    resets_pin: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """How what was made comes back (A14, D4): ``way`` as worded, ``place`` the address or the service point."""

    way: str
    place: str
    recipient: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate to renew. ``serial`` upper-case hex; dates are days in the tenant's zone.

    The rest is empty while the applicant's right to it isn't proven (RULES P2). ``number`` 证书号 where the CA has one;
    ``kind``, ``state`` and the gateway's words as on the page (A14).
    """

    serial: str
    subject: str
    medium_number: str
    not_before: datetime.date | None
    not_after: datetime.date | None
    number: str = ""
    kind: str = ""
    key_model: str = ""
    gateway_code: str = ""
    gateway_type: str = ""
    gateway_state: str = ""


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A line of the quote; amounts in fen."""

    name: str
    unit_price_fen: int
    unit: str
    quantity: int
    subtotal_fen: int


@dataclass(frozen=True, slots=True)
class Invoice:
    kind: str  # as worded: 增值税电子普通发票
    title: str
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class FormData:
    """Everything on one version of the form.

    ``order_number``: 17 digits. ``form_version``: 1, 2, … within the order. ``papers``: what is handed in with the
    form, the form itself not among them. ``notes``: sentences of the pack beside those of the template. ``business``:
    业务类型 as worded, "" for a plain renewal; ``reason``: why something is replaced. ``scanned``: whether the stamped
    form is uploaded, or only travels along with the keys.
    """

    order_number: str
    form_version: int
    title: str
    programme_title: str
    hall: Hall
    holder: Holder
    representative: Representative
    certificates: tuple[CertificateLine, ...]
    term: str
    fees: tuple[FeeLine, ...]
    prepared_on: datetime.date
    invoice: Invoice | None = None
    changes: tuple[Change, ...] = ()
    papers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    business: str = ""
    reason: str = ""
    seal: str = ""
    contacts: tuple[ContactLine, ...] = ()
    posting: Posting | None = None
    collection: Collection | None = None
    remark: str = ""
    scanned: bool = True

    def __post_init__(self) -> None:
        if len(self.order_number) != 17 or not (self.order_number.isascii() and self.order_number.isdigit()):
            raise ValueError(f"not an order number: {self.order_number!r}")
        if not 1 <= self.form_version <= 999:
            raise ValueError(f"form_version {self.form_version} isn't within 1 … 999")
        if not self.certificates:
            raise ValueError("a form without a certificate")

    @property
    def total_fen(self) -> int:
        return sum(line.subtotal_fen for line in self.fees)


def canonical_json(data: FormData) -> bytes:
    """UTF-8, keys sorted, no spaces, dates as 2026-11-21. The same data give the same bytes for as long as there are
    such forms: a field that is added later must be left out here while it holds its default."""
    plain = asdict(data)
    _leave_out(plain["holder"], dict.fromkeys(("user", "department"), ""))
    _leave_out(plain["representative"], {"address": ""})
    for line in plain["certificates"]:
        _leave_out(line, _YOUNGER_OF_LINES)
    _leave_out(plain, _YOUNGER)
    return json.dumps(plain, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_YOUNGER: dict[str, Any] = {
    **dict.fromkeys(("business", "reason", "seal", "remark"), ""),
    "contacts": (),
    "posting": None,
    "collection": None,
    "scanned": True,
}
_YOUNGER_OF_LINES = dict.fromkeys(("number", "kind", "key_model", "gateway_code", "gateway_type", "gateway_state"), "")


def _leave_out(plain: dict[str, Any], younger: dict[str, Any]) -> None:
    for name, default in younger.items():
        if plain[name] == default:
            del plain[name]


def from_json(text: str | bytes) -> FormData:
    """What ``canonical_json`` wrote, fields that are younger than it at their defaults."""
    found: dict[str, Any] = json.loads(text)

    def day(value: str | None) -> datetime.date | None:
        return None if value is None else datetime.date.fromisoformat(value)

    lines = (
        line | {"not_before": day(line["not_before"]), "not_after": day(line["not_after"])}
        for line in found["certificates"]
    )
    return FormData(
        **found
        | {
            "hall": Hall(**found["hall"]),
            "holder": Holder(**found["holder"]),
            "representative": Representative(**found["representative"]),
            "certificates": tuple(CertificateLine(**line) for line in lines),
            "fees": tuple(FeeLine(**line) for line in found["fees"]),
            "prepared_on": day(found["prepared_on"]),
            "invoice": Invoice(**found["invoice"]) if found["invoice"] else None,
            "changes": tuple(Change(**change) for change in found["changes"]),
            "papers": tuple(found["papers"]),
            "notes": tuple(found["notes"]),
            "contacts": tuple(ContactLine(**line) for line in found.get("contacts", ())),
            "posting": Posting(**found["posting"]) if found.get("posting") else None,
            "collection": Collection(**found["collection"]) if found.get("collection") else None,
        }
    )


def digest(data: FormData, template_version: str = TEMPLATE_VERSION) -> bytes:
    """SM3 of the template's version and the canonical data, 32 bytes: what the QR code's MAC covers (DESIGN §5)."""
    return sm3(template_version.encode() + b"\n" + canonical_json(data))


def changed_parts(old: FormData, new: FormData) -> tuple[Part, ...]:
    """The parts in which two versions differ; empty → nothing to print again.

    The version's own number and the day of preparing are no reason to print anew.
    """
    pairs = {
        name: getattr(old, name) != getattr(new, name)
        for name in (field.name for field in fields(FormData))
        if name not in {"form_version", "prepared_on"}
    }
    touched = {_PART_OF[name] for name, differs in pairs.items() if differs}
    return tuple(part for part in Part if part in touched)


_PART_OF = {
    "order_number": Part.HEADING,
    "title": Part.HEADING,
    "programme_title": Part.HEADING,
    "hall": Part.HALL,
    "holder": Part.HOLDER,
    "changes": Part.HOLDER,
    "representative": Part.REPRESENTATIVE,
    "certificates": Part.CERTIFICATES,
    "term": Part.FEES,
    "fees": Part.FEES,
    "invoice": Part.INVOICE,
    "business": Part.HEADING,
    "reason": Part.CERTIFICATES,
    "seal": Part.CERTIFICATES,
    "contacts": Part.CONTACTS,
    "posting": Part.POSTING,
    "collection": Part.COLLECTION,
    "remark": Part.REMARK,
    "scanned": Part.PAPERS,
    "papers": Part.PAPERS,
    "notes": Part.PAPERS,
}


def _plain(value: Any) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
