"""The seal maker that this installation's settings name. The CA: renewals/ca_of_tenant.py."""

from functools import cache
from pathlib import Path

from django.conf import settings

from portal.gm import Certificate
from portal.tenants.models import Tenant
from renewals.ca.base import Algorithm
from renewals.ca.dev import DevCa
from renewals.sealing.dev_maker import DevSealMaker
from renewals.sealing.maker import SealMaker


def seal_maker_of(tenant: Tenant) -> SealMaker:
    """The tenant's; the development one stands beside the tenant's development CA. One per process."""
    return _dev_maker(str(settings.CERTHALL.data_dir / "dev-ca" / tenant.slug))


def trusted(tenant: Tenant, algorithm: Algorithm) -> tuple[list[Certificate], list[Certificate]]:
    """(the chain below the root, the roots) that a seal's maker must come from."""
    chain = [Certificate.from_der(der) for der in seal_maker_of(tenant).trust(algorithm)]
    return chain[:-1], chain[-1:]


@cache
def _dev_maker(folder: str) -> SealMaker:
    conf = settings.CERTHALL
    ca = DevCa(Path(folder), conf.dev_ca_key, production=conf.is_production)
    return DevSealMaker(Path(folder), conf.dev_ca_key, ca, production=conf.is_production)
