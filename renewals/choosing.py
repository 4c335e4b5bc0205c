"""Which path a certificate takes today: the facts of the tables, put to the pack's pure rules (DESIGN §1)."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from django.utils import timezone

from portal.tenants import current_tenant
from renewals.errors import NotRenewable
from renewals.models import Certificate
from renewals.programmes import NotEligible
from renewals.programmes import choose_path as choose
from renewals.programmes.facts import Algorithm, CaStatus, Facts, HolderKind, Storage, days_left
from renewals.programmes.schema import RulePack


def facts_of(certificate: Certificate) -> Facts:
    """The facts of a certificate today, in the tenant's zone."""
    zone = ZoneInfo(current_tenant().timezone)
    now = timezone.now()
    return Facts(
        on=now.astimezone(zone).date(),
        days_left=days_left(certificate.not_after, now, zone),
        certificate_number=certificate.serial,
        medium_number=certificate.medium_number,
        key_model=certificate.key_model,
        algorithm=Algorithm(certificate.algorithm),
        storage=Storage(certificate.storage),
        holder_kind=HolderKind(certificate.holder_kind),
        ca_status=_status_of(certificate),
        has_seal=certificate.has_seal,
    )


def _status_of(certificate: Certificate) -> CaStatus:
    """As the CA last told; one that it hasn't told about is asked right before issuing anyway (RULES P13)."""
    known = {status.value: status for status in CaStatus}
    return known.get(certificate.ca_status, CaStatus.VALID)


def choose_path(pack: RulePack, certificate: Certificate) -> tuple[Facts, str]:
    """The facts and the name of the path that they lead to; NotRenewable with the pack's own sentence otherwise.

    A certificate that has a successor here counts as replaced, although the CA revokes it a moment later.
    """
    facts = facts_of(certificate)
    if Certificate.objects.filter(predecessor=certificate).exists():
        facts = replace(facts, ca_status=CaStatus.REPLACED)
    choice = choose(pack, facts)
    if isinstance(choice, NotEligible):
        raise NotRenewable(reason=choice.reason)
    return facts, choice.path
