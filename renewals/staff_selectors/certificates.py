"""The registry of certificates: list with filters, one certificate with everything about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.errors import NotFound
from renewals.models import Certificate, CertificateContact, CertificateGrant, OrderItem, Reminder
from renewals.models.certificates import CaStatus
from renewals.staff_selectors.keyset import by_moment, slice_of
from renewals.staff_selectors.search import certificates_named

PER_PAGE: Final = 50
NEXT_TO_EXPIRE: Final = by_moment("not_after", descending=False)
EXPIRED: Final = "expired"  # beside the CA's own statuses: its day has passed
UNWANTED: Final = "unwanted"  # 不再使用 (RULES P24)
CURRENT: Final = "current"  # valid at the CA, not expired, not replaced
_FIELDS: Final = (
    "public_id",
    "serial",
    "holder_name",
    "medium_number",
    "key_model",
    "algorithm",
    "ca_status",
    "not_before",
    "programme_slug",
    "number",
)


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """``within`` days from now on; the past is left out then. Empty means everything."""

    status: str = ""
    within: int | None = None
    programme: str = ""
    sought: str = ""


@dataclass(frozen=True, slots=True)
class CertificateRow:
    not_after: datetime
    public_id: str
    serial: str
    holder: str
    medium: str
    key_model: str
    algorithm: str
    ca_status: str
    not_before: datetime
    programme: str
    number: str


@dataclass(frozen=True, slots=True)
class CertificatePage:
    rows: list[CertificateRow]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate; contacts and grants show masks."""

    certificate: Certificate
    predecessor: Certificate | None
    successor: Certificate | None
    items: Sequence[OrderItem]
    contacts: Sequence[CertificateContact]
    grants: Sequence[CertificateGrant]
    reminders: Sequence[Reminder]


def matching(wanted: CertificateFilter) -> "QuerySet[Certificate]":
    found: QuerySet[Certificate] = Certificate.objects.filter(certificates_named(wanted.sought))
    now = timezone.now()
    if wanted.status == EXPIRED:
        found = found.filter(not_after__lt=now)
    elif wanted.status == CURRENT:
        found = found.filter(not_after__gte=now, ca_status=CaStatus.VALID, successor__isnull=True)
    elif wanted.status == UNWANTED:
        found = found.filter(unwanted_at__isnull=False)
    elif wanted.status in CaStatus.values:
        found = found.filter(ca_status=wanted.status)
    if wanted.within is not None:
        found = found.filter(not_after__gte=now, not_after__lt=now + timedelta(days=wanted.within))
    if wanted.programme:
        found = found.filter(programme_slug=wanted.programme)
    return found


def page_of(wanted: CertificateFilter, *, after: str = "", before: str = "", size: int = PER_PAGE) -> CertificatePage:
    """The next to expire first. One query."""
    found = slice_of(matching(wanted), NEXT_TO_EXPIRE, _FIELDS, after=after, before=before, size=size)
    rows = [CertificateRow(row[0], *row[2:]) for row in found.rows]
    return CertificatePage(rows, found.newer, found.older)


def certificate_view(public_id: str) -> CertificateView:
    """Raises NotFound."""
    certificate = (
        Certificate.objects.select_related("organisation", "predecessor", "successor", "gateway")
        .filter(public_id=public_id)
        .first()
    )
    if certificate is None:
        raise NotFound
    return CertificateView(
        certificate=certificate,
        predecessor=certificate.predecessor,
        successor=getattr(certificate, "successor", None),
        items=list(
            OrderItem.objects.filter(Q(certificate=certificate) | Q(issued=certificate))
            .select_related("order", "order__programme")
            .order_by("-id")
        ),
        contacts=list(CertificateContact.objects.filter(certificate=certificate).order_by("id")),
        grants=list(CertificateGrant.objects.filter(certificate=certificate).select_related("user").order_by("id")),
        reminders=list(Reminder.objects.filter(certificate=certificate).order_by("made_at")),
    )
