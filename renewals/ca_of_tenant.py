"""The CA that this installation's settings name. The identity service: renewals/identity/connect.py."""

from functools import cache

from django.conf import settings

from portal.tenants.models import Tenant
from renewals.ca.base import CaConnector
from renewals.ca.registry import CaConfig, connector_for


def ca_of(tenant: Tenant) -> CaConnector:
    """The tenant's CA; the development CA has a folder of its own for each. One connector per process."""
    return _dev_ca(str(settings.CERTHALL.data_dir / "dev-ca" / tenant.slug))


@cache
def _dev_ca(folder: str) -> CaConnector:
    conf = settings.CERTHALL
    return connector_for(
        CaConfig(kind="dev", production=conf.is_production, options={"folder": folder, "key": conf.dev_ca_key})
    )
