"""Systems of the CA's that send certificates by the API: each has a token, shown once, of which a digest stays."""

import hashlib
import secrets

from django.utils import timezone

from portal import audit
from portal.accounts.actor import Actor
from renewals.importing.errors import ClientUnknown
from renewals.models import RegistryClient


def register(name: str, *, by: Actor) -> str:
    """Inside a write tenant_tx: a new token for this name; the one that it had is void from now on."""
    withdraw(name, by=by)
    token = secrets.token_urlsafe(32)
    client = RegistryClient.objects.create(name=name, token_hash=_digest(token))
    audit.record(
        "registry_client.registered", by=by, subject=f"registry_client:{client.public_id}", detail={"name": name}
    )
    return token


def withdraw(name: str, *, by: Actor) -> bool:
    """Inside a write tenant_tx: its token is void. False when there is none of that name."""
    held = RegistryClient.objects.filter(name=name, withdrawn_at__isnull=True).first()
    if held is None:
        return False
    held.withdrawn_at = timezone.now()
    held.save(update_fields=["withdrawn_at"])
    audit.record("registry_client.withdrawn", by=by, subject=f"registry_client:{held.public_id}", detail={"name": name})
    return True


def known(authorization: str) -> RegistryClient:
    """Inside a write tenant_tx: whose "Bearer …" header it is. ClientUnknown. 256 random bits: no guessing to count."""
    kind, _space, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise ClientUnknown
    found = RegistryClient.objects.filter(token_hash=_digest(token.strip()), withdrawn_at__isnull=True).first()
    if found is None:
        raise ClientUnknown
    found.last_used_at = timezone.now()
    found.save(update_fields=["last_used_at"])
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
