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
    """The development CA knows this installation's soft keys, the customers' and the hall's, as their personaliser."""
    for folder in ("soft-keys", "hall-keys"):
        if not medium_number or not (settings.CERTHALL.data_dir / folder).is_dir():
            continue
        known = SoftKeyDesk(settings.CERTHALL.data_dir / folder).find(medium_number)
        if known is not None and known.serial == key_serial:
            return known.unlock_key
    return None
