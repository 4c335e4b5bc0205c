"""Which path a certificate takes today: the facts of the tables, put to the pack's pure rules (DESIGN §1)."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from django.utils import timezone

from portal.tenants import current_tenant
from renewals.errors import NotRenewable
from renewals.models import Certificate
from renewals.programmes import NotEligible, PathChoice
from renewals.programmes import choose_path as choose
from renewals.programmes.facts import Algorithm, CaStatus, Facts, HolderKind, Storage, days_left
from renewals.programmes.schema import Path, RulePack


def facts_of(certificate: Certificate) -> Facts:
    """The facts of a certificate today, in the tenant's zone."""
    zone = ZoneInfo(current_tenant().timezone)
    now = timezone.now()
    return Facts(
        on=now.astimezone(zone).date(),
        days_left=days_left(certificate.not_after, now, zone),
        certificate_number=certificate.number or certificate.serial,
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


def choose_path(
    pack: RulePack, certificate: Certificate, business: str = "renewal", wish: str = ""
) -> tuple[Facts, str]:
    """The facts and the path that they lead to, the one that is wished for if it is open (A18).

    NotRenewable with the pack's own sentence where none is open.
    """
    choice = _choice(pack, certificate, business, wish)
    return choice.facts, choice.path


def open_paths(
    pack: RulePack, certificate: Certificate, business: str = "renewal", *, replaced: bool | None = None
) -> tuple[Path, ...]:
    """Every path that is open to it today, the recommended one first. NotRenewable where none is.

    ``replaced``: whether it has a successor, where a list knows that already of all its certificates.
    """
    return tuple(pack.path(name) for name in _choice(pack, certificate, business, "", replaced=replaced).open)


def path_today(pack: RulePack, certificate: Certificate, business: str, current: str) -> tuple[Facts, str]:
    """The path that an order is on, while it is still open today; else the first that is. NotRenewable."""
    choice = _choice(pack, certificate, business, "")
    return choice.facts, current if current in choice.open else choice.path


def _choice(
    pack: RulePack, certificate: Certificate, business: str, wish: str, *, replaced: bool | None = None
) -> PathChoice:
    """A certificate that has a successor here counts as replaced, although the CA revokes it a moment later."""
    facts = facts_of(certificate)
    if replaced is None:
        replaced = Certificate.objects.filter(predecessor=certificate).exists()
    if replaced:
        facts = replace(facts, ca_status=CaStatus.REPLACED)
    choice = choose(pack, facts, business, wish)
    if isinstance(choice, NotEligible):
        raise NotRenewable(reason=choice.reason)
    return choice
