"""What a customer can apply for: programmes and business types, and which certificates fit (RULES A12, A13, A18).

Reads alone; ``orders.open_order`` has the last word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from payments.fees import QuoteLine
from portal.accounts.models import User
from portal.tenants import current_tenant
from renewals.choosing import facts_of, open_paths
from renewals.errors import NotRenewable
from renewals.models import Certificate, CertificateGrant, Order, OrderItem, ProgrammeVersion
from renewals.programmes.schema import Asked, Path, RulePack
from renewals.publishing import pack_of
from renewals.steps.claims import of_user
from renewals.steps.superseding import superseded_orders

#: in the order in which pages offer them; 变更 comes last because it rarely is what people are looking for
BUSINESSES: tuple[str, ...] = (
    Order.Business.RENEWAL,
    Order.Business.REPLACEMENT,
    Order.Business.TOKEN_MODEL_CHANGE,
    Order.Business.PIN_UNBLOCK,
    Order.Business.ENROLMENT,
    Order.Business.SUBJECT_CHANGE,
)


@dataclass(frozen=True)
class Candidate:
    """A certificate beside a business. ``paths``: open to it today, the recommended first; else ``refusal`` says why.

    ``running``: an open order that has taken it; ``supersedes``: that order would end for this one (补办 alone).
    """

    certificate: Certificate
    days_left: int
    paths: tuple[Path, ...]
    refusal: str
    running: Order | None = None
    supersedes: bool = False

    @property
    def can_be_chosen(self) -> bool:
        return bool(self.paths) and (self.running is None or self.supersedes)


def programmes() -> dict[str, tuple[ProgrammeVersion, RulePack]]:
    """The newest version of every programme of this hall, by slug."""
    newest = {version.slug: version for version in ProgrammeVersion.objects.order_by("slug", "version")}
    return {slug: (version, pack_of(version)) for slug, version in newest.items()}


def businesses_of(pack: RulePack) -> tuple[str, ...]:
    """What can be applied for in this programme."""
    served = {business for path in pack.paths for business in path.serves}
    return tuple(business for business in BUSINESSES if business in served)


def most_together(pack: RulePack, business: str) -> int:
    """How many certificates one order of that business may have, on its widest path."""
    return max((path.max_items or 1 for path in pack.paths if business in path.serves), default=1)


def certificates_of(user: User, programme: str) -> QuerySet[Certificate]:
    """The customer's certificates of a programme that weren't replaced, the next to expire first.

    While RULES P17 restricts the account, only what was proved since.
    """
    found = Certificate.objects.filter(of_user(user), programme_slug=programme, successor__isnull=True)
    if user.restricted_since is not None:
        proved = CertificateGrant.objects.filter(
            user=user, granted_at__gte=user.restricted_since, withdrawn_at__isnull=True
        )
        found = found.filter(pk__in=proved.values("certificate_id"))
    return found.select_related("organisation", "gateway").order_by("not_after", "id").distinct()


def candidates(found: Iterable[Certificate], pack: RulePack, business: str) -> list[Candidate]:
    """Each certificate beside the business, in the order given; none of them was replaced (``certificates_of``)."""
    certificates = list(found)
    taken = _taken(certificates, business)
    return [_candidate(certificate, pack, business, taken.get(certificate.pk)) for certificate in certificates]


def _candidate(certificate: Certificate, pack: RulePack, business: str, running: Order | None) -> Candidate:
    days = facts_of(certificate).days_left
    try:
        paths, refusal = open_paths(pack, certificate, business, replaced=False), ""
    except NotRenewable as why:
        paths, refusal = (), str(why.params["reason"])
    supersedes = running is not None and running in superseded_orders(certificate, business)
    return Candidate(certificate, days, paths, refusal, running, supersedes)


def _taken(certificates: Sequence[Certificate], business: str) -> Mapping[int, Order]:
    """Certificate → the open order that has taken it for the same effect."""
    if business == Order.Business.ENROLMENT:
        return {}
    effect = "pin_unblock" if business == Order.Business.PIN_UNBLOCK else "renewal"
    items = OrderItem.objects.filter(certificate__in=certificates, reserves=True, effect=effect)
    return {item.certificate_id: item.order for item in items.select_related("order")}


def paths_for(chosen: Sequence[Candidate]) -> tuple[Path, ...]:
    """The paths that are open to all of them together, the recommended first; () where nothing fits them all."""
    if not chosen or len({one.certificate.organisation_id for one in chosen}) > 1:
        return ()
    common = set.intersection(*({path.name for path in one.paths} for one in chosen))
    return tuple(path for path in chosen[0].paths if path.name in common and (path.max_items or 1) >= len(chosen))


def alike(certificate: Certificate, others: Iterable[Candidate]) -> list[Candidate]:
    """RULES A12: this one, and every other that can go with it behind a gateway of the same type."""
    mine = [one for one in others if one.certificate.pk == certificate.pk]
    gateway = certificate.gateway
    if not mine or gateway is None:
        return mine
    wide = {path.name for path in mine[0].paths if (path.max_items or 1) > 1}
    most = max((path.max_items or 1 for path in mine[0].paths), default=1)
    together = [
        one
        for one in others
        if one.certificate.pk != certificate.pk
        and one.can_be_chosen
        and one.certificate.organisation_id == certificate.organisation_id
        and one.certificate.gateway is not None
        and one.certificate.gateway.type == gateway.type
        and wide & {path.name for path in one.paths}
    ]
    return [*mine, *together][:most]


def prices(pack: RulePack, business: str, path: Path, chosen: Sequence[Candidate]) -> tuple[QuoteLine, ...]:
    """Today's fees of these certificates on that path, as far as they hang on no answer (RULES A17).

    A price by years shows for the shortest term.
    """
    shortest = min((term.years for term in pack.terms), default=0)
    keeps_end = path.validity_start == "keep_end"
    years = path.term_years if path.term_years is not None else 0 if keeps_end else shortest
    asked = [
        Asked(
            business=business,
            holder_kind=one.certificate.holder_kind,
            term_years=years,
            remaining_days=max(0, one.days_left),
        )
        for one in chosen
    ]
    return pack.quote(asked, timezone.now().astimezone(ZoneInfo(current_tenant().timezone)).date())
