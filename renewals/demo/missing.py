"""What a demo database doesn't have yet: of the first start everything, later what a new release brought along."""

from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.demo import programme_orders
from renewals.demo.certificates import HOLDINGS
from renewals.demo.halls import HALLS
from renewals.demo.orders import Demo, ordered
from renewals.models import Certificate, ProgrammeVersion
from renewals.programmes import shipped_packs


def base() -> bool:
    """Whether a hall, a certificate or a published programme version is missing."""
    packs = list(shipped_packs())
    for slug in {holding.slug for holding in HOLDINGS}:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            return True
        with tenant_tx(tenant):
            media = set(Certificate.objects.values_list("medium_number", flat=True))
            published = set(ProgrammeVersion.objects.values_list("slug", "version"))
        if {holding.medium for holding in HOLDINGS if holding.slug == slug} - media:
            return True
        if {(pack.slug, pack.version) for pack in packs if pack.tenant == slug} - published:
            return True
    return False


def orders() -> bool:
    """Whether an order of the demo's plan was never begun."""
    halls = {tenant.slug: tenant for tenant in Tenant.objects.filter(slug__in=HALLS)}
    planned = {medium for _mobile, medium, _climb in Demo.plan()}
    return bool(planned - ordered(halls["szca"]) or programme_orders.missing(halls))
