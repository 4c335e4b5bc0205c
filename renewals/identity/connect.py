"""The identity service that this installation's settings name."""

from functools import cache

from django.conf import settings

from renewals.identity.base import IdentityService
from renewals.identity.client import HttpIdentityService


@cache
def identity_service() -> IdentityService:
    """One client (and its connections) per process."""
    conf = settings.CERTHALL
    return HttpIdentityService(conf.identity_service_url, app=conf.identity_app, key=conf.identity_key)
