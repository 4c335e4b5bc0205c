"""Agents (代办): an organisation's own handler lets another mobile act for it, until a day, withdrawable (RULES P16).

Who may let others act has shown the organisation's right themselves: by a key, by the CA's import, or by a sealed
authorisation; an agent can't pass it on. An agent works with the certificates that the organisation has, for as long
as the membership is in force.
"""

from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from portal import notices
from portal.accounts import memberships
from portal.accounts.actor import Actor
from portal.accounts.models import Membership, MembershipRole, MembershipState, Organisation, User, VerifiedBy
from portal.accounts.selectors import today
from portal.accounts.sign_in import customer_by_phone
from portal.errors import InvalidInput
from portal.tenants import current_tenant
from renewals.errors import AgentNotFound, NotYourOrganisation
from renewals.models import Certificate, CertificateContact

LONGEST = timedelta(days=731)  # two years, then the organisation is asked again


def own_organisations(user: User) -> "QuerySet[Organisation]":
    """Those that the user may let others act for: not those that they are an agent of themselves.

    A contact of the CA's import has no membership; nobody has, while RULES P17 restricts the account.
    """
    held = memberships.memberships_of(user).exclude(role=MembershipRole.AGENT)
    mine = Q(pk__in=held.values("organisation_id"))
    if user.phone_index and user.is_active and not user.is_restricted:
        named = CertificateContact.objects.filter(phone_index=user.phone_index, withdrawn_at__isnull=True)
        mine |= Q(pk__in=Certificate.objects.filter(contacts__in=named).values("organisation_id"))
    return Organisation.objects.filter(mine).order_by("name", "pk")


def organisations_for(user: User) -> "QuerySet[Organisation]":
    """Their own, and those that they are an agent of, by name."""
    own, acting = own_organisations(user), acting_for(user)
    both = Q(pk__in=own.values("pk")) | Q(pk__in=acting.values("organisation_id"))
    return Organisation.objects.filter(both).order_by("name", "pk")


def agents_of(organisation: Organisation) -> "QuerySet[Membership]":
    """In force, the one that ends first on top."""
    return memberships.members_of(organisation).filter(role=MembershipRole.AGENT).order_by("until", "pk")


def acting_for(user: User) -> "QuerySet[Membership]":
    """Whom the user acts for as an agent."""
    held = memberships.memberships_of(user).filter(role=MembershipRole.AGENT)
    return held.select_related("organisation").order_by("organisation__name", "pk")


def authorise(user: User, organisation: str, *, mobile: str, until: date, by: Actor) -> Membership:
    """Let this mobile act for the organisation with this public id until that day. In a write tenant_tx; told by SMS.

    Errors: NotYourOrganisation; InvalidInput by field: mobile, until.
    """
    own = own_organisations(user).filter(public_id=organisation).first()
    if own is None:
        raise NotYourOrganisation()
    if not today() <= until <= today() + LONGEST:
        raise InvalidInput({"until": [_("截止日期最早是今天，最晚不超过两年。")]})
    agent, _is_new = customer_by_phone(current_tenant(), mobile)
    if agent.pk == user.pk:
        raise InvalidInput({"mobile": [_("这是您自己的手机号，不用授权。")]})
    made = memberships.grant(agent, own, role=MembershipRole.AGENT, verified_by=_proof(user, own), until=until, by=by)
    _tell("agent.authorised", made)
    return made


def withdraw(user: User, membership: str, *, by: Actor) -> None:
    """By whoever may authorise, or by the agent. In a write tenant_tx. AgentNotFound."""
    found = (
        Membership.objects.select_related("organisation", "user")
        .filter(public_id=membership, role=MembershipRole.AGENT, state=MembershipState.ACTIVE)
        .first()
    )
    if found is None or not (
        found.user_id == user.pk or own_organisations(user).filter(pk=found.organisation_id).exists()
    ):
        raise AgentNotFound()
    memberships.revoke(found, by=by, reason="withdrawn_by_agent" if found.user_id == user.pk else "withdrawn")
    if found.user_id != user.pk:
        _tell("agent.withdrawn", found)


def _proof(user: User, organisation: Organisation) -> str:
    """What the right of the one who lets another act rests on."""
    held = memberships.memberships_of(user).filter(organisation=organisation).exclude(role=MembershipRole.AGENT)
    found: str | None = held.values_list("verified_by", flat=True).first()
    return VerifiedBy(found or VerifiedBy.IMPORT_CONTACT).value


def _tell(notice: str, membership: Membership) -> None:
    until = membership.until.isoformat() if membership.until else ""
    notices.send(
        notice,
        to=notices.Recipient(user=membership.user),
        context={"holder": membership.organisation.name, "until": until},
        key=f"{notice}:{membership.public_id}:{until}",
    )
