"""Who may act for which organisation (DESIGN §4, RULES P2, P16). The one door: ``grant``, ``revoke``."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts.actor import Actor
from portal.accounts.errors import MembershipNotFound
from portal.accounts.models import Membership, MembershipRole, MembershipState, Organisation, User, VerifiedBy
from portal.accounts.selectors import today
from portal.audit import record
from portal.tenants.transaction import require_tx


def organisation_named(name: str, *, credit_code: str = "", old_code: str = "", by: Actor) -> Organisation:
    """The organisation with this credit code, made if the tenant doesn't know it. Inside a write tenant_tx.

    Without a credit code: the one of exactly this name that has none either. The stored name is not
    changed here: a new name is a ``subject_change`` with its papers (RULES C6, P11).
    """
    require_tx(write=True)
    keys = {"credit_code": credit_code} if credit_code else {"credit_code": "", "name": name}
    organisation, is_new = Organisation.objects.get_or_create(**keys, defaults={"name": name, "old_code": old_code})
    if is_new:
        record("organisation.created", by=by, subject=f"organisation:{organisation.public_id}", detail={"name": name})
    found: Organisation = organisation
    return found


def grant(
    user: User,
    organisation: Organisation,
    *,
    role: MembershipRole | str,
    verified_by: VerifiedBy | str,
    until: date | None = None,
    by: Actor,
) -> Membership:
    """Let ``user`` act for ``organisation`` until that day, inclusive. Inside a write tenant_tx.

    Granting what is held already sets its end date and its proof anew; there is one active row per role.
    """
    require_tx(write=True)
    role, verified_by = MembershipRole(role), VerifiedBy(verified_by)
    membership: Membership
    membership, is_new = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=role,
        state=MembershipState.ACTIVE,
        defaults={"verified_by": verified_by, "until": until},
    )
    if not is_new:
        if (membership.verified_by, membership.until) == (verified_by, until):
            return membership
        membership.verified_by, membership.until = verified_by, until
        membership.save(update_fields=["verified_by", "until"])
    record(
        "membership.granted",
        by=by,
        subject=f"organisation:{organisation.public_id}",
        detail={
            "user": user.public_id,
            "role": str(role),
            "verified_by": str(verified_by),
            "until": until.isoformat() if until else None,
        },
    )
    return membership


def revoke(membership: Membership, *, by: Actor, reason: str) -> None:
    """Withdraw it now. Inside a write tenant_tx. Raises MembershipNotFound when it was withdrawn already."""
    require_tx(write=True)
    now = timezone.now()
    active = Membership.objects.filter(pk=membership.pk, state=MembershipState.ACTIVE)
    if not active.update(state=MembershipState.WITHDRAWN, withdrawn_at=now):
        raise MembershipNotFound
    membership.state, membership.withdrawn_at = MembershipState.WITHDRAWN, now
    record(
        "membership.revoked",
        by=by,
        subject=f"organisation:{membership.organisation.public_id}",
        detail={"user": membership.user.public_id, "role": membership.role, "reason": reason},
    )


def memberships_of(user: User, day: date | None = None) -> "QuerySet[Membership]":
    """In force on that day (today). None while the account is restricted (RULES P17)."""
    if user.is_restricted or not user.is_active:
        none: QuerySet[Membership] = Membership.objects.none()
        return none
    in_time = Q(until=None) | Q(until__gte=day or today())
    found: QuerySet[Membership] = Membership.objects.filter(in_time, user=user, state=MembershipState.ACTIVE)
    return found


def organisations_of(user: User, day: date | None = None) -> "QuerySet[Organisation]":
    """The organisations that the user may act for, by name."""
    held = memberships_of(user, day).values("organisation_id")
    found: QuerySet[Organisation] = Organisation.objects.filter(pk__in=held).order_by("name", "pk")
    return found


def may_act_for(user: User, organisation: Organisation, day: date | None = None) -> bool:
    return memberships_of(user, day).filter(organisation=organisation).exists()


def members_of(organisation: Organisation, day: date | None = None) -> "QuerySet[Membership]":
    """Memberships in force, with their users."""
    in_time = Q(until=None) | Q(until__gte=day or today())
    found: QuerySet[Membership] = Membership.objects.filter(
        in_time, organisation=organisation, state=MembershipState.ACTIVE
    )
    return found.select_related("user").order_by("pk")
