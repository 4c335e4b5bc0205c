"""Reads about people. Inside a tenant_tx."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts.models import Deputy, StaffRole, User
from portal.accounts.roles import Role
from portal.tenants.models import Tenant
from portal.tenants.transaction import current_tenant, tenant_tx


@dataclass(frozen=True, slots=True)
class Duties:
    """The roles that a member of staff holds today, and the colleagues some of them come from (RULES P21)."""

    roles: frozenset[Role]
    deputy_for: tuple[str, ...]


def today(tenant: Tenant | None = None) -> date:
    """The date on the tenant's calendar."""
    return timezone.now().astimezone(ZoneInfo((tenant or current_tenant()).timezone)).date()


def duties_of(user: User, day: date | None = None) -> Duties:
    """One or two queries. Opens a tenant_tx of its own when none is open."""
    with tenant_tx(user.tenant_id):
        day = day or today()
        roles = roles_of(user)
        absences = list(
            Deputy.objects.filter(stand_in=user, withdrawn_at=None, starts__lte=day, ends__gte=day)
            .order_by("pk")
            .values_list("absent_id", "absent__username")
        )
        if absences:
            inherited = StaffRole.objects.filter(user_id__in=[absent for absent, _name in absences])
            roles |= {Role(role) for role in inherited.values_list("role", flat=True)}
        return Duties(frozenset(roles), tuple(name or "" for _absent, name in absences))


def roles_of(user: User) -> frozenset[Role]:
    """The roles granted to the user themselves."""
    return frozenset(Role(role) for role in StaffRole.objects.filter(user=user).values_list("role", flat=True))


def staff() -> "QuerySet[User]":
    """Every staff account of the tenant, the working ones first."""
    found: QuerySet[User] = User.objects.exclude(kind="customer").order_by("-is_active", "username")
    return found.prefetch_related("staff_roles")


def deputies_of(user: User, day: date | None = None) -> "QuerySet[Deputy]":
    """Arrangements for the user's absences that aren't over."""
    found: QuerySet[Deputy] = Deputy.objects.filter(absent=user, withdrawn_at=None, ends__gte=day or today())
    return found.select_related("stand_in").order_by("starts")
