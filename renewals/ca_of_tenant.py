"""The CA that this installation's settings name. The identity service: renewals/identity/connect.py."""

from functools import cache

from django.conf import settings

from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.ca.base import CaConnector
from renewals.ca.registry import CaConfig, connector_for


def ca_of(tenant: Tenant) -> CaConnector:
    """The tenant's CA; the development CA has a folder of its own for each. One connector per process."""
    return _dev_ca(str(settings.CERTHALL.data_dir / "dev-ca" / tenant.slug))


@cache
def _dev_ca(folder: str) -> CaConnector:
    conf = settings.CERTHALL
    options = {"folder": folder, "key": conf.dev_ca_key, "secret_of": _soft_key_secret}
    return connector_for(CaConfig(kind="dev", production=conf.is_production, options=options))


def _soft_key_secret(key_serial: str, medium_number: str) -> bytes | None:
    """The development CA knows the soft keys of this installation's simulator, as if it had personalised them."""
    known = SoftKeyDesk(settings.CERTHALL.data_dir / "soft-keys").find(medium_number) if medium_number else None
    return known.unlock_key if known is not None and known.serial == key_serial else None
