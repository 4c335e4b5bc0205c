"""A customer's certificates as a list, and which of them call for something. RULES A3, A6, P17, P24."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.selectors import today
from portal.tenants import current_tenant
from renewals.models import CaStatus, Certificate, CertificateGrant
from renewals.reminders import SOON, midnight
from renewals.steps.claims import of_user

OVER: Final = (CaStatus.REVOKED, CaStatus.REPLACED)  # nothing to do about these any more
MOST: Final = 100  # a badge says 99+ then

VALID, EXPIRED, OTHER, UNWANTED = "valid", "expired", "other", "unwanted"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """``number``: a part of 证书号, serial or medium number. ``state``: VALID, EXPIRED, OTHER, UNWANTED or ""."""

    gateway_type: str = ""
    gateway_code: str = ""
    number: str = ""
    state: str = ""


def visible_to(user: User) -> "QuerySet[Certificate]":
    """Theirs, and not renewed. While P17 restricts the account: what was proved since."""
    found: QuerySet[Certificate] = Certificate.objects.filter(of_user(user), successor__isnull=True)
    if user.restricted_since is not None:
        proved = CertificateGrant.objects.filter(
            user=user, granted_at__gte=user.restricted_since, withdrawn_at__isnull=True
        )
        found = found.filter(pk__in=proved.values("certificate_id"))
    return found


def expiring(user: User) -> "QuerySet[Certificate]":
    """Expired, or with fewer than 90 days left (RULES A3); not what nobody wants (P24), not what is over."""
    wanted = visible_to(user).filter(unwanted_at__isnull=True).exclude(ca_status__in=OVER)
    return wanted.filter(not_after__lt=_midnight(today() + timedelta(days=SOON))).order_by("not_after", "pk")


def expiring_count(user: User) -> int:
    """At most MOST."""
    return len(expiring(user).order_by().values_list("pk", flat=True)[:MOST])


def listed(user: User, wanted: ListFilter) -> "QuerySet[Certificate]":
    """The next to expire first, with organisation and gateway."""
    found = visible_to(user).select_related("organisation", "gateway").order_by("not_after", "pk")
    if wanted.gateway_type:
        found = found.filter(gateway__type=wanted.gateway_type)
    if wanted.gateway_code:
        found = found.filter(gateway__code__icontains=wanted.gateway_code)
    if wanted.number:
        typed = "".join(wanted.number.split())
        named = Q(number__icontains=typed) | Q(medium_number__icontains=typed)
        found = found.filter(named | Q(serial__icontains=typed.replace(":", "").upper()))
    return _in_state(found, wanted.state)


def _in_state(found: "QuerySet[Certificate]", state: str) -> "QuerySet[Certificate]":
    if state == UNWANTED:
        return found.filter(unwanted_at__isnull=False)
    found = found.filter(unwanted_at__isnull=True)
    now = timezone.now()
    if state == VALID:
        return found.filter(ca_status=CaStatus.VALID, not_after__gt=now)
    if state == EXPIRED:
        return found.filter(ca_status=CaStatus.VALID, not_after__lte=now)
    return found.exclude(ca_status=CaStatus.VALID) if state == OTHER else found


def gateway_types(user: User) -> list[str]:
    """The types of the gateways behind their certificates."""
    types = visible_to(user).filter(gateway__isnull=False).order_by().values_list("gateway__type", flat=True)
    return sorted(set(types))


def _midnight(day: date) -> object:
    return midnight(day, ZoneInfo(current_tenant().timezone))
