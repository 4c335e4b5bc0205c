"""The identity service that this installation's settings name."""

from functools import cache

from django.conf import settings

from renewals.identity.client import HttpIdentityService


@cache
def identity_service() -> HttpIdentityService:
    """One client (and its connections) per process: for the three factors and for liveness."""
    conf = settings.CERTHALL
    return HttpIdentityService(conf.identity_service_url, app=conf.identity_app, key=conf.identity_key)
